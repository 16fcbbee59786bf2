#include "os/socket_calls.hpp"

#include <poll.h>

#include <chrono>
#include <utility>

namespace norn::real {

namespace {

using host::SocketDirection;

// How often a call on a local socket is tried that waits for room at its peer: Linux tells nobody
// of that.
constexpr Duration kLookAgain = std::chrono::milliseconds(2);

bool is_stream(const Descriptor& descriptor) {
  return descriptor.file->kind == OpenKind::stream;
}

// Which of the events hold now.
int poll_now(const Descriptor& descriptor, short events) {
  pollfd one{.fd = descriptor.fd.get(), .events = events, .revents = 0};
  return ::poll(&one, 1, 0) > 0 ? one.revents : 0;
}

}  // namespace

int SocketCalls::open(const host::Process& process, int domain, int kind, bool blocks,
                      bool close_on_exec) {
  if (!files_.table(process).has_room(1)) return -EMFILE;
  const int fd = told_int([&] { return ::socket(domain, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); });
  OpenFile file;
  file.kind = kind == SOCK_STREAM ? OpenKind::stream : OpenKind::datagrams;
  file.is_local = domain == AF_UNIX;
  file.blocks = blocks;
  return files_.install(process, fd, std::move(file), close_on_exec);
}

int SocketCalls::translate(const host::Process& process, const sockaddr* name, socklen_t length,
                           bool make, MachineName& out) {
  const Folder& folder = files_.folder(process);
  if (name == nullptr || length < sizeof(sa_family_t) || name->sa_family != AF_UNIX)
    return LocalNames::translate(folder, name, length, make, out);
  int error = 0;
  files_.away([&] { return error = LocalNames::translate(folder, name, length, make, out), 0; });
  return error;
}

int SocketCalls::bind(const host::Process& process, const DescriptorPtr& descriptor,
                      const sockaddr* name, socklen_t length) {
  MachineName machine;
  if (const int error = translate(process, name, length, true, machine); error != 0) return error;
  if (descriptor->closed) return -EBADF;
  const int error =
      told_int([&] { return ::bind(descriptor->fd.get(), machine.get(), machine.length); });
  if (error != 0) return error;
  names_.bound(machine);
  descriptor->file->name_folder = std::move(machine.folder);
  return 0;
}

// ---- connecting

int SocketCalls::connect(const host::Process& process, const DescriptorPtr& descriptor,
                         const sockaddr* name, socklen_t length) {
  MachineName machine;
  if (const int error = translate(process, name, length, false, machine); error != 0) return error;
  if (descriptor->closed) return -EBADF;
  Terms terms = files_.terms_of(*descriptor, SocketDirection::write, 0);
  if (descriptor->file->is_local) terms.look_again = kLookAgain;
  const int result = static_cast<int>(files_.when_ready(process, descriptor, terms, [&](int fd) {
    return ::connect(fd, machine.get(), machine.length);
  }));
  if (result != -EINPROGRESS || !terms.blocks) return result;
  while (poll_now(*descriptor, POLLOUT) == 0) {
    if (const int over = files_.wait(process, *descriptor, terms); over != 0) return over;
  }
  // Asked again, Linux tells how it ended and takes the socket for connected from then on.
  return told_int([&] { return ::connect(descriptor->fd.get(), machine.get(), machine.length); });
}

int SocketCalls::accept(const host::Process& process, const DescriptorPtr& descriptor, bool blocks,
                        bool close_on_exec, Peer& peer) {
  if (files_.is_late(*descriptor, SocketDirection::read)) return -EAGAIN;
  if (!files_.table(process).has_room(1)) return -EMFILE;
  const Terms terms = files_.terms_of(*descriptor, SocketDirection::read, 0);
  int fd = -ECONNABORTED;
  while (fd == -ECONNABORTED) {  // it was over before anybody took it
    fd = static_cast<int>(files_.when_ready(process, descriptor, terms, [&](int listener) {
      peer.length = sizeof(peer.name);
      return ::accept4(listener, reinterpret_cast<sockaddr*>(&peer.name), &peer.length,
                       SOCK_NONBLOCK | SOCK_CLOEXEC);
    }));
  }
  OpenFile file;
  file.kind = OpenKind::stream;
  file.is_local = descriptor->file->is_local;
  file.blocks = blocks;
  file.lingers = descriptor->file->lingers;
  file.read_patience = descriptor->file->read_patience;
  file.write_patience = descriptor->file->write_patience;
  return files_.install(process, fd, std::move(file), close_on_exec);
}

// ---- bytes

std::int64_t SocketCalls::send(const host::Process& process, const DescriptorPtr& descriptor,
                               const void* from, std::size_t length, int flags, const sockaddr* to,
                               socklen_t to_length) {
  if (files_.is_late(*descriptor, SocketDirection::write)) return -EAGAIN;
  MachineName machine;
  if (to != nullptr) {
    if (const int error = translate(process, to, to_length, false, machine); error != 0)
      return error;
    if (descriptor->closed) return -EBADF;
  }
  const bool stream = is_stream(*descriptor);
  Terms terms = files_.terms_of(*descriptor, SocketDirection::write, flags);
  if (descriptor->file->is_local && !stream) terms.look_again = kLookAgain;
  const auto* const bytes = static_cast<const std::byte*>(from);
  std::size_t done = 0;
  for (;;) {
    const std::int64_t count = files_.when_ready(process, descriptor, terms, [&](int fd) {
      return ::sendto(fd, bytes + done, length - done, flags | MSG_NOSIGNAL | MSG_DONTWAIT,
                      to != nullptr ? machine.get() : nullptr, machine.length);
    });
    if (count < 0) {
      const bool closed = count == -EBADF || count == -ESRCH;
      return done > 0 && !closed ? static_cast<std::int64_t>(done) : count;
    }
    done += static_cast<std::size_t>(count);
    if (!stream || done >= length) return static_cast<std::int64_t>(done);
  }
}

std::int64_t SocketCalls::receive(const host::Process& process, const DescriptorPtr& descriptor,
                                  void* into, std::size_t length, int flags, Peer* from) {
  if (files_.is_late(*descriptor, SocketDirection::read)) return -EAGAIN;
  const Terms terms = files_.terms_of(*descriptor, SocketDirection::read, flags);
  const int once = (flags & ~MSG_WAITALL) | MSG_DONTWAIT;
  if ((flags & MSG_WAITALL) != 0 && is_stream(*descriptor) && terms.blocks)
    return receive_all(process, descriptor, static_cast<std::byte*>(into), length, once, terms);
  return files_.when_ready(process, descriptor, terms, [&](int fd) {
    if (from == nullptr) return ::recvfrom(fd, into, length, once, nullptr, nullptr);
    from->length = sizeof(from->name);
    return ::recvfrom(fd, into, length, once, reinterpret_cast<sockaddr*>(&from->name),
                      &from->length);
  });
}

// MSG_WAITALL: until `into` is full or no more will come.
std::int64_t SocketCalls::receive_all(const host::Process& process, const DescriptorPtr& descriptor,
                                      std::byte* into, std::size_t length, int flags,
                                      const Terms& terms) {
  const bool peeks = (flags & MSG_PEEK) != 0;
  std::size_t done = 0;
  for (;;) {
    const std::int64_t count = files_.when_ready(process, descriptor, terms, [&](int fd) {
      return ::recv(fd, into + done, length - done, flags);
    });
    if (count <= 0) return done > 0 ? static_cast<std::int64_t>(done) : count;
    const std::size_t have = done + static_cast<std::size_t>(count);
    if (!peeks) done = have;
    if (have == length) return static_cast<std::int64_t>(have);
    if (!peeks) continue;
    // What was peeked at stays: the next look must wait for more of it, or for the end.
    if ((poll_now(*descriptor, POLLRDHUP) & (POLLRDHUP | POLLHUP | POLLERR)) != 0)
      return static_cast<std::int64_t>(have);
    if (files_.wait(process, *descriptor, terms) != 0) return static_cast<std::int64_t>(have);
  }
}

}  // namespace norn::real
