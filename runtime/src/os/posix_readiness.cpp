// poll and epoll.
#include <algorithm>
#include <vector>

#include "os/real_posix.hpp"

namespace norn::real {

namespace {

constexpr short kReadEvents = POLLIN | POLLPRI | POLLRDHUP | POLLRDNORM | POLLRDBAND;
constexpr short kWriteEvents = POLLOUT | POLLWRNORM | POLLWRBAND;

std::optional<TimePoint> until(const EventLoop& loop, std::optional<Duration> timeout) {
  if (!timeout) return std::nullopt;
  return loop.now() + std::max(*timeout, Duration::zero());
}

}  // namespace

// What holds now, and of how many descriptors anything does.
int RealPosix::poll_once(const host::Process& process, pollfd* descriptors, std::size_t count) {
  std::vector<pollfd> machine(descriptors, descriptors + count);
  int gone = 0;
  for (std::size_t i = 0; i < count; ++i) {
    descriptors[i].revents = 0;
    if (machine[i].fd < 0) continue;
    const DescriptorPtr open = files_.table(process).find(machine[i].fd);
    machine[i].fd = open == nullptr ? -1 : open->fd.get();
    if (open != nullptr) continue;
    descriptors[i].revents = POLLNVAL;
    ++gone;
  }
  const int ready = told_int([&] { return ::poll(machine.data(), machine.size(), 0); });
  if (ready < 0) return ready;
  for (std::size_t i = 0; i < count; ++i) {
    if (machine[i].fd >= 0) descriptors[i].revents = machine[i].revents;
  }
  return ready + gone;
}

int RealPosix::poll(host::Process& process, pollfd* descriptors, std::size_t count,
                    std::optional<Duration> timeout) {
  if (!process.alive) return -ESRCH;
  if (count > static_cast<std::size_t>(DescriptorTable::kMost)) return -EINVAL;
  const std::optional<TimePoint> deadline = until(files_.loop(), timeout);
  for (;;) {
    const int ready = poll_once(process, descriptors, count);
    if (ready != 0 || (deadline && *deadline <= files_.loop().now())) return ready;
    std::vector<EventLoop::Interest> interests;
    for (std::size_t i = 0; i < count; ++i) {
      DescriptorPtr open = files_.table(process).find(descriptors[i].fd);
      if (open == nullptr) continue;
      const bool writes = (descriptors[i].events & kWriteEvents) != 0;
      const bool reads = !writes || (descriptors[i].events & kReadEvents) != 0;
      interests.push_back({.descriptor = std::move(open), .read = reads, .write = writes});
    }
    files_.loop().wait_for_any(interests, deadline);
    if (!process.alive) return -ESRCH;
  }
}

int RealPosix::epoll_create(host::Process& process, int flags) {
  if (!process.alive) return -ESRCH;
  if ((flags & ~EPOLL_CLOEXEC) != 0) return -EINVAL;
  if (!files_.table(process).has_room(1)) return -EMFILE;
  const int fd = told_int([&] { return ::epoll_create1(EPOLL_CLOEXEC); });
  return install(process, OpenKind::epoll, fd, flags);
}

int RealPosix::epoll_ctl(host::Process& process, int epoll, int operation, int descriptor,
                         const epoll_event* event) {
  int error = 0;
  const DescriptorPtr set = files_.find(process, epoll, error);
  if (set == nullptr) return error;
  const DescriptorPtr target = files_.find(process, descriptor, error);
  if (target == nullptr) return error;
  if (event != nullptr && (event->events & (EPOLLEXCLUSIVE | EPOLLWAKEUP)) != 0 &&
      operation != EPOLL_CTL_DEL)
    return -EINVAL;
  epoll_event copy = event == nullptr ? epoll_event{} : *event;
  return told_int([&] {
    return ::epoll_ctl(set->fd.get(), operation, target->fd.get(),
                       event == nullptr ? nullptr : &copy);
  });
}

int RealPosix::epoll_wait(host::Process& process, int epoll, epoll_event* events, int most,
                          std::optional<Duration> timeout) {
  int error = 0;
  const DescriptorPtr set = files_.find(process, epoll, error);
  if (set == nullptr) return error;
  const std::optional<TimePoint> deadline = until(files_.loop(), timeout);
  for (;;) {
    const int ready = told_int([&] { return ::epoll_wait(set->fd.get(), events, most, 0); });
    if (ready != 0 || (deadline && *deadline <= files_.loop().now())) return ready;
    files_.loop().wait(*set, host::SocketDirection::read, deadline);
    if (!process.alive) return -ESRCH;
    if (set->closed) return -EBADF;
  }
}

}  // namespace norn::real
