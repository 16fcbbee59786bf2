// Adds up the counts of runs: of a campaign in this process, or of a part of one for another.
#pragma once

#include <vector>

#include "norn/sim/run_seeds.hpp"

namespace norn::explore {

// Each adds the counts of one run to sums, which are in order of first appearance.
void add_properties(std::vector<PropertyCount>& sums, const RunSummary& run);
void add_faults(std::vector<FaultCount>& sums, const std::vector<FaultCount>& run);
void add_places(std::vector<BuggifyCount>& sums, const std::vector<BuggifyCount>& run);
// kept: the run did something that no run of the campaign had done before.
void add_strategy(std::vector<StrategyCount>& sums, const RunSummary& run, bool kept = false);

// add_unmet_claims() adds what node code of this program states and no run came to.
void add_unmet_claims(std::vector<PropertyCount>& sums);

}  // namespace norn::explore
