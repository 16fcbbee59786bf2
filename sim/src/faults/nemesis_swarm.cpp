// The level `swarm`, and levels by name.
#include <algorithm>
#include <array>

#include "faults/swarm_core.hpp"
#include "faults/swarm_draws.hpp"
#include "norn/runtime/assert.hpp"
#include "norn/sim/nemesis.hpp"

namespace norn {
namespace {

constexpr std::array<std::string_view, 4> kLevels = {"calm", "default", "harsh", "swarm"};
constexpr std::array<std::string_view, 3> kLinkFaults = {"loss", "duplicate", "latency"};
constexpr std::array<FaultFamily, 4> kFamilies = {FaultFamily::network, FaultFamily::process,
                                                  FaultFamily::disk, FaultFamily::clock};
constexpr Ratio kCalmShare = {1, 4};

bool can_be_vetoed(std::string_view word) {
  const auto catalog = fault_catalog();
  return std::find(kLinkFaults.begin(), kLinkFaults.end(), word) != kLinkFaults.end() ||
         std::any_of(kFamilies.begin(), kFamilies.end(),
                     [word](FaultFamily family) { return word == name(family); }) ||
         std::any_of(catalog.begin(), catalog.end(),
                     [word](const FaultSpec& spec) { return word == spec.name; });
}

FaultPlan draw_swarm_plan(const NemesisScene& scene) {
  for (const std::string& word : scene.vetoes) {
    NORN_ASSERT(can_be_vetoed(word), "the scenario vetoes '" + word +
                                         "', which is no kind of fault, no family of them, and not "
                                         "loss, duplicate or latency");
  }
  const Duration calm_begin = calm_begin_of(scene.time, kCalmShare);
  sim::SwarmDraws swarm(scene, calm_begin);
  sim::swarm_network(swarm);
  sim::swarm_process(swarm);
  sim::swarm_disk(swarm);
  sim::swarm_clock(swarm);
  FaultPlan plan{.links = sim::swarm_links(swarm), .faults = swarm.take()};
  if (plan.links != LinkOptions{}) plan.links_until = calm_begin;
  sim::freeze_outsiders(scene, calm_begin, plan);
  return plan;
}

}  // namespace

std::span<const std::string_view> fault_levels() {
  return kLevels;
}

Result<FaultPlan> draw_level(std::string_view level, const NemesisScene& scene) {
  if (level == "swarm") return draw_swarm_plan(scene);
  const Result<NemesisOptions> options = nemesis_level(level);
  if (!options) return options.error();
  return draw_fault_plan(*options, scene.seed, scene.nodes, scene.time);
}

}  // namespace norn
