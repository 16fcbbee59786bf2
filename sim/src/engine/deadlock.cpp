// Fibers that nothing can wake any more, and who waits for whom.
#include <algorithm>
#include <string>

#include "engine/engine.hpp"
#include "norn/runtime/host/context_state.hpp"

namespace norn::sim {

namespace {

// Whether only another fiber of its node could make it go on.
bool waits_for_its_own(const host::Fiber& fiber) {
  if (fiber.state != host::FiberState::parked || fiber.has_deadline) return false;
  if (fiber.context != nullptr && fiber.context->deadline && !fiber.context->over) return false;
  switch (fiber.reason) {
    case host::BlockReason::mutex:
    case host::BlockReason::condition:
    case host::BlockReason::channel_send:
    case host::BlockReason::channel_receive:
    case host::BlockReason::join:
    case host::BlockReason::select:
    case host::BlockReason::semaphore:
    case host::BlockReason::rw_lock:
    case host::BlockReason::wait_group:
    case host::BlockReason::once:
    case host::BlockReason::barrier:
    case host::BlockReason::other:
      return true;
    default:
      return false;
  }
}

bool asleep_for_ever(const host::Process& process) {
  for (const host::Fiber* fiber = process.first_fiber; fiber != nullptr;
       fiber = fiber->next_in_process) {
    if (!waits_for_its_own(*fiber)) return false;
  }
  return process.first_fiber != nullptr;
}

}  // namespace

// As Go's "all goroutines are asleep", for each node by itself: a fiber that waits for a message, a
// socket or a time can still be woken from outside, and with it all others.
void Engine::report_deadlocks() {
  constexpr std::uint32_t kToldFibers = 20;
  for (host::NodeId id = 1; id <= cluster_.size() && !over(); ++id) {
    const host::Process* const process = cluster_.process(id);
    if (process == nullptr || !cluster_.at(id).options.deadlock_is_violation) continue;
    const auto belongs = [id](const AlarmSlot& slot) {
      return slot.alarm != nullptr && slot.alarm->node == id;
    };
    if (std::any_of(alarms_.begin(), alarms_.end(), belongs) || !asleep_for_ever(*process))
      continue;
    std::string text = "all fibers of node '" + process->name() + "' are asleep";
    std::uint32_t told = 0;
    for (const host::Fiber* fiber = process->first_fiber; fiber != nullptr && told < kToldFibers;
         fiber = fiber->next_in_process, ++told) {
      text += "; " + scheduler_.describe(*fiber);
    }
    if (process->fiber_count > told)
      text += "; and " + std::to_string(process->fiber_count - told) + " more";
    fail("no deadlock", text);
  }
}

// ---- across nodes

WaitGraph Engine::wait_graph() {
  const auto has_alarm = [this](host::NodeId node) {
    return std::any_of(alarms_.begin(), alarms_.end(), [node](const AlarmSlot& slot) {
      return slot.alarm != nullptr && slot.alarm->node == node;
    });
  };
  return WaitGraph(
      {.cluster = cluster_, .network = network_, .pool = messages(), .stirs = has_alarm});
}

void Engine::waits_for_ever(const host::Fiber&) {
  look_later();
}

void Engine::look_later() {
  if (looks_for_circles_) return;
  constexpr std::int64_t kEvery = 1'000'000'000;
  looks_for_circles_ = true;
  schedule_host(core_.now_ns + kEvery, [this] {
    looks_for_circles_ = false;
    look_for_circles();
  });
}

void Engine::look_for_circles() {
  const WaitGraph graph = wait_graph();
  if (const auto circle = graph.deadlock()) fail("no deadlock", *circle);
  if (graph.any_endless()) look_later();
}

void Engine::report_overdue_calls() {
  const WaitGraph graph = wait_graph();
  const auto overdue = graph.overdue(call_limit_->count(), core_.now_ns);
  if (overdue) fail("calls are answered", *overdue + ". Waits: " + graph.report());
}

// For the report of what should have happened in the calm, and did not.
std::string Engine::what_went_on() {
  std::string text;
  if (const std::string waits = wait_graph().report(); !waits.empty()) text = ". Waits: " + waits;
  if (const std::string story = activity_.story(cluster_, network_); !story.empty())
    text += ". Meanwhile, " + story;
  return text;
}

std::string Engine::dump_fibers() const {
  std::string text;
  for (host::NodeId id = 1; id <= cluster_.size(); ++id) {
    if (const host::Process* const process = cluster_.process(id))
      text += scheduler_.dump(*process);
  }
  return text;
}

}  // namespace norn::sim
