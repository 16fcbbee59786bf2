#include "kernel/socket.hpp"

#include <sys/stat.h>

#include "kernel/kernel.hpp"

namespace norn::sim {

void Socket::attach(std::shared_ptr<TcpConnection> made) {
  if (connection_ != nullptr) {
    connection_->readers.pass_on_to(nullptr);
    connection_->writers.pass_on_to(nullptr);
  }
  connection_ = std::move(made);
  if (connection_ == nullptr) return;
  connection_->readers.pass_on_to(&readiness);
  connection_->writers.pass_on_to(&readiness);
}

std::uint32_t Socket::ready() {
  if (is_stream()) return stream_ready();
  return EPOLLOUT | EPOLLWRNORM | (datagrams.empty() ? 0U : EPOLLIN | EPOLLRDNORM);
}

// As Linux' tcp_poll().
std::uint32_t Socket::stream_ready() const {
  if (backlog != nullptr) return backlog->ready.empty() ? 0 : EPOLLIN | EPOLLRDNORM;
  if (connection_ == nullptr) return EPOLLOUT | EPOLLWRNORM | EPOLLHUP;
  TcpConnection& connection = *connection_;
  if (connection.is_connecting()) return 0;
  std::uint32_t events = 0;
  const bool over = connection.is_broken();
  if (connection.has_error()) events |= EPOLLERR;
  if (over || (connection.has_ended() && connection.is_write_shut())) events |= EPOLLHUP;
  if (over || connection.has_ended()) events |= EPOLLRDHUP;
  if (over || connection.has_ended() || connection.unread() > 0) events |= EPOLLIN | EPOLLRDNORM;
  if (over || connection.is_write_shut() || connection.is_writable())
    events |= EPOLLOUT | EPOLLWRNORM;
  return events;
}

std::int64_t Socket::read(host::Process& process, std::span<std::byte> into) {
  return kernel_.receive_on(process, *this, into, 0, nullptr);
}

std::int64_t Socket::write(host::Process& process, std::span<const std::byte> bytes) {
  return kernel_.send_on(process, *this, bytes, 0, nullptr);
}

int Socket::status(host::Process& process, struct stat& status) {
  static_cast<void>(process);
  status.st_mode = S_IFSOCK | S_IRWXU;
  return 0;
}

void Socket::closed(host::Process& process) {
  kernel_.release(process, *this);
}

}  // namespace norn::sim
