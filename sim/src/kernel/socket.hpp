// Socket: what a descriptor of a socket leads to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "kernel/tcp_connection.hpp"
#include "norn/runtime/host/sockets.hpp"
#include "norn/runtime/host/wait_list.hpp"

namespace norn::sim {

// Connections to a listening port, from their SYN until somebody accepts them.
struct Backlog {
  std::size_t limit = 0;
  std::size_t handshakes = 0;  // not done yet
  std::deque<std::shared_ptr<TcpConnection>> ready;
};

inline constexpr std::size_t kDatagramBuffer = 212'992;  // rmem_default of Linux
inline constexpr std::size_t kMaxDatagram = 65'507;      // RFC 768 in an IPv4 packet

struct WaitingDatagram {
  host::SocketName from;
  std::vector<std::byte> bytes;
};

// Held by its descriptor and by the calls that wait on it. A stream socket is fresh, then listens
// or is connected; a datagram socket has a queue.
struct Socket {
  explicit Socket(host::SocketType t) : type(t) {}

  host::SocketType type;
  bool is_open = true;     // a descriptor leads to it
  std::uint16_t port = 0;  // that it is bound to
  std::optional<TimePoint> read_deadline;
  std::optional<TimePoint> write_deadline;
  host::WaitList readers;  // who waits for a connection or a datagram
  TcpOptions options;
  std::unique_ptr<Backlog> backlog;
  std::shared_ptr<TcpConnection> connection;
  std::deque<WaitingDatagram> datagrams;
  std::size_t datagram_bytes = 0;
};

}  // namespace norn::sim
