// run_seeds(): many seeds of one scenario, from a program or from a test case.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "norn/sim/scenario.hpp"
#include "norn/sim/sim_options.hpp"

namespace norn {

struct SeedRange {
  std::uint64_t first = 1;
  std::uint64_t last = 1;  // included
};

struct RunOptions {
  SeedRange seeds;
  unsigned jobs = 1;                         // threads; each runs whole simulations
  std::optional<Duration> time;              // instead of the scenario's
  std::optional<std::string> faults;         // level, instead of the scenario's
  std::optional<FaultPlan> plan;             // instead of a level
  std::string variant;
  std::uint64_t stop_after_failures = 1;     // 0: run all seeds
  std::string out_dir;                       // where cases and traces of failing seeds go; empty: nowhere
  bool overwrite = false;
  std::function<void(const RunSummary&)> on_run;  // called after each run, one at a time, in the order of completion
};

struct Failure {
  RunSummary run;
  std::string case_path;   // empty when out_dir is
  std::string trace_path;
};

// Everything is in order of seed, whatever the number of jobs; with stop_after_failures, all seeds below the last reported failure were run.
struct Report {
  std::string scenario;
  std::uint64_t runs = 0;
  std::uint64_t incomplete = 0;
  std::vector<Failure> failures;
  std::vector<PropertyCount> properties;  // summed
  std::vector<FaultCount> faults;         // summed
  Duration simulated{};
  std::uint64_t events = 0;
  std::uint64_t messages = 0;

  bool passed() const { return failures.empty() && incomplete == 0; }
  // summary() is a few lines for people: the counts, and for each failure the property and the line that replays it.
  std::string summary() const;
};

// run_seed() runs one seed and returns its summary.
RunSummary run_seed(const Scenario& scenario, SimOptions options);
Report run_seeds(const Scenario& scenario, const RunOptions& options);
// By name; asserts that there is such a scenario.
Report run_seeds(std::string_view scenario, const RunOptions& options);

}  // namespace norn
