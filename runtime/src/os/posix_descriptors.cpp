// Calls on any descriptor; pipes, events and timers.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>

#include <utility>

#include "os/real_posix.hpp"

namespace norn::real {

namespace {

using host::SocketDirection;

constexpr int kSettable = O_APPEND | O_NONBLOCK;

bool is_of_disk(const Descriptor& descriptor) {
  return descriptor.file->kind == OpenKind::file || descriptor.file->kind == OpenKind::directory;
}

bool is_socket(const Descriptor& descriptor) {
  return descriptor.file->kind == OpenKind::stream || descriptor.file->kind == OpenKind::datagrams;
}

}  // namespace

std::int64_t RealPosix::read(host::Process& process, int descriptor, void* into,
                             std::size_t length) {
  int error = 0;
  const DescriptorPtr open = files_.find(process, descriptor, error);
  if (open == nullptr) return error;
  if (is_of_disk(*open)) {
    const int fd = open->fd.get();
    return files_.away([&] { return ::read(fd, into, length); });
  }
  if (is_socket(*open) && length > 0)
    return calls_.receive(process, open, into, length, 0, nullptr);
  return files_.when_ready(process, open, files_.terms_of(*open, SocketDirection::read, 0),
                           [&](int fd) { return ::read(fd, into, length); });
}

std::int64_t RealPosix::write(host::Process& process, int descriptor, const void* from,
                              std::size_t length) {
  int error = 0;
  const DescriptorPtr open = files_.find(process, descriptor, error);
  if (open == nullptr) return error;
  if (is_of_disk(*open)) {
    const int fd = open->fd.get();
    return files_.away([&] { return ::write(fd, from, length); });
  }
  if (is_socket(*open)) return calls_.send(process, open, from, length, 0, nullptr, 0);
  const auto* const bytes = static_cast<const std::byte*>(from);
  const Terms terms = files_.terms_of(*open, SocketDirection::write, 0);
  std::size_t done = 0;
  for (;;) {  // a pipe takes all, in pieces if need be
    const std::int64_t count = files_.when_ready(
        process, open, terms, [&](int fd) { return ::write(fd, bytes + done, length - done); });
    if (count < 0) return done > 0 && count != -EBADF ? static_cast<std::int64_t>(done) : count;
    done += static_cast<std::size_t>(count);
    if (done >= length) return static_cast<std::int64_t>(done);
  }
}

int RealPosix::close(host::Process& process, int descriptor) {
  return files_.close(process, descriptor);
}

// ---- descriptors of the same

// The machine's descriptor is doubled as well: an epoll tells the two apart.
int RealPosix::duplicate(const host::Process& process, int descriptor, int from,
                         bool close_on_exec) {
  int error = 0;
  const DescriptorPtr open = files_.find(process, descriptor, error);
  if (open == nullptr) return error;
  if (from < 0 || from >= DescriptorTable::kMost) return -EINVAL;
  const int fd = told_int([&] { return ::fcntl(open->fd.get(), F_DUPFD_CLOEXEC, 0); });
  if (fd < 0) return fd;
  auto made = std::make_shared<Descriptor>(fd, open->file);
  made->close_on_exec = close_on_exec;
  return files_.table(process).install(std::move(made), std::max(from, DescriptorTable::kFirst));
}

int RealPosix::dup(host::Process& process, int descriptor) {
  return duplicate(process, descriptor, 0, false);
}

int RealPosix::put_in_place(const host::Process& process, int descriptor, int to,
                            bool close_on_exec) {
  int error = 0;
  const DescriptorPtr open = files_.find(process, descriptor, error);
  if (open == nullptr) return error;
  if (to < 0 || to >= DescriptorTable::kMost) return -EBADF;
  const int fd = told_int([&] { return ::fcntl(open->fd.get(), F_DUPFD_CLOEXEC, 0); });
  if (fd < 0) return fd;
  auto made = std::make_shared<Descriptor>(fd, open->file);
  made->close_on_exec = close_on_exec;
  files_.close(process, to);
  files_.table(process).put(to, std::move(made));
  return to;
}

int RealPosix::dup2(host::Process& process, int descriptor, int to) {
  if (descriptor != to) return put_in_place(process, descriptor, to, false);
  int error = 0;
  return files_.find(process, descriptor, error) == nullptr ? error : to;
}

int RealPosix::dup3(host::Process& process, int descriptor, int to, int flags) {
  if (!process.alive) return -ESRCH;
  if (descriptor == to || (flags & ~O_CLOEXEC) != 0) return -EINVAL;
  return put_in_place(process, descriptor, to, flags != 0);
}

// ---- flags and state

int RealPosix::set_flags(Descriptor& descriptor, int flags) {
  descriptor.file->blocks = (flags & O_NONBLOCK) == 0;
  const int machine = (flags & kSettable) | (is_of_disk(descriptor) ? 0 : O_NONBLOCK);
  return told_int([&] { return ::fcntl(descriptor.fd.get(), F_SETFL, machine); });
}

int RealPosix::fcntl(host::Process& process, int descriptor, int command, std::int64_t argument) {
  int error = 0;
  const DescriptorPtr open = files_.find(process, descriptor, error);
  if (open == nullptr) return error;
  const int fd = open->fd.get();
  switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      if (argument < 0 || argument >= DescriptorTable::kMost) return -EINVAL;
      return duplicate(process, descriptor, static_cast<int>(argument), command != F_DUPFD);
    case F_GETFD:
      return open->close_on_exec ? FD_CLOEXEC : 0;
    case F_SETFD:
      open->close_on_exec = (argument & FD_CLOEXEC) != 0;
      return 0;
    case F_GETFL: {
      const int flags = told_int([&] { return ::fcntl(fd, F_GETFL); });
      return flags < 0 ? flags : (flags & ~O_NONBLOCK) | (open->file->blocks ? 0 : O_NONBLOCK);
    }
    case F_SETFL:
      return set_flags(*open, static_cast<int>(argument));
    case F_GETPIPE_SZ:
    case F_SETPIPE_SZ:
      return told_int([&] { return ::fcntl(fd, command, argument); });
    default:
      return -EINVAL;
  }
}

int RealPosix::ioctl(host::Process& process, int descriptor, std::uint64_t request, int* argument) {
  int error = 0;
  const DescriptorPtr open = files_.find(process, descriptor, error);
  if (open == nullptr) return error;
  if (argument == nullptr) return -EFAULT;
  if (request == FIONBIO) {
    open->file->blocks = *argument == 0;
    return 0;
  }
  if (request != FIONREAD) return -ENOTTY;
  return told_int([&] { return ::ioctl(open->fd.get(), request, argument); });
}

int RealPosix::fstat(host::Process& process, int descriptor, struct stat* status) {
  int error = 0;
  const DescriptorPtr open = files_.find(process, descriptor, error);
  if (open == nullptr) return error;
  return told_int([&] { return ::fstat(open->fd.get(), status); });
}

int RealPosix::install(const host::Process& process, OpenKind kind, int machine_fd, int flags) {
  static_assert(EFD_NONBLOCK == O_NONBLOCK && EFD_CLOEXEC == O_CLOEXEC);
  static_assert(TFD_NONBLOCK == O_NONBLOCK && TFD_CLOEXEC == O_CLOEXEC);
  static_assert(SOCK_NONBLOCK == O_NONBLOCK && SOCK_CLOEXEC == O_CLOEXEC);
  OpenFile file;
  file.kind = kind;
  file.blocks = (flags & O_NONBLOCK) == 0;
  return files_.install(process, machine_fd, std::move(file), (flags & O_CLOEXEC) != 0);
}

int RealPosix::install_two(const host::Process& process, OpenKind kind, const int* machine_fds,
                           int flags, int* ends, bool local) {
  for (int i = 0; i < 2; ++i) {
    ends[i] = install(process, kind, machine_fds[i], flags);
    if (ends[i] >= 0) files_.table(process).find(ends[i])->file->is_local = local;
  }
  return 0;
}

// ---- pipes, events, timers

int RealPosix::pipe2(host::Process& process, int* ends, int flags) {
  if (!process.alive) return -ESRCH;
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) != 0) return -EINVAL;
  if (!files_.table(process).has_room(2)) return -EMFILE;
  int machine_fds[2] = {-1, -1};
  const int error = told_int([&] { return ::pipe2(machine_fds, O_CLOEXEC | O_NONBLOCK); });
  return error != 0 ? error : install_two(process, OpenKind::pipe, machine_fds, flags, ends, false);
}

int RealPosix::eventfd(host::Process& process, unsigned count, int flags) {
  if (!process.alive) return -ESRCH;
  if ((flags & ~(EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE)) != 0) return -EINVAL;
  if (!files_.table(process).has_room(1)) return -EMFILE;
  const int fd = told_int([&] { return ::eventfd(count, flags | EFD_CLOEXEC | EFD_NONBLOCK); });
  return install(process, OpenKind::event, fd, flags);
}

int RealPosix::timerfd_create(host::Process& process, int clock, int flags) {
  if (!process.alive) return -ESRCH;
  if (clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME && clock != CLOCK_REALTIME)
    return -EINVAL;
  if ((flags & ~(TFD_CLOEXEC | TFD_NONBLOCK)) != 0) return -EINVAL;
  if (!files_.table(process).has_room(1)) return -EMFILE;
  const int fd = told_int([&] { return ::timerfd_create(clock, TFD_CLOEXEC | TFD_NONBLOCK); });
  return install(process, OpenKind::timer, fd, flags);
}

int RealPosix::timerfd_settime(host::Process& process, int descriptor, int flags,
                               const itimerspec* value, itimerspec* before) {
  int error = 0;
  const DescriptorPtr open = files_.find(process, descriptor, error);
  if (value == nullptr) return process.alive ? -EFAULT : -ESRCH;
  if ((flags & ~TFD_TIMER_ABSTIME) != 0) return process.alive ? -EINVAL : -ESRCH;
  if (open == nullptr) return error;
  return told_int([&] { return ::timerfd_settime(open->fd.get(), flags, value, before); });
}

int RealPosix::timerfd_gettime(host::Process& process, int descriptor, itimerspec* value) {
  int error = 0;
  const DescriptorPtr open = files_.find(process, descriptor, error);
  if (open == nullptr) return error;
  return told_int([&] { return ::timerfd_gettime(open->fd.get(), value); });
}

}  // namespace norn::real
