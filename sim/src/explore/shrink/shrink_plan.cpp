// Fewer faults, fewer nodes, and a world in which all else is as usual.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "explore/shrink/shrinker.hpp"

namespace norn::explore {

namespace {

template <class Leave>
SimOptions without(const SimOptions& options, Leave&& leave) {
  SimOptions less = options;
  std::erase_if(less.plan->faults, leave);
  return less;
}

}  // namespace

bool Shrinker::cut_off_end() {
  SimOptions shorter = best_;
  const Duration until = run_.violation->at.time_since_epoch();
  shorter.time = std::min(shorter.time, until);
  shorter.plan->liveness.reset();
  std::erase_if(shorter.plan->faults, [until](const Fault& fault) { return fault.at >= until; });
  SimOptions with_liveness = shorter;
  with_liveness.plan->liveness = best_.plan->liveness;
  SimOptions as_long = best_;
  std::erase_if(as_long.plan->faults, [until](const Fault& fault) { return fault.at >= until; });
  return take_first("end", {shorter, with_liveness, as_long});
}

bool Shrinker::calm_links() {
  bool smaller = false;
  const auto attempt = [&](auto&& change) {
    SimOptions calmer = best_;
    change(calmer);
    if (calmer.plan->links == best_.plan->links &&
        calmer.plan->link_groups == best_.plan->link_groups && calmer.buggify == best_.buggify &&
        calmer.knobs == best_.knobs)
      return;
    smaller = take("links", calmer) || smaller;
  };
  attempt([](SimOptions& options) {
    options.plan->links = {};
    options.plan->link_groups.clear();
    options.plan->links_until.reset();
  });
  attempt([](SimOptions& options) { options.buggify = false; });
  attempt([](SimOptions& options) { options.knobs.clear(); });
  return smaller;
}

bool Shrinker::drop_fault_classes(std::size_t draws) {
  bool smaller = false;
  std::set<FaultKind> kinds;
  for (const Fault& fault : best_.plan->faults) kinds.insert(fault.kind);
  if (kinds.size() < 2) return false;
  for (const FaultKind kind : kinds) {
    const SimOptions less =
        without(best_, [kind](const Fault& fault) { return fault.kind == kind; });
    smaller = take("faults of a kind", less, draws) || smaller;
  }
  return smaller;
}

bool Shrinker::drop_faults(std::size_t draws) {
  const bool classes = drop_fault_classes(draws);
  const auto count = [this] { return faults(); };
  const auto without = [this](std::size_t begin, std::size_t end) {
    return without_faults(begin, end);
  };
  return leave_out("faults", draws, count, without) || classes;
}

std::size_t Shrinker::faults() const {
  return best_.plan->faults.size() + run_.scripted.size();
}

SimOptions Shrinker::without_faults(std::size_t begin, std::size_t end) const {
  SimOptions less = best_;
  auto& planned = less.plan->faults;
  const std::size_t count = planned.size();
  planned.erase(planned.begin() + static_cast<std::ptrdiff_t>(std::min(begin, count)),
                planned.begin() + static_cast<std::ptrdiff_t>(std::min(end, count)));
  for (std::size_t i = std::max(begin, count); i < std::min(end, faults()); ++i)
    less.left_out_faults.push_back(run_.scripted[i - count].name);
  return less;
}

// Whether the run fails when nothing goes wrong.
bool Shrinker::fails_without_faults(SimOptions options) {
  options.plan->faults.clear();
  for (const ScriptedFault& fault : run_.scripted) options.left_out_faults.push_back(fault.name);
  return trials_.first_failing(1, [&](std::size_t) { return options; }).has_value();
}

// A node that is absent is as good as dead: if that alone breaks the property, it was needed.
bool Shrinker::drop_nodes(std::size_t draws) {
  bool smaller = false;
  const bool fails_anyway = fails_without_faults(best_);
  for (const std::string& node : nodes_) {
    if (std::find(best_.absent.begin(), best_.absent.end(), node) != best_.absent.end()) continue;
    SimOptions fewer = best_;
    fewer.absent.push_back(node);
    if (trials_.over() || (!fails_anyway && fails_without_faults(fewer))) continue;
    smaller = take("nodes", fewer, draws) || smaller;
  }
  return smaller;
}

}  // namespace norn::explore
