#include "norn/sim/determinism.hpp"

#include <utility>

#include "norn/runtime/assert.hpp"
#include "norn/sim/fault_plan.hpp"

#include "explore/ordered_seeds.hpp"
#include "explore/recording.hpp"
#include "explore/text.hpp"
#include "explore/trace_difference.hpp"

namespace norn {

namespace {

struct Twice {
  SeedHash hash;
  bool alike = true;
  std::optional<FirstDifference> difference;
};

Twice run_twice(const Scenario& scenario, const SimOptions& options) {
  const RunSummary first = explore::record_in_memory(scenario, options);
  const RunSummary second = explore::record_in_memory(scenario, options);
  Twice twice;
  twice.hash = {options.seed, first.trace_hash, first.events};
  twice.alike = first.trace_hash == second.trace_hash && first.events == second.events;
  if (twice.alike) return twice;
  const Result<trace::Reader> first_reader = explore::reader_of(first, "the first run");
  const Result<trace::Reader> second_reader = explore::reader_of(second, "the second run");
  if (!first_reader || !second_reader) return twice;
  auto difference = explore::first_difference(*first_reader, *second_reader);
  if (difference) twice.difference = *std::move(difference);
  return twice;
}

}  // namespace

DeterminismReport check_determinism(const Scenario& scenario, const RunOptions& options) {
  NORN_ASSERT(options.seeds.first <= options.seeds.last,
              "the range of seeds ends before it begins: {first, last}, both included");
  NORN_ASSERT(options.jobs >= 1, "jobs is the number of threads: at least 1");
  DeterminismReport report;
  report.scenario = scenario.name;
  report.first_run = "the first run";
  report.second_run = "the second run in the same process";
  explore::OrderedSeeds<Twice> seeds(
      options.seeds,
      [&](std::uint64_t seed) {
        if (options.on_begin) options.on_begin(seed);
        return run_twice(scenario, options_for(scenario, options, seed));
      },
      [&](Twice& twice) {
        if (twice.alike) {
          report.seeds.push_back(twice.hash);
        } else {
          report.differing = twice.hash.seed;
          report.difference = std::move(twice.difference);
        }
        return twice.alike;
      },
      options.interrupted);
  seeds.go(options.jobs);
  report.interrupted = options.interrupted != nullptr && options.interrupted->load();
  return report;
}

DeterminismReport check_determinism(std::string_view scenario, const RunOptions& options) {
  const Scenario* found = find_scenario(scenario);
  NORN_ASSERT(found != nullptr, "no NORN_SCENARIO called '" + std::string(scenario) +
                                    "' is linked into this program");
  return check_determinism(*found, options);
}

std::string DeterminismReport::summary() const {
  if (!differing) {
    std::string text =
        scenario + ": " + explore::counted(seeds.size(), "seed") + " ran alike each time";
    return text + (interrupted ? ", then the check was interrupted\n" : "\n");
  }
  std::string text = scenario + ": seed " + std::to_string(*differing) +
                     " is not deterministic: " + first_run + " and " + second_run + " differ\n";
  if (!difference) return text;
  text += "  first difference: event #" + std::to_string(difference->event) + " at " +
          format_duration(difference->at.time_since_epoch()) + " on " +
          (difference->node.empty() ? "the simulation itself" : difference->node) + "\n";
  text += "    " + first_run + ": " + difference->first + "\n";
  text += "    " + second_run + ": " + difference->second + "\n";
  return text;
}

}  // namespace norn
