#include "norn/sim/branch.hpp"

#include <algorithm>
#include <utility>

#include "norn/runtime/assert.hpp"
#include "norn/sim/run_seeds.hpp"

#include "explore/event_text.hpp"
#include "explore/find_scenario.hpp"
#include "explore/ordered_seeds.hpp"
#include "explore/recording.hpp"
#include "norn/sim/fault_plan.hpp"

namespace norn {

namespace {

constexpr int kBisections = 12;
constexpr Duration kNarrow = std::chrono::microseconds(100);
constexpr std::size_t kMostEvents = 40;  // told between the two moments

class Brancher {
 public:
  Brancher(const Scenario& scenario, const Case& failing, const BranchOptions& options)
      : scenario_(scenario), failing_(failing), options_(options) {}

  BranchPoint look(Duration at) const;
  bool over() const { return options_.interrupted != nullptr && options_.interrupted->load(); }

 private:
  const Scenario& scenario_;
  const Case& failing_;
  const BranchOptions& options_;
};

BranchPoint Brancher::look(Duration at) const {
  BranchPoint point{.at = at};
  explore::OrderedSeeds<RunSummary> runs(
      {1, options_.futures},
      [&](std::uint64_t seed) {
        SimOptions run = failing_.options;
        run.branch = Branch{at, seed};
        return run_seed(scenario_, run);
      },
      [&](RunSummary& run) {
        const std::uint64_t seed = ++point.futures;
        const bool failed = run.violation && fingerprint(*run.violation) == failing_.same_as;
        if (failed) {
          ++point.failed;
          if (point.failing_seed == 0) point.failing_seed = seed;
        } else if (point.passing_seed == 0) {
          point.passing_seed = seed;
        }
        return true;
      },
      options_.interrupted);
  runs.go(options_.jobs);
  if (options_.on_point) options_.on_point(point);
  return point;
}

// By how much more futures fail at the later of two moments, in millionths.
std::int64_t rise(const BranchPoint& before, const BranchPoint& after) {
  constexpr std::int64_t kWhole = 1'000'000;
  const auto share = [](const BranchPoint& point) {
    return point.futures == 0 ? 0
                              : static_cast<std::int64_t>(point.failed) * kWhole /
                                    static_cast<std::int64_t>(point.futures);
  };
  return share(after) - share(before);
}

void bisect(const Brancher& brancher, BranchCurve& curve) {
  for (int i = 0; i < kBisections && !brancher.over(); ++i) {
    if (curve.after.at - curve.before.at < kNarrow) return;
    const BranchPoint middle =
        brancher.look(curve.before.at + (curve.after.at - curve.before.at) / 2);
    curve.points.push_back(middle);
    if (rise(curve.before, middle) > rise(middle, curve.after)) {
      curve.after = middle;
    } else {
      curve.before = middle;
    }
  }
}

std::string events_between(const trace::Reader& reader, Duration from, Duration to) {
  std::string text;
  std::size_t told = 0;
  const Result<void> read = reader.for_each([&](const trace::Event& event) {
    if (event.time_ns > to.count()) return false;
    if (event.time_ns < from.count()) return true;
    if (++told > kMostEvents) return true;
    const std::string node = event.node == 0 ? "-" : reader.node_name(event.node);
    text += "#" + std::to_string(event.seq) + "  " + format_duration(Duration(event.time_ns)) +
            "  " + node + "  " + explore::event_text(reader, event) + "\n";
    return true;
  });
  if (!read) return {};
  if (told > kMostEvents) text += "and " + std::to_string(told - kMostEvents) + " more events\n";
  return text;
}

}  // namespace

Result<BranchCurve> branch_case(const Case& failing, const BranchOptions& options) {
  NORN_ASSERT(options.jobs >= 1 && options.futures >= 1 && options.points >= 2,
              "jobs and futures are at least 1, points at least 2");
  const Result<const Scenario*> scenario = explore::scenario_of(failing);
  if (!scenario) return scenario.error();
  const RunSummary whole = explore::record_in_memory(**scenario, failing.options);
  if (!whole.violation || fingerprint(*whole.violation) != failing.same_as)
    return Error{Errc::invalid,
                 "the case does not fail as it says it does: nothing to branch from"};
  const Result<trace::Reader> reader = explore::reader_of(whole, "the case");
  if (!reader) return reader.error();
  const Brancher brancher(**scenario, failing, options);
  const Duration end = whole.violation->at.time_since_epoch();
  BranchCurve curve;
  if (options.at) {
    curve.points.push_back(brancher.look(*options.at));
  } else {
    const auto last = static_cast<std::int64_t>(options.points) - 1;
    for (std::int64_t i = 0; i <= last && !brancher.over(); ++i)
      curve.points.push_back(brancher.look(end * i / last));
    std::size_t steepest = 1;
    for (std::size_t i = 2; i < curve.points.size(); ++i) {
      if (rise(curve.points[i - 1], curve.points[i]) >
          rise(curve.points[steepest - 1], curve.points[steepest]))
        steepest = i;
    }
    if (curve.points.size() > 1) {
      curve.before = curve.points[steepest - 1];
      curve.after = curve.points[steepest];
      bisect(brancher, curve);
      curve.between = events_between(*reader, curve.before.at, curve.after.at);
    }
    std::sort(curve.points.begin(), curve.points.end(),
              [](const BranchPoint& a, const BranchPoint& b) { return a.at < b.at; });
  }
  curve.interrupted = brancher.over();
  return curve;
}

}  // namespace norn
