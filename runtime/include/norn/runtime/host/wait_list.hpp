// WaitList: fibers that wait for the same thing, first come, first served. Every primitive stands
// on it.
#pragma once

#include <optional>

#include "norn/runtime/host/fiber.hpp"
#include "norn/runtime/time.hpp"

namespace norn::host {

class WaitList {
 public:
  WaitList() = default;
  WaitList(const WaitList&) = delete;
  WaitList& operator=(const WaitList&) = delete;
  ~WaitList();

  // wait() blocks the running fiber until it is notified (true) or `deadline` passes (false).
  bool wait(BlockReason reason, std::optional<TimePoint> deadline = std::nullopt);
  // notify_one() wakes the fiber that has waited longest and returns whether there was one.
  bool notify_one();
  void notify_all();
  // next_fiber() is the fiber that notify_one() would wake; null when nobody waits.
  Fiber* next_fiber() const;
  bool empty() const { return first_ == nullptr; }

 private:
  struct Waiter;
  void unlink(Waiter& waiter);

  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
};

}  // namespace norn::host
