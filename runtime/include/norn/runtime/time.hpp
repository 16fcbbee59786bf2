// Time as node code sees it: virtual in a simulation, the machine's in the real world.
#pragma once

#include <chrono>

namespace norn {

// Durations are whole nanoseconds.
using Duration = std::chrono::nanoseconds;

// Clock counts from the start of the simulation (or of the program). It is monotonic.
struct Clock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Clock, Duration>;
  static constexpr bool is_steady = true;
  static time_point now();
};
using TimePoint = Clock::time_point;

// now() returns the present instant. Virtual time passes only while fibers are blocked.
TimePoint now();

// sleep_for() blocks the fiber for `duration`; zero or less is yield().
void sleep_for(Duration duration);

// sleep_until() blocks the fiber until `when`; an instant that has passed is yield().
void sleep_until(TimePoint when);

// yield() lets every other fiber that is ready at this instant run before this one goes on.
void yield();

}  // namespace norn
