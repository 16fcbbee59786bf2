#include "norn/runtime/host/wait_list.hpp"

#include "norn/runtime/assert.hpp"
#include "norn/runtime/host/scheduler.hpp"

namespace norn::host {

// Lies on the stack of the fiber that waits; leaves the list when it is notified, or by its
// destructor.
struct WaitList::Waiter {
  WaitList& list;
  Fiber* fiber;
  Waiter* previous = nullptr;
  Waiter* next = nullptr;
  bool linked = true;

  Waiter(WaitList& l, Fiber* f) : list(l), fiber(f), previous(l.last_) {
    (previous == nullptr ? list.first_ : previous->next) = this;
    list.last_ = this;
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() {
    if (linked) list.unlink(*this);
  }
};

WaitList::~WaitList() {
  // Fibers of a dead node may still stand in the list of an object that dies first: they must not
  // touch it again.
  for (Waiter* waiter = first_; waiter != nullptr; waiter = waiter->next) waiter->linked = false;
}

void WaitList::unlink(Waiter& waiter) {
  (waiter.previous == nullptr ? first_ : waiter.previous->next) = waiter.next;
  (waiter.next == nullptr ? last_ : waiter.next->previous) = waiter.previous;
  waiter.linked = false;
}

bool WaitList::wait(BlockReason reason, std::optional<TimePoint> deadline) {
  Scheduler* const scheduler = Scheduler::current();
  NORN_ASSERT(scheduler != nullptr && scheduler->running() != nullptr,
              "a blocking call outside of a fiber: call it from node code, not from the scenario's "
              "body or a property");
  Waiter waiter(*this, scheduler->running());
  if (!deadline) {
    scheduler->park(reason);
  } else {
    scheduler->park_until(reason, *deadline);
  }
  return !waiter.linked;
}

Fiber* WaitList::next_fiber() const {
  return first_ == nullptr ? nullptr : first_->fiber;
}

bool WaitList::notify_one() {
  if (first_ == nullptr) return false;
  Waiter& waiter = *first_;
  unlink(waiter);
  Scheduler::current()->make_ready(*waiter.fiber);
  return true;
}

void WaitList::notify_all() {
  while (notify_one()) {
  }
}

}  // namespace norn::host
