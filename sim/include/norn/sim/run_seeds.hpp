// run_seeds(): many seeds of one scenario, from a program or from a test case.
//
// In a Catch2 test:
//
//   TEST_CASE("the lock keeps its promise") {
//     const norn::Report report = norn::run_seeds("lease_lock", {.seeds = {1, 500}, .jobs = 2});
//     INFO(report.summary());
//     REQUIRE(report.passed());
//   }
//
// In a GoogleTest test:
//
//   TEST(LeaseLock, keeps_its_promise) {
//     const norn::Report report = norn::run_seeds("lease_lock", {.seeds = {1, 500}, .jobs = 2});
//     EXPECT_TRUE(report.passed()) << report.summary();
//   }
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "norn/sim/scenario.hpp"
#include "norn/sim/shrink.hpp"
#include "norn/sim/sim_options.hpp"

namespace norn {

inline constexpr std::string_view kPortfolio = "portfolio";
inline constexpr std::string_view kFeedback = "feedback";

struct SeedRange {
  std::uint64_t first = 1;
  std::uint64_t last = 1;  // included
};

// A seed whose run broke a property.
struct Failure {
  RunSummary run{};
  std::string case_path{};  // what replays it; empty without RunOptions::out_dir
  std::string
      trace_path{};      // what the viewer opens; only for the first failure of each fingerprint
  std::string story{};   // the events that led to it, as text of several lines; with the trace
  std::string replay{};  // the line that runs it again: a command, or C++ where there is no program
  // Why the case or the trace is missing although there is an out_dir ("disk full").
  std::string file_problem{};
  // What is left of it, when it was shrunk: the first failure of each fingerprint is.
  std::optional<KeptShrunk> shrunk{};
  // The seed was run again with the recorder on, and its trace was another one.
  bool repeated = true;
};

struct RunOptions {
  SeedRange seeds{};
  unsigned jobs = 1;                    // threads; each runs whole simulations
  std::optional<Duration> time{};       // instead of the scenario's
  std::optional<std::string> faults{};  // level, instead of the scenario's
  std::optional<FaultPlan> plan{};      // instead of a level
  // See SimOptions::strategy; or "portfolio": each seed has one of several, and some a swarm of
  // faults (unless `faults` or `plan` is given); or "feedback": what runs did that no run had done
  // before is kept and changed further. What a seed means under "feedback" depends on the seeds of
  // the range before it, and on nothing else.
  std::string strategy = "timed";
  std::string variant{};
  bool beyond_promise = false;                 // see SimOptions::beyond_promise
  bool outside_calls = false;                  // see SimOptions::outside_calls
  std::map<std::string, std::string> knobs{};  // values by name: see norn/runtime/knob.hpp
  bool buggify = false;                        // at any level; the swarm does so anyway
  // A `sometimes` or `reachable` that no run of the campaign showed makes it incomplete.
  bool require_seen = false;
  // The properties that the program's node code states and that no run came to are in the report,
  // with counts of 0. Of use where all of the program's code belongs to the scenario.
  bool whole_program = false;
  bool profile = false;                   // see SimOptions::profile
  std::optional<Duration> stall{};        // real time: see SimOptions::stall_limit
  std::uint64_t stop_after_failures = 1;  // 0: run all seeds
  // Where cases and traces of failing seeds go (made when the first is written); empty: nowhere.
  std::string out_dir{};
  // How many runs may be spent on making the first case of each fingerprint smaller
  // (norn/sim/shrink.hpp), where there is an out_dir; 0: it stays as it is.
  std::uint64_t shrink_replays = 600;
  // Where the one run of a range of one seed is recorded, whatever comes of it; empty: only
  // failures are.
  std::string trace_path{};
  // false: an existing trace_path is an error, and a case whose name is taken gets a number.
  bool overwrite = false;
  // What replays a case, for the reports: "bin/scenario-raft"; empty: the line of C++ that runs the
  // seed.
  std::string program{};
  // on_begin is called on the thread that is about to run the seed, by several threads at once.
  std::function<void(std::uint64_t seed)> on_begin{};
  // These are called for one run at a time, in order of seed, on any of the threads; on_failure
  // once the files are written.
  std::function<void(const RunSummary&)> on_run{};
  std::function<void(const Failure&)> on_failure{};
  std::function<void(const ShrinkProgress&)> on_shrink{};  // while a failure is being shrunk
  const std::atomic<bool>* interrupted = nullptr;          // set: no further seed is begun
};

struct StrategyCount {
  std::string name{};  // "pos, default faults"
  std::uint64_t runs = 0;
  std::uint64_t failed = 0;
  std::uint64_t first_seed = 0;  // that failed; 0: none
  std::uint64_t kept = 0;        // under "feedback": that did something no run had done before
};

// What a campaign with feedback learned.
struct FeedbackCount {
  std::uint64_t features = 0;  // different ones that were reached: see ARCHITECTURE.md, "Feedback"
  std::uint64_t kept = 0;      // runs that are changed further
};

// The counts of a campaign. The same whatever the number of jobs: only the seeds up to the last
// failure asked for are in it, in order of seed, even if threads ran ahead.
struct Report {
  std::string scenario{};
  std::string variant{};
  SeedRange seeds{};  // that were asked for
  std::uint64_t runs = 0;
  std::uint64_t failed = 0;      // runs that broke a property
  std::uint64_t incomplete = 0;  // runs that ended at a limit
  std::optional<RunSummary> first_incomplete{};
  bool interrupted = false;
  std::vector<Failure> failures{};
  std::vector<PropertyCount> properties{};  // summed, in order of first appearance
  std::vector<FaultCount> faults{};         // summed
  std::vector<BuggifyCount> buggify{};      // summed, in order of first appearance
  Duration simulated{};
  std::uint64_t events = 0;
  std::uint64_t messages = 0;
  // By strategy and level of faults, in order of first appearance: which found what.
  std::vector<StrategyCount> strategies{};
  std::optional<FeedbackCount> feedback{};

  bool seen_required = false;  // RunOptions::require_seen

  // passed() is whether every seed that was asked for was run to its end and broke nothing, and,
  // where that is required, whether all that should happen sometimes did.
  bool passed() const {
    return failed == 0 && incomplete == 0 && !interrupted && (!seen_required || unseen().empty());
  }
  // unseen() names each `sometimes` and `reachable` that no run showed; nothing for a campaign that
  // ended early.
  std::vector<std::string> unseen() const;
  // warnings() names what the campaign did not test: faults that were asked for and never bit,
  // places of buggify() that were armed and never fired, `sometimes` that were never seen,
  // properties that were never judged. One line each.
  std::vector<std::string> warnings() const;
  // summary() is a few lines for people: the counts, the warnings, and for each failure the
  // property and the line that replays it.
  std::string summary() const;
};

// options_for() is what a campaign gives to the run of one seed. The recorder only hashes. Under
// "feedback" that is what a seed has that follows from no other: as in a portfolio.
SimOptions options_for(const Scenario& scenario, const RunOptions& options, std::uint64_t seed);

// run_seed() runs one seed and returns its summary. An exception that leaves the scenario is a
// violation of "the scenario ends without an exception"; a failed NORN_ASSERT ends the process.
// Throws BadInput.
RunSummary run_seed(const Scenario& scenario, const SimOptions& options);

// run_seeds() runs the seeds of the range in ascending order until one fails (or until
// stop_after_failures have). Asserts that the range, jobs, the level and the variant make sense,
// and that "feedback" comes without a trace_path.
// Throws BadInput, also for a trace_path that cannot be written.
Report run_seeds(const Scenario& scenario, const RunOptions& options);
// By name; asserts that there is such a scenario.
Report run_seeds(std::string_view scenario, const RunOptions& options);

}  // namespace norn
