#include "engine/clocks.hpp"

#include <algorithm>
#include <limits>

namespace norn::sim {

namespace {

__extension__ using Wide = __int128;
constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();

std::int64_t limited(Wide value) {
  return value > kEver ? kEver : static_cast<std::int64_t>(value);
}

}  // namespace

std::int64_t ClockLine::at(std::int64_t true_ns) const {
  const Wide rate = kBillion + faster_ppb;
  return limited(shown_ns + Wide{true_ns - since_ns} * rate / kBillion);
}

std::int64_t ClockLine::when(std::int64_t shown) const {
  if (shown <= shown_ns) return since_ns;
  const Wide rate = kBillion + faster_ppb;
  if (rate <= 0) return kEver;
  return limited(since_ns + ((Wide{shown} - shown_ns) * kBillion + rate - 1) / rate);
}

void ClockLine::turn(std::int64_t now_ns, std::int64_t ppb) {
  shown_ns = at(now_ns);
  since_ns = now_ns;
  faster_ppb = ppb;
}

std::int64_t Clocks::monotonic(host::NodeId node, std::int64_t now_ns) const {
  const NodeClock* const clock = find(node);
  return clock == nullptr ? now_ns : clock->monotonic.at(now_ns);
}

std::int64_t Clocks::wall(host::NodeId node, std::int64_t now_ns) const {
  const NodeClock* const clock = find(node);
  return clock == nullptr ? now_ns : clock->wall.at(now_ns);
}

std::int64_t Clocks::read_monotonic(std::int64_t now_ns) const {
  const NodeClock* const clock = find(acting_);
  if (clock == nullptr) return now_ns;
  for (const BiteCounter::Slot fault : clock->monotonic_faults)
    bites_.add(fault, Bite::wrong_reads);
  return clock->monotonic.at(now_ns);
}

std::int64_t Clocks::read_wall(std::int64_t now_ns) const {
  const NodeClock* const clock = find(acting_);
  if (clock == nullptr) return now_ns;
  for (const BiteCounter::Slot fault : clock->wall_faults) bites_.add(fault, Bite::wrong_reads);
  return clock->wall.at(now_ns);
}

std::int64_t Clocks::true_time(host::NodeId node, std::int64_t shown_ns) const {
  const NodeClock* const clock = find(node);
  return clock == nullptr ? shown_ns : clock->monotonic.when(shown_ns);
}

bool Clocks::stopped(host::NodeId node) const {
  const NodeClock* const clock = find(node);
  return clock != nullptr && clock->stopped();
}

void Clocks::settle(host::NodeId node, std::int64_t now_ns) {
  // However many faults slow a clock down, it goes on by a thousandth of the time.
  constexpr std::int64_t kSlowest = ClockLine::kStopped / 1000 * 999;
  NodeClock& clock = own_.at(node);
  const std::int64_t drift = std::max(clock.drift_ppb, kSlowest);
  clock.monotonic.turn(now_ns, clock.stopped() ? ClockLine::kStopped : drift);
  clock.wall.turn(now_ns, std::max(clock.drift_ppb + clock.wall_drift_ppb, kSlowest));
}

}  // namespace norn::sim
