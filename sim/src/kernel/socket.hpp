// Socket: what a descriptor of an Internet socket leads to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "kernel/description.hpp"
#include "kernel/tcp_connection.hpp"
#include "norn/runtime/host/sockets.hpp"

namespace norn::sim {

class Kernel;

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

// A stream socket is fresh, then listens or is connected; a datagram socket has a queue.
class Socket final : public Description {
 public:
  Socket(Kernel& kernel, host::SocketType t, int flags = O_RDWR)
      : Description(flags), type(t), kernel_(kernel) {
    readers.pass_on_to(&readiness);
  }
  ~Socket() override { attach(nullptr); }

  std::uint32_t ready() override;
  std::int64_t read(host::Process& process, std::span<std::byte> into) override;
  std::int64_t write(host::Process& process, std::span<const std::byte> bytes) override;
  int status(host::Process& process, struct stat& status) override;
  void closed(host::Process& process) override;

  // attach() makes it the user of a connection; null: of none.
  void attach(std::shared_ptr<TcpConnection> made);
  const std::shared_ptr<TcpConnection>& connection() const { return connection_; }
  bool is_stream() const { return type == host::SocketType::stream; }
  // serves(): what comes from that node may reach it. One bound to a loopback address hears its own
  // node only.
  bool serves(host::NodeId from, host::NodeId own) const {
    return from == own || bound_address >> 24U != 127U;
  }

  host::SocketType type;
  std::uint16_t port = 0;           // that it is bound to
  std::uint32_t bound_address = 0;  // as bind() was told
  std::optional<TimePoint> read_deadline;
  std::optional<TimePoint> write_deadline;
  std::optional<Duration> read_patience;  // SO_RCVTIMEO, SO_SNDTIMEO
  std::optional<Duration> write_patience;
  std::optional<Duration> linger;            // SO_LINGER; 0: close() resets
  WaitPoint readers{EPOLLIN | EPOLLRDNORM};  // who waits for a connection or a datagram
  TcpOptions options;
  bool keepalive = false;  // SO_KEEPALIVE of the descriptor calls, and TCP_KEEPIDLE for it
  std::int64_t keepalive_idle_ns = 7'200'000'000'000;  // tcp_keepalive_time
  bool connect_pending = false;  // connect() did not wait, and its success was not told yet
  std::unique_ptr<Backlog> backlog;
  std::deque<WaitingDatagram> datagrams;
  std::size_t datagram_bytes = 0;
  std::size_t datagram_buffer = kDatagramBuffer;
  std::optional<host::SocketName> peer;  // of a connected datagram socket
  host::NodeId peer_node = 0;

 private:
  std::uint32_t stream_ready() const;

  Kernel& kernel_;
  std::shared_ptr<TcpConnection> connection_;
};

}  // namespace norn::sim
