// WaitList: fibers that wait for the same thing and are told so, first come, first served.
#pragma once

#include <optional>

#include "norn/runtime/host/waiter.hpp"

namespace norn::host {

class WaitList {
 public:
  // wait() blocks the running fiber until it is notified (true) or `deadline` passes (false).
  bool wait(BlockReason reason, std::optional<TimePoint> deadline = std::nullopt);
  // notify_one() wakes the fiber that has waited longest and returns whether there was one.
  bool notify_one() {
    Waiter* const waiter = waiting_.first();
    if (waiter == nullptr) return false;
    waiting_.serve(*waiter);
    return true;
  }
  void notify_all() {
    while (notify_one()) {
    }
  }
  // next_fiber() is the fiber that notify_one() would wake; null when nobody waits.
  Fiber* next_fiber() const {
    const Waiter* const waiter = waiting_.first();
    return waiter == nullptr ? nullptr : &waiter->fiber;
  }
  bool empty() const { return waiting_.first() == nullptr; }

 private:
  WaiterQueue waiting_;
};

// WaitingFor says for which fiber the running one waits, while it does.
class WaitingFor {
 public:
  WaitingFor(Fiber& self, Fiber* const& other) : self_(self) { self_.waits_for.fiber = &other; }
  WaitingFor(const WaitingFor&) = delete;
  WaitingFor& operator=(const WaitingFor&) = delete;
  ~WaitingFor() { self_.waits_for.fiber = nullptr; }

 private:
  Fiber& self_;
};

}  // namespace norn::host
