// Waiter and WaiterQueue: fibers that stand in line for something. Every primitive that blocks is
// made of them.
#pragma once

#include <cstdint>
#include <optional>

#include "norn/runtime/host/fiber.hpp"
#include "norn/runtime/time.hpp"

namespace norn::host {

class WaiterQueue;

// What the waiters of one select() share: the first that is served ends it.
struct Selection {
  bool fired = false;
  std::uint32_t index = 0;
};

// A Waiter lies on the stack of the fiber that waits. It leaves its queue when it is served, or by
// its destructor.
struct Waiter {
  explicit Waiter(Fiber& waiting, void* handed = nullptr) : fiber(waiting), item(handed) {}
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter();

  Fiber& fiber;
  void* item;  // what the server reads or writes: its meaning is the queue's
  WaiterQueue* queue = nullptr;
  Waiter* previous = nullptr;
  Waiter* next = nullptr;
  Selection* selection = nullptr;
  std::uint32_t index = 0;  // in the selection
  bool served = false;
};

// First come, first served. It never blocks and wakes nobody by itself.
class WaiterQueue {
 public:
  WaiterQueue() = default;
  WaiterQueue(const WaiterQueue&) = delete;
  WaiterQueue& operator=(const WaiterQueue&) = delete;
  ~WaiterQueue();

  void push(Waiter& waiter) {
    waiter.queue = this;
    waiter.previous = last_;
    (last_ == nullptr ? first_ : last_->next) = &waiter;
    last_ = &waiter;
  }
  void unlink(Waiter& waiter) {
    (waiter.previous == nullptr ? first_ : waiter.previous->next) = waiter.next;
    (waiter.next == nullptr ? last_ : waiter.next->previous) = waiter.previous;
    waiter.queue = nullptr;
  }
  // first() is the waiter to be served next, null when there is none. A waiter whose select() was
  // served elsewhere does not count.
  Waiter* first() const {
    Waiter* waiter = first_;
    while (waiter != nullptr && waiter->selection != nullptr && waiter->selection->fired)
      waiter = waiter->next;
    return waiter;
  }
  // serve() takes a waiter out and makes its fiber ready: it goes on with `served` set.
  void serve(Waiter& waiter);

 private:
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
};

inline Waiter::~Waiter() {
  if (queue != nullptr) queue->unlink(*this);
}

// this_fiber() asserts that it is called from node code; `what` names the caller.
Fiber& this_fiber(const char* what);

// wait() blocks the running fiber until its waiter is served (true), or `deadline` passes (false).
// Throws Killed and Cancelled; a waiter that was served first is not cancelled.
bool wait(Waiter& waiter, BlockReason reason);
bool wait(Waiter& waiter, BlockReason reason, TimePoint deadline);
inline bool wait(Waiter& waiter, BlockReason reason, std::optional<TimePoint> deadline) {
  return deadline ? wait(waiter, reason, *deadline) : wait(waiter, reason);
}

}  // namespace norn::host
