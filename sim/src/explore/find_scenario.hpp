// The scenario that a case is of.
#pragma once

#include "norn/runtime/result.hpp"
#include "norn/sim/case_file.hpp"
#include "norn/sim/scenario.hpp"

namespace norn::explore {

// scenario_of(): errors are not_found when this program has no such scenario, and invalid when it
// does not have the case's variant.
Result<const Scenario*> scenario_of(const Case& failing);

}  // namespace norn::explore
