#include "norn/runtime/host/waiter.hpp"

#include "caller.hpp"

namespace norn::host {

WaiterQueue::~WaiterQueue() {
  // Fibers of a dead node may still stand in the queue of an object that dies first: they must not
  // touch it again.
  for (Waiter* waiter = first_; waiter != nullptr; waiter = waiter->next) waiter->queue = nullptr;
}

void WaiterQueue::serve(Waiter& waiter) {
  unlink(waiter);
  waiter.served = true;
  if (waiter.selection != nullptr) {
    waiter.selection->fired = true;
    waiter.selection->index = waiter.index;
  }
  Scheduler::current()->make_ready(waiter.fiber);
}

Fiber& this_fiber(const char* what) {
  return caller(what).fiber;
}

bool wait(Waiter& waiter, BlockReason reason, std::optional<TimePoint> deadline) {
  Scheduler& scheduler = *Scheduler::current();
  if (!deadline) {
    scheduler.park(reason);
  } else {
    scheduler.park_until(reason, *deadline);
  }
  if (!waiter.served) [[unlikely]]
    scheduler.check_interrupted(waiter.fiber);
  return waiter.served;
}

}  // namespace norn::host
