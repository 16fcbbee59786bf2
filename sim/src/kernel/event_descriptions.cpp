#include "kernel/event_descriptions.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "norn/runtime/host/world.hpp"

namespace norn::sim {

namespace {

constexpr std::uint64_t kMostEvents = std::numeric_limits<std::uint64_t>::max() - 1;
constexpr std::int64_t kSecond = 1'000'000'000;

bool is_valid(const timespec& time) {
  return time.tv_sec >= 0 && time.tv_nsec >= 0 && time.tv_nsec < kSecond;
}

// Beyond 292 years there is no difference.
std::int64_t nanoseconds(const timespec& time) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 2;
  return time.tv_sec > most / kSecond ? most : time.tv_sec * kSecond + time.tv_nsec;
}

timespec to_timespec(std::int64_t ns) {
  return {.tv_sec = ns / kSecond, .tv_nsec = ns % kSecond};
}

}  // namespace

// ---- eventfd

std::uint32_t EventDescription::ready() {
  std::uint32_t events = 0;
  if (count_ > 0) events |= EPOLLIN | EPOLLRDNORM;
  if (count_ < kMostEvents) events |= EPOLLOUT | EPOLLWRNORM;
  return events;
}

std::int64_t EventDescription::read(host::Process& process, std::span<std::byte> into) {
  if (into.size() < sizeof(count_)) return -EINVAL;
  while (count_ == 0) {
    if (const int over = block(process, readers_); over != 0) return over;
  }
  const std::uint64_t taken = semaphore_ ? 1 : count_;
  count_ -= taken;
  std::memcpy(into.data(), &taken, sizeof(taken));
  writers_.notify_all();
  readiness.changed(EPOLLOUT | EPOLLWRNORM);
  return sizeof(taken);
}

std::int64_t EventDescription::write(host::Process& process, std::span<const std::byte> bytes) {
  std::uint64_t added = 0;
  if (bytes.size() < sizeof(added)) return -EINVAL;
  std::memcpy(&added, bytes.data(), sizeof(added));
  if (added > kMostEvents) return -EINVAL;
  while (kMostEvents - count_ < added) {
    if (const int over = block(process, writers_); over != 0) return over;
  }
  count_ += added;
  readers_.notify_all();
  readiness.changed(EPOLLIN | EPOLLRDNORM);
  return sizeof(added);
}

int EventDescription::status(host::Process& process, struct stat& status) {
  static_cast<void>(process);
  status.st_mode = S_IRUSR | S_IWUSR;
  return 0;
}

void EventDescription::closed(host::Process& process) {
  static_cast<void>(process);
  readers_.notify_all();
  writers_.notify_all();
}

// ---- timerfd

TimerDescription::TimerDescription(int flags) : Description(O_RDWR | flags), bell_(*this) {}

std::int64_t TimerDescription::now_ns() const {
  return bell_.world->now().time_since_epoch().count();
}

std::uint32_t TimerDescription::ready() {
  return expirations_ > 0 ? std::uint32_t{EPOLLIN} | EPOLLRDNORM : 0;
}

void TimerDescription::expire() {
  ++expirations_;
  rung_ = true;
  if (period_ns_ == 0) next_ns_ = 0;
  readers_.notify_all();
  readiness.changed(EPOLLIN | EPOLLRDNORM);
}

// The periods that have passed since it rang, and when the next one ends.
void TimerDescription::count_periods() {
  if (!rung_) return;
  rung_ = false;
  if (period_ns_ == 0) return;
  const std::int64_t passed = (now_ns() - next_ns_) / period_ns_;
  expirations_ += static_cast<std::uint64_t>(passed);
  next_ns_ += (passed + 1) * period_ns_;
  bell_.set(TimePoint(Duration(next_ns_)));
}

std::int64_t TimerDescription::read(host::Process& process, std::span<std::byte> into) {
  if (into.size() < sizeof(expirations_)) return -EINVAL;
  while (expirations_ == 0) {
    if (const int over = block(process, readers_); over != 0) return over;
  }
  count_periods();
  std::memcpy(into.data(), &expirations_, sizeof(expirations_));
  expirations_ = 0;
  return sizeof(expirations_);
}

int TimerDescription::status(host::Process& process, struct stat& status) {
  static_cast<void>(process);
  status.st_mode = S_IRUSR | S_IWUSR;
  return 0;
}

void TimerDescription::closed(host::Process& process) {
  static_cast<void>(process);
  bell_.drop();
  readers_.notify_all();
}

int TimerDescription::set(bool absolute, const itimerspec& value) {
  if (!is_valid(value.it_value) || !is_valid(value.it_interval)) return -EINVAL;
  bell_.drop();
  expirations_ = 0;
  rung_ = false;
  next_ns_ = 0;
  period_ns_ = nanoseconds(value.it_interval);
  const std::int64_t first = nanoseconds(value.it_value);
  if (first == 0) return 0;
  next_ns_ = absolute ? first : now_ns() + first;
  bell_.set(TimePoint(Duration(std::max(next_ns_, now_ns()))));
  return 0;
}

itimerspec TimerDescription::get() {
  count_periods();
  const std::int64_t left = next_ns_ == 0 ? 0 : std::max<std::int64_t>(next_ns_ - now_ns(), 1);
  return {.it_interval = to_timespec(period_ns_), .it_value = to_timespec(left)};
}

}  // namespace norn::sim
