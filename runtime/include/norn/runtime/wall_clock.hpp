// The time of day, as node code sees it.
#pragma once

#include <chrono>

#include "norn/runtime/time.hpp"

namespace norn {

// WallClock shows UTC, counted from 1970 without leap seconds, as std::chrono::system_clock does:
// its time_point is one of that clock, so calendars and formatting work on it. A machine's wall
// clock may be wrong, be set back and forth, and go on while a process is paused; durations are
// measured with now() (time.hpp), never with it. In a simulation it begins at kWallClockStart, the
// same on each node unless a fault of the family `clock` says otherwise.
struct WallClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::sys_time<Duration>;
  static constexpr bool is_steady = false;
  // now() must be called from node code.
  static time_point now();
};

// 2026-01-01 00:00:00 UTC: the time of day when a simulation begins.
inline constexpr WallClock::time_point kWallClockStart{std::chrono::seconds(1'767'225'600)};

}  // namespace norn
