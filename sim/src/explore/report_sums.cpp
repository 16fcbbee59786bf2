#include "explore/report_sums.hpp"

#include <algorithm>
#include <string>

#include "norn/runtime/host/claims.hpp"

namespace norn::explore {

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

}  // namespace

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

void add_strategy(std::vector<StrategyCount>& sums, const RunSummary& run, bool kept) {
  std::string name = run.made_by;
  if (name.empty())
    name = run.strategy + (run.fault_level.empty() ? "" : ", " + run.fault_level + " faults");
  StrategyCount& sum = count_named(sums, &StrategyCount::name, {.name = name});
  ++sum.runs;
  if (kept) ++sum.kept;
  if (!run.violation) return;
  if (sum.failed++ == 0) sum.first_seed = run.seed;
}

}  // namespace norn::explore
