// Sockets: the socket calls of a world, with POSIX meaning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "norn/runtime/host/process.hpp"
#include "norn/runtime/time.hpp"

namespace norn::host {

enum class SocketType : std::uint8_t { stream, datagram };  // TCP, UDP

// What a sockaddr_in holds: an IPv4 address and a port, both in the machine's byte order.
struct SocketName {
  std::uint32_t address = 0;  // 0: any address of the node
  std::uint16_t port = 0;     // 0: to be chosen
  friend bool operator==(const SocketName&, const SocketName&) = default;
};

enum class SocketDirection : std::uint8_t { read, write };
enum class ShutdownHow : std::uint8_t { read, write, both };

// Those that are durations are in nanoseconds. The names in parentheses are Linux'.
enum class SocketOption : std::uint8_t {
  keepalive_idle,      // silence after which the peer is probed; 0: never (SO_KEEPALIVE, KEEPIDLE)
  keepalive_interval,  // between two probes (TCP_KEEPINTVL)
  keepalive_count,     // probes without an answer until the connection is given up (TCP_KEEPCNT)
  user_timeout,        // how long sent data may stay unacknowledged; 0: by count (TCP_USER_TIMEOUT)
  send_buffer,         // bytes (SO_SNDBUF); before the connection is made
  receive_buffer,      // bytes (SO_RCVBUF); before the connection is made
};

// Every call returns a value >= 0 or minus an errno value, and -ESRCH when its process is dead.
// connect, accept, send, receive and receive_from park the calling fiber, until the deadline of
// their direction at the latest (-EAGAIN; connect and send wait for `write`, the others for
// `read`), or until another fiber closes the descriptor (-EBADF). Buffers are pointer and length:
// nothing here assumes a caller that can be unwound or that links against these headers.
class Sockets {
 public:
  Sockets() = default;
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;
  virtual ~Sockets() = default;

  // socket() returns the lowest free descriptor of the process, from 3 on.
  virtual int socket(Process& process, SocketType type) = 0;
  virtual int bind(Process& process, int descriptor, SocketName name) = 0;
  virtual int listen(Process& process, int descriptor, int backlog) = 0;
  virtual int accept(Process& process, int descriptor, SocketName& peer) = 0;
  virtual int connect(Process& process, int descriptor, SocketName name) = 0;
  // send() blocks until all is in the send buffer. Cut short, it returns how much is.
  virtual std::int64_t send(Process& process, int descriptor, const void* from,
                            std::size_t length) = 0;
  // receive() blocks until there is something and returns how much: less than `length` at times;
  // 0 is the end of the stream.
  virtual std::int64_t receive(Process& process, int descriptor, void* into,
                               std::size_t length) = 0;
  virtual std::int64_t send_to(Process& process, int descriptor, const void* from,
                               std::size_t length, SocketName to) = 0;
  // receive_from() returns the whole length of the datagram (as with MSG_TRUNC), of which at most
  // `length` bytes are copied; the rest is lost.
  virtual std::int64_t receive_from(Process& process, int descriptor, void* into,
                                    std::size_t length, SocketName& from) = 0;
  virtual int shutdown(Process& process, int descriptor, ShutdownHow how) = 0;
  virtual int close(Process& process, int descriptor) = 0;
  virtual int local_name(Process& process, int descriptor, SocketName& name) = 0;
  virtual int peer_name(Process& process, int descriptor, SocketName& name) = 0;

  // set_deadline() also holds for calls that wait now. nullopt: none.
  virtual int set_deadline(Process& process, int descriptor, SocketDirection direction,
                           std::optional<TimePoint> deadline) = 0;
  virtual int set_option(Process& process, int descriptor, SocketOption option,
                         std::int64_t value) = 0;

  // resolve() gives the addresses of a name, or of an address in dotted form; -ENOENT: none.
  virtual int resolve(Process& process, std::string_view name,
                      std::vector<std::uint32_t>& addresses) = 0;
  // name_of() is the name that an address belongs to; empty: none.
  virtual std::string name_of(Process& process, std::uint32_t address) = 0;
};

}  // namespace norn::host
