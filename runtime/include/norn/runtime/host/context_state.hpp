// What the copies of a Context share.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "norn/runtime/host/alarm.hpp"
#include "norn/runtime/host/waiter.hpp"
#include "norn/runtime/result.hpp"

namespace norn::host {

class Scheduler;

// A tree by `parent`; a child keeps its parent alive, a parent only knows its children. Counted by
// hand: everything runs on one thread.
struct ContextState {
  ContextState(Scheduler& home, ContextState* above);
  ContextState(const ContextState&) = delete;
  ContextState& operator=(const ContextState&) = delete;
  ~ContextState();

  void hold() { ++owners; }
  void release();
  // end() ends this context and all below it, and wakes who waits for that.
  void end(Errc reason);
  void end_at(TimePoint when);

  struct DeadlineAlarm final : Alarm {
    explicit DeadlineAlarm(ContextState& context) : state(context) {}
    void ring() override { state.end(Errc::timeout); }
    ContextState& state;
  };

  Scheduler& scheduler;
  ContextState* parent;
  ContextState* first_child = nullptr;
  ContextState* previous_sibling = nullptr;
  ContextState* next_sibling = nullptr;
  Fiber* first_fiber = nullptr;  // those that are in it now
  WaiterQueue done;              // those that select() on its end
  std::uint32_t owners = 1;
  bool over = false;
  Errc why = Errc::cancelled;
  std::optional<TimePoint> deadline;  // its own or an ancestor's, whichever is earlier
  std::unique_ptr<DeadlineAlarm> alarm;
  const void* key = nullptr;  // of its value
  std::shared_ptr<const void> value;
};

void enter_context(Fiber& fiber, ContextState* state);
void leave_context(Fiber& fiber);

}  // namespace norn::host
