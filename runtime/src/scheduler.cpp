#include "norn/runtime/host/scheduler.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>

#include "context.hpp"
#include "norn/runtime/assert.hpp"
#include "norn/runtime/cancelled.hpp"
#include "norn/runtime/host/context_state.hpp"
#include "norn/runtime/killed.hpp"
#include "sanitizer.hpp"
#include "stack_pool.hpp"

namespace norn::host {

namespace {

// How often a fiber may come back to a blocking call after Killed was thrown at it.
constexpr std::uint32_t kSwallowLimit = 64;
constexpr std::uint32_t kUnwindingParkLimit = 100'000;

}  // namespace

Scheduler::Scheduler(World& world, StackOptions options)
    : world_(world), stacks_(std::make_unique<StackPool>(options)), now_ns_(&no_clock_ns_) {}

Scheduler::~Scheduler() {
  NORN_ASSERT(fiber_count_ == 0,
              "a Scheduler is destroyed while fibers live: kill their processes first");
}

Scheduler::Attach::Attach(Scheduler& scheduler) : previous_(attached) {
  attached = &scheduler;
  scheduler.exceptions_ = reinterpret_cast<ExceptionState*>(abi::__cxa_get_globals());
}

Scheduler::Attach::~Attach() {
  attached = previous_;
}

// ---- switching

void Scheduler::report_overflow(const Fiber& fiber) const {
  const std::string message = "fiber '" + std::string(fiber.name_view()) + "' (number " +
                              std::to_string(fiber.id) + ") of node '" + fiber.process->name() +
                              "' overflowed its stack of " + std::to_string(stacks_->size()) +
                              " bytes: give fibers larger stacks, or put large objects on the heap";
  detail::assertion_failed("the stack is intact", __FILE__, __LINE__, message);
}

// The canary lies on a page of its own, which each look brings into the caches and the TLB: with
// ten thousand fibers that is a fifth of a message. From some number on only every 16th park looks,
// and the end of the fiber; what stands beyond its stack as it parks is found at once.
[[gnu::always_inline]] inline void Scheduler::check_stack(const Fiber& fiber) const {
  constexpr std::size_t kManyFibers = 1024;
  constexpr std::uint32_t kParksALook = 16;
  const bool beyond = __builtin_frame_address(0) < static_cast<const void*>(fiber.stack_end);
  const bool look = fiber_count_ < kManyFibers || fiber.park_generation % kParksALook == 0;
  if (beyond || (look && !StackPool::intact(fiber.stack_end))) [[unlikely]]
    report_overflow(fiber);
}

// jump() leaves `from` (null: the host) for `to` (null: the host) and returns when somebody comes
// back to `from`.
[[gnu::always_inline]] inline void Scheduler::jump(Fiber* from, Fiber* to, bool ending) {
  ExceptionState& leaving = from != nullptr ? from->exceptions : host_exceptions_;
  leaving = *exceptions_;
  void** const fake_stack = ending            ? nullptr
                            : from != nullptr ? &from->fake_stack
                                              : &host_fake_stack_;
  if (to != nullptr) {
    running_ = to;
    to->state = FiberState::running;
    cause_ = to->cause;
    world_.fiber_runs(*to);
    *exceptions_ = to->exceptions;
    sanitizer::start_switch(fake_stack, stacks_->bottom(to->slot), stacks_->size(), to->tsan_fiber);
    Context::jump(to->saved, from != nullptr ? &from->saved : &host_context_);
  } else {
    running_ = nullptr;
    *exceptions_ = host_exceptions_;
    sanitizer::start_switch(fake_stack, host_stack_, host_stack_size_, host_tsan_fiber_);
    Context::jump(host_context_, &from->saved);
  }
  arrive(from);
}

[[gnu::always_inline]] inline void Scheduler::arrive(Fiber* self) {
#if defined(NORN_ASAN)
  const bool from_host = host_stack_ == nullptr;
  const void* bottom = nullptr;
  std::size_t size = 0;
  sanitizer::finish_switch(self != nullptr ? self->fake_stack : host_fake_stack_, &bottom, &size);
  if (from_host) {
    host_stack_ = bottom;
    host_stack_size_ = size;
  }
#else
  static_cast<void>(self);
#endif
  if (retired_ != nullptr) [[unlikely]] {
    retire(*std::exchange(retired_, nullptr));
  }
}

// ---- life of a fiber

Fiber& Scheduler::start(Process& process, std::string_view name, const FiberCode& code) {
  const std::uint32_t slot = stacks_->allocate();
  if (slot >= live_.size()) {
    live_.resize(slot + std::size_t{1024}, nullptr);
    generations_.resize(live_.size(), 0);
  }
  auto top = reinterpret_cast<std::uintptr_t>(stacks_->top(slot));
  auto* const fiber =
      ::new (reinterpret_cast<void*>((top - sizeof(Fiber)) / alignof(Fiber) * alignof(Fiber)))
          Fiber;  // tidy: allow new (placed on the fiber's stack)
  std::uintptr_t place =
      (reinterpret_cast<std::uintptr_t>(fiber) - code.size) & ~(std::uintptr_t{code.alignment} - 1);
  code.move_to(code.callable, reinterpret_cast<void*>(place));
  fiber->code = code;
  fiber->code.callable = reinterpret_cast<void*>(place);
  if (!name.empty()) {
    place -= name.size();
    std::copy(name.begin(), name.end(), reinterpret_cast<char*>(place));
    fiber->name = reinterpret_cast<const char*>(place);
    fiber->name_size = static_cast<std::uint32_t>(name.size());
  }
  place = place / 64 * 64;

  fiber->slot = slot;
  fiber->stack_end = stacks_->end(slot);
  fiber->park_generation = generations_[slot];
  fiber->process = &process;
  fiber->budget_left = code.budget;
  fiber->id = ++last_fiber_id_;
  fiber->tsan_fiber = sanitizer::make_fiber();
  const std::uint64_t parent_key =
      running_ != nullptr ? running_->key : process.key() + process.incarnation();
  const std::uint64_t ordinal = running_ != nullptr ? ++running_->spawned : 0;
  fiber->parent_id = running_ != nullptr ? running_->id : 0;
  fiber->key = (parent_key ^ hash_name(name)) * 0x9e3779b97f4a7c15U + ordinal;
  fiber->cause = cause_;
  auto* const bottom = stacks_->bottom(slot);
  fiber->saved = Context::make(reinterpret_cast<void*>(place),
                               place - reinterpret_cast<std::uintptr_t>(bottom),
                               [](boost::context::detail::transfer_t from) {
                                 Context::arrived(from);
                                 enter(*current()->running_);
                               });
  live_[slot] = fiber;
  ++fiber_count_;
  ++process.fiber_count;
  fiber->previous_in_process = process.last_fiber;
  (process.last_fiber != nullptr ? process.last_fiber->next_in_process : process.first_fiber) =
      fiber;
  process.last_fiber = fiber;
  if (running_ != nullptr && running_->context != nullptr) enter_context(*fiber, running_->context);
  world_.fiber_started(*fiber);
  push_ready(*fiber);
  return *fiber;
}

void Scheduler::enter(Fiber& fiber) {
  attached->fiber_main(fiber);
}

void Scheduler::fiber_main(Fiber& fiber) {
  arrive(&fiber);
  fiber.started = true;
  FiberEnd how = FiberEnd::returned;
  std::exception_ptr problem;
  try {
    fiber.code.run(fiber.code.callable);
  } catch (const Killed&) {
    how = FiberEnd::killed;
  } catch (const Cancelled&) {
    how = FiberEnd::cancelled;
  } catch (...) {
    how = FiberEnd::threw;
    problem = std::current_exception();
  }
  finish(fiber, how, problem);
  problem = nullptr;
  if (!StackPool::intact(fiber.stack_end)) [[unlikely]]
    report_overflow(fiber);
  running_ = nullptr;
  retired_ = &fiber;
  Fiber* next = nullptr;
  while (!killing_ && !host_wanted_ && next == nullptr) {
    next = pop_ready();
    if (next == nullptr && !world_.advance()) break;
  }
  jump(&fiber, next, true);
  __builtin_unreachable();
}

void Scheduler::finish(Fiber& fiber, FiberEnd how, const std::exception_ptr& problem) {
  if (fiber.killed() && how == FiberEnd::returned && fiber.swallowed > 0) {
    world_.fiber_failed(
        fiber, "it caught Killed and did not rethrow it; a catch (...) must end with throw;");
  }
  ++fiber.shields;  // what is destroyed may block
  fiber.alerts &= kKilled;
  try {
    fiber.code.destroy(fiber.code.callable);
  } catch (const Killed&) {
    how = FiberEnd::killed;  // a destructor blocked
  }
  if (fiber.killed()) how = FiberEnd::killed;
  const bool taken =
      fiber.code.ended != nullptr && fiber.code.ended(fiber.code.completion, problem, how);
  if (problem != nullptr && !taken && !fiber.killed()) {
    try {
      std::rethrow_exception(problem);
    } catch (const std::exception& exception) {
      world_.fiber_failed(fiber, std::string("unhandled exception: ") + exception.what());
    } catch (...) {
      world_.fiber_failed(fiber, "unhandled exception that is no std::exception");
    }
  }
  if (fiber.context != nullptr) leave_context(fiber);
  world_.fiber_ended(fiber, how);
  unlink(fiber);
  fiber.state = FiberState::ended;
}

void Scheduler::unlink(Fiber& fiber) {
  Process& process = *fiber.process;
  (fiber.previous_in_process != nullptr ? fiber.previous_in_process->next_in_process
                                        : process.first_fiber) = fiber.next_in_process;
  (fiber.next_in_process != nullptr ? fiber.next_in_process->previous_in_process
                                    : process.last_fiber) = fiber.previous_in_process;
  --process.fiber_count;
}

void Scheduler::retire(Fiber& fiber) {
  sanitizer::destroy_fiber(fiber.tsan_fiber);
  generations_[fiber.slot] = fiber.park_generation + 1;
  live_[fiber.slot] = nullptr;
  --fiber_count_;
  stacks_->release(fiber.slot);
}

// ---- running

void Scheduler::run() {
  const Attach attach(*this);
  NORN_ASSERT(running_ == nullptr, "run() called from a fiber");
  host_stack_ = nullptr;
  host_tsan_fiber_ = sanitizer::this_fiber();
  host_wanted_ = false;
  for (;;) {
    if (Fiber* const next = pop_ready()) {
      jump(nullptr, next, false);
      return;  // a fiber comes back here only when the world has nothing more to do without the
               // host
    }
    if (!world_.advance()) return;
  }
}

[[gnu::always_inline]] inline void Scheduler::block(Fiber& self) {
  check_stack(self);
  for (;;) {
    if (host_wanted_) [[unlikely]] {
      jump(&self, nullptr, false);
      return;
    }
    Fiber* const next = pop_ready();
    if (next == &self) {
      self.state = FiberState::running;
      cause_ = self.cause;
      world_.fiber_runs(self);
      return;
    }
    if (next != nullptr) {
      jump(&self, next, false);
      return;
    }
    if (!world_.advance()) {
      jump(&self, nullptr, false);
      return;
    }
  }
}

// ---- blocking and waking

[[gnu::always_inline]] inline void Scheduler::suspend(Fiber& self, BlockReason reason) {
  self.state = FiberState::parked;
  self.reason = reason;
  self.timed_out = false;
  self.parked_since_ns = *now_ns_;
  ++self.park_generation;
}

void Scheduler::park(BlockReason reason) {
  Fiber& self = *running_;
  if (self.alerts != 0) [[unlikely]] {
    if (!may_park(self, reason)) return;
  }
  suspend(self, reason);
  if (parks_told_) [[unlikely]]
    world_.fiber_parks(self);
  block(self);
  if (self.killed()) [[unlikely]]
    on_killed_park(self);
}

bool Scheduler::park_until(BlockReason reason, TimePoint deadline) {
  Fiber& self = *running_;
  if (self.alerts != 0) [[unlikely]] {
    if (!may_park(self, reason)) return false;
  }
  suspend(self, reason);
  self.has_deadline = true;
  world_.wake_at(self, deadline);
  if (parks_told_) [[unlikely]]
    world_.fiber_parks(self);
  block(self);
  self.has_deadline = false;
  if (self.killed()) [[unlikely]]
    on_killed_park(self);
  return !self.timed_out;
}

void Scheduler::yield() {
  Fiber& self = *running_;
  if (self.alerts != 0) [[unlikely]] {
    if (!may_park(self, BlockReason::yield)) return;
  }
  suspend(self, BlockReason::yield);
  make_ready(self);
  block(self);
  if (self.killed()) [[unlikely]]
    on_killed_park(self);
}

// A blocking call of a killed fiber: throws, unless destructors run already; then it does nothing.
void Scheduler::on_killed_park(Fiber& self) {
  ++self.swallowed;
  if (std::uncaught_exceptions() > 0) {
    if (self.swallowed < kUnwindingParkLimit) return;
  } else if (self.swallowed <= kSwallowLimit) {
    throw Killed{};
  }
  // It will not end by itself: leave it where it is for good.
  world_.fiber_failed(self,
                      "it goes on for ever after its node died: a catch (...) swallows Killed, or "
                      "a destructor waits in a loop");
  if (self.code.ended != nullptr) self.code.ended(self.code.completion, nullptr, FiberEnd::killed);
  if (self.context != nullptr) leave_context(self);
  unlink(self);
  self.state = FiberState::ended;
  world_.fiber_ended(self, FiberEnd::killed);
  running_ = nullptr;
  retired_ = &self;
  jump(&self, nullptr, true);
}

// ---- killing

void Scheduler::kill(Process& process) {
  const Attach attach(*this);
  NORN_ASSERT(running_ == nullptr, "kill() called from a fiber");
  host_tsan_fiber_ = sanitizer::this_fiber();
  host_stack_ = nullptr;
  process.alive = false;
  static_cast<void>(take_ready(process));
  process.cpu_holder = nullptr;
  process.cpu_waiters.clear();
  process.gate = 0;
  for (Fiber* fiber = process.first_fiber; fiber != nullptr; fiber = fiber->next_in_process)
    fiber->alerts |= kKilled;
  killing_ = true;
  while (process.last_fiber != nullptr) kill_one(*process.last_fiber);
  killing_ = false;
}

void Scheduler::kill_one(Fiber& fiber) {
  fiber.cause = cause_;
  if (fiber.started) {
    jump(nullptr, &fiber, false);
    return;
  }
  finish(fiber, FiberEnd::killed, nullptr);
  retire(fiber);
}

}  // namespace norn::host
