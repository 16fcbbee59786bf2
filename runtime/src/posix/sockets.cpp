// Calls on sockets.
#include "norn/posix/posix.hpp"

#include "posix/told.hpp"

namespace norn::posix {

int socket(int domain, int type, int protocol) {
  const host::Caller self = host::caller("posix::socket()");
  return static_cast<int>(told(self.world.posix().socket(self.process, domain, type, protocol)));
}

int socketpair(int domain, int type, int protocol, int* ends) {
  const host::Caller self = host::caller("posix::socketpair()");
  return static_cast<int>(
      told(self.world.posix().socketpair(self.process, domain, type, protocol, ends)));
}

int bind(int descriptor, const sockaddr* name, socklen_t length) {
  const host::Caller self = host::caller("posix::bind()");
  return static_cast<int>(told(self.world.posix().bind(self.process, descriptor, name, length)));
}

int listen(int descriptor, int backlog) {
  const host::Caller self = host::caller("posix::listen()");
  return static_cast<int>(told(self.world.posix().listen(self.process, descriptor, backlog)));
}

int connect(int descriptor, const sockaddr* name, socklen_t length) {
  const host::Caller self = host::caller("posix::connect()");
  return static_cast<int>(told(self.world.posix().connect(self.process, descriptor, name, length)));
}

ssize_t sendto(int descriptor, const void* from, std::size_t length, int flags, const sockaddr* to,
               socklen_t to_length) {
  const host::Caller self = host::caller("posix::sendto()");
  return told(
      self.world.posix().sendto(self.process, descriptor, from, length, flags, to, to_length));
}

ssize_t recvfrom(int descriptor, void* into, std::size_t length, int flags, sockaddr* from,
                 socklen_t* from_length) {
  const host::Caller self = host::caller("posix::recvfrom()");
  return told(self.world.posix().recvfrom(self.process, descriptor, into, length, flags, from,
                                          from_length));
}

int shutdown(int descriptor, int how) {
  const host::Caller self = host::caller("posix::shutdown()");
  return static_cast<int>(told(self.world.posix().shutdown(self.process, descriptor, how)));
}

int getsockname(int descriptor, sockaddr* name, socklen_t* length) {
  const host::Caller self = host::caller("posix::getsockname()");
  return static_cast<int>(
      told(self.world.posix().getsockname(self.process, descriptor, name, length)));
}

int getpeername(int descriptor, sockaddr* name, socklen_t* length) {
  const host::Caller self = host::caller("posix::getpeername()");
  return static_cast<int>(
      told(self.world.posix().getpeername(self.process, descriptor, name, length)));
}

int setsockopt(int descriptor, int level, int option, const void* value, socklen_t length) {
  const host::Caller self = host::caller("posix::setsockopt()");
  return static_cast<int>(
      told(self.world.posix().setsockopt(self.process, descriptor, level, option, value, length)));
}

int getsockopt(int descriptor, int level, int option, void* value, socklen_t* length) {
  const host::Caller self = host::caller("posix::getsockopt()");
  return static_cast<int>(
      told(self.world.posix().getsockopt(self.process, descriptor, level, option, value, length)));
}

int accept(int descriptor, sockaddr* peer, socklen_t* length) {
  return posix::accept4(descriptor, peer, length, 0);
}

int accept4(int descriptor, sockaddr* peer, socklen_t* length, int flags) {
  const host::Caller self = host::caller("posix::accept4()");
  return static_cast<int>(
      told(self.world.posix().accept(self.process, descriptor, peer, length, flags)));
}

ssize_t send(int descriptor, const void* from, std::size_t length, int flags) {
  return sendto(descriptor, from, length, flags, nullptr, 0);
}

ssize_t recv(int descriptor, void* into, std::size_t length, int flags) {
  return recvfrom(descriptor, into, length, flags, nullptr, nullptr);
}

}  // namespace norn::posix
