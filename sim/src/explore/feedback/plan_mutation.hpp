// Changes of fault plans.
#pragma once

#include <optional>

#include "explore/feedback/mutation.hpp"

namespace norn::explore {

// change_plan() moves a few of the parent's faults, leaves some out, has them hit other nodes, or
// takes some from the other run. Nothing: what came of it would be no plan for this cluster.
std::optional<FaultPlan> change_plan(const KeptRun& parent, const KeptRun& other, Draws& draws);

// join_plans() has the parent's faults before a moment and those of the other run after it.
std::optional<FaultPlan> join_plans(const KeptRun& parent, const KeptRun& other, Duration at);

}  // namespace norn::explore
