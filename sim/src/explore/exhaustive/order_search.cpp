#include "explore/exhaustive/order_search.hpp"

#include <algorithm>
#include <utility>

#include "engine/choice_hash.hpp"

namespace norn::explore {

namespace {

constexpr std::uint64_t kEverybody = ~std::uint64_t{0};

Footprint footprint_of(const PossibleEvent& event) {
  constexpr unsigned kNodeBits = 63;
  if (event.node == 0) return {.nodes = kEverybody};
  return {.nodes = std::uint64_t{1} << event.node % kNodeBits};
}

Step step_of(const PossibleEvent& event) {
  return {event.id, event.cause, footprint_of(event), event.keeps_turn, event.goes_first};
}

}  // namespace

void OrderSearch::begin_run() {
  depth_ = 0;
  steps_.clear();
  point_of_.clear();
  values_.clear();
  sum_of_values_ = 0;
  cut_ = false;
}

void OrderSearch::published(host::NodeId node, std::string_view key, std::string_view json) {
  const auto place = std::pair(node, sim::text_key(key));
  const std::uint64_t value = sim::mix(sim::mix(place.second, node), sim::text_key(json));
  std::uint64_t& there = values_[place];
  sum_of_values_ += value - there;
  there = value;
}

// ---- during a run

void OrderSearch::shows(Seen seen) {
  if (steps_.empty()) return;
  Footprint& footprint = steps_.back().footprint;
  footprint.add(seen);
  if (footprint.nodes == kEverybody) return;
  Footprint& of_node = seen_[footprint.nodes];
  seen_more_ = seen_more_ || !of_node.has(seen);
  of_node.add(seen);
}

bool OrderSearch::asleep(const Point& point, std::uint64_t id) const {
  return std::any_of(point.asleep.begin(), point.asleep.end(),
                     [id](const Sleeper& one) { return one.id == id; });
}

std::optional<OrderSearch::Point> OrderSearch::make_point(std::span<const PossibleEvent> possible,
                                                          std::uint64_t pending) {
  published_states_.insert(sum_of_values_);
  Point point{.count = possible.size(), .possible = {possible.begin(), possible.end()}};
  if (by_ != ExploreBy::orders) {
    const std::uint64_t state =
        by_ == ExploreBy::published ? sum_of_values_ : sim::mix(sum_of_values_, pending);
    if (by_ != ExploreBy::interleavings && !states_.insert(state).second) return std::nullopt;
    point.wanted.assign(possible.size(), true);
    return point;
  }
  point.wanted.assign(possible.size(), false);
  if (!steps_.empty()) {
    const Step& last = steps_.back();
    for (const Sleeper& one : path_[point_of_.back()].asleep) {
      if (!one.footprint.meets(last.footprint)) point.asleep.push_back(one);
    }
  }
  while (point.taken < point.count && asleep(point, possible[point.taken].id)) ++point.taken;
  if (point.taken == point.count) return std::nullopt;
  point.wanted[point.taken] = true;
  return point;
}

std::optional<std::size_t> OrderSearch::next_event(std::span<const PossibleEvent> possible,
                                                   std::uint64_t pending) {
  if (depth_ == path_.size()) {
    std::optional<Point> point = make_point(possible, pending);
    if (!point) {
      cut_ = true;
      return std::nullopt;
    }
    path_.push_back(*std::move(point));
  }
  const Point& point = path_[depth_];
  const bool same =
      !point.of_fibers &&
      std::equal(possible.begin(), possible.end(), point.possible.begin(), point.possible.end(),
                 [](const auto& a, const auto& b) { return a.id == b.id && a.node == b.node; });
  if (!same) {
    diverged_ = true;
    return std::nullopt;
  }
  const PossibleEvent& taken = point.possible[point.taken];
  steps_.push_back(step_of(taken));
  point_of_.push_back(depth_++);
  return point.taken;
}

std::size_t OrderSearch::next_fiber(std::size_t count) {
  if (fibers_in_order_) return 0;
  if (depth_ == path_.size()) path_.push_back({.of_fibers = true, .count = count});
  const Point& point = path_[depth_];
  if (!point.of_fibers || point.count != count) {
    diverged_ = true;
    return 0;
  }
  ++depth_;
  return point.taken;
}

// ---- between runs

// The two steps of a race come the other way round in some order: one of those that can be first in
// it must be tried where the earlier step was.
void OrderSearch::want_other_first(const Race& race, const Step& later,
                                   const StepSet& before_later) {
  Point& point = path_[point_of_[race.first]];
  const auto place_of = [&](std::uint64_t id) {
    const auto found = std::find_if(point.possible.begin(), point.possible.end(),
                                    [id](const PossibleEvent& one) { return one.id == id; });
    return static_cast<std::size_t>(found - point.possible.begin());
  };
  std::optional<std::size_t> chosen;
  for (const std::size_t step : order_.firsts(race, before_later)) {
    const std::size_t place = place_of(step == race.second ? later.id : steps_[step].id);
    if (place == point.count) continue;
    if (point.wanted[place]) return;
    if (!chosen || step == race.second) chosen = place;
  }
  if (chosen) point.wanted[*chosen] = true;
}

// For a step that comes, or would have come, after the first `count` ones.
void OrderSearch::want_before_others(const Step& step, std::size_t count) {
  std::vector<Race> races;
  const StepSet before = order_.before(steps_, count, step, &races);
  for (const Race& race : races) {
    if (!step.keeps_turn || !steps_[race.first].goes_first) want_other_first(race, step, before);
  }
}

// What was possible before a step and is not after it, though it did not come: a timer that was
// cancelled, the work of a disk whose node crashed, all that was left when the run ended. It races
// with what came instead, and with what came before that.
void OrderSearch::want_what_never_came(std::size_t step) {
  const Point& point = path_[point_of_[step]];
  const std::vector<PossibleEvent>* next = nullptr;
  if (step + 1 < steps_.size()) next = &path_[point_of_[step + 1]].possible;
  if (next == nullptr && cut_) return;  // what is possible there is known from other orders
  const std::vector<PossibleEvent> possible = point.possible;
  for (std::size_t i = 0; i < possible.size(); ++i) {
    if (i == point.taken) continue;
    const PossibleEvent& event = possible[i];
    const auto same = [&](const PossibleEvent& one) { return one.id == event.id; };
    if (next != nullptr && std::any_of(next->begin(), next->end(), same)) continue;
    Step never = step_of(event);
    const auto seen = seen_.find(never.footprint.nodes);  // as it might have been
    if (seen != seen_.end()) never.footprint.add_seen(seen->second);
    want_before_others(never, step + 1);
  }
}

void OrderSearch::want_what_races() {
  const std::size_t same = std::min(same_, steps_.size());
  order_.follow(steps_, same);
  for (std::size_t i = same; i < steps_.size(); ++i) {
    want_before_others(steps_[i], i);
    want_what_never_came(i);
  }
}

// Takes the next thing that is left to try at the point; false: there is none.
bool OrderSearch::advance(Point& point) {
  if (point.of_fibers || by_ != ExploreBy::orders) return ++point.taken < point.count;
  point.asleep.push_back({point.possible[point.taken].id, point.footprint});
  for (std::size_t i = 0; i < point.count; ++i) {
    if (!point.wanted[i] || asleep(point, point.possible[i].id)) continue;
    point.taken = i;
    point.footprint = {};
    return true;
  }
  return false;
}

bool OrderSearch::end_run() {
  if (!cut_) published_states_.insert(sum_of_values_);
  for (std::size_t i = 0; i < steps_.size(); ++i)
    path_[point_of_[i]].footprint.add(steps_[i].footprint);
  if (std::exchange(seen_more_, false) && by_ == ExploreBy::orders) {
    // What runs so far did not try for want of knowing it: once more from the begin.
    path_.clear();
    same_ = 0;
    return true;
  }
  if (by_ == ExploreBy::orders) want_what_races();
  while (!path_.empty() && !advance(path_.back())) path_.pop_back();
  // The step in which the new choice is made, and all before it but the last, are as they were.
  const auto made = std::find_if(point_of_.begin(), point_of_.end(),
                                 [&](std::size_t point) { return point + 1 >= path_.size(); });
  same_ = static_cast<std::size_t>(made - point_of_.begin());
  if (!path_.empty() && path_.back().of_fibers && same_ > 0) --same_;
  return !path_.empty();
}

}  // namespace norn::explore
