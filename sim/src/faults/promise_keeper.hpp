// Keeps a fault plan within what a system promises to survive.
#pragma once

#include <vector>

#include "cluster/cluster.hpp"
#include "norn/sim/fault_plan.hpp"
#include "norn/sim/promise.hpp"

namespace norn::sim {

// within() is the plan without what no system with these promises has to survive: see
// SurvivalPromise. Faults must be in order of `at`.
FaultPlan within(const std::vector<SurvivalPromise>& promises, const Cluster& cluster,
                 FaultPlan plan);

}  // namespace norn::sim
