// The processor of a node: who holds it, that it stands still, that it is slow.
#include <algorithm>
#include <utility>

#include "norn/runtime/assert.hpp"
#include "norn/runtime/host/scheduler.hpp"
#include "norn/runtime/host/world.hpp"

namespace norn::host {

void Scheduler::hold_cpu() {
  Process& process = *running_->process;
  process.cpu_holder = running_;
  process.gate |= kCpuHeld;
}

void Scheduler::release_cpu(Process& process) {
  process.cpu_holder = nullptr;
  process.gate &= static_cast<std::uint8_t>(~kCpuHeld);
  open_gate(process);
}

// Where a fiber goes that is ready while the gate is shut.
void Scheduler::wait_at_gate(Fiber& fiber) {
  Process& process = *fiber.process;
  if (process.cpu_holder == &fiber && (process.gate & kPaused) == 0) return enqueue(fiber);
  process.cpu_waiters.push_back(&fiber);
  if ((process.gate & (kPaused | kSlowCpu)) != 0) ++process.held_up;
  if (process.gate == kSlowCpu) wake_later(process);
}

// Lets those go on who may, after the gate has opened, wholly or in part.
void Scheduler::open_gate(Process& process) {
  if ((process.gate & kPaused) != 0) return;
  if (process.cpu_holder != nullptr) {
    const auto holder =
        std::find(process.cpu_waiters.begin(), process.cpu_waiters.end(), process.cpu_holder);
    if (holder == process.cpu_waiters.end()) return;
    process.cpu_waiters.erase(holder);
    return enqueue(*process.cpu_holder);
  }
  if (process.gate == kSlowCpu) return wake_later(process);
  for (Fiber* const fiber : std::exchange(process.cpu_waiters, {})) enqueue(*fiber);
}

void Scheduler::pause(Process& process) {
  NORN_ASSERT(running_ == nullptr, "pause() called from a fiber");
  process.gate |= kPaused;
  const std::vector<ReadyEntry> taken = take_ready(process);
  for (const ReadyEntry& entry : taken) wait_at_gate(*entry.fiber);
}

void Scheduler::resume(Process& process) {
  process.gate &= static_cast<std::uint8_t>(~kPaused);
  open_gate(process);
}

void Scheduler::slow_down(Process& process, Duration wake_cost) {
  process.wake_cost = wake_cost;
  if (wake_cost > Duration::zero()) {
    process.gate |= kSlowCpu;
    return;
  }
  process.gate &= static_cast<std::uint8_t>(~kSlowCpu);
  open_gate(process);
}

void Scheduler::wake_later(Process& process) {
  if (process.wake_pending || process.cpu_waiters.empty()) return;
  process.wake_pending = true;
  world_.wake_later(process, process.wake_cost);
}

void Scheduler::wake_next(Process& process) {
  process.wake_pending = false;
  if (process.gate != kSlowCpu || process.cpu_waiters.empty()) return;
  Fiber* const fiber = process.cpu_waiters.front();
  process.cpu_waiters.erase(process.cpu_waiters.begin());
  enqueue(*fiber);
  wake_later(process);
}

}  // namespace norn::host
