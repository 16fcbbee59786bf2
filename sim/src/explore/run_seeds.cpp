#include "norn/sim/run_seeds.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "norn/runtime/assert.hpp"
#include "norn/sim/bad_input.hpp"
#include "norn/sim/case_file.hpp"

#include "explore/failure_files.hpp"
#include "explore/feedback/feedback_search.hpp"
#include "explore/ordered_seeds.hpp"
#include "explore/recording.hpp"
#include "explore/report_sums.hpp"
#include "explore/report_text.hpp"

namespace norn {

namespace {

// Campaign adds up what the runs of a campaign gave, in order of seed.
class Campaign {
 public:
  Campaign(const Scenario& scenario, const RunOptions& options)
      : scenario_(scenario), options_(options) {
    report_.scenario = scenario.name;
    report_.variant = options.variant;
    report_.seeds = options.seeds;
    report_.seen_required = options.require_seen;
  }

  // take() returns whether further seeds are wanted. `repeats`: what repeats the run, where its
  // seed alone does not; `kept`: it is changed further.
  bool take(RunSummary&& run, const SimOptions* repeats = nullptr, bool kept = false);
  Report report() && { return std::move(report_); }

 private:
  void add(const RunSummary& run, bool kept);
  void add_failure(RunSummary&& run, const SimOptions* repeats);

  const Scenario& scenario_;
  const RunOptions& options_;
  Report report_;
  std::set<Fingerprint> seen_;
};

bool Campaign::take(RunSummary&& run, const SimOptions* repeats, bool kept) {
  add(run, kept);
  if (options_.on_run) options_.on_run(run);
  if (run.verdict != Verdict::violated) return true;
  add_failure(std::move(run), repeats);
  return options_.stop_after_failures == 0 || report_.failed < options_.stop_after_failures;
}

void Campaign::add(const RunSummary& run, bool kept) {
  ++report_.runs;
  report_.events += run.events;
  report_.messages += run.messages;
  report_.simulated += run.simulated;
  explore::add_properties(report_.properties, run);
  explore::add_faults(report_.faults, run.faults);
  explore::add_places(report_.buggify, run.buggify);
  explore::add_strategy(report_.strategies, run, kept);
  if (run.verdict == Verdict::violated) ++report_.failed;
  if (run.verdict == Verdict::incomplete) {
    ++report_.incomplete;
    if (!report_.first_incomplete) report_.first_incomplete = run;
  }
}

void Campaign::add_failure(RunSummary&& run, const SimOptions* repeats) {
  const bool is_new = !run.violation || seen_.insert(fingerprint(*run.violation)).second;
  Failure failure;
  failure.run = std::move(run);
  if (repeats == nullptr) {
    explore::keep_failure(scenario_, options_, is_new, failure);
  } else {
    explore::keep_failure(scenario_, options_, *repeats, is_new, failure);
  }
  if (options_.on_failure) options_.on_failure(failure);
  report_.failures.push_back(std::move(failure));
}

RunSummary record(const Scenario& scenario, const SimOptions& run, const RunOptions& options) {
  Result<RunSummary> done =
      explore::record_to_file(scenario, run, options.trace_path, options.overwrite);
  if (!done) throw BadInput(done.error().message);
  return *std::move(done);
}

Report finished(Report report, const RunOptions& options) {
  if (options.whole_program) explore::add_unmet_claims(report.properties);
  report.interrupted = options.interrupted != nullptr && options.interrupted->load();
  return report;
}

Report with_feedback(const Scenario& scenario, const RunOptions& options, Campaign campaign) {
  NORN_ASSERT(options.trace_path.empty(),
              "trace_path records the run of a seed, which means nothing alone under feedback");
  explore::FeedbackSearch search(scenario, options);
  search.go([&](explore::FeedbackRun& run) {
    return campaign.take(std::move(run.summary), &run.options, run.kept);
  });
  Report report = finished(std::move(campaign).report(), options);
  report.feedback = search.count();
  return report;
}

}  // namespace

Report run_seeds(const Scenario& scenario, const RunOptions& options) {
  NORN_ASSERT(options.seeds.first <= options.seeds.last,
              "the range of seeds ends before it begins: {first, last}, both included");
  NORN_ASSERT(options.jobs >= 1, "jobs is the number of threads: at least 1");
  NORN_ASSERT(options.trace_path.empty() || options.seeds.first == options.seeds.last,
              "trace_path records one run: give a range of one seed");
  Campaign campaign(scenario, options);
  if (options.strategy == kFeedback) return with_feedback(scenario, options, std::move(campaign));
  explore::OrderedSeeds<RunSummary> seeds(
      options.seeds,
      [&](std::uint64_t seed) {
        if (options.on_begin) options.on_begin(seed);
        SimOptions run = options_for(scenario, options, seed);
        if (options.trace_path.empty()) return run_seed(scenario, run);
        run.replay = explore::replay_line(scenario, options, seed, {});
        return record(scenario, run, options);
      },
      [&](RunSummary& run) { return campaign.take(std::move(run)); }, options.interrupted);
  seeds.go(options.jobs);
  return finished(std::move(campaign).report(), options);
}

Report run_seeds(std::string_view scenario, const RunOptions& options) {
  const Scenario* found = find_scenario(scenario);
  NORN_ASSERT(found != nullptr, "no NORN_SCENARIO called '" + std::string(scenario) +
                                    "' is linked into this program");
  return run_seeds(*found, options);
}

}  // namespace norn
