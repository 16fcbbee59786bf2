// Time and sleep.
// tidy: allow-file wall-clock (it is what others are given instead)
// tidy: allow-file os-sleep (it replaces them)
#include <cerrno>
#include <chrono>
#include <ctime>

#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "intercept/caller.hpp"
#include "norn/runtime/time.hpp"

namespace {

using norn::Duration;
using norn::intercept::calling_fiber;
using norn::intercept::next;
using norn::intercept::world;

constexpr std::int64_t kSecond = 1'000'000'000;

Duration monotonic() {
  return world().now().time_since_epoch();
}

timespec spec_of(Duration time) {
  timespec spec{};
  spec.tv_sec = static_cast<time_t>(time.count() / kSecond);
  spec.tv_nsec = static_cast<long>(time.count() % kSecond);
  if (spec.tv_nsec < 0) {
    spec.tv_nsec += kSecond;
    --spec.tv_sec;
  }
  return spec;
}

Duration duration_of(const timespec& spec) {
  return std::chrono::seconds(spec.tv_sec) + Duration(spec.tv_nsec);
}

bool makes_sense(const timespec& spec) {
  return spec.tv_nsec >= 0 && spec.tv_nsec < kSecond && spec.tv_sec >= 0;
}

bool is_time_of_day(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

int real_clock_gettime(clockid_t clock, timespec* time) {
  static const auto kReal = next<int(clockid_t, timespec*)>("clock_gettime");
  if (kReal != nullptr) return kReal(clock, time);
  return static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
}

}  // namespace

extern "C" {

int norn_intercepts();
int norn_intercepts() {
  return norn::intercept::link_chance() + norn::intercept::link_identity() +
         norn::intercept::link_outside();
}

// For measurements of the simulator on the stacks of fibers.
int norn_real_clock_gettime(clockid_t clock, timespec* time);
int norn_real_clock_gettime(clockid_t clock, timespec* time) {
  return real_clock_gettime(clock, time);
}

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  if (calling_fiber() == nullptr) return real_clock_gettime(clock, time);
  *time = spec_of(is_time_of_day(clock) ? world().wall_time() : monotonic());
  return 0;
}

int timespec_get(timespec* time, int base) noexcept {
  static const auto kReal = next<int(timespec*, int)>("timespec_get");
  if (calling_fiber() == nullptr || base != TIME_UTC) return kReal(time, base);
  *time = spec_of(world().wall_time());
  return base;
}

int gettimeofday(timeval* time, void* zone) noexcept {
  static const auto kReal = next<int(timeval*, void*)>("gettimeofday");
  if (calling_fiber() == nullptr) return kReal(time, zone);
  const timespec spec = spec_of(world().wall_time());
  *time = {spec.tv_sec, static_cast<suseconds_t>(spec.tv_nsec / 1000)};
  if (zone != nullptr) *static_cast<struct timezone*>(zone) = {};
  return 0;
}

time_t time(time_t* into) noexcept {
  timespec spec{};
  if (calling_fiber() == nullptr) {
    real_clock_gettime(CLOCK_REALTIME_COARSE, &spec);
  } else {
    spec = spec_of(world().wall_time());
  }
  if (into != nullptr) *into = spec.tv_sec;
  return spec.tv_sec;
}

clock_t clock() noexcept {
  static const auto kReal = next<clock_t()>("clock");
  if (calling_fiber() == nullptr) return kReal();
  return static_cast<clock_t>(monotonic().count() / (kSecond / CLOCKS_PER_SEC));
}

// The local time of a node is UTC, whatever the machine's is.
tm* localtime_r(const time_t* time, tm* into) noexcept {
  static const auto kReal = next<tm*(const time_t*, tm*)>("localtime_r");
  return calling_fiber() == nullptr ? kReal(time, into) : ::gmtime_r(time, into);
}

tm* localtime(const time_t* time) noexcept {
  static const auto kReal = next<tm*(const time_t*)>("localtime");
  return calling_fiber() == nullptr ? kReal(time) : ::gmtime(time);
}

time_t mktime(tm* time) noexcept {
  static const auto kReal = next<time_t(tm*)>("mktime");
  return calling_fiber() == nullptr ? kReal(time) : ::timegm(time);
}

// ---- sleep

int nanosleep(const timespec* duration, timespec* left) {
  static const auto kReal = next<int(const timespec*, timespec*)>("nanosleep");
  if (calling_fiber() == nullptr) return kReal(duration, left);
  if (!makes_sense(*duration)) {
    errno = EINVAL;
    return -1;
  }
  norn::sleep_for(duration_of(*duration));
  return 0;
}

int clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* left) {
  static const auto kReal =
      next<int(clockid_t, int, const timespec*, timespec*)>("clock_nanosleep");
  if (calling_fiber() == nullptr) return kReal(clock, flags, time, left);
  if (!makes_sense(*time)) return EINVAL;
  const Duration given = duration_of(*time);
  if (flags != TIMER_ABSTIME) {
    norn::sleep_for(given);
  } else if (is_time_of_day(clock)) {
    norn::sleep_for(given - world().wall_time());
  } else {
    norn::sleep_until(norn::TimePoint(given));
  }
  return 0;
}

int usleep(useconds_t duration) {
  static const auto kReal = next<int(useconds_t)>("usleep");
  if (calling_fiber() == nullptr) return kReal(duration);
  norn::sleep_for(std::chrono::microseconds(duration));
  return 0;
}

unsigned sleep(unsigned seconds) {
  static const auto kReal = next<unsigned(unsigned)>("sleep");
  if (calling_fiber() == nullptr) return kReal(seconds);
  norn::sleep_for(std::chrono::seconds(seconds));
  return 0;
}

}  // extern "C"
