#include "norn/runtime/host/alarm.hpp"

#include "caller.hpp"

namespace norn::host {

Alarm::Alarm() {
  const Caller self = caller("a timer or a deadline");
  world = &self.world;
  node = self.process.id();
  key = self.fiber.key ^ (hash_name("alarm") + ++self.fiber.alarms);
}

void Alarm::set(TimePoint when) {
  drop();
  if (world == nullptr) return;
  ++times;
  if (const Scheduler* const scheduler = Scheduler::current()) cause = scheduler->cause();
  world->set_alarm(*this, when);
}

void Alarm::drop() {
  if (world != nullptr && pending()) world->drop_alarm(*this);
}

}  // namespace norn::host
