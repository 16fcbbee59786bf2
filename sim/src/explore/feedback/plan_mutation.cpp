#include "explore/feedback/plan_mutation.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <nlohmann/json.hpp>

#include "norn/sim/fault_plan.hpp"

namespace norn::explore {

namespace {

// Plans do not grow without bounds.
constexpr std::size_t kMostFaults = 200;

Duration draw_duration(Duration bound, Draws& draws) {
  if (bound <= Duration{}) return {};
  return Duration(
      static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(bound.count()))));
}

// Until when faults of a plan may begin.
Duration last_begin(const KeptRun& run) {
  return run.plan.liveness ? std::min(run.plan.liveness->at, run.options.time) : run.options.time;
}

void move_in_time(Fault& fault, const FaultPlan& plan, Duration last, Draws& draws) {
  switch (draws.below(3)) {
    case 0: {  // a little
      const Duration most = std::chrono::milliseconds(10U << draws.below(8));
      fault.at += draw_duration(2 * most, draws) - most;
      break;
    }
    case 1: {  // to where another one begins or ends
      const Fault& near = plan.faults[draws.below(plan.faults.size())];
      fault.at = near.at + (draws.one_in(2) ? near.lasts.value_or(Duration{}) : Duration{}) +
                 draw_duration(std::chrono::milliseconds(5U << draws.below(6)), draws);
      break;
    }
    default:
      fault.at = draw_duration(last, draws);
  }
  fault.at = std::clamp(fault.at, Duration{}, last);
}

void hit_another_node(const KeptRun& parent, Fault& fault, Draws& draws) {
  std::vector<std::string>& side =
      fault.side_b.empty() || draws.one_in(2) ? fault.side_a : fault.side_b;
  if (side.empty() || parent.coverage.may_fail.empty()) return;
  std::string& victim = side[draws.below(side.size())];
  const std::string& instead =
      parent.coverage.may_fail[draws.below(parent.coverage.may_fail.size())];
  // Two that would be the same, or on both sides, change places.
  for (std::vector<std::string>* const one : {&fault.side_a, &fault.side_b}) {
    for (std::string& name : *one) {
      if (name == instead) name = victim;
    }
  }
  victim = instead;
}

void change_once(const KeptRun& parent, const KeptRun& other, Draws& draws, FaultPlan& plan) {
  const Duration last = last_begin(parent);
  const std::uint64_t way = plan.faults.empty() ? 7 : draws.below(8);
  if (way == 7) {
    if (other.plan.faults.empty() || plan.faults.size() >= kMostFaults) return;
    Fault more = other.plan.faults[draws.below(other.plan.faults.size())];
    more.at = std::min(more.at, last);
    plan.faults.push_back(std::move(more));
    return;
  }
  const std::size_t place = draws.below(plan.faults.size());
  Fault& fault = plan.faults[place];
  if (way < 3) {
    move_in_time(fault, plan, last, draws);
  } else if (way == 3) {
    hit_another_node(parent, fault, draws);
  } else if (way == 4 && fault.lasts) {
    *fault.lasts = std::max(Duration(1'000),
                            *fault.lasts * static_cast<std::int64_t>(1 + draws.below(16)) / 4);
  } else if (way == 5 && plan.faults.size() < kMostFaults) {
    Fault again = fault;
    move_in_time(again, plan, last, draws);
    plan.faults.push_back(std::move(again));
  } else {
    plan.faults.erase(plan.faults.begin() + static_cast<std::ptrdiff_t>(place));
  }
}

std::optional<FaultPlan> checked(FaultPlan plan, const KeptRun& parent) {
  const auto earlier = [](const Fault& a, const Fault& b) { return a.at < b.at; };
  // Those of one time stay in their order. (std::stable_sort of libstdc++ 12 calls what C++20 has
  // deprecated, which Clang says.)
  for (auto it = plan.faults.begin(); it != plan.faults.end(); ++it)
    std::rotate(std::upper_bound(plan.faults.begin(), it, *it, earlier), it, it + 1);
  // As a case file holds it: that no two of a kind overlap which must not is found there.
  Result<FaultPlan> read = fault_plan_from_json(to_json(plan));
  if (!read || *read != plan) return std::nullopt;
  if (!check_plan(plan, parent.coverage.nodes, parent.options.time)) return std::nullopt;
  return plan;
}

}  // namespace

std::optional<FaultPlan> change_plan(const KeptRun& parent, const KeptRun& other, Draws& draws) {
  constexpr int kTries = 4;
  for (int i = 0; i < kTries; ++i) {
    FaultPlan plan = parent.plan;
    const std::uint64_t count = std::uint64_t{1} << draws.below(3);
    for (std::uint64_t done = 0; done < count; ++done) change_once(parent, other, draws, plan);
    if (auto good = checked(std::move(plan), parent)) return good;
  }
  return std::nullopt;
}

std::optional<FaultPlan> join_plans(const KeptRun& parent, const KeptRun& other, Duration at) {
  FaultPlan plan = parent.plan;
  std::erase_if(plan.faults, [at](const Fault& fault) { return fault.at > at; });
  const Duration last = last_begin(parent);
  for (const Fault& fault : other.plan.faults) {
    if (fault.at > at && fault.at <= last) plan.faults.push_back(fault);
  }
  return checked(std::move(plan), parent);
}

}  // namespace norn::explore
