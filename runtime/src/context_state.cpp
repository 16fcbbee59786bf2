#include "norn/runtime/host/context_state.hpp"

#include "norn/runtime/host/scheduler.hpp"

namespace norn::host {

ContextState::ContextState(Scheduler& home, ContextState* above) : scheduler(home), parent(above) {
  if (parent == nullptr) return;
  parent->hold();
  over = parent->over;
  why = parent->why;
  deadline = parent->deadline;
  next_sibling = parent->first_child;
  if (next_sibling != nullptr) next_sibling->previous_sibling = this;
  parent->first_child = this;
}

ContextState::~ContextState() {
  if (parent == nullptr) return;
  (previous_sibling == nullptr ? parent->first_child : previous_sibling->next_sibling) =
      next_sibling;
  if (next_sibling != nullptr) next_sibling->previous_sibling = previous_sibling;
}

void ContextState::release() {
  ContextState* state = this;
  while (state != nullptr && --state->owners == 0) {
    ContextState* const above = state->parent;
    delete state;  // tidy: allow new (counted by owners)
    state = above;
  }
}

// A child is made the first of its parent's children, and a fiber the first of its context's: the
// oldest is told last. No order is promised; this one is the same in every run.
void ContextState::end(Errc reason) {
  if (over) return;
  over = true;
  why = reason;
  if (alarm != nullptr) alarm->drop();
  for (Fiber* fiber = first_fiber; fiber != nullptr; fiber = fiber->next_in_context)
    scheduler.refresh_alerts(*fiber);
  while (Waiter* const waiter = done.first()) done.serve(*waiter);
  for (ContextState* child = first_child; child != nullptr; child = child->next_sibling)
    child->end(reason);
}

void ContextState::end_at(TimePoint when) {
  if (deadline && *deadline <= when) return;  // an ancestor ends first
  deadline = when;
  if (over) return;
  if (when <= scheduler.world().now()) return end(Errc::timeout);
  alarm = std::make_unique<DeadlineAlarm>(*this);
  alarm->set(when);
}

void enter_context(Fiber& fiber, ContextState* state) {
  state->hold();
  fiber.context = state;
  fiber.previous_in_context = nullptr;
  fiber.next_in_context = state->first_fiber;
  if (state->first_fiber != nullptr) state->first_fiber->previous_in_context = &fiber;
  state->first_fiber = &fiber;
  if (state->over) state->scheduler.refresh_alerts(fiber);
}

void leave_context(Fiber& fiber) {
  ContextState* const state = fiber.context;
  (fiber.previous_in_context == nullptr ? state->first_fiber
                                        : fiber.previous_in_context->next_in_context) =
      fiber.next_in_context;
  if (fiber.next_in_context != nullptr)
    fiber.next_in_context->previous_in_context = fiber.previous_in_context;
  fiber.context = nullptr;
  state->release();
}

}  // namespace norn::host
