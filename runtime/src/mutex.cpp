#include "norn/runtime/mutex.hpp"

#include <string>

#include "norn/runtime/assert.hpp"
#include "norn/runtime/host/scheduler.hpp"

namespace norn {

namespace {

host::Fiber* calling_fiber() {
  host::Scheduler* const scheduler = host::Scheduler::current();
  NORN_ASSERT(scheduler != nullptr && scheduler->running() != nullptr,
              "a Mutex used outside of a fiber: the host needs none, nothing runs beside it");
  return scheduler->running();
}

}  // namespace

// A fiber that waits for a mutex whose owner waits for a mutex ... whose owner is that fiber will
// wait for ever: that is known at once, whatever the others do.
void Mutex::report_cycle(const host::Fiber& self) const {
  std::string chain = "deadlock: it waits for a Mutex";
  for (const host::Fiber* fiber = owner_;;) {
    if (fiber == nullptr || fiber->state != host::FiberState::parked) {
      if (fiber != &self) return;
    }
    chain += " that fiber '" + std::string(fiber->name_view()) + "' holds";
    if (fiber == &self) break;
    if (fiber->reason != host::BlockReason::mutex || fiber->waits_for.fiber == nullptr) return;
    chain += ", which waits for one";
    fiber = *fiber->waits_for.fiber;
  }
  host::Scheduler::current()->world().fiber_failed(self, chain);
}

void Mutex::lock() {
  host::Fiber* const self = calling_fiber();
  NORN_ASSERT(owner_ != self,
              "this fiber holds the Mutex already: unlock it first, or pass the lock along");
  if (owner_ == nullptr) {
    owner_ = self;
    host::Scheduler::current()->spend_budget();
    return;
  }
  report_cycle(*self);
  const host::WaitingFor owner(*self, owner_);
  waiting_.wait(host::BlockReason::mutex);  // unlock() made this fiber the owner
}

bool Mutex::try_lock() {
  host::Fiber* const self = calling_fiber();
  if (owner_ != nullptr) return false;
  owner_ = self;
  return true;
}

void Mutex::unlock() {
  host::Fiber* const self = calling_fiber();
  if (self->killed() && owner_ != self) return;  // it died while it waited for the mutex
  NORN_ASSERT(owner_ == self, "unlock() of a Mutex that this fiber does not hold");
  owner_ = waiting_.next_fiber();
  waiting_.notify_one();
}

}  // namespace norn
