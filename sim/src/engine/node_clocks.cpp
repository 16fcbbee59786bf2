// The clocks of nodes, and the timers that hang on them; slow processors.
#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/engine.hpp"
#include "norn/runtime/wall_clock.hpp"

namespace norn::sim {

namespace {
constexpr unsigned kTieShift = 40;
constexpr unsigned kTypeShift = 56;
constexpr std::uint64_t kDataMask = (std::uint64_t{1} << kTypeShift) - 1;

EventType type_of(const QueuedEvent& event) {
  return static_cast<EventType>(event.data >> kTypeShift);
}

}  // namespace

Duration Engine::wall_time() const {
  const std::int64_t since_start =
      core_.clocks.any() ? core_.clocks.read_wall(core_.now_ns) : core_.now_ns;
  return kWallClockStart.time_since_epoch() + Duration(since_start);
}

void Engine::push_timer(host::NodeId node, TimePoint when, std::uint64_t tie, EventType type,
                        std::uint64_t data) {
  const std::int64_t shown_ns = when.time_since_epoch().count();
  if (core_.clocks.stopped(node)) {
    const std::uint64_t typed = std::uint64_t{static_cast<std::uint8_t>(type)} << kTypeShift | data;
    stopped_timers_.push_back({node, shown_ns, {0, tie << kTieShift, typed}});
    return;
  }
  core_.push(std::max(core_.clocks.true_time(node, shown_ns), core_.now_ns), tie, type, data);
}

// The node whose timer an event is; 0: of nobody any more, or no timer.
host::NodeId Engine::node_of_timer(const QueuedEvent& event) const {
  const auto slot = static_cast<std::uint32_t>(event.data);
  const std::uint64_t generation = event.data >> 32U & 0xffffffU;
  if (type_of(event) == EventType::alarm) {
    const AlarmSlot& alarm = alarms_[slot];
    const bool pending = alarm.alarm != nullptr && (alarm.generation & 0xffffffU) == generation;
    return pending ? alarm.alarm->node : 0;
  }
  if (type_of(event) != EventType::timer) return 0;
  const host::Fiber* const fiber = scheduler_.live(slot);
  const bool waits = fiber != nullptr && (fiber->park_generation & 0xffffffU) == generation;
  return waits ? fiber->process->id() : 0;
}

std::size_t Engine::change_clock(host::NodeId node, const std::function<void(NodeClock&)>& change) {
  std::vector<StoppedTimer> timers;
  core_.forget_if([&](const QueuedEvent& event) {
    if (node_of_timer(event) != node) return false;
    timers.push_back({node, core_.clocks.monotonic(node, event.time_ns), event});
    return true;
  });
  std::sort(timers.begin(), timers.end(), [](const StoppedTimer& a, const StoppedTimer& b) {
    return std::tie(a.event.time_ns, a.event.order) < std::tie(b.event.time_ns, b.event.order);
  });
  std::vector<StoppedTimer> of_others;
  for (const StoppedTimer& timer : stopped_timers_)
    (timer.node == node ? timers : of_others).push_back(timer);
  stopped_timers_ = std::move(of_others);
  change(core_.clocks.of(node));
  core_.clocks.settle(node, core_.now_ns);
  std::size_t moved = 0;
  for (const StoppedTimer& timer : timers) {
    const std::int64_t true_ns = core_.clocks.true_time(node, timer.shown_ns);
    if (timer.event.time_ns != true_ns) ++moved;
    push_timer(node, TimePoint(Duration(timer.shown_ns)), timer.event.order >> kTieShift,
               type_of(timer.event), timer.event.data & kDataMask);
  }
  return moved;
}

// ---- slow processors

void Engine::wake_later(host::Process& process, Duration delay) {
  const std::uint64_t life = process.incarnation() & 0xffffffU;
  core_.push(core_.now_ns + delay.count(), 0, EventType::wake, life << 32U | process.id());
}

void Engine::fire_wake(std::uint64_t data) {
  host::Process* const process = cluster_.process(static_cast<host::NodeId>(data & 0xffffffffU));
  if (process == nullptr || (process->incarnation() & 0xffffffU) != (data >> 32U & 0xffffffU))
    return;
  scheduler_.wake_next(*process);
}

}  // namespace norn::sim
