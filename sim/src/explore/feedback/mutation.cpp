#include "explore/feedback/mutation.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "explore/feedback/plan_mutation.hpp"

namespace norn::explore {

namespace {

constexpr std::size_t kMostOverrides = 512;
constexpr int kDrawsForNear = 16;

struct KindWeight {
  std::string_view kind;
  std::uint64_t weight;
};
// How often choices of a kind are changed, by how much of what nodes see they decide.
constexpr std::array kWeights = {
    KindWeight{"buggify", 3},           KindWeight{"buggify_armed", 2},
    KindWeight{"burst_loss", 1},        KindWeight{"copy_delay", 1},
    KindWeight{"disk_delay", 2},        KindWeight{"disk_fault", 3},
    KindWeight{"disk_loss", 3},         KindWeight{"event_order", 2},
    KindWeight{"fault_draw", 3},        KindWeight{"knob", 1},
    KindWeight{"message_corrupt", 1},   KindWeight{"message_delay", 6},
    KindWeight{"message_duplicate", 2}, KindWeight{"message_jitter", 1},
    KindWeight{"message_loss", 4},      KindWeight{"message_reorder", 1},
    KindWeight{"next_event", 8},        KindWeight{"node_random", 4},
    KindWeight{"process_fault", 3},     KindWeight{"ready_order", 3},
    KindWeight{"short_read", 1},        KindWeight{"workload", 4},
};

std::uint64_t weight_of(std::string_view kind) {
  const auto* const found = std::find_if(kWeights.begin(), kWeights.end(),
                                         [&](const KindWeight& one) { return one.kind == kind; });
  return found == kWeights.end() ? 0 : found->weight;
}

// The choices of a run that are worth changing, by kind.
struct Group {
  const MadeChoice* begin = nullptr;
  std::size_t size = 0;
  std::uint64_t weight = 0;
};

std::vector<Group> groups_of(const std::vector<MadeChoice>& choices) {
  std::vector<Group> groups;
  for (std::size_t i = 0; i < choices.size();) {
    std::size_t end = i;
    while (end < choices.size() && choices[end].kind == choices[i].kind) ++end;
    const std::uint64_t weight = weight_of(choices[i].kind);
    if (weight > 0) groups.push_back({&choices[i], end - i, weight});
    i = end;
  }
  return groups;
}

const MadeChoice* draw_choice(const std::vector<Group>& groups, Draws& draws) {
  std::uint64_t sum = 0;
  for (const Group& group : groups) sum += group.weight;
  if (sum == 0) return nullptr;
  std::uint64_t point = draws.below(sum);
  for (const Group& group : groups) {
    if (point < group.weight) return group.begin + draws.below(group.size);
    point -= group.weight;
  }
  return nullptr;
}

// Gives a choice another value: the other one of two, any of several, or a number drawn anew as
// the run itself would draw it. Of delays and the like, half of the time the greatest of many
// draws: what is rare in a run (a slow message) is what matters.
void change(const MadeChoice& choice, Draws& draws, SimOptions& run) {
  if (choice.options == 2) {
    run.overrides[choice.key] = choice.taken == 0 ? 1 : 0;
  } else if (choice.options > 2) {
    const auto options = static_cast<std::uint64_t>(choice.options);
    run.overrides[choice.key] = static_cast<std::int64_t>(draws.below(options));
  } else {
    const bool only_bits = choice.kind == "node_random" || choice.kind == "ready_order" ||
                           choice.kind == "event_order";
    run.overrides.erase(choice.key);
    run.coverage->redraws[choice.key] = only_bits ? draws.next() & ~std::uint64_t{1} : draws.next();
  }
}

// When a run came to something new: mostly when it did so last.
TimePoint new_moment(const KeptRun& run, Draws& draws) {
  if (!draws.one_in(4)) return *std::max_element(run.moments.begin(), run.moments.end());
  return run.moments[draws.below(run.moments.size())];
}

// Changes 1 to 32 choices, anywhere or close together in time, or all of the sample that are.
bool change_choices(const KeptRun& parent, Draws& draws, SimOptions& run) {
  const std::vector<Group> groups = groups_of(parent.coverage.choices);
  const MadeChoice* first = draw_choice(groups, draws);
  if (first == nullptr) return false;
  if (!parent.moments.empty() && draws.one_in(2)) {
    // Soon after it came to something new.
    const TimePoint moment = new_moment(parent, draws);
    for (int i = 0; i < kDrawsForNear; ++i) {
      const MadeChoice* const other = draw_choice(groups, draws);
      if (other->at >= moment && (first->at < moment || other->at < first->at)) first = other;
    }
  }
  change(*first, draws, run);
  const bool close = draws.one_in(2);
  const Duration within = std::chrono::milliseconds(5U << draws.below(9));
  const auto is_near = [&](const MadeChoice& choice) {
    return (choice.at < first->at ? first->at - choice.at : choice.at - first->at) <= within;
  };
  if (close && draws.one_in(2)) {
    for (const Group& group : groups) {
      for (std::size_t i = 0; i < group.size; ++i) {
        if (is_near(group.begin[i])) change(group.begin[i], draws, run);
      }
    }
    return true;
  }
  // Mostly few: many changes undo what the parent came to.
  const std::uint64_t count = std::uint64_t{1} << draws.below(1 + draws.below(6));
  for (std::uint64_t done = 1, tried = 1; done < count && tried < 8 * count; ++tried) {
    const MadeChoice& choice = *draw_choice(groups, draws);
    if (close && !is_near(choice)) continue;
    change(choice, draws, run);
    ++done;
  }
  return true;
}

Duration end_of(const KeptRun& run) {
  Duration end{1};
  for (const MadeChoice& choice : run.coverage.choices)
    end = std::max(end, choice.at.time_since_epoch());
  return end;
}

// Mostly just after it came to something new: first return to where nobody was, then explore
// (Ecoffet and others: "First return, then explore", Nature 590, 2021).
Duration moment_of(const KeptRun& parent, Draws& draws) {
  const Duration end = end_of(parent);
  if (!parent.moments.empty() && !draws.one_in(4)) {
    const Duration after = new_moment(parent, draws).time_since_epoch() + Duration(1);
    if (after <= end) return after;
  }
  return Duration(
      static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(end.count()) + 1)));
}

// Lets the run follow another seed from `at` on. A run has one branch: where the parent's lies
// before that, what is known of its choices is drawn anew instead.
void branch_off(const KeptRun& parent, Duration at, std::uint64_t seed, Draws& draws,
                SimOptions& run) {
  const bool later = parent.options.branch && parent.options.branch->at < at;
  if (!later) run.branch = {at, seed};
  for (const MadeChoice& choice : parent.coverage.choices) {
    if (choice.at.time_since_epoch() < at) continue;
    run.overrides.erase(choice.key);
    if (later && choice.options != 2 && weight_of(choice.kind) > 0) change(choice, draws, run);
  }
}

void bound_overrides(Draws& draws, SimOptions& run) {
  while (run.overrides.size() > kMostOverrides) {
    auto victim = run.overrides.begin();
    std::advance(victim, static_cast<std::ptrdiff_t>(draws.below(run.overrides.size())));
    run.overrides.erase(victim);
  }
}

bool set_plan(const KeptRun& parent, std::optional<FaultPlan> plan, SimOptions& run) {
  if (!plan || *plan == parent.plan) return false;
  run.plan = std::move(*plan);
  run.trim_plan = !run.beyond_promise;
  return true;
}

}  // namespace

Mutant mutate(const KeptRun& parent, const KeptRun& other, Way way, bool fixed_plan, Draws& draws) {
  Mutant mutant{.options = parent.options, .asked = way, .parent = parent.number};
  SimOptions& run = mutant.options;
  run.coverage = std::make_shared<Coverage>();
  bool changed = false;
  if (way == Way::faults && !fixed_plan) {
    changed = set_plan(parent, change_plan(parent, other, draws), run);
  } else if (way == Way::joined && &other != &parent) {
    const Duration at = moment_of(parent, draws);
    branch_off(parent, at, other.options.choice_seed.value_or(other.options.seed), draws, run);
    run.overrides.insert(other.options.overrides.begin(), other.options.overrides.end());
    if (!fixed_plan) set_plan(parent, join_plans(parent, other, at), run);
    changed = true;
  } else if (way == Way::future) {
    const Duration at = moment_of(parent, draws);
    branch_off(parent, at, draws.next(), draws, run);
    changed = true;
  }
  mutant.way = changed ? way : Way::choices;
  if (!changed || draws.one_in(4)) changed = change_choices(parent, draws, run) || changed;
  if (!changed) {
    run.branch = {Duration{}, draws.next()};
    mutant.way = Way::future;
  }
  bound_overrides(draws, run);
  return mutant;
}

}  // namespace norn::explore
