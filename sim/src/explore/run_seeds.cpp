#include "norn/sim/run_seeds.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "norn/runtime/assert.hpp"
#include "norn/runtime/host/claims.hpp"
#include "norn/sim/bad_input.hpp"
#include "norn/sim/case_file.hpp"

#include "explore/failure_files.hpp"
#include "explore/ordered_seeds.hpp"
#include "explore/recording.hpp"
#include "explore/report_text.hpp"

namespace norn {

namespace {

template <class Count>
Count& count_named(std::vector<Count>& counts, const std::string Count::* key, const Count& like) {
  for (Count& count : counts) {
    if (count.*key == like.*key) return count;
  }
  counts.push_back(like);
  return counts.back();
}

bool should_happen(const PropertyCount& count) {
  return count.kind == "sometimes" || count.kind == "reachable";
}

PropertyCount& same_property(std::vector<PropertyCount>& sums, const PropertyCount& like) {
  for (PropertyCount& sum : sums) {
    if (sum.name == like.name && sum.kind == like.kind) return sum;
  }
  sums.push_back({.name = like.name, .kind = like.kind, .judged = false});
  return sums.back();
}

void add_properties(std::vector<PropertyCount>& sums, const RunSummary& run) {
  for (const PropertyCount& count : run.properties) {
    PropertyCount& sum = same_property(sums, count);
    const bool shown = should_happen(count)
                           ? count.held > 0
                           : run.violation && run.violation->property == count.name;
    if (sum.first_seed == 0 && shown) sum.first_seed = run.seed;
    if (count.room && !sum.room) sum.room = count.room;
    if (count.room)
      sum.room = should_happen(count) ? std::max(*sum.room, *count.room)
                                      : std::min(*sum.room, *count.room);
    sum.evaluated += count.evaluated;
    sum.held += count.held;
    sum.judged = sum.judged || count.judged;
    sum.excused += count.excused;
    if (sum.excuse.empty()) sum.excuse = count.excuse;
  }
}

void add_unmet_claims(std::vector<PropertyCount>& sums) {
  for (const host::Claim* const claim : host::claims()) {
    same_property(
        sums, {.name = std::string(claim->name()), .kind = std::string(host::name(claim->kind()))});
  }
}

void add_faults(std::vector<FaultCount>& sums, const std::vector<FaultCount>& run) {
  for (const FaultCount& count : run) {
    const std::size_t known = sums.size();
    FaultCount& sum = count_named(sums, &FaultCount::kind, count);
    if (sums.size() != known) continue;
    sum.asked += count.asked;
    sum.begun += count.begun;
    sum.bit += count.bit;
    for (const auto& [what, times] : count.bites) sum.bites[what] += times;
  }
}

void add_places(std::vector<BuggifyCount>& sums, const std::vector<BuggifyCount>& run) {
  for (const BuggifyCount& count : run) {
    const std::size_t known = sums.size();
    BuggifyCount& sum = count_named(sums, &BuggifyCount::place, count);
    if (sums.size() != known) continue;
    sum.armed += count.armed;
    sum.passed += count.passed;
    sum.fired += count.fired;
  }
}

void add_strategy(std::vector<StrategyCount>& sums, const RunSummary& run) {
  const std::string name =
      run.strategy + (run.fault_level.empty() ? "" : ", " + run.fault_level + " faults");
  StrategyCount& sum = count_named(sums, &StrategyCount::name, {.name = name});
  ++sum.runs;
  if (!run.violation) return;
  if (sum.failed++ == 0) sum.first_seed = run.seed;
}

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

  // take() returns whether further seeds are wanted.
  bool take(RunSummary&& run);
  Report report() && { return std::move(report_); }

 private:
  void add(const RunSummary& run);
  void add_failure(RunSummary&& run);

  const Scenario& scenario_;
  const RunOptions& options_;
  Report report_;
  std::set<Fingerprint> seen_;
};

bool Campaign::take(RunSummary&& run) {
  add(run);
  if (options_.on_run) options_.on_run(run);
  if (run.verdict != Verdict::violated) return true;
  add_failure(std::move(run));
  return options_.stop_after_failures == 0 || report_.failed < options_.stop_after_failures;
}

void Campaign::add(const RunSummary& run) {
  ++report_.runs;
  report_.events += run.events;
  report_.messages += run.messages;
  report_.simulated += run.simulated;
  add_properties(report_.properties, run);
  add_faults(report_.faults, run.faults);
  add_places(report_.buggify, run.buggify);
  add_strategy(report_.strategies, run);
  if (run.verdict == Verdict::violated) ++report_.failed;
  if (run.verdict == Verdict::incomplete) {
    ++report_.incomplete;
    if (!report_.first_incomplete) report_.first_incomplete = run;
  }
}

void Campaign::add_failure(RunSummary&& run) {
  const bool is_new = !run.violation || seen_.insert(fingerprint(*run.violation)).second;
  Failure failure;
  failure.run = std::move(run);
  explore::keep_failure(scenario_, options_, is_new, failure);
  if (options_.on_failure) options_.on_failure(failure);
  report_.failures.push_back(std::move(failure));
}

RunSummary record(const Scenario& scenario, const SimOptions& run, const RunOptions& options) {
  Result<RunSummary> done =
      explore::record_to_file(scenario, run, options.trace_path, options.overwrite);
  if (!done) throw BadInput(done.error().message);
  return *std::move(done);
}

}  // namespace

Report run_seeds(const Scenario& scenario, const RunOptions& options) {
  NORN_ASSERT(options.seeds.first <= options.seeds.last,
              "the range of seeds ends before it begins: {first, last}, both included");
  NORN_ASSERT(options.jobs >= 1, "jobs is the number of threads: at least 1");
  NORN_ASSERT(options.trace_path.empty() || options.seeds.first == options.seeds.last,
              "trace_path records one run: give a range of one seed");
  Campaign campaign(scenario, options);
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
  Report report = std::move(campaign).report();
  if (options.whole_program) add_unmet_claims(report.properties);
  report.interrupted = options.interrupted != nullptr && options.interrupted->load();
  return report;
}

Report run_seeds(std::string_view scenario, const RunOptions& options) {
  const Scenario* found = find_scenario(scenario);
  NORN_ASSERT(found != nullptr, "no NORN_SCENARIO called '" + std::string(scenario) +
                                    "' is linked into this program");
  return run_seeds(*found, options);
}

}  // namespace norn
