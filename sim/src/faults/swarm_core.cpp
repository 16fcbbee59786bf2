// The second phase of a swarm run: a core that must get on alone.
#include "faults/swarm_core.hpp"

#include <algorithm>
#include <set>

#include "faults/nemesis_draws.hpp"

namespace norn::sim {
namespace {

constexpr Ratio kWithCore = {1, 2};  // of the runs that have a promise
constexpr Ratio kCrashed = {1, 2};   // of the nodes outside; the others are cut off

// Up to as many nodes as the system promises to do without, of those that may fail.
void choose_outsiders(const NemesisDraws& draws, const SurvivalPromise& promise,
                      std::uint64_t number, std::set<std::string>& outsiders) {
  std::vector<std::size_t> nodes;
  std::size_t out = 0;
  for (std::size_t i = 0; i < draws.nodes().size(); ++i) {
    const std::string& name = draws.nodes()[i].name;
    if (std::find(promise.of.begin(), promise.of.end(), name) == promise.of.end()) continue;
    nodes.push_back(i);
    if (outsiders.contains(name)) ++out;
  }
  if (out >= promise.at_most_down) return;
  const std::uint64_t left = std::min(promise.at_most_down - out, nodes.size());
  const std::uint64_t count = below(draws.bits(Aspect::core_size, number), left + 1);
  const std::vector<std::size_t> ranked = draws.ranked(Aspect::core_node, number, nodes);
  for (std::size_t i = 0; i < count; ++i) outsiders.insert(draws.nodes()[ranked[i]].name);
}

// One that is in two promises may be one too many for the second.
bool is_within(const SurvivalPromise& promise, const std::set<std::string>& outsiders) {
  const auto out = std::count_if(promise.of.begin(), promise.of.end(),
                                 [&](const std::string& name) { return outsiders.contains(name); });
  return static_cast<std::size_t>(out) <= promise.at_most_down;
}

}  // namespace

void freeze_outsiders(const NemesisScene& scene, Duration calm_begin, FaultPlan& plan) {
  const NemesisDraws draws(scene.seed, scene.nodes);
  if (scene.promises.empty() || !draws.chance(Aspect::core_size, ~std::uint64_t{0}, kWithCore))
    return;
  std::set<std::string> outsiders;
  for (std::size_t i = 0; i < scene.promises.size(); ++i)
    choose_outsiders(draws, scene.promises[i], i, outsiders);
  const bool within = std::all_of(
      scene.promises.begin(), scene.promises.end(),
      [&outsiders](const SurvivalPromise& promise) { return is_within(promise, outsiders); });
  if (outsiders.empty() || !within) return;
  LivenessPhase phase{.at = calm_begin};
  for (const std::string& name : scene.all_nodes) {
    if (!outsiders.contains(name)) phase.core.push_back(name);
  }
  if (phase.core.empty()) return;
  for (const NemesisNode& node : draws.nodes()) {
    if (!outsiders.contains(node.name)) continue;
    Fault fault{.at = calm_begin, .side_a = {node.name}};
    if (draws.chance(Aspect::core_frozen, 0, kCrashed, node.key)) {
      fault.kind = FaultKind::crash;
    } else {
      fault.kind = FaultKind::partition;
      fault.side_b = phase.core;
    }
    plan.faults.push_back(std::move(fault));
  }
  plan.liveness = std::move(phase);
}

}  // namespace norn::sim
