// Choices of the world: as usual, but for the few that matter.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "norn/sim/fault_plan.hpp"

#include "engine/choice_hash.hpp"
#include "explore/recording.hpp"
#include "explore/shrink/shrinker.hpp"

namespace norn::explore {

namespace {

// What node code draws is its own affair, and follows the seed.
const std::vector<std::string> kOfNodes = {"buggify", "buggify_armed", "node_random", "workload"};

bool is_of_nodes(const std::string& kind) {
  return std::find(kOfNodes.begin(), kOfNodes.end(), kind) != kOfNodes.end();
}

bool is_order(const MadeChoice& choice) {
  return choice.kind == name(sim::ChoiceKind::ready_order) ||
         choice.kind == name(sim::ChoiceKind::event_order);
}

// A number of several times the usual, or something that usually does not happen.
bool is_far(const MadeChoice& choice, std::int64_t tenths) {
  return choice.taken > choice.dull / 10 * tenths;
}

}  // namespace

bool Shrinker::is_world_dull() const {
  return best_.dull && best_.seeded == kOfNodes;
}

bool Shrinker::make_world_dull(std::size_t draws) {
  if (is_world_dull()) return false;
  SimOptions dull = best_;
  dull.dull = true;
  dull.seeded = kOfNodes;
  return take("usual delays and orders", dull, draws);
}

// Where messages take long, and many of them much less than usual, what waits for the quickest few
// is faster than in a world where all take as long as usual. So other usual times are tried too,
// each with other draws, and with all the time and the faults that the failing case had: they are
// what makes a mistake likely.
bool Shrinker::make_world_quick(const SimOptions& whole, std::size_t draws) {
  if (trials_.over() || is_world_dull() || whole.strategy != "timed") return false;
  constexpr std::array<int, 4> kQuarters = {2, 4, 3, 1};
  const auto make = [&, first = draws_](std::size_t index) {
    SimOptions quick = whole;
    quick.dull = true;
    quick.seeded = kOfNodes;
    Latency& latency = quick.plan->links.latency;
    latency.usual =
        std::max(latency.min, latency.usual / 4 * kQuarters.at(index % kQuarters.size()));
    quick.choice_seed = first + index;
    return quick;
  };
  draws_ += draws;
  if (!take_first("usual delays of quicker links", draws, make)) return false;
  cut_off_end();
  return true;
}

bool Shrinker::make_kinds_dull(std::size_t draws) {
  if (trials_.over() || is_world_dull()) return false;
  std::set<std::string> kinds;
  for (const MadeChoice& choice : world_choices()) kinds.insert(std::string(choice.kind));
  best_.dull = true;
  best_.seeded = kOfNodes;
  best_.seeded.insert(best_.seeded.end(), kinds.begin(), kinds.end());
  bool smaller = false;
  for (const std::string& kind : kinds) {
    SimOptions duller = best_;
    std::erase(duller.seeded, kind);
    smaller = take("usual " + kind, duller, draws) || smaller;
  }
  return smaller;
}

// What the world chose in the present run and would not choose if it were dull, but for orders.
std::vector<MadeChoice> Shrinker::world_choices() {
  SimOptions noted = best_;
  noted.choices = std::make_shared<std::vector<MadeChoice>>();
  trials_.look(noted);
  std::erase_if(*noted.choices, [](const MadeChoice& choice) {
    return is_of_nodes(std::string(choice.kind)) || choice.taken == choice.dull;
  });
  return std::move(*noted.choices);
}

// Only what is far from the usual stays: long delays, losses, copies. It is said by overrides. If
// that is not enough, what is less far stays too.
bool Shrinker::keep_outliers(std::size_t draws) {
  if (trials_.over() || is_world_dull()) return false;
  const std::vector<MadeChoice> made = world_choices();
  for (const std::int64_t tenths : {50, 25, 15}) {
    SimOptions few = best_;
    few.dull = true;
    few.seeded = kOfNodes;
    std::vector<MadeChoice> kept;
    for (const MadeChoice& choice : made) {
      if (is_order(choice) || !is_far(choice, tenths)) continue;
      if (few.overrides.emplace(choice.key, choice.taken).second) kept.push_back(choice);
    }
    if (kept.empty() || !take("only unusual delays", few, draws)) continue;
    order_ = std::move(kept);
    return true;
  }
  return false;
}

// The kinds that still follow the seed are written down choice by choice: the run stays the same.
void Shrinker::override_what_is_left() {
  if (is_world_dull() || trials_.over()) return;
  SimOptions written = best_;
  written.seeded = kOfNodes;
  order_.clear();
  order_noted_ = false;
  for (const MadeChoice& choice : world_choices()) {
    if (written.overrides.emplace(choice.key, choice.taken).second) order_.push_back(choice);
  }
  take("choices written down", written);
}

// First all of one kind and one place (a link, a fiber), then in the order in which they are made.
bool Shrinker::drop_overrides() {
  const auto without = [this](auto&& leave) {
    SimOptions less = best_;
    for (const MadeChoice& choice : order_) {
      if (leave(choice)) less.overrides.erase(choice.key);
    }
    return less;
  };
  const auto forget = [this] {
    std::erase_if(
        order_, [this](const MadeChoice& choice) { return !best_.overrides.contains(choice.key); });
  };
  std::vector<std::pair<std::string_view, std::uint64_t>> places;
  for (const MadeChoice& choice : order_) {
    const std::pair place(choice.kind, choice.place);
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
  }
  bool smaller = false;
  for (const auto& [kind, place] : places) {
    if (best_.overrides.empty()) break;
    const auto less = without([of = kind, at = place](const MadeChoice& choice) {
      return choice.kind == of && choice.place == at;
    });
    smaller = take("choices of a place", less) || smaller;
    forget();
  }
  const auto count = [&] {
    if (order_.size() != best_.overrides.size()) forget();
    return order_.size();
  };
  const auto without_range = [&](std::size_t begin, std::size_t end) {
    SimOptions less = best_;
    for (std::size_t i = begin; i < std::min(end, order_.size()); ++i)
      less.overrides.erase(order_[i].key);
    return less;
  };
  return leave_out("choices", 0, count, without_range) || smaller;
}

// Numbers come nearer to the usual one, by halves.
void Shrinker::soften_overrides() {
  for (const MadeChoice& choice : order_) {
    for (int step = 0; step < 6 && !trials_.over(); ++step) {
      const std::int64_t value = best_.overrides.at(choice.key);
      const std::int64_t nearer = choice.dull + (value - choice.dull) / 2;
      if (nearer == value || nearer == choice.dull) break;
      SimOptions softer = best_;
      softer.overrides[choice.key] = nearer;
      if (!take("delays", softer)) break;
    }
  }
}

// When what is overridden is chosen in the present run. What never is, or is as usual, goes.
void Shrinker::note_order() {
  if (order_noted_ || best_.overrides.empty() || trials_.over()) return;
  order_ = world_choices();
  std::erase_if(order_,
                [this](const MadeChoice& choice) { return !best_.overrides.contains(choice.key); });
  best_.overrides.clear();
  for (const MadeChoice& choice : order_) best_.overrides[choice.key] = choice.taken;
  order_noted_ = true;
}

std::string Shrinker::where(const MadeChoice& choice) const {
  std::string text(choice.kind);
  if (choice.node > 0 && choice.node <= nodes_.size()) text += " of " + nodes_[choice.node - 1];
  return text + " at " + format_duration(choice.at.time_since_epoch());
}

std::vector<std::string> Shrinker::unusual() {
  std::vector<std::string> lines;
  for (const MadeChoice& choice : order_) {
    if (!best_.overrides.contains(choice.key)) continue;
    const bool is_time = choice.kind.ends_with("_delay") || choice.kind.ends_with("_jitter");
    const auto number = [is_time](std::int64_t value) {
      return is_time ? format_duration(Duration(value)) : std::to_string(value);
    };
    lines.push_back(where(choice) + ": " + number(choice.taken) + " instead of " +
                    number(choice.dull));
  }
  return lines;
}

}  // namespace norn::explore
