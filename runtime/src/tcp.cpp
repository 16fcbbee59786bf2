#include "norn/runtime/tcp.hpp"

#include <cerrno>
#include <string>
#include <vector>

#include "caller.hpp"
#include "norn/runtime/resolve.hpp"
#include "socket_errors.hpp"

namespace norn {

namespace {

using host::SocketDirection;
using host::SocketOption;

SocketAddress address(const detail::SocketHandle& handle,
                      int (host::Sockets::*name_of)(host::Process&, int, host::SocketName&),
                      const char* what) {
  const host::Caller self = host::caller(what);
  host::SocketName name;
  (self.world.sockets().*name_of)(self.process, handle.descriptor(), name);
  return detail::address_of(name);
}

}  // namespace

// ---- TcpStream

Result<TcpStream> TcpStream::connect(std::string_view host, std::uint16_t port,
                                     ConnectOptions options) {
  const Result<std::vector<SocketAddress>> addresses = resolve(host, port);
  if (!addresses) return addresses.error();
  std::optional<Error> problem;
  for (const SocketAddress& each : *addresses) {
    Result<TcpStream> stream = connect(each, options);
    if (stream) return stream;
    problem = stream.error();
  }
  return *problem;
}

Result<TcpStream> TcpStream::connect(SocketAddress address, ConnectOptions options) {
  const host::Caller self = host::caller("TcpStream::connect()");
  host::Sockets& sockets = self.world.sockets();
  detail::SocketHandle handle(sockets.socket(self.process, host::SocketType::stream));
  if (handle.descriptor() < 0) return detail::socket_error(handle.descriptor(), "connect");
  if (options.timeout) {
    sockets.set_deadline(self.process, handle.descriptor(), SocketDirection::write,
                         self.world.now() + *options.timeout);
  }
  const int result = sockets.connect(self.process, handle.descriptor(), detail::name_of(address));
  if (result < 0) return detail::socket_error(result, "connect to " + address.to_string());
  if (options.timeout) {
    sockets.set_deadline(self.process, handle.descriptor(), SocketDirection::write, std::nullopt);
  }
  return TcpStream(std::move(handle));
}

// The kernel reports what broke a connection once, to whoever asks first; a stream says it always.
Error TcpStream::broken(std::int64_t result, std::string_view what) {
  const int error = static_cast<int>(-result);
  if (error == ECONNRESET || error == ETIMEDOUT) error_ = error;
  // Writing to a peer that is gone; POSIX says the same of a stream that was shut here.
  if (error == EPIPE && error_ == 0 && !write_shut_) error_ = ECONNRESET;
  return detail::socket_error(error == EPIPE && error_ != 0 ? -error_ : result, what);
}

Result<std::size_t> TcpStream::read(std::span<std::byte> into) {
  const host::Caller self = host::caller("TcpStream::read()");
  const std::int64_t count =
      self.world.sockets().receive(self.process, handle_.descriptor(), into.data(), into.size());
  if (count < 0) return broken(count, "read");
  if (count == 0 && error_ != 0) return detail::socket_error(-error_, "read");
  return static_cast<std::size_t>(count);
}

Result<void> TcpStream::read_exactly(std::span<std::byte> into) {
  while (!into.empty()) {
    const Result<std::size_t> count = read(into);
    if (!count) return count.error();
    if (*count == 0) {
      return Error{Errc::closed, "read_exactly: the stream ended " + std::to_string(into.size()) +
                                     " bytes too early"};
    }
    into = into.subspan(*count);
  }
  return {};
}

Result<std::size_t> TcpStream::write(std::span<const std::byte> bytes) {
  const host::Caller self = host::caller("TcpStream::write()");
  const std::int64_t count =
      self.world.sockets().send(self.process, handle_.descriptor(), bytes.data(), bytes.size());
  if (count < 0) return broken(count, "write");
  return static_cast<std::size_t>(count);
}

Result<void> TcpStream::write_all(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const Result<std::size_t> count = write(bytes);
    if (!count) return count.error();
    bytes = bytes.subspan(*count);
  }
  return {};
}

Result<void> TcpStream::shutdown_write() {
  const host::Caller self = host::caller("TcpStream::shutdown_write()");
  const int result =
      self.world.sockets().shutdown(self.process, handle_.descriptor(), host::ShutdownHow::write);
  if (result < 0) return broken(result, "shutdown_write");
  write_shut_ = true;
  return {};
}

void TcpStream::close() {
  handle_.close();
}

void TcpStream::set_read_deadline(std::optional<TimePoint> deadline) {
  const host::Caller self = host::caller("TcpStream::set_read_deadline()");
  self.world.sockets().set_deadline(self.process, handle_.descriptor(), SocketDirection::read,
                                    deadline);
}

void TcpStream::set_write_deadline(std::optional<TimePoint> deadline) {
  const host::Caller self = host::caller("TcpStream::set_write_deadline()");
  self.world.sockets().set_deadline(self.process, handle_.descriptor(), SocketDirection::write,
                                    deadline);
}

void TcpStream::set_deadline(std::optional<TimePoint> deadline) {
  set_read_deadline(deadline);
  set_write_deadline(deadline);
}

void TcpStream::set_keepalive(KeepaliveOptions options) {
  const host::Caller self = host::caller("TcpStream::set_keepalive()");
  host::Sockets& sockets = self.world.sockets();
  const int descriptor = handle_.descriptor();
  sockets.set_option(self.process, descriptor, SocketOption::keepalive_interval,
                     options.interval.count());
  sockets.set_option(self.process, descriptor, SocketOption::keepalive_count, options.count);
  sockets.set_option(self.process, descriptor, SocketOption::keepalive_idle, options.idle.count());
}

void TcpStream::set_user_timeout(Duration timeout) {
  const host::Caller self = host::caller("TcpStream::set_user_timeout()");
  self.world.sockets().set_option(self.process, handle_.descriptor(), SocketOption::user_timeout,
                                  timeout.count());
}

SocketAddress TcpStream::local_address() const {
  return address(handle_, &host::Sockets::local_name, "TcpStream::local_address()");
}

SocketAddress TcpStream::peer_address() const {
  return address(handle_, &host::Sockets::peer_name, "TcpStream::peer_address()");
}

// ---- TcpListener

Result<TcpListener> TcpListener::listen(std::uint16_t port, ListenOptions options) {
  const host::Caller self = host::caller("TcpListener::listen()");
  host::Sockets& sockets = self.world.sockets();
  const std::string what = "listen on port " + std::to_string(port);
  detail::SocketHandle handle(sockets.socket(self.process, host::SocketType::stream));
  if (handle.descriptor() < 0) return detail::socket_error(handle.descriptor(), what);
  int result = sockets.bind(self.process, handle.descriptor(), {.address = 0, .port = port});
  if (result == 0) result = sockets.listen(self.process, handle.descriptor(), options.backlog);
  if (result < 0) return detail::socket_error(result, what);
  return TcpListener(std::move(handle));
}

Result<TcpStream> TcpListener::accept() {
  const host::Caller self = host::caller("TcpListener::accept()");
  host::SocketName peer;
  const int descriptor = self.world.sockets().accept(self.process, handle_.descriptor(), peer);
  if (descriptor < 0) return detail::socket_error(descriptor, "accept");
  return TcpStream(detail::SocketHandle(descriptor));
}

void TcpListener::set_deadline(std::optional<TimePoint> deadline) {
  const host::Caller self = host::caller("TcpListener::set_deadline()");
  self.world.sockets().set_deadline(self.process, handle_.descriptor(), SocketDirection::read,
                                    deadline);
}

SocketAddress TcpListener::local_address() const {
  return address(handle_, &host::Sockets::local_name, "TcpListener::local_address()");
}

}  // namespace norn
