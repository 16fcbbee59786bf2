// What a fiber has to look at when it would block: that it was killed, that it was cancelled, that
// it said it would not.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>

#include "caller.hpp"
#include "norn/runtime/cancelled.hpp"
#include "norn/runtime/host/context_state.hpp"
#include "norn/runtime/host/debugger.hpp"
#include "norn/runtime/no_yield.hpp"

namespace norn {

namespace host {

namespace {

// These are finished first.
bool is_work(BlockReason reason) {
  return reason == BlockReason::file || reason == BlockReason::cpu;
}

}  // namespace

// The slow path of each blocking call: whether the fiber is to park at all. Throws Killed and
// Cancelled.
bool Scheduler::may_park(Fiber& self, BlockReason reason) {
  if (self.killed()) {
    on_killed_park(self);
    return false;
  }
  if ((self.alerts & kNoYield) != 0) {
    detail::assertion_failed("the fiber does not block", __FILE__, __LINE__,
                             "fiber '" + std::string(self.name_view()) + "' of node '" +
                                 self.process->name() + "' blocks (" + std::string(name(reason)) +
                                 ") inside a NoYield block: end the block before");
  }
  self.alerts &= static_cast<Alerts>(~kInterrupted);
  if ((self.alerts & kCancelled) != 0 && !is_work(reason) && std::uncaught_exceptions() == 0)
    throw_cancelled(self);
  return true;
}

bool Scheduler::interruptible(const Fiber& fiber) const {
  const ExceptionState& state = &fiber == running_ ? *exceptions_ : fiber.exceptions;
  return !is_work(fiber.reason) && state.uncaught == 0;
}

void Scheduler::throw_cancelled(Fiber& fiber) {
  fiber.alerts &= static_cast<Alerts>(~kInterrupted);
  throw Cancelled{fiber.cancel_asked || fiber.context == nullptr ? Errc::cancelled
                                                                 : fiber.context->why};
}

void Scheduler::cancel(Fiber& fiber) {
  fiber.cancel_asked = true;
  refresh_alerts(fiber);
}

void Scheduler::refresh_alerts(Fiber& fiber) {
  const bool over = fiber.cancel_asked || (fiber.context != nullptr && fiber.context->over);
  if (!over || fiber.shields > 0) {
    fiber.alerts &= static_cast<Alerts>(~kCancelled);
    return;
  }
  fiber.alerts |= kCancelled;
  if (fiber.state == FiberState::parked && !fiber.killed() && interruptible(fiber)) {
    fiber.alerts |= kInterrupted;
    make_ready(fiber);
  }
}

// ---- run budgets

void Scheduler::spend_one() {
  if (--running_->budget_left != 0) return;
  running_->budget_left = running_->code.budget;
  yield();
}

// ---- what is told of fibers

std::string_view name(BlockReason reason) {
  constexpr std::array<std::string_view, kBlockReasons> kNames = {
      "sleep",      "receive", "call",    "mutex", "condition", "channel send", "channel receive",
      "join",       "file",    "yield",   "other", "select",    "semaphore",    "rw lock",
      "wait group", "once",    "barrier", "cpu",   "mailbox",   "socket"};
  return kNames.at(static_cast<std::size_t>(reason));
}

std::string Scheduler::describe(const Fiber& fiber) const {
  std::string text = fiber.process->name() + " fiber " + std::to_string(fiber.id) + " '" +
                     std::string(fiber.name_view()) + "' ";
  switch (fiber.state) {
    case FiberState::ready:
      text += "is ready";
      break;
    case FiberState::running:
      text += "runs";
      break;
    case FiberState::parked: {
      const std::int64_t for_ns = *now_ns_ - fiber.parked_since_ns;
      text += "waits: " + std::string(name(fiber.reason)) + ", since " +
              std::to_string(fiber.parked_since_ns / 1000) + " us (for " +
              std::to_string(for_ns / 1000) + " us)" +
              (fiber.has_deadline ? ", with a deadline" : "");
      break;
    }
    case FiberState::ended:
      text += "has ended";
      break;
  }
  if (fiber.parent_id != 0) text += ", spawned by fiber " + std::to_string(fiber.parent_id);
  if (fiber.code.line != 0)
    text += " at " + std::string(fiber.code.file) + ":" + std::to_string(fiber.code.line);
  return text;
}

std::string Scheduler::dump(const Process& process) const {
  std::string text;
  for (const Fiber* fiber = process.first_fiber; fiber != nullptr; fiber = fiber->next_in_process)
    text += describe(*fiber) + "\n";
  return text;
}

}  // namespace host

Shield::Shield() {
  const host::Caller self = host::caller("Shield");
  ++self.fiber.shields;
  self.scheduler.refresh_alerts(self.fiber);
}

Shield::~Shield() {
  const host::Caller self = host::caller("Shield");
  --self.fiber.shields;
  self.scheduler.refresh_alerts(self.fiber);
}

NoYield::NoYield() {
  host::Fiber& fiber = host::this_fiber("NoYield");
  ++fiber.no_yields;
  fiber.alerts |= host::kNoYield;
}

NoYield::~NoYield() {
  host::Fiber& fiber = host::this_fiber("NoYield");
  if (--fiber.no_yields == 0) fiber.alerts &= static_cast<host::Alerts>(~host::kNoYield);
}

}  // namespace norn

// ---- for a debugger (tools/gdb): calls that it can make without knowing types. They are about the
// scheduler of the thread that is stopped, if it has one.

namespace {

const norn::host::Fiber* fiber_with(const norn::host::Scheduler& scheduler, std::uint32_t id,
                                    bool print) {
  std::size_t left = scheduler.fiber_count();
  for (std::uint32_t slot = 0; left > 0; ++slot) {
    const norn::host::Fiber* const fiber = scheduler.live(slot);
    if (fiber == nullptr) continue;
    --left;
    if (print) std::fprintf(stderr, "%s\n", scheduler.describe(*fiber).c_str());
    if (!print && fiber->id == id) return fiber;
  }
  return nullptr;
}

}  // namespace

extern "C" [[gnu::used]] void norn_print_fibers() {
  if (const auto* const scheduler = norn::host::Scheduler::current())
    fiber_with(*scheduler, 0, true);
}

// What note_fibers() wrote: a line for each fiber, with its number, its saved stack pointer and
// what it waits for.
extern "C" {
[[gnu::used]] const char* norn_noted_fibers = "";
}

void norn::host::note_fibers() {
  static std::string noted;
  noted.clear();
  Scheduler* const scheduler = Scheduler::current();
  if (scheduler == nullptr) return;
  std::size_t left = scheduler->fiber_count();
  for (std::uint32_t slot = 0; left > 0; ++slot) {
    const Fiber* const fiber = scheduler->live(slot);
    if (fiber == nullptr) continue;
    --left;
    const bool runs = fiber == scheduler->running();
    noted += std::to_string(fiber->id) + " " +
             std::to_string(runs ? 0 : reinterpret_cast<std::uintptr_t>(fiber->saved)) + " " +
             scheduler->describe(*fiber) + "\n";
  }
  norn_noted_fibers = noted.c_str();
}

// The stack pointer of a fiber that is not running; null: there is none, or it runs.
extern "C" [[gnu::used]] const void* norn_saved_stack(std::uint32_t id) {
  norn::host::Scheduler* const scheduler = norn::host::Scheduler::current();
  if (scheduler == nullptr) return nullptr;
  const norn::host::Fiber* const fiber = fiber_with(*scheduler, id, false);
  const bool runs = fiber == nullptr || fiber == scheduler->running();
  return runs ? nullptr : fiber->saved;
}
