#include "norn/sim/exhaustive.hpp"

#include <memory>
#include <utility>

#include "norn/runtime/assert.hpp"
#include "norn/sim/simulation.hpp"

#include "explore/exhaustive/order_search.hpp"
#include "explore/failure_files.hpp"
#include "explore/text.hpp"

namespace norn {

namespace {

using explore::OrderSearch;

constexpr std::uint64_t kRunsAReport = 1000;

// All plans with so many crashes, of any of the nodes.
std::vector<FaultPlan> crash_plans(const std::vector<std::string>& nodes, std::uint64_t crashes) {
  std::vector<FaultPlan> plans(1);
  for (std::uint64_t i = 0; i < crashes; ++i) {
    std::vector<FaultPlan> longer;
    for (const FaultPlan& plan : plans) {
      for (const std::string& node : nodes) {
        // In order of the nodes: which of two faults is the first in the plan means nothing.
        if (!plan.faults.empty() && node < plan.faults.back().side_a.front()) continue;
        FaultPlan one = plan;
        one.faults.push_back({.kind = FaultKind::crash,
                              .at = std::chrono::milliseconds(2 * i),
                              .lasts = std::chrono::milliseconds(1),
                              .side_a = {node}});
        longer.push_back(std::move(one));
      }
    }
    plans = std::move(longer);
  }
  return plans;
}

class Explorer {
 public:
  Explorer(const Scenario& scenario, const RunOptions& run, const ExploreOptions& options)
      : scenario_(scenario), run_(run), options_(options) {}

  Exploration explore();

 private:
  SimOptions options_of(const FaultPlan& plan, std::shared_ptr<OrderSearch> guide) const;
  std::vector<FaultPlan> plans() const;
  bool search(const FaultPlan& plan);
  void keep(const FaultPlan& plan, const std::shared_ptr<OrderSearch>& search);

  const Scenario& scenario_;
  const RunOptions& run_;
  const ExploreOptions& options_;
  Exploration all_;
};

SimOptions Explorer::options_of(const FaultPlan& plan, std::shared_ptr<OrderSearch> guide) const {
  RunOptions run = run_;
  run.faults = "calm";
  run.strategy = "timed";
  run.buggify = false;
  SimOptions options = options_for(scenario_, run, options_.seed);
  options.strategy = "exhaustive:" + std::to_string(options_.early_timers) +
                     (options_.in_order ? ":in-order" : "");
  if (!plan.faults.empty() || run_.plan) options.plan = plan;
  options.guide = std::move(guide);
  return options;
}

std::vector<FaultPlan> Explorer::plans() const {
  if (run_.plan) return {*run_.plan};
  if (options_.crashes == 0) return {FaultPlan{}};
  // One run tells which nodes there are.
  const auto guide = std::make_shared<OrderSearch>(ExploreBy::orders);
  guide->begin_run();
  static_cast<void>(run_seed(scenario_, options_of({}, guide)));
  return crash_plans(guide->may_fail(), options_.crashes);
}

// Returns whether all of it was searched, and nothing was found.
bool Explorer::search(const FaultPlan& plan) {
  const auto guide = std::make_shared<OrderSearch>(options_.by, options_.fibers_in_order);
  const SimOptions options = options_of(plan, guide);
  bool more = true;
  while (more) {
    if (options_.interrupted != nullptr && options_.interrupted->load()) {
      all_.interrupted = true;
      break;
    }
    if (all_.runs == options_.most_runs) break;
    guide->begin_run();
    const RunSummary run = run_seed(scenario_, options);
    ++all_.runs;
    if (guide->diverged()) {
      all_.deterministic = false;
      return false;
    }
    if (guide->was_cut()) ++all_.cut;
    all_.events += guide->new_steps();
    all_.longest = std::max<std::uint64_t>(all_.longest, guide->steps());
    if (options_.on_progress && all_.runs % kRunsAReport == 0) options_.on_progress(all_.runs);
    if (run.violation) {
      keep(plan, guide);
      return false;
    }
    if (run.verdict == Verdict::incomplete) {
      all_.incomplete_reason = run.incomplete_reason;
      return false;
    }
    more = guide->end_run();
  }
  all_.states += guide->states();
  all_.published += guide->published_states();
  ++all_.plans;
  return !more;
}

// The path becomes overrides, so that the case needs no guide.
void Explorer::keep(const FaultPlan& plan, const std::shared_ptr<OrderSearch>& search) {
  SimOptions options = options_of(plan, search);
  options.choices = std::make_shared<std::vector<MadeChoice>>();
  search->begin_run();
  static_cast<void>(run_seed(scenario_, options));
  for (const MadeChoice& choice : *options.choices) {
    const bool of_order = choice.kind == "next_event" || choice.kind == "next_fiber";
    if (of_order && choice.taken != choice.dull) options.overrides[choice.key] = choice.taken;
  }
  options.guide = nullptr;
  options.choices = nullptr;
  Failure& failure = all_.failure.emplace();
  failure.run = run_seed(scenario_, options);
  NORN_ASSERT(failure.run.violation.has_value(),
              "the order that was found does not fail again: the scenario is not deterministic");
  explore::keep_failure(scenario_, run_, options, true, failure);
}

Exploration Explorer::explore() {
  all_.complete = true;
  for (const FaultPlan& plan : plans()) {
    if (search(plan)) continue;
    all_.complete = false;
    break;
  }
  return std::move(all_);
}

}  // namespace

void order_matters(Simulation& sim, Shared shared) {
  if (const auto& guide = sim.options().guide)
    guide->shows(shared == Shared::told ? explore::Seen::told : explore::Seen::judged);
}

Result<Exploration> explore_all(const Scenario& scenario, const RunOptions& run,
                                const ExploreOptions& options) {
  if (run.plan && options.crashes > 0)
    return Error{Errc::invalid, "crashes and a plan of faults do not go together"};
  return Explorer(scenario, run, options).explore();
}

std::string Exploration::summary() const {
  using explore::counted;
  std::string text = counted(runs, "run") + " (" + std::to_string(cut) + " ended early), " +
                     counted(events, "step") + ", the longest run " + std::to_string(longest);
  if (states > 0) text += ", " + counted(states, "state");
  text += ", " + std::to_string(published) + " published";
  if (plans > 1) text += ", " + std::to_string(plans) + " plans of faults";
  return text;
}

}  // namespace norn
