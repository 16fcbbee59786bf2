#include "norn/runtime/host/waiter.hpp"

#include "caller.hpp"

namespace norn::host {

WaiterQueue::~WaiterQueue() {
  // Fibers of a dead node may still stand in the queue of an object that dies first: they must not
  // touch it again.
  for (Waiter* waiter = first_; waiter != nullptr; waiter = waiter->next) waiter->queue = nullptr;
}

// The fiber runs soon: among many fibers what it left on its stack is in no cache any more, and
// comes while the caller goes on.
void WaiterQueue::serve(Waiter& waiter) {
  constexpr std::size_t kFewFibers = 16;
  constexpr int kFrameLines = 8;
  Scheduler& scheduler = *Scheduler::current();
  if (scheduler.fiber_count() >= kFewFibers) prefetch(waiter.fiber.saved, 0, kFrameLines);
  unlink(waiter);
  waiter.served = true;
  if (waiter.selection != nullptr) {
    waiter.selection->fired = true;
    waiter.selection->index = waiter.index;
  }
  scheduler.make_ready(waiter.fiber);
}

Fiber& this_fiber(const char* what) {
  return caller(what).fiber;
}

bool wait(Waiter& waiter, BlockReason reason) {
  Scheduler& scheduler = *Scheduler::current();
  scheduler.park(reason);
  if (!waiter.served) [[unlikely]]
    scheduler.check_interrupted(waiter.fiber);
  return waiter.served;
}

bool wait(Waiter& waiter, BlockReason reason, TimePoint deadline) {
  Scheduler& scheduler = *Scheduler::current();
  scheduler.park_until(reason, deadline);
  if (!waiter.served) [[unlikely]]
    scheduler.check_interrupted(waiter.fiber);
  return waiter.served;
}

}  // namespace norn::host
