#include "explore/feedback/feedback_search.hpp"

#include <algorithm>
#include <bit>
#include <memory>
#include <utility>

#include "explore/ordered_seeds.hpp"

namespace norn::explore {

namespace {

// At least one run of so many is that of its own seed, so that what was found first does not rule.
constexpr std::uint64_t kFreshOneIn = 4;
// At least one of so many is made in a way that is drawn without a look at what it led to.
constexpr std::uint64_t kAnyWayOneIn = 4;
constexpr std::uint64_t kRemembered = 256;  // runs, before they count half
constexpr std::uint64_t kOne = 1U << 20U;

// By way.
constexpr std::array<const char*, kWays> kMadeBy = {"", "other choices", "another future",
                                                    "other faults", "two runs joined"};

// A generation is an eighth of all that came before, within these bounds: small ones learn sooner,
// large ones keep many threads busy.
constexpr std::uint64_t kFewest = 32;
constexpr std::uint64_t kMost = 512;

std::uint64_t generation_after(std::uint64_t runs) {
  return std::clamp(std::bit_floor(runs / 8 + 1), kFewest, kMost);
}

}  // namespace

Way FeedbackSearch::draw_way(Draws& draws) const {
  if (corpus_.empty() || draws.one_in(kFreshOneIn)) return Way::fresh;
  if (draws.one_in(kAnyWayOneIn)) return static_cast<Way>(1 + draws.below(kWays - 1));
  std::array<std::uint64_t, kWays> weights{};
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kWays; ++i)
    sum += weights[i] = kOne * (yields_[i].fresh + 1) / (yields_[i].runs + 2);
  std::uint64_t point = draws.below(sum);
  std::size_t way = 0;
  while (point >= weights[way]) point -= weights[way++];
  return static_cast<Way>(way);
}

void FeedbackSearch::forget() {
  if (since_ < kRemembered) return;
  since_ = 0;
  for (Yield& yield : yields_) yield = {yield.runs / 2, yield.fresh / 2};
}

Mutant FeedbackSearch::make(std::uint64_t number) {
  Draws draws(sim::mix(number, sim::text_key("feedback")));
  const Way way = draw_way(draws);
  Mutant made;
  if (way == Way::fresh) {
    made.options = options_for(scenario_, options_, number);
    made.options.coverage = std::make_shared<Coverage>();
  } else {
    const KeptRun& parent = corpus_.choose(draws.next());
    const KeptRun& other = corpus_.choose(draws.next());
    made = mutate(parent, other, way, options_.plan.has_value(), draws);
  }
  made.options.coverage->salt = number;
  return made;
}

FeedbackRun FeedbackSearch::run(std::uint64_t number, const Mutant& made) const {
  FeedbackRun done;
  done.summary = run_seed(scenario_, made.options);
  done.summary.seed = number;
  done.summary.made_by = kMadeBy[static_cast<std::size_t>(made.way)];
  done.options = made.options;
  done.options.coverage = nullptr;
  const Coverage& coverage = *made.options.coverage;
  done.options.overrides.insert(coverage.redrawn.begin(), coverage.redrawn.end());
  if (done.options.trim_plan) {
    done.options.plan = done.summary.plan;
    done.options.trim_plan = false;
  }
  return done;
}

void FeedbackSearch::learn(FeedbackRun& run, const Mutant& made) {
  Coverage& coverage = *made.options.coverage;
  run.kept = corpus_.count(coverage.features) > 0;
  Yield& yield = yields_[static_cast<std::size_t>(made.asked)];
  ++yield.runs;
  ++since_;
  if (run.kept) ++yield.fresh;
  // What fails is told of, and not changed further.
  if (!run.kept || run.summary.verdict != Verdict::passed) return;
  corpus_.keep({.number = run.summary.seed,
                .options = run.options,
                .plan = run.summary.plan,
                .coverage = std::move(coverage)},
               made.parent);
}

void FeedbackSearch::go(const std::function<bool(FeedbackRun& run)>& take) {
  const SeedRange all = options_.seeds;
  bool more = true;
  for (std::uint64_t runs = 0; more && runs <= all.last - all.first;) {
    corpus_.settle();
    forget();
    const std::uint64_t first = all.first + runs;
    const std::uint64_t size = std::min(generation_after(runs) - 1, all.last - first) + 1;
    std::vector<Mutant> made;
    for (std::uint64_t i = 0; i < size; ++i) made.push_back(make(first + i));
    OrderedSeeds<FeedbackRun> generation(
        {first, first + size - 1},
        [&](std::uint64_t number) {
          if (options_.on_begin) options_.on_begin(number);
          return run(number, made[number - first]);
        },
        [&](FeedbackRun& one) {
          learn(one, made[one.summary.seed - first]);
          more = take(one);
          return more;
        },
        options_.interrupted);
    generation.go(options_.jobs);
    if (options_.interrupted != nullptr && options_.interrupted->load()) return;
    runs += size;
    if (runs == 0) return;  // all 2^64 of them
  }
}

}  // namespace norn::explore
