// Calls on any descriptor; pipes, events and timers.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "kernel/event_descriptions.hpp"
#include "kernel/file_description.hpp"
#include "kernel/pipe.hpp"
#include "kernel/posix_kernel.hpp"

namespace norn::sim {

namespace {

constexpr int kSettable = O_APPEND | O_NONBLOCK;

// How many bytes a read would find (FIONREAD).
std::int64_t unread_of(host::Process& process, Description& description) {
  if (const auto* const pipe = dynamic_cast<PipeEnd*>(&description))
    return static_cast<std::int64_t>(pipe->unread());
  if (const auto* const local = dynamic_cast<LocalSocket*>(&description))
    return static_cast<std::int64_t>(local->unread());
  if (const auto* const socket = dynamic_cast<Socket*>(&description)) {
    if (socket->is_stream()) {
      if (socket->backlog != nullptr) return -EINVAL;
      return socket->connection() == nullptr
                 ? 0
                 : static_cast<std::int64_t>(socket->connection()->unread());
    }
    return socket->datagrams.empty()
               ? 0
               : static_cast<std::int64_t>(socket->datagrams.front().bytes.size());
  }
  if (auto* const file = dynamic_cast<FileDescription*>(&description)) {
    const std::int64_t size = file->size(process);
    const std::int64_t at = file->seek(process, 0, SEEK_CUR);
    return size < 0 ? size : std::max<std::int64_t>(size - at, 0);
  }
  return -ENOTTY;
}

}  // namespace

std::int64_t PosixKernel::read(host::Process& process, int descriptor, void* into,
                               std::size_t length) {
  if (!process.alive) return -ESRCH;
  const std::shared_ptr<Description> description = table(process).description(descriptor);
  if (description == nullptr) return -EBADF;
  return description->read(process, {static_cast<std::byte*>(into), length});
}

std::int64_t PosixKernel::write(host::Process& process, int descriptor, const void* from,
                                std::size_t length) {
  if (!process.alive) return -ESRCH;
  const std::shared_ptr<Description> description = table(process).description(descriptor);
  if (description == nullptr) return -EBADF;
  return description->write(process, {static_cast<const std::byte*>(from), length});
}

int PosixKernel::close(host::Process& process, int descriptor) {
  if (!process.alive) return -ESRCH;
  const std::shared_ptr<Description> description = table(process).description(descriptor);
  const int result = kernel_.close(process, descriptor);
  const auto socket = std::dynamic_pointer_cast<Socket>(description);
  if (socket == nullptr || socket->is_open() || !socket->linger || !socket->connection())
    return result;
  kernel_.lingers(process, socket->connection(), *socket->linger);
  return result;
}

// ---- descriptors of the same

int PosixKernel::dup(host::Process& process, int descriptor) {
  return fcntl(process, descriptor, F_DUPFD, 0);
}

int PosixKernel::dup2(host::Process& process, int descriptor, int to) {
  if (descriptor == to && process.alive)
    return table(process).find(descriptor) == nullptr ? -EBADF : to;
  return put_in_place(process, descriptor, to, false);
}

int PosixKernel::dup3(host::Process& process, int descriptor, int to, int flags) {
  if (descriptor == to || (flags & ~O_CLOEXEC) != 0) return -EINVAL;
  return put_in_place(process, descriptor, to, flags != 0);
}

int PosixKernel::put_in_place(host::Process& process, int descriptor, int to, bool close_on_exec) {
  if (!process.alive) return -ESRCH;
  std::shared_ptr<Description> description = table(process).description(descriptor);
  if (description == nullptr || to < 0 || to >= DescriptorTable::kLimit) return -EBADF;
  const auto before = table(process).replace(to, std::move(description), close_on_exec);
  if (before != nullptr && !before->is_open()) {
    before->closed(process);
    before->readiness.gone();
  }
  return to;
}

int PosixKernel::fcntl(host::Process& process, int descriptor, int command, std::int64_t argument) {
  if (!process.alive) return -ESRCH;
  DescriptorTable::Entry* const entry = table(process).find(descriptor);
  if (entry == nullptr) return -EBADF;
  Description& description = *entry->description;
  auto* const pipe = dynamic_cast<PipeEnd*>(&description);
  switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      if (argument < 0 || argument >= DescriptorTable::kLimit) return -EINVAL;
      return table(process).install(entry->description, command == F_DUPFD_CLOEXEC,
                                    static_cast<int>(argument));
    case F_GETFD:
      return entry->close_on_exec ? FD_CLOEXEC : 0;
    case F_SETFD:
      entry->close_on_exec = (argument & FD_CLOEXEC) != 0;
      return 0;
    case F_GETFL:
      return description.flags();
    case F_SETFL:
      description.set_flags((description.flags() & ~kSettable) |
                            (static_cast<int>(argument) & kSettable));
      return 0;
    case F_GETPIPE_SZ:
      return pipe == nullptr ? -EBADF : static_cast<int>(pipe->capacity());
    case F_SETPIPE_SZ:
      if (pipe == nullptr) return -EBADF;
      return argument < 0 ? -EINVAL : pipe->set_capacity(static_cast<std::size_t>(argument));
    default:
      return -EINVAL;
  }
}

int PosixKernel::ioctl(host::Process& process, int descriptor, std::uint64_t request,
                       int* argument) {
  if (!process.alive) return -ESRCH;
  const std::shared_ptr<Description> description = table(process).description(descriptor);
  if (description == nullptr) return -EBADF;
  if (argument == nullptr) return -EFAULT;
  if (request == FIONBIO) {
    const int flags = description->flags() & ~O_NONBLOCK;
    description->set_flags(*argument != 0 ? flags | O_NONBLOCK : flags);
    return 0;
  }
  if (request != FIONREAD) return -ENOTTY;
  const std::int64_t unread = unread_of(process, *description);
  if (unread < 0) return static_cast<int>(unread);
  *argument = static_cast<int>(unread);
  return 0;
}

int PosixKernel::fstat(host::Process& process, int descriptor, struct stat* status) {
  if (!process.alive) return -ESRCH;
  const std::shared_ptr<Description> description = table(process).description(descriptor);
  if (description == nullptr) return -EBADF;
  *status = {};
  status->st_nlink = 1;
  return description->status(process, *status);
}

int PosixKernel::install(host::Process& process, std::shared_ptr<Description> made,
                         bool close_on_exec) {
  return table(process).install(std::move(made), close_on_exec);
}

int PosixKernel::install_two(host::Process& process, std::shared_ptr<Description> first,
                             std::shared_ptr<Description> second, bool close_on_exec, int* ends) {
  ends[0] = install(process, std::move(first), close_on_exec);
  ends[1] = install(process, std::move(second), close_on_exec);
  return 0;
}

// ---- pipes, events, timers

int PosixKernel::pipe2(host::Process& process, int* ends, int flags) {
  if (!process.alive) return -ESRCH;
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) != 0) return -EINVAL;
  if (!table(process).has_room(2)) return -EMFILE;
  auto [reader, writer] = make_pipe(flags & O_NONBLOCK);
  return install_two(process, std::move(reader), std::move(writer), (flags & O_CLOEXEC) != 0, ends);
}

int PosixKernel::eventfd(host::Process& process, unsigned count, int flags) {
  static_assert(EFD_CLOEXEC == O_CLOEXEC && EFD_NONBLOCK == O_NONBLOCK);
  if (!process.alive) return -ESRCH;
  if ((flags & ~(EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE)) != 0) return -EINVAL;
  auto made =
      std::make_shared<EventDescription>(count, (flags & EFD_SEMAPHORE) != 0, flags & EFD_NONBLOCK);
  return install(process, std::move(made), (flags & EFD_CLOEXEC) != 0);
}

int PosixKernel::timerfd_create(host::Process& process, int clock, int flags) {
  static_assert(TFD_CLOEXEC == O_CLOEXEC && TFD_NONBLOCK == O_NONBLOCK);
  if (!process.alive) return -ESRCH;
  if (clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME && clock != CLOCK_REALTIME)
    return -EINVAL;
  if ((flags & ~(TFD_CLOEXEC | TFD_NONBLOCK)) != 0) return -EINVAL;
  if (!table(process).has_room(1)) return -EMFILE;
  return install(process, std::make_shared<TimerDescription>(flags & TFD_NONBLOCK),
                 (flags & TFD_CLOEXEC) != 0);
}

int PosixKernel::timerfd_settime(host::Process& process, int descriptor, int flags,
                                 const itimerspec* value, itimerspec* before) {
  if (!process.alive) return -ESRCH;
  if (value == nullptr) return -EFAULT;
  if ((flags & ~TFD_TIMER_ABSTIME) != 0) return -EINVAL;
  int error = 0;
  const auto timer = table(process).as<TimerDescription>(descriptor, -EINVAL, error);
  if (timer == nullptr) return error;
  const itimerspec old = timer->get();
  if (error = timer->set(flags != 0, *value); error != 0) return error;
  if (before != nullptr) *before = old;
  return 0;
}

int PosixKernel::timerfd_gettime(host::Process& process, int descriptor, itimerspec* value) {
  if (!process.alive) return -ESRCH;
  int error = 0;
  const auto timer = table(process).as<TimerDescription>(descriptor, -EINVAL, error);
  if (timer == nullptr) return error;
  *value = timer->get();
  return 0;
}

}  // namespace norn::sim
