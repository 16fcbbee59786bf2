#include "os/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>

#include "os/machine_clock.hpp"

namespace norn::real {

namespace {

constexpr std::size_t kFewTimers = 1024;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kNsPerMillisecond = 1'000'000;
constexpr std::uint32_t kReadable = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI;
constexpr std::uint32_t kWritable = EPOLLOUT | EPOLLHUP | EPOLLERR;

// What epoll tells besides the addresses of descriptors.
constexpr std::uint64_t kEventFd = 0;
constexpr std::uint64_t kSignalFd = 1;

std::int64_t machine_ns() {
  return read_clock(CLOCK_MONOTONIC).count();
}

// How soon a wait looks again when the machine watches no more descriptors for us.
constexpr Duration kLookAgain = std::chrono::milliseconds(5);

int add(int epoll, int fd, std::uint32_t events, std::uint64_t data) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = data;
  return told_int([&] { return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event); });
}

}  // namespace

EventLoop::EventLoop(host::Scheduler& scheduler, std::size_t most_workers)
    : scheduler_(scheduler),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      events_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      start_ns_(machine_ns()),
      sweep_above_(kFewTimers),
      workers_(most_workers, events_.get()) {
  if (is_open()) static_cast<void>(add(epoll_.get(), events_.get(), EPOLLIN, kEventFd));
}

// ---- time

TimePoint EventLoop::now() const {
  now_ns_ = machine_ns() - start_ns_;
  return TimePoint(Duration(now_ns_));
}

void EventLoop::push(TimerEntry entry) {
  if (timers_.size() > sweep_above_) {
    constexpr std::size_t kGrowth = 4;
    timers_.sweep([this](const TimerEntry& each) { return is_void(each); });
    sweep_above_ = std::max(kFewTimers, kGrowth * timers_.size());
  }
  timers_.push(entry);
}

void EventLoop::wake_at(host::Fiber& fiber, TimePoint when) {
  push({.when_ns = when.time_since_epoch().count(),
        .slot = fiber.slot,
        .generation = fiber.park_generation});
}

void EventLoop::set_alarm(host::Alarm& alarm, TimePoint when) {
  if (free_alarms_.empty()) {
    free_alarms_.push_back(static_cast<std::uint32_t>(alarms_.size()));
    alarms_.emplace_back();
  }
  alarm.slot = free_alarms_.back();
  free_alarms_.pop_back();
  AlarmSlot& slot = alarms_[alarm.slot];
  slot.alarm = &alarm;
  push({.when_ns = when.time_since_epoch().count(),
        .slot = alarm.slot,
        .generation = slot.generation,
        .is_alarm = true});
}

void EventLoop::drop_alarm(host::Alarm& alarm) {
  AlarmSlot& slot = alarms_[alarm.slot];
  slot.alarm = nullptr;
  ++slot.generation;
  free_alarms_.push_back(alarm.slot);
  alarm.slot = host::Alarm::kNoSlot;
}

void EventLoop::disown_alarms() {
  for (const AlarmSlot& slot : alarms_) {
    if (slot.alarm != nullptr) slot.alarm->world = nullptr;
  }
}

bool EventLoop::is_void(const TimerEntry& entry) const {
  if (entry.is_alarm) return alarms_[entry.slot].generation != entry.generation;
  const host::Fiber* const fiber = scheduler_.live(entry.slot);
  return fiber == nullptr || fiber->park_generation != entry.generation ||
         fiber->state != host::FiberState::parked;
}

void EventLoop::fire(const TimerEntry& entry) {
  if (is_void(entry)) return;
  if (entry.is_alarm) {
    host::Alarm& alarm = *alarms_[entry.slot].alarm;
    drop_alarm(alarm);
    alarm.go_off();
    return;
  }
  host::Fiber& fiber = *scheduler_.live(entry.slot);
  fiber.timed_out = true;
  scheduler_.make_ready(fiber);
}

// Those that are due now, and not what they set for the same instant: a timer of no duration that
// sets itself again must not hold up everything else.
void EventLoop::fire_due() {
  if (timers_.empty()) return;
  const std::int64_t now_ns = now().time_since_epoch().count();
  std::size_t most = timers_.size();
  while (!timers_.empty() && timers_.top().when_ns <= now_ns && most-- > 0) fire(timers_.pop());
}

std::optional<std::int64_t> EventLoop::next_due() {
  while (!timers_.empty() && is_void(timers_.top())) timers_.pop();
  if (timers_.empty()) return std::nullopt;
  return timers_.top().when_ns;
}

// ---- descriptors

// What epoll refuses to watch (EPERM: files) is always ready. Returns whether it is watched: not
// when the machine's limit is reached (ENOSPC, ENOMEM).
bool EventLoop::watch(Descriptor& descriptor) {
  if (descriptor.watched) return true;
  const int error =
      add(epoll_.get(), descriptor.fd.get(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET,
          reinterpret_cast<std::uintptr_t>(&descriptor));
  descriptor.watched = error == 0 || error == -EPERM;
  return descriptor.watched;
}

std::optional<TimePoint> EventLoop::soon(std::optional<TimePoint> deadline) const {
  const TimePoint then = now() + kLookAgain;
  return deadline ? std::min(*deadline, then) : then;
}

namespace {

class Counted {
 public:
  explicit Counted(std::size_t& count) : count_(count) { ++count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --count_; }

 private:
  std::size_t& count_;
};

}  // namespace

void EventLoop::wait(Descriptor& descriptor, host::SocketDirection direction,
                     std::optional<TimePoint> deadline) {
  if (!watch(descriptor)) deadline = soon(deadline);
  const Counted counted(descriptor_waits_);
  host::Waiter waiter(*scheduler_.running());
  (direction == host::SocketDirection::read ? descriptor.readers : descriptor.writers).push(waiter);
  host::wait(waiter, host::BlockReason::socket, deadline);
}

void EventLoop::wait_for_any(std::span<const Interest> interests,
                             std::optional<TimePoint> deadline) {
  host::Fiber& self = *scheduler_.running();
  std::optional<Counted> counted;
  host::Selection selection;
  std::deque<host::Waiter> waiters;
  const auto stand_in = [&](host::WaiterQueue& queue) {
    host::Waiter& waiter = waiters.emplace_back(self);
    waiter.selection = &selection;
    queue.push(waiter);
  };
  for (const Interest& interest : interests) {
    counted.emplace(descriptor_waits_);
    if (!watch(*interest.descriptor)) deadline = soon(deadline);
    if (interest.read) stand_in(interest.descriptor->readers);
    if (interest.write) stand_in(interest.descriptor->writers);
  }
  if (deadline) {
    scheduler_.park_until(host::BlockReason::socket, *deadline);
  } else {
    scheduler_.park(host::BlockReason::socket);
  }
  if (!selection.fired) scheduler_.check_interrupted(self);
}

void EventLoop::wake(host::WaiterQueue& waiting) {
  while (host::Waiter* const waiter = waiting.first()) waiting.serve(*waiter);
}

void EventLoop::forget(Descriptor& descriptor) {
  if (descriptor.watched && descriptor.fd)
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor.fd.get(), nullptr);
  descriptor.watched = false;
  wake(descriptor.readers);
  wake(descriptor.writers);
}

// ---- work

void EventLoop::blocking(void (*work)(void* argument), void* argument) {
  host::Fiber* const self = scheduler_.running();
  if (self == nullptr || self->killed()) return work(argument);
  if ((self->alerts & host::kNoYield) != 0) scheduler_.park(host::BlockReason::file);  // asserts
  Job job{.work = work, .argument = argument, .fiber = self};
  workers_.submit(job);
  while (!job.done) scheduler_.park(host::BlockReason::file);
}

void EventLoop::take_finished_work() {
  for (Job* const job : workers_.take_finished()) {
    job->done = true;
    scheduler_.make_ready(*job->fiber);
  }
}

void EventLoop::finish_work() {
  workers_.wait_for_all();
  take_finished_work();
}

// ---- the loop

bool EventLoop::anything_to_come() {
  return workers_.busy() || descriptor_waits_ > 0 || next_due().has_value();
}

void EventLoop::watch_signals(int signal_fd) {
  signals_ = signal_fd;
  static_cast<void>(add(epoll_.get(), signal_fd, EPOLLIN, kSignalFd));
}

void EventLoop::interrupt() {
  const int error = errno;  // a signal handler leaves no trace
  interruptions_.fetch_add(1, std::memory_order_release);
  ::eventfd_write(events_.get(), 1);
  errno = error;
}

void EventLoop::turn(bool may_wait) {
  std::optional<std::int64_t> wait_ns = 0;
  if (may_wait) {
    wait_ns = next_due();
    if (wait_ns) wait_ns = std::max<std::int64_t>(*wait_ns - now().time_since_epoch().count(), 0);
  }
  take_events(wait_ns);
  fire_due();
}

namespace {

// epoll_pwait2() waits to the nanosecond, from Linux 5.11 on; before, whole milliseconds must do,
// rounded up, for nothing may happen too early.
int wait_for_events(int epoll, std::span<epoll_event> events, std::optional<std::int64_t> wait_ns,
                    bool& has_precise_wait) {
  const int most = static_cast<int>(events.size());
  if (!wait_ns) return ::epoll_wait(epoll, events.data(), most, -1);
  if (*wait_ns == 0) return ::epoll_wait(epoll, events.data(), most, 0);
  if (has_precise_wait) {
    timespec timeout{};
    timeout.tv_sec = static_cast<time_t>(*wait_ns / kNsPerSecond);
    timeout.tv_nsec = static_cast<long>(*wait_ns % kNsPerSecond);
    const int count = ::epoll_pwait2(epoll, events.data(), most, &timeout, nullptr);
    if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
    has_precise_wait = false;
  }
  constexpr std::int64_t kLongestMs = 3'600'000;
  const std::int64_t whole = (*wait_ns + kNsPerMillisecond - 1) / kNsPerMillisecond;
  return ::epoll_wait(epoll, events.data(), most, static_cast<int>(std::min(whole, kLongestMs)));
}

}  // namespace

void EventLoop::take_events(std::optional<std::int64_t> wait_ns) {
  constexpr std::size_t kBatch = 256;
  std::array<epoll_event, kBatch> events{};
  const int count = wait_for_events(epoll_.get(), events, wait_ns, has_precise_wait_);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events.at(static_cast<std::size_t>(i));
    if (event.data.u64 == kEventFd) {
      eventfd_t value = 0;
      ::eventfd_read(events_.get(), &value);
      take_finished_work();
    } else if (event.data.u64 == kSignalFd) {
      signalfd_siginfo signal{};
      while (::read(signals_, &signal, sizeof(signal)) == sizeof(signal))
        interruptions_.fetch_add(1, std::memory_order_release);
    } else {
      auto& descriptor = *reinterpret_cast<Descriptor*>(event.data.u64);
      if ((event.events & kReadable) != 0) wake(descriptor.readers);
      if ((event.events & kWritable) != 0) wake(descriptor.writers);
    }
  }
}

}  // namespace norn::real
