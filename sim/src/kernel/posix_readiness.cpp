// poll and epoll.
#include <algorithm>
#include <cerrno>
#include <deque>
#include <memory>
#include <span>
#include <utility>

#include "kernel/epoll.hpp"
#include "kernel/posix_kernel.hpp"

namespace norn::sim {

namespace {

// Wakes a poll when anything changes.
class PollWatcher final : public Watcher {
 public:
  PollWatcher(host::WaitList& waiting, std::shared_ptr<Description> watched)
      : waiting_(waiting), watched_(std::move(watched)) {
    watch(watched_->readiness);
  }
  void changed(std::uint32_t events) override {
    static_cast<void>(events);
    waiting_.notify_all();
  }
  void gone() override { waiting_.notify_all(); }

 private:
  host::WaitList& waiting_;
  std::shared_ptr<Description> watched_;
};

constexpr std::uint32_t kAlways = POLLERR | POLLHUP | POLLNVAL;

// Fills in what holds now, and returns of how many descriptors anything does. The events of poll
// and epoll have the same values.
int look(const DescriptorTable& table, std::span<pollfd> descriptors) {
  static_assert(POLLIN == EPOLLIN && POLLOUT == EPOLLOUT && POLLHUP == EPOLLHUP);
  static_assert(POLLRDHUP == EPOLLRDHUP && POLLWRNORM == EPOLLWRNORM);
  int count = 0;
  for (pollfd& each : descriptors) {
    each.revents = 0;
    if (each.fd < 0) continue;
    const std::shared_ptr<Description> description = table.description(each.fd);
    const std::uint32_t asked = static_cast<std::uint16_t>(each.events) | kAlways;
    const std::uint32_t holds = description == nullptr ? POLLNVAL : description->ready() & asked;
    each.revents = static_cast<short>(holds);
    count += holds != 0 ? 1 : 0;
  }
  return count;
}

}  // namespace

std::optional<TimePoint> PosixKernel::until(std::optional<Duration> timeout) const {
  if (!timeout) return std::nullopt;
  return now() + std::max(*timeout, Duration::zero());
}

int PosixKernel::poll(host::Process& process, pollfd* descriptors, std::size_t count,
                      std::optional<Duration> timeout) {
  if (!process.alive) return -ESRCH;
  if (count > static_cast<std::size_t>(DescriptorTable::kLimit)) return -EINVAL;
  const std::span polled(descriptors, count);
  const std::optional<TimePoint> deadline = until(timeout);
  host::WaitList waiting;
  std::deque<PollWatcher> watchers;
  for (;;) {
    const int ready = look(table(process), polled);
    if (ready > 0 || (deadline && *deadline <= now())) return ready;
    watchers.clear();
    for (const pollfd& each : polled) {
      if (auto description = table(process).description(each.fd))
        watchers.emplace_back(waiting, std::move(description));
    }
    waiting.wait(host::BlockReason::socket, deadline);
    if (!process.alive) return -ESRCH;
  }
}

int PosixKernel::epoll_create(host::Process& process, int flags) {
  static_assert(EPOLL_CLOEXEC == O_CLOEXEC);
  if (!process.alive) return -ESRCH;
  if ((flags & ~EPOLL_CLOEXEC) != 0) return -EINVAL;
  return install(process, std::make_shared<Epoll>(), flags != 0);
}

int PosixKernel::epoll_ctl(host::Process& process, int epoll, int operation, int descriptor,
                           const epoll_event* event) {
  if (!process.alive) return -ESRCH;
  const std::shared_ptr<Description> target = table(process).description(descriptor);
  int error = 0;
  const auto set = table(process).as<Epoll>(epoll, -EINVAL, error);
  if (error == -EBADF || target == nullptr) return -EBADF;
  if (!target->can_be_polled()) return -EPERM;
  return set == nullptr ? error : set->control(operation, descriptor, target, event);
}

int PosixKernel::epoll_wait(host::Process& process, int epoll, epoll_event* events, int most,
                            std::optional<Duration> timeout) {
  if (!process.alive) return -ESRCH;
  if (most <= 0) return -EINVAL;
  int error = 0;
  const auto set = table(process).as<Epoll>(epoll, -EINVAL, error);
  if (set == nullptr) return error;
  return set->wait(process, {events, static_cast<std::size_t>(most)},
                   !timeout || *timeout > Duration::zero(), until(timeout));
}

}  // namespace norn::sim
