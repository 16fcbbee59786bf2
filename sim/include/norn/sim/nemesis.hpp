// The nemesis draws a fault plan from a seed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "norn/sim/fault_plan.hpp"
#include "norn/sim/promise.hpp"

namespace norn {

// What a nemesis may draw, and how often. Times are means of exponential distributions unless said
// otherwise.
struct NemesisOptions {
  LinkOptions links{};         // of all links until the calm part
  Duration partition_every{};  // mean time from one partition to the next; 0: none
  Duration partition_lasts{};  // a partition ends at the latest when the next one begins
  Ratio one_way_share{};       // of the partitions: one direction only
  Ratio partial_share{};      // of the partitions: between two groups that both see the other nodes
  Ratio isolate_share{};      // of the others: one node against all others (else: a random split)
  Duration hold_every{};      // 0: none; what one node sends to some others is held
  Duration hold_lasts{};      // ends at the latest when the next hold begins
  Duration crash_every{};     // 0: none
  Duration down_for{};        // mean time from a crash to the restart
  Ratio crash_many_share{};   // of the crashes: a random group of nodes at once
  Ratio calm_share = {1, 4};  // the last part of a run: no new faults; all is healed at its begin
  Ratio bounce_share{};       // of the crashes: back after a mean of a tenth of down_for
  Ratio crash_again_share{};  // of the crashes of one node: it dies again soon after its restart

  // Faults come in storms, with quiet stretches between them. The times above from one fault to the
  // next are those of the quiet stretches; in a storm they are so many times shorter.
  Duration storm_every{};                // mean length of a quiet stretch; 0: no storms
  Duration storm_lasts{};                // mean length of a storm
  std::uint32_t storm_cut_factor = 1;    // partitions and holds
  std::uint32_t storm_crash_factor = 1;  // crashes

  // With `swarm` each run draws a mix of its own (Groce et al., "Swarm testing", 2012: what all
  // runs have, hides what only some of it shows). Each class of faults (partitions, holds, crashes,
  // storms, loss, duplicates, slow messages) is absent from one run in six. For those present, the
  // times above from one fault to the next are halved up to doubled; loss, duplicate and slow are
  // uniform up to what `links` says; usual is once up to a hundred times, and slow_max an eighth
  // up to all of it.
  bool swarm = false;
};

// nemesis_level() knows three levels. calm: no faults, no loss. default: what a system should
// survive. harsh: more of it, shorter apart. The figures and where they come from are in
// sim/src/faults/nemesis_levels.cpp. Of the fourth level, swarm, see draw_level().
Result<NemesisOptions> nemesis_level(std::string_view level);

// draw_fault_plan() is a function of its arguments alone. Faults concern `nodes` (the names that
// may fail) and lie in [0, duration). Each choice has a key of its own (the kind of fault, its
// number, the name of the node), so that a longer run begins with the same faults, and a run with
// one more node differs only where that node is drawn. A node that is down is not crashed; at most
// one partition and one hold are there at a time.
FaultPlan draw_fault_plan(const NemesisOptions& options, std::uint64_t seed,
                          const std::vector<std::string>& nodes, Duration duration);

// What a level draws a plan for.
struct NemesisScene {
  std::uint64_t seed = 1;
  std::vector<std::string> nodes{};  // that may fail
  Duration time{};                   // of the run
  // What the scenario cannot survive: kinds of faults, families of them ("disk"), or what links do
  // ("loss", "duplicate", "latency"). Only the swarm heeds them.
  std::vector<std::string> vetoes{};
  std::vector<std::string> all_nodes{};  // those that never fail as well
  // What the system must survive, with the names of nodes and not of groups. The swarm leaves as
  // many nodes out for good, in half of its runs: see LivenessPhase.
  std::vector<SurvivalPromise> promises{};
};

// fault_levels() are calm, default, harsh and swarm.
std::span<const std::string_view> fault_levels();
// draw_level() draws the plan of a level by its name, a function of its arguments alone. The level
// swarm draws every kind of the catalogue: each run has a few kinds or many, each at a rate of its
// own that is log-uniform, and all is healed in the last quarter. Errors (invalid): no such level.
Result<FaultPlan> draw_level(std::string_view level, const NemesisScene& scene);
// When the last part of a run begins, of which it is this share.
Duration calm_begin_of(Duration time, Ratio calm_share);

}  // namespace norn
