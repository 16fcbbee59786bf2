// What node code asks of the chaos of its world.
#include "norn/runtime/host/chaos.hpp"

#include <algorithm>
#include <string>

#include "caller.hpp"
#include "norn/runtime/assert.hpp"
#include "norn/runtime/buggify.hpp"
#include "norn/runtime/host/scheduler.hpp"
#include "norn/runtime/knob.hpp"
#include "norn/runtime/operation.hpp"
#include "norn/runtime/random.hpp"
#include "norn/runtime/workload_mix.hpp"

namespace norn {
namespace {

constexpr std::int64_t kMixFactor = 16;

std::int64_t ask(const host::KnobSpec& spec) {
  NORN_ASSERT(
      spec.least <= spec.standard && spec.standard <= spec.most,
      "knob(\"" + std::string(spec.name) + "\"): what it usually is lies outside its range");
  host::Chaos* const chaos = host::AttachedChaos::here.chaos;
  return chaos == nullptr ? spec.standard : chaos->knob(spec);
}

}  // namespace

bool detail::buggify_fires(const char* function, std::string_view label,
                           std::source_location where) {
  host::Scheduler* const scheduler = host::Scheduler::current();
  if (scheduler == nullptr || scheduler->running() == nullptr) return false;
  const host::Process& process = *scheduler->running()->process;
  host::Chaos* const chaos = host::AttachedChaos::here.chaos;
  if (chaos == nullptr || !process.alive) return false;
  return chaos->buggify(process, {.function = function, .label = label, .where = where});
}

bool operation_wanted() {
  const host::Caller self = host::caller("operation_wanted()");
  host::Chaos* const chaos = host::AttachedChaos::here.chaos;
  if (chaos == nullptr || !self.process.alive) return true;
  const host::OperationTurn turn = chaos->operation(self.fiber);
  if (turn.stands_still > Duration::zero()) sleep_for(turn.stands_still);
  return turn.wanted;
}

Duration knob(std::string_view name, Duration standard, KnobRange<Duration> range) {
  return Duration(ask({.name = name,
                       .type = host::KnobType::duration,
                       .standard = standard.count(),
                       .least = range.least.count(),
                       .most = range.most.count()}));
}

std::int64_t knob(std::string_view name, std::int64_t standard, KnobRange<std::int64_t> range) {
  return ask({.name = name,
              .type = host::KnobType::number,
              .standard = standard,
              .least = range.least,
              .most = range.most});
}

bool knob(std::string_view name, bool standard) {
  return ask({.name = name,
              .type = host::KnobType::flag,
              .standard = standard ? 1 : 0,
              .least = 0,
              .most = 1}) != 0;
}

WorkloadMix::WorkloadMix(std::string_view name, const std::vector<WorkloadPart>& parts) {
  NORN_ASSERT(!parts.empty(), "a WorkloadMix needs at least one part");
  std::uint64_t sum = 0;
  for (const WorkloadPart& part : parts) {
    const std::string knob_name = std::string(name) + "." + std::string(part.name);
    sum += static_cast<std::uint64_t>(
        knob(knob_name, part.weight, {0, std::max<std::int64_t>(1, part.weight) * kMixFactor}));
    up_to_.push_back(sum);
  }
  if (sum > 0) return;
  for (std::size_t i = 0; i < up_to_.size(); ++i) up_to_[i] = i + 1;
}

std::size_t WorkloadMix::pick() const {
  const std::uint64_t drawn = random().below(up_to_.back());
  return static_cast<std::size_t>(std::upper_bound(up_to_.begin(), up_to_.end(), drawn) -
                                  up_to_.begin());
}

}  // namespace norn
