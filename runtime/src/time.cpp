#include "norn/runtime/time.hpp"

#include "caller.hpp"
#include "norn/runtime/wall_clock.hpp"

namespace norn {

TimePoint now() {
  host::Scheduler* const scheduler = host::Scheduler::current();
  NORN_ASSERT(scheduler != nullptr,
              "now() needs a world: call it from node code, or ask the Simulation");
  return scheduler->world().now();
}

WallClock::time_point WallClock::now() {
  host::Scheduler* const scheduler = host::Scheduler::current();
  NORN_ASSERT(scheduler != nullptr, "WallClock::now() needs a world: call it from node code");
  return WallClock::time_point(scheduler->world().wall_time());
}

TimePoint Clock::now() {
  return norn::now();
}

void sleep_until(TimePoint when) {
  const host::Caller self = host::caller("sleep_until()");
  if (when <= self.world.now()) return self.scheduler.yield();
  self.scheduler.park_until(host::BlockReason::sleep, when);
  self.scheduler.check_interrupted(self.fiber);
}

void sleep_for(Duration duration) {
  const host::Caller self = host::caller("sleep_for()");
  if (duration <= Duration::zero()) return self.scheduler.yield();
  self.scheduler.park_until(host::BlockReason::sleep, self.world.now() + duration);
  self.scheduler.check_interrupted(self.fiber);
}

void yield() {
  host::caller("yield()").scheduler.yield();
}

}  // namespace norn
