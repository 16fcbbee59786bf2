// The nemesis draws a fault plan from a seed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "norn/sim/fault_plan.hpp"

namespace norn {

// What a nemesis may draw, and how often. Times are means of exponential distributions unless said otherwise.
struct NemesisOptions {
  LinkOptions links;                    // of all links while the run lasts
  Duration partition_every{};           // mean time from one partition to the next; 0: none
  Duration partition_lasts{};
  Ratio one_way_share;                  // of the partitions: one direction only
  Ratio isolate_share;                  // of the partitions: one node against all others (else: a random split)
  Duration hold_every{};                // 0: none
  Duration hold_lasts{};
  Duration crash_every{};               // 0: none
  Duration down_for{};                  // mean time from a crash to the restart
  Ratio crash_many_share;               // of the crashes: a random group of nodes at once
  Ratio calm_share = {1, 4};            // the last part of a run, without new faults; all is healed at its begin
};

// calm: no faults, no loss. default: what a system should survive. harsh: more of it, shorter apart.
Result<NemesisOptions> nemesis_level(std::string_view level);

// draw_fault_plan() is a function of its arguments alone. Faults concern `nodes` (the names that may fail) and lie
// in [0, duration); each choice has a key of its own, so that a longer run begins with the same faults.
FaultPlan draw_fault_plan(const NemesisOptions& options, std::uint64_t seed, const std::vector<std::string>& nodes, Duration duration);

}  // namespace norn
