// Which faults a run will have.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.hpp"
#include "faults/promise_keeper.hpp"
#include "norn/runtime/assert.hpp"
#include "norn/sim/bad_input.hpp"
#include "norn/sim/nemesis.hpp"

namespace norn::sim {

void Engine::add_promise(SurvivalPromise promise) {
  NORN_ASSERT(!begun_, "promise() after the first run: say it before");
  promises_.push_back(std::move(promise));
}

std::vector<SurvivalPromise> Engine::promises_by_node() const {
  std::vector<SurvivalPromise> promises = promises_;
  for (SurvivalPromise& promise : promises) {
    std::vector<std::string> nodes;
    for (const std::string& name : promise.of) {
      for (const host::NodeId node : cluster_.members(name))
        nodes.push_back(cluster_.at(node).name);
    }
    promise.of = std::move(nodes);
  }
  return promises;
}

void Engine::materialise_plan() {
  if (options_.plan) {
    plan_ = *options_.plan;
    std::vector<std::string> names = cluster_.names(false);
    const std::vector<std::string> groups = cluster_.groups();
    names.insert(names.end(), groups.begin(), groups.end());
    const Result<void> known = check_plan(plan_, names, options_.time);
    if (!known) throw BadInput("fault plan: " + known.error().message);
    check_sides();
  } else {
    Result<FaultPlan> drawn = draw_level(options_.fault_level, {.seed = options_.seed,
                                                                .nodes = cluster_.names(true),
                                                                .time = options_.time,
                                                                .vetoes = options_.vetoes,
                                                                .all_nodes = cluster_.names(false),
                                                                .promises = promises_by_node()});
    NORN_ASSERT(drawn.ok(), drawn.error().message);
    plan_ = *std::move(drawn);
    if (options_.fault_level == "calm" && links_set_) plan_.links = network_.all();
  }
  keep_promises();
  network_.set_all(plan_.links);
  if (!plan_.link_groups.empty()) network_.set_groups(plan_.link_groups);
}

// A group and a node in it may not be on both sides.
void Engine::check_sides() const {
  for (std::size_t i = 0; i < plan_.faults.size(); ++i) {
    const Fault& fault = plan_.faults[i];
    std::vector<host::NodeId> side_a;
    for (const std::string& name : fault.side_a) {
      const std::vector<host::NodeId> members = cluster_.members(name);
      side_a.insert(side_a.end(), members.begin(), members.end());
    }
    for (std::size_t k = 0; k < fault.side_b.size(); ++k) {
      for (const host::NodeId node : cluster_.members(fault.side_b[k])) {
        if (std::find(side_a.begin(), side_a.end(), node) == side_a.end()) continue;
        throw BadInput("fault plan: faults[" + std::to_string(i) + "].side_b[" + std::to_string(k) +
                       "]: \"" + fault.side_b[k] + "\" means \"" + cluster_.at(node).name +
                       "\", which is on side_a");
      }
    }
  }
}

// Who promises nothing promises to survive everything but the loss of a disk.
void Engine::keep_promises() {
  const bool given = options_.plan.has_value() && !options_.trim_plan;
  if (given && promises_.empty()) return;
  FaultPlan kept = within(promises_, cluster_, plan_);
  if (kept == plan_) return;
  if (given || options_.beyond_promise) {
    safety_only_ = true;
  } else {
    plan_ = std::move(kept);
  }
}

}  // namespace norn::sim
