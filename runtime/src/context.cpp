#include "norn/runtime/context.hpp"

#include <algorithm>

#include "caller.hpp"

namespace norn {

namespace {

void change_context(host::Scheduler& scheduler, host::Fiber& fiber, host::ContextState* to) {
  if (to != nullptr) to->hold();  // `to` may hang on what is left
  if (fiber.context != nullptr) host::leave_context(fiber);
  if (to != nullptr) {
    host::enter_context(fiber, to);
    to->release();
  }
  scheduler.refresh_alerts(fiber);
}

}  // namespace

Context::Context(const Context& other) : state_(other.state_) {
  if (state_ != nullptr) state_->hold();
}

Context::~Context() {
  if (state_ != nullptr) state_->release();
}

Context Context::current() {
  host::ContextState* const state = host::caller("Context::current()").fiber.context;
  if (state != nullptr) state->hold();
  return Context(state);
}

Context Context::with_cancel() const {
  host::Scheduler& scheduler = host::caller("a new Context").scheduler;
  return Context(
      ::new host::ContextState(scheduler, state_));  // tidy: allow new (counted by owners)
}

Context Context::with_deadline(TimePoint when) const {
  Context context = with_cancel();
  context.state_->end_at(when);
  return context;
}

Context Context::with_any(const void* key, std::shared_ptr<const void> value) const {
  Context context = with_cancel();
  context.state_->key = key;
  context.state_->value = std::move(value);
  return context;
}

void Context::cancel() const {
  NORN_ASSERT(state_ != nullptr,
              "cancel() of the background Context: make one of your own by with_cancel()");
  if (host::Scheduler::current() != nullptr) return state_->end(Errc::cancelled);
  const host::Scheduler::Attach attach(state_->scheduler);
  state_->end(Errc::cancelled);
}

std::optional<Errc> Context::error() const {
  if (!over()) return std::nullopt;
  return state_->why;
}

std::optional<TimePoint> Context::deadline() const {
  return state_ == nullptr ? std::nullopt : state_->deadline;
}

const void* Context::find(const void* key) const {
  for (const host::ContextState* state = state_; state != nullptr; state = state->parent) {
    if (state->key == key) return state->value.get();
  }
  return nullptr;
}

void Context::wait() const {
  host::Waiter waiter(host::this_fiber("Context::wait()"));
  if (over()) return;
  host::WaiterQueue never;
  (state_ == nullptr ? never : state_->done).push(waiter);
  host::wait(waiter, host::BlockReason::other);
}

Context::Scope::Scope(const Context& context) {
  const host::Caller self = host::caller("Context::Scope");
  before_ = self.fiber.context;
  if (before_ != nullptr) before_->hold();
  change_context(self.scheduler, self.fiber, context.state());
}

Context::Scope::~Scope() {
  const host::Caller self = host::caller("Context::Scope");
  change_context(self.scheduler, self.fiber, before_);
  if (before_ != nullptr) before_->release();
}

}  // namespace norn
