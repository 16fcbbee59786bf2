// Calls on sockets.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

#include "os/real_posix.hpp"

namespace norn::real {

namespace {

constexpr int kSendFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
constexpr int kReceiveFlags = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_PEEK | MSG_WAITALL | MSG_TRUNC;

// The kind of socket that is asked for, or minus an errno value.
int kind_of(int domain, int type, int protocol) {
  if (domain != AF_INET && domain != AF_UNIX) return -EAFNOSUPPORT;
  const int kind = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (kind != SOCK_STREAM && kind != SOCK_DGRAM) return -ESOCKTNOSUPPORT;
  const int of_internet = kind == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
  const int usual = domain == AF_UNIX ? 0 : of_internet;
  return protocol == 0 || protocol == usual ? kind : -EPROTONOSUPPORT;
}

bool can_be_set(int level, int option) {
  constexpr std::array kOfSockets = {SO_REUSEADDR, SO_LINGER,   SO_KEEPALIVE, SO_SNDBUF,
                                     SO_RCVBUF,    SO_SNDTIMEO, SO_RCVTIMEO};
  constexpr std::array kOfTcp = {TCP_NODELAY, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT,
                                 TCP_USER_TIMEOUT};
  if (level == SOL_SOCKET)
    return std::find(kOfSockets.begin(), kOfSockets.end(), option) != kOfSockets.end();
  return level == IPPROTO_TCP && std::find(kOfTcp.begin(), kOfTcp.end(), option) != kOfTcp.end();
}

bool can_be_read(int level, int option) {
  constexpr std::array kOnlyRead = {SO_ERROR, SO_TYPE, SO_DOMAIN, SO_PROTOCOL, SO_ACCEPTCONN};
  return can_be_set(level, option) ||
         (level == SOL_SOCKET &&
          std::find(kOnlyRead.begin(), kOnlyRead.end(), option) != kOnlyRead.end());
}

}  // namespace

// ---- making and naming

int RealPosix::socket(host::Process& process, int domain, int type, int protocol) {
  if (!process.alive) return -ESRCH;
  const int kind = kind_of(domain, type, protocol);
  if (kind < 0) return kind;
  return calls_.open(process, domain, kind, (type & SOCK_NONBLOCK) == 0,
                     (type & SOCK_CLOEXEC) != 0);
}

int RealPosix::socketpair(host::Process& process, int domain, int type, int protocol, int* ends) {
  if (!process.alive) return -ESRCH;
  if (domain == AF_INET) return -EOPNOTSUPP;
  const int kind = kind_of(domain, type, protocol);
  if (kind < 0) return kind;
  if (!files_.table(process).has_room(2)) return -EMFILE;
  int machine_fds[2] = {-1, -1};
  const int error = told_int([&] {
    return ::socketpair(domain, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol, machine_fds);
  });
  if (error != 0) return error;
  return install_two(process, kind == SOCK_STREAM ? OpenKind::stream : OpenKind::datagrams,
                     machine_fds, type & (SOCK_NONBLOCK | SOCK_CLOEXEC), ends, true);
}

int RealPosix::bind(host::Process& process, int descriptor, const sockaddr* name,
                    socklen_t length) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  return socket == nullptr ? error : calls_.bind(process, socket, name, length);
}

int RealPosix::listen(host::Process& process, int descriptor, int backlog) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  return told_int([&] { return ::listen(socket->fd.get(), backlog); });
}

int RealPosix::accept(host::Process& process, int descriptor, sockaddr* peer, socklen_t* length,
                      int flags) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  if ((flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0) return -EINVAL;
  SocketCalls::Peer from;
  const int number = calls_.accept(process, socket, (flags & SOCK_NONBLOCK) == 0,
                                   (flags & SOCK_CLOEXEC) != 0, from);
  if (number >= 0) calls_.names().tell(from.name, from.length, peer, length);
  return number;
}

int RealPosix::connect(host::Process& process, int descriptor, const sockaddr* name,
                       socklen_t length) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  return calls_.connect(process, socket, name, length);
}

int RealPosix::getsockname(host::Process& process, int descriptor, sockaddr* name,
                           socklen_t* length) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  SocketCalls::Peer own;
  error = told_int([&] {
    return ::getsockname(socket->fd.get(), reinterpret_cast<sockaddr*>(&own.name), &own.length);
  });
  if (error == 0) calls_.names().tell(own.name, own.length, name, length);
  return error;
}

int RealPosix::getpeername(host::Process& process, int descriptor, sockaddr* name,
                           socklen_t* length) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  SocketCalls::Peer peer;
  error = told_int([&] {
    return ::getpeername(socket->fd.get(), reinterpret_cast<sockaddr*>(&peer.name), &peer.length);
  });
  if (error == 0) calls_.names().tell(peer.name, peer.length, name, length);
  return error;
}

// ---- bytes

std::int64_t RealPosix::sendto(host::Process& process, int descriptor, const void* from,
                               std::size_t length, int flags, const sockaddr* to,
                               socklen_t to_length) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  if ((flags & ~kSendFlags) != 0) return -EOPNOTSUPP;
  return calls_.send(process, socket, from, length, flags, to, to_length);
}

std::int64_t RealPosix::recvfrom(host::Process& process, int descriptor, void* into,
                                 std::size_t length, int flags, sockaddr* from,
                                 socklen_t* from_length) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  if ((flags & ~kReceiveFlags) != 0) return -EOPNOTSUPP;
  // Of streams Linux means something else by it: throw the bytes away.
  if (socket->file->kind == OpenKind::stream) flags &= ~MSG_TRUNC;
  SocketCalls::Peer peer;
  const std::int64_t size =
      calls_.receive(process, socket, into, length, flags, from == nullptr ? nullptr : &peer);
  if (size >= 0 && from != nullptr) calls_.names().tell(peer.name, peer.length, from, from_length);
  return size;
}

int RealPosix::shutdown(host::Process& process, int descriptor, int how) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  return told_int([&] { return ::shutdown(socket->fd.get(), how); });
}

// ---- options

// The machine checks and keeps them; those that concern how long a call waits are kept here too,
// for the machine's calls never wait.
int RealPosix::setsockopt(host::Process& process, int descriptor, int level, int option,
                          const void* value, socklen_t length) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  if (!can_be_set(level, option)) return -ENOPROTOOPT;
  error = told_int([&] { return ::setsockopt(socket->fd.get(), level, option, value, length); });
  if (error != 0 || level != SOL_SOCKET) return error;
  if (option == SO_LINGER) {
    struct linger how{};
    std::memcpy(&how, value, sizeof(how));
    socket->file->lingers = how.l_onoff != 0 && how.l_linger != 0;
  } else if (option == SO_RCVTIMEO || option == SO_SNDTIMEO) {
    timeval time{};
    std::memcpy(&time, value, sizeof(time));
    constexpr time_t kForEver = 1'000'000'000;  // more does not fit into a Duration
    const Duration whole = std::chrono::seconds(std::min(time.tv_sec, kForEver)) +
                           std::chrono::microseconds(time.tv_usec);
    (option == SO_RCVTIMEO ? socket->file->read_patience : socket->file->write_patience) =
        whole <= Duration::zero() ? std::nullopt : std::optional(whole);
  }
  return 0;
}

int RealPosix::getsockopt(host::Process& process, int descriptor, int level, int option,
                          void* value, socklen_t* length) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  if (!can_be_read(level, option)) return -ENOPROTOOPT;
  return told_int([&] { return ::getsockopt(socket->fd.get(), level, option, value, length); });
}

}  // namespace norn::real
