// Calls on sockets, with the names of POSIX.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <utility>

#include "kernel/posix_kernel.hpp"

namespace norn::sim {

namespace {

constexpr std::uint32_t kLoopback = 0x7f000001U;
constexpr int kSendFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
constexpr int kReceiveFlags = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_PEEK | MSG_WAITALL | MSG_TRUNC;

// A name of AF_INET. -EINVAL: too short; -EAFNOSUPPORT: of another family.
int inet_name(const sockaddr* name, socklen_t length, host::SocketName& out) {
  sockaddr_in inet{};
  if (name == nullptr) return -EFAULT;
  if (length < sizeof(inet)) return -EINVAL;
  std::memcpy(&inet, name, sizeof(inet));
  if (inet.sin_family != AF_INET) return -EAFNOSUPPORT;
  out = {.address = ntohl(inet.sin_addr.s_addr), .port = ntohs(inet.sin_port)};
  return 0;
}

// A name of AF_UNIX: a path up to its zero byte, or an abstract name of all its bytes.
int local_name(const sockaddr* name, socklen_t length, std::string& out) {
  constexpr std::size_t before = offsetof(sockaddr_un, sun_path);
  if (name == nullptr) return -EFAULT;
  if (length <= before || length > sizeof(sockaddr_un)) return -EINVAL;
  if (name->sa_family != AF_UNIX) return -EINVAL;
  out.assign(reinterpret_cast<const char*>(name) + before, length - before);
  if (out.front() != '\0') out.resize(std::min(out.size(), out.find('\0')));
  return 0;
}

// Copies a name out as the calls do: cut off where there is no room, with its whole length.
void give(const void* name, std::size_t size, sockaddr* into, socklen_t* length) {
  if (into == nullptr || length == nullptr) return;
  std::memcpy(into, name, std::min<std::size_t>(size, *length));
  *length = static_cast<socklen_t>(size);
}

void give(host::SocketName name, sockaddr* into, socklen_t* length) {
  sockaddr_in inet{};
  inet.sin_family = AF_INET;
  inet.sin_addr.s_addr = htonl(name.address);
  inet.sin_port = htons(name.port);
  give(&inet, sizeof(inet), into, length);
}

void give(const std::string& name, sockaddr* into, socklen_t* length) {
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  std::size_t size = offsetof(sockaddr_un, sun_path);
  std::copy_n(name.begin(), std::min(name.size(), sizeof(local.sun_path)), local.sun_path);
  if (!name.empty()) size += name.size() + (name.front() == '\0' ? 0 : 1);
  give(&local, std::min(size, sizeof(local)), into, length);
}

int check_type(int type, int& flags) {
  static_assert(SOCK_NONBLOCK == O_NONBLOCK && SOCK_CLOEXEC == O_CLOEXEC);
  flags = type & (SOCK_NONBLOCK | SOCK_CLOEXEC);
  const int kind = type & ~flags;
  return kind == SOCK_STREAM || kind == SOCK_DGRAM ? kind : -ESOCKTNOSUPPORT;
}

}  // namespace

int PosixKernel::socket(host::Process& process, int domain, int type, int protocol) {
  if (!process.alive) return -ESRCH;
  if (domain != AF_INET && domain != AF_UNIX) return -EAFNOSUPPORT;
  int flags = 0;
  const int kind = check_type(type, flags);
  if (kind < 0) return kind;
  const bool stream = kind == SOCK_STREAM;
  const int usual = domain == AF_UNIX ? 0 : stream ? IPPROTO_TCP : IPPROTO_UDP;
  if (protocol != 0 && protocol != usual) return -EPROTONOSUPPORT;
  const bool close_on_exec = (flags & SOCK_CLOEXEC) != 0;
  if (domain == AF_UNIX) {
    return install(process, std::make_shared<LocalSocket>(stream, flags & SOCK_NONBLOCK),
                   close_on_exec);
  }
  auto made = std::make_shared<Socket>(
      kernel_, stream ? host::SocketType::stream : host::SocketType::datagram,
      O_RDWR | (flags & SOCK_NONBLOCK));
  made->options.no_delay = false;
  return install(process, std::move(made), close_on_exec);
}

int PosixKernel::socketpair(host::Process& process, int domain, int type, int protocol, int* ends) {
  if (!process.alive) return -ESRCH;
  if (domain == AF_INET) return -EOPNOTSUPP;
  if (domain != AF_UNIX) return -EAFNOSUPPORT;
  if (protocol != 0) return -EPROTONOSUPPORT;
  int flags = 0;
  const int kind = check_type(type, flags);
  if (kind < 0) return kind;
  if (!table(process).has_room(2)) return -EMFILE;
  auto first = std::make_shared<LocalSocket>(kind == SOCK_STREAM, flags & SOCK_NONBLOCK);
  auto second = std::make_shared<LocalSocket>(kind == SOCK_STREAM, flags & SOCK_NONBLOCK);
  first->pair_with(*second);
  return install_two(process, std::move(first), std::move(second), (flags & SOCK_CLOEXEC) != 0,
                     ends);
}

int PosixKernel::bind(host::Process& process, int descriptor, const sockaddr* name,
                      socklen_t length) {
  if (!process.alive) return -ESRCH;
  int error = 0;
  if (const auto local = table(process).as<LocalSocket>(descriptor, -ENOTSOCK, error)) {
    std::string path;
    if (error = local_name(name, length, path); error != 0) return error;
    if (path.front() != '\0') {
      const int file = world_.file_open(process, path, O_RDONLY);
      if (file >= 0) world_.file_close(process, file);
      if (file >= 0 || file == -EISDIR) return -EADDRINUSE;
      if (file != -ENOENT) return file;
    }
    return local->bind(names(process), path);
  }
  if (const auto socket = table(process).as<Socket>(descriptor, -ENOTSOCK, error);
      socket == nullptr)
    return error;
  host::SocketName inet;
  if (error = inet_name(name, length, inet); error != 0) return error;
  return kernel_.bind(process, descriptor, inet);
}

int PosixKernel::listen(host::Process& process, int descriptor, int backlog) {
  if (!process.alive) return -ESRCH;
  int error = 0;
  if (const auto local = table(process).as<LocalSocket>(descriptor, 0, error))
    return local->listen(backlog);
  return kernel_.listen(process, descriptor, backlog);
}

int PosixKernel::accept(host::Process& process, int descriptor, sockaddr* peer, socklen_t* length,
                        int flags) {
  if (!process.alive) return -ESRCH;
  if ((flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0) return -EINVAL;
  const bool close_on_exec = (flags & SOCK_CLOEXEC) != 0;
  int error = 0;
  if (const auto local = table(process).as<LocalSocket>(descriptor, 0, error)) {
    if (!table(process).has_room(1)) return -EMFILE;
    std::shared_ptr<LocalSocket> made;
    if (error = local->accept(process, flags & SOCK_NONBLOCK, made); error != 0) return error;
    if (const auto other = made->peer()) give(other->name(), peer, length);
    return install(process, std::move(made), close_on_exec);
  }
  host::SocketName from;
  const int made =
      kernel_.accept(process, descriptor, from, O_RDWR | (flags & SOCK_NONBLOCK), close_on_exec);
  if (made >= 0) getpeername(process, made, peer, length);
  return made;
}

int PosixKernel::connect(host::Process& process, int descriptor, const sockaddr* name,
                         socklen_t length) {
  if (!process.alive) return -ESRCH;
  int error = 0;
  if (const auto local = table(process).as<LocalSocket>(descriptor, -ENOTSOCK, error)) {
    std::string path;
    if (error = local_name(name, length, path); error != 0) return error;
    return local->connect(process, names(process), path);
  }
  const auto socket = table(process).as<Socket>(descriptor, -ENOTSOCK, error);
  if (socket == nullptr) return error;
  if (!socket->is_stream() && name != nullptr && name->sa_family == AF_UNSPEC) {
    socket->peer.reset();
    return 0;
  }
  host::SocketName inet;
  if (error = inet_name(name, length, inet); error != 0) return error;
  error = kernel_.connect(process, descriptor, inet);
  // connect(2): what SO_SNDTIMEO cuts short goes on, as if it did not block.
  if (error == -EAGAIN && socket->write_patience) {
    socket->connect_pending = true;
    return -EINPROGRESS;
  }
  return error;
}

std::int64_t PosixKernel::sendto(host::Process& process, int descriptor, const void* from,
                                 std::size_t length, int flags, const sockaddr* to,
                                 socklen_t to_length) {
  if (!process.alive) return -ESRCH;
  if ((flags & ~kSendFlags) != 0) return -EOPNOTSUPP;
  const std::span bytes(static_cast<const std::byte*>(from), length);
  int error = 0;
  if (const auto local = table(process).as<LocalSocket>(descriptor, -ENOTSOCK, error)) {
    std::shared_ptr<LocalSocket> target;
    if (to != nullptr) {
      std::string path;
      if (error = local_name(to, to_length, path); error != 0) return error;
      if (local->is_stream()) return local->is_connected() ? -EISCONN : -EOPNOTSUPP;
      target = names(process).find(path, error);
      if (target == nullptr) return error;
      if (target->is_stream()) return -EPROTOTYPE;
    }
    return local->send(process, bytes, flags, target.get());
  }
  const auto socket = table(process).as<Socket>(descriptor, -ENOTSOCK, error);
  if (socket == nullptr) return error;
  if (to == nullptr || socket->is_stream())
    return kernel_.send_on(process, *socket, bytes, flags, nullptr);
  host::SocketName inet;
  if (error = inet_name(to, to_length, inet); error != 0) return error;
  return kernel_.send_on(process, *socket, bytes, flags, &inet);
}

std::int64_t PosixKernel::receive_once(host::Process& process, Description& description,
                                       std::span<std::byte> into, int flags, sockaddr* from,
                                       socklen_t* from_length) {
  if (auto* const local = dynamic_cast<LocalSocket*>(&description)) {
    std::string name;
    const std::int64_t count = local->receive(process, into, flags, &name);
    if (count < 0) return count;
    if (!local->is_stream()) {
      give(name, from, from_length);
    } else if (from_length != nullptr) {
      *from_length = 0;
    }
    return count;
  }
  auto& socket = dynamic_cast<Socket&>(description);
  host::SocketName name;
  const std::int64_t count = kernel_.receive_on(process, socket, into, flags, &name);
  if (count < 0) return count;
  if (!socket.is_stream()) {
    if (kernel_.node_at(process, name.address) == process.id()) name.address = kLoopback;
    give(name, from, from_length);
  } else if (from_length != nullptr) {
    *from_length = 0;
  }
  return count;
}

std::int64_t PosixKernel::recvfrom(host::Process& process, int descriptor, void* into,
                                   std::size_t length, int flags, sockaddr* from,
                                   socklen_t* from_length) {
  if (!process.alive) return -ESRCH;
  if ((flags & ~kReceiveFlags) != 0) return -EOPNOTSUPP;
  const std::shared_ptr<Description> description = table(process).description(descriptor);
  if (description == nullptr) return -EBADF;
  const auto* const inet = dynamic_cast<const Socket*>(description.get());
  const auto* const local = dynamic_cast<const LocalSocket*>(description.get());
  if (inet == nullptr && local == nullptr) return -ENOTSOCK;
  const bool stream = inet != nullptr ? inet->is_stream() : local->is_stream();
  const std::span bytes(static_cast<std::byte*>(into), length);
  const bool all = stream && (flags & MSG_WAITALL) != 0 && (flags & MSG_PEEK) == 0;
  if (!all) return receive_once(process, *description, bytes, flags, from, from_length);
  std::size_t done = 0;
  while (done < length) {
    const std::int64_t count =
        receive_once(process, *description, bytes.subspan(done), flags, from, from_length);
    if (count <= 0) return done > 0 ? static_cast<std::int64_t>(done) : count;
    done += static_cast<std::size_t>(count);
  }
  return static_cast<std::int64_t>(done);
}

int PosixKernel::shutdown(host::Process& process, int descriptor, int how) {
  if (!process.alive) return -ESRCH;
  if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR) return -EINVAL;
  int error = 0;
  if (const auto local = table(process).as<LocalSocket>(descriptor, -ENOTSOCK, error))
    return local->shutdown(how);
  const auto kind = how == SHUT_RD   ? host::ShutdownHow::read
                    : how == SHUT_WR ? host::ShutdownHow::write
                                     : host::ShutdownHow::both;
  return kernel_.shutdown(process, descriptor, kind);
}

// What getsockname() tells: a connection within the node has loopback addresses, as one that began
// by a loopback address; else the address as bind() was told it.
host::SocketName PosixKernel::name_of(host::Process& process, const Socket& socket) const {
  host::SocketName name{.address = socket.bound_address, .port = socket.port};
  if (const auto& connection = socket.connection()) {
    const TcpEnds& ends = connection->ends();
    const bool inside = ends.remote_node == process.id();
    name = {.address = inside ? kLoopback : kernel_.address_of(process.id()),
            .port = ends.local_port};
  } else if (socket.peer && socket.bound_address == 0) {
    name.address = socket.peer_node == process.id() ? kLoopback : kernel_.address_of(process.id());
  }
  return name;
}

int PosixKernel::getsockname(host::Process& process, int descriptor, sockaddr* name,
                             socklen_t* length) {
  if (!process.alive) return -ESRCH;
  int error = 0;
  if (const auto local = table(process).as<LocalSocket>(descriptor, -ENOTSOCK, error)) {
    give(local->name(), name, length);
    return 0;
  }
  const auto socket = table(process).as<Socket>(descriptor, -ENOTSOCK, error);
  if (socket == nullptr) return error;
  give(name_of(process, *socket), name, length);
  return 0;
}

int PosixKernel::getpeername(host::Process& process, int descriptor, sockaddr* name,
                             socklen_t* length) {
  if (!process.alive) return -ESRCH;
  int error = 0;
  if (const auto local = table(process).as<LocalSocket>(descriptor, -ENOTSOCK, error)) {
    const std::shared_ptr<LocalSocket> peer = local->peer();
    if (!local->is_connected() || peer == nullptr) return -ENOTCONN;
    give(peer->name(), name, length);
    return 0;
  }
  const auto socket = table(process).as<Socket>(descriptor, -ENOTSOCK, error);
  if (socket == nullptr) return error;
  const auto& connection = socket->connection();
  if (connection != nullptr && (connection->is_connecting() || connection->is_broken()))
    return -ENOTCONN;
  host::SocketName peer;
  if (error = kernel_.peer_name(process, descriptor, peer); error != 0) return error;
  if (kernel_.node_at(process, peer.address) == process.id()) peer.address = kLoopback;
  give(peer, name, length);
  return 0;
}

}  // namespace norn::sim
