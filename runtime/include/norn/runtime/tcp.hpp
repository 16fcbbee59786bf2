// TCP: streams of bytes between nodes, and listeners that accept them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "norn/runtime/detail/socket_handle.hpp"
#include "norn/runtime/result.hpp"
#include "norn/runtime/socket_address.hpp"
#include "norn/runtime/time.hpp"

namespace norn {

struct ConnectOptions {
  // How long connect() tries. Without it, as long as TCP does: 127 seconds if nobody answers.
  std::optional<Duration> timeout = std::nullopt;
};

// When a silent peer is asked whether it is still there. The defaults are Go's and Linux'.
struct KeepaliveOptions {
  Duration idle = std::chrono::seconds(15);      // silence before the first probe; 0: never ask
  Duration interval = std::chrono::seconds(15);  // between probes
  int count = 9;  // probes without an answer after which the connection is given up
};

// TcpStream is one end of a connection: ordered bytes, both ways, none lost and none doubled, for
// as long as the connection lasts. Writes and reads do not correspond: what was written at once may
// be read in pieces, and the other way round. Calls block the fiber only. One fiber may read while
// another writes; any may close.
//
// Nothing tells a stream that its peer's node has crashed, until it sends something (or asks, see
// set_keepalive()): then the peer's next life answers with a reset, or nobody answers, and it is
// given up after some 15 minutes (error timeout) or what set_user_timeout() says.
//
// Errors of all calls: closed (this end was closed), dead (the calling node has crashed). A stream
// whose connection is broken (reset; timeout that is no deadline's) gives that error from then on.
// Destroying a stream closes it.
class TcpStream {
 public:
  // connect() opens a connection to a port of `host` (the name of a node, or an address). Errors:
  // not_found (no such name), unreachable (no node has the address), refused (nobody listens
  // there), timeout (no answer in time).
  static Result<TcpStream> connect(std::string_view host, std::uint16_t port,
                                   ConnectOptions options = {});
  static Result<TcpStream> connect(SocketAddress address, ConnectOptions options = {});

  TcpStream(TcpStream&&) noexcept = default;
  TcpStream& operator=(TcpStream&&) noexcept = default;
  TcpStream(const TcpStream&) = delete;
  TcpStream& operator=(const TcpStream&) = delete;
  ~TcpStream() = default;

  // read() blocks until there is something and returns how much it put into `into`: often less than
  // fits. 0 is the end of the stream: the peer has closed, or shut down its writing. Errors: reset,
  // timeout (the read deadline has passed: the stream stays usable; or the connection is given up).
  Result<std::size_t> read(std::span<std::byte> into);
  // read_exactly() fills `into`. Error closed besides: the stream ended before.
  Result<void> read_exactly(std::span<std::byte> into);
  // write() blocks until all of `bytes` are on their way (in the send buffer: the peer need not
  // have them) and returns how many are: fewer only when the write deadline passes meanwhile.
  // Errors: reset, closed (after shutdown_write()), timeout as with read().
  Result<std::size_t> write(std::span<const std::byte> bytes);
  // write_all() is write() that takes fewer than all for an error: how many went is then unknown.
  Result<void> write_all(std::span<const std::byte> bytes);

  // shutdown_write() tells the peer that nothing more will come, after all that was written: its
  // reads end with 0. This end can still read.
  Result<void> shutdown_write();
  // close() ends both directions; calls that wait in other fibers end with `closed`. What was
  // written is still delivered, as far as TCP can. If something was not yet read here, the peer is
  // told by a reset.
  void close();

  // A call that waits at the deadline of its direction, or begins after it, ends with `timeout`.
  // Also for calls that wait now. nullopt: none.
  void set_read_deadline(std::optional<TimePoint> deadline);
  void set_write_deadline(std::optional<TimePoint> deadline);
  void set_deadline(std::optional<TimePoint> deadline);

  void set_keepalive(KeepaliveOptions options);
  // set_user_timeout(): what was sent and not acknowledged for so long breaks the connection
  // (RFC 5482). 0: TCP's own patience.
  void set_user_timeout(Duration timeout);

  SocketAddress local_address() const;
  SocketAddress peer_address() const;
  bool is_open() const { return handle_.is_open(); }

 private:
  friend class TcpListener;
  explicit TcpStream(detail::SocketHandle handle) : handle_(std::move(handle)) {}
  Error broken(std::int64_t result, std::string_view what);

  detail::SocketHandle handle_;
  int error_ = 0;  // what broke the connection: an errno value
  bool write_shut_ = false;
};

struct ListenOptions {
  int backlog = 128;  // connections that may wait for accept(); those that come then try again
};

// TcpListener waits for connections to a port of its node.
class TcpListener {
 public:
  // listen() opens `port` of the calling node; 0 takes a free one. Errors: address_in_use.
  static Result<TcpListener> listen(std::uint16_t port, ListenOptions options = {});

  // accept() blocks until somebody connects. Errors: timeout (the deadline has passed), closed
  // (the listener was closed, perhaps meanwhile), dead.
  Result<TcpStream> accept();
  void set_deadline(std::optional<TimePoint> deadline);
  // close() ends accept() in other fibers; connections that nobody accepted are reset.
  void close() { handle_.close(); }

  SocketAddress local_address() const;
  bool is_open() const { return handle_.is_open(); }

 private:
  explicit TcpListener(detail::SocketHandle handle) : handle_(std::move(handle)) {}
  detail::SocketHandle handle_;
};

}  // namespace norn
