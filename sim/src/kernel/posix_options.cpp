// Options of sockets.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kernel/posix_kernel.hpp"

namespace norn::sim {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMillisecond = 1'000'000;
// socket(7), tcp(7): a buffer's size is doubled for bookkeeping; at least and at most these.
constexpr int kLeastSend = 4608;
constexpr int kLeastReceive = 2304;
constexpr int kMostBuffer = 212'992;
constexpr int kMostKeepIdle = 32767;  // seconds
constexpr int kMostKeepCount = 127;

template <class T>
int take(const void* value, socklen_t length, T& out) {
  if (value == nullptr) return -EFAULT;
  if (length < sizeof(T)) return -EINVAL;
  std::memcpy(&out, value, sizeof(T));
  return 0;
}

template <class T>
int give(const T& what, void* value, socklen_t* length) {
  if (value == nullptr || length == nullptr) return -EFAULT;
  const std::size_t size = std::min<std::size_t>(sizeof(T), *length);
  std::memcpy(value, &what, size);
  *length = static_cast<socklen_t>(size);
  return 0;
}

int patience_of(const timeval& time, std::optional<Duration>& out) {
  if (time.tv_usec < 0 || time.tv_usec >= 1'000'000) return -EDOM;
  const auto whole = std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  out = whole <= Duration::zero() ? std::nullopt : std::optional<Duration>(whole);
  return 0;
}

timeval timeval_of(const std::optional<Duration>& patience) {
  const std::int64_t ns = patience ? patience->count() : 0;
  return {.tv_sec = ns / kSecond, .tv_usec = ns % kSecond / 1000};
}

// Half of what is told: the bytes that really fit.
std::size_t buffer_of(int asked, int least) {
  return static_cast<std::size_t>(std::max(std::min(asked, kMostBuffer), least / 2));
}

void apply(Socket& socket) {
  socket.options.keepalive_idle_ns = socket.keepalive ? socket.keepalive_idle_ns : 0;
  if (socket.connection() != nullptr) socket.connection()->set_options(socket.options);
}

int set_of_socket(Socket& socket, int option, int number) {
  switch (option) {
    case SO_REUSEADDR:
      socket.options.reuse_address = number != 0;
      break;
    case SO_KEEPALIVE:
      socket.keepalive = number != 0;
      break;
    case SO_SNDBUF:
      socket.options.send_buffer = buffer_of(number, kLeastSend);
      break;
    case SO_RCVBUF:
      socket.options.receive_buffer = buffer_of(number, kLeastReceive);
      socket.datagram_buffer = socket.options.receive_buffer;
      break;
    default:
      return -ENOPROTOOPT;
  }
  apply(socket);
  return 0;
}

int set_of_tcp(Socket& socket, int option, int number) {
  TcpOptions& options = socket.options;
  switch (option) {
    case TCP_NODELAY:
      options.no_delay = number != 0;
      if (socket.connection() != nullptr && options.no_delay) {
        apply(socket);
        socket.connection()->push();
      }
      break;
    case TCP_KEEPIDLE:
      if (number < 1 || number > kMostKeepIdle) return -EINVAL;
      socket.keepalive_idle_ns = number * kSecond;
      break;
    case TCP_KEEPINTVL:
      if (number < 1 || number > kMostKeepIdle) return -EINVAL;
      options.keepalive_interval_ns = number * kSecond;
      break;
    case TCP_KEEPCNT:
      if (number < 1 || number > kMostKeepCount) return -EINVAL;
      options.keepalive_count = number;
      break;
    case TCP_USER_TIMEOUT:
      if (number < 0) return -EINVAL;
      options.user_timeout_ns = number * kMillisecond;
      break;
    default:
      return -ENOPROTOOPT;
  }
  apply(socket);
  return 0;
}

int get_of_tcp(const Socket& socket, int option, int& number) {
  const TcpOptions& options = socket.options;
  switch (option) {
    case TCP_NODELAY:
      number = options.no_delay ? 1 : 0;
      return 0;
    case TCP_KEEPIDLE:
      number = static_cast<int>(socket.keepalive_idle_ns / kSecond);
      return 0;
    case TCP_KEEPINTVL:
      number = static_cast<int>(options.keepalive_interval_ns / kSecond);
      return 0;
    case TCP_KEEPCNT:
      number = options.keepalive_count;
      return 0;
    case TCP_USER_TIMEOUT:
      number = static_cast<int>(options.user_timeout_ns / kMillisecond);
      return 0;
    default:
      return -ENOPROTOOPT;
  }
}

int get_of_socket(Socket& socket, int option, int& number) {
  const auto& connection = socket.connection();
  switch (option) {
    case SO_REUSEADDR:
      number = socket.options.reuse_address ? 1 : 0;
      return 0;
    case SO_KEEPALIVE:
      number = socket.keepalive ? 1 : 0;
      return 0;
    case SO_SNDBUF:
      number = static_cast<int>(2 * socket.options.send_buffer);
      return 0;
    case SO_RCVBUF:
      number = static_cast<int>(
          2 * (socket.is_stream() ? socket.options.receive_buffer : socket.datagram_buffer));
      return 0;
    case SO_ERROR:
      number = connection == nullptr ? 0 : connection->take_error();
      if (number != 0 && socket.connect_pending) {
        socket.connect_pending = false;
        socket.attach(nullptr);  // it may try again
      }
      return 0;
    case SO_TYPE:
      number = socket.is_stream() ? SOCK_STREAM : SOCK_DGRAM;
      return 0;
    case SO_DOMAIN:
      number = AF_INET;
      return 0;
    case SO_PROTOCOL:
      number = socket.is_stream() ? IPPROTO_TCP : IPPROTO_UDP;
      return 0;
    case SO_ACCEPTCONN:
      number = socket.backlog != nullptr ? 1 : 0;
      return 0;
    default:
      return -ENOPROTOOPT;
  }
}

int get_of_local(LocalSocket& socket, int option, int& number) {
  switch (option) {
    case SO_SNDBUF:
      number = static_cast<int>(2 * socket.send_buffer);
      return 0;
    case SO_ERROR:
      number = socket.take_error();
      return 0;
    case SO_TYPE:
      number = socket.is_stream() ? SOCK_STREAM : SOCK_DGRAM;
      return 0;
    case SO_DOMAIN:
      number = AF_UNIX;
      return 0;
    case SO_PROTOCOL:
      number = 0;
      return 0;
    case SO_ACCEPTCONN:
      number = socket.listens() ? 1 : 0;
      return 0;
    default:
      return -ENOPROTOOPT;
  }
}

}  // namespace

int PosixKernel::setsockopt(host::Process& process, int descriptor, int level, int option,
                            const void* value, socklen_t length) {
  if (!process.alive) return -ESRCH;
  int error = 0;
  const auto local = table(process).as<LocalSocket>(descriptor, -ENOTSOCK, error);
  const auto socket = table(process).as<Socket>(descriptor, -ENOTSOCK, error);
  if (local == nullptr && socket == nullptr) return error;
  if (level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO)) {
    timeval time{};
    if (error = take(value, length, time); error != 0) return error;
    const bool reads = option == SO_RCVTIMEO;
    if (local != nullptr)
      return patience_of(time, reads ? local->read_patience : local->write_patience);
    return patience_of(time, reads ? socket->read_patience : socket->write_patience);
  }
  if (level == SOL_SOCKET && option == SO_LINGER && socket != nullptr) {
    struct linger how{};
    if (error = take(value, length, how); error != 0) return error;
    socket->linger.reset();
    if (how.l_onoff != 0) socket->linger = std::chrono::seconds(how.l_linger);
    return 0;
  }
  int number = 0;
  if (error = take(value, length, number); error != 0) return error;
  if (local != nullptr) {
    if (level != SOL_SOCKET) return -EOPNOTSUPP;
    if (option != SO_SNDBUF) return -ENOPROTOOPT;
    local->send_buffer = buffer_of(number, kLeastSend);
    return 0;
  }
  if (level == SOL_SOCKET) return set_of_socket(*socket, option, number);
  return level == IPPROTO_TCP && socket->is_stream() ? set_of_tcp(*socket, option, number)
                                                     : -ENOPROTOOPT;
}

int PosixKernel::getsockopt(host::Process& process, int descriptor, int level, int option,
                            void* value, socklen_t* length) {
  if (!process.alive) return -ESRCH;
  int error = 0;
  const auto local = table(process).as<LocalSocket>(descriptor, -ENOTSOCK, error);
  const auto socket = table(process).as<Socket>(descriptor, -ENOTSOCK, error);
  if (local == nullptr && socket == nullptr) return error;
  if (level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO)) {
    const bool reads = option == SO_RCVTIMEO;
    if (local != nullptr)
      return give(timeval_of(reads ? local->read_patience : local->write_patience), value, length);
    return give(timeval_of(reads ? socket->read_patience : socket->write_patience), value, length);
  }
  if (level == SOL_SOCKET && option == SO_LINGER && socket != nullptr) {
    struct linger how{};
    how.l_onoff = socket->linger ? 1 : 0;
    if (socket->linger)
      how.l_linger = static_cast<int>(
          std::chrono::duration_cast<std::chrono::seconds>(*socket->linger).count());
    return give(how, value, length);
  }
  int number = 0;
  if (local != nullptr) {
    error = level == SOL_SOCKET ? get_of_local(*local, option, number) : -EOPNOTSUPP;
  } else if (level == SOL_SOCKET) {
    error = get_of_socket(*socket, option, number);
  } else {
    error = level == IPPROTO_TCP && socket->is_stream() ? get_of_tcp(*socket, option, number)
                                                        : -ENOPROTOOPT;
  }
  return error != 0 ? error : give(number, value, length);
}

}  // namespace norn::sim
