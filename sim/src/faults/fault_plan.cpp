#include "norn/sim/fault_plan.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "explore/json_file.hpp"

namespace norn {
namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

bool has_any(const std::vector<std::string>& side, const std::vector<std::string>& core) {
  return std::any_of(side.begin(), side.end(), [&core](const std::string& name) {
    return std::find(core.begin(), core.end(), name) != core.end();
  });
}

// In the liveness phase nothing may be wrong among the nodes of the core.
Result<void> check_core(const FaultPlan& plan) {
  const LivenessPhase& liveness = *plan.liveness;
  for (std::size_t i = 0; i < plan.faults.size(); ++i) {
    const Fault& fault = plan.faults[i];
    const std::string path = "faults[" + std::to_string(i) + "]";
    if (fault.at > liveness.at) {
      return {Errc::invalid, path + ".at: " + format_duration(fault.at) +
                                 " is in the liveness phase, which begins at " +
                                 format_duration(liveness.at)};
    }
    if (fault.lasts && fault.at + *fault.lasts <= liveness.at) continue;
    const FaultSpec& spec = spec_of(fault.kind);
    const bool over_at_once = spec.lasts == FaultLasts::none;
    const bool reaches = spec.sides == FaultSides::none ||
                         (has_any(fault.side_a, liveness.core) &&
                          (fault.side_b.empty() || has_any(fault.side_b, liveness.core)));
    if (over_at_once || !reaches) continue;
    return {Errc::invalid, path + ".lasts: it goes on in the liveness phase, which begins at " +
                               format_duration(liveness.at) + ", and reaches its core"};
  }
  return {};
}

}  // namespace

Result<FaultPlan> load_fault_plan(const std::string& path) {
  const Result<nlohmann::json> json = explore::read_json_file(path);
  if (!json) return json.error();
  Result<FaultPlan> plan = fault_plan_from_json(*json);
  if (!plan) return Error{plan.error().code, path + ": " + plan.error().message};
  return plan;
}

Result<void> check_plan(const FaultPlan& plan, const std::vector<std::string>& nodes,
                        Duration run_time) {
  const std::set<std::string_view> known_nodes(nodes.begin(), nodes.end());
  const auto check = [&](const std::vector<std::string>& names,
                         const std::string& path) -> Result<void> {
    for (std::size_t k = 0; k < names.size(); ++k) {
      if (known_nodes.contains(names[k])) continue;
      return {Errc::unknown_node, path + "[" + std::to_string(k) + "]: no node is named \"" +
                                      names[k] + "\" (there are: " + listed(nodes) + ")"};
    }
    return {};
  };
  const auto after_end = [run_time](Duration at, const std::string& path) -> Result<void> {
    if (at <= run_time) return {};
    return {Errc::invalid, path + ": " + format_duration(at) + " is after the end of the run, " +
                               format_duration(run_time)};
  };
  for (std::size_t i = 0; i < plan.link_groups.size(); ++i) {
    const GroupLinks& group = plan.link_groups[i];
    const std::string path = "link_groups[" + std::to_string(i) + "].";
    if (Result<void> known = check(group.side_a, path + "side_a"); !known) return known;
    if (Result<void> known = check(group.side_b, path + "side_b"); !known) return known;
  }
  for (std::size_t i = 0; i < plan.faults.size(); ++i) {
    const Fault& fault = plan.faults[i];
    const std::string path = "faults[" + std::to_string(i) + "].";
    if (Result<void> known = check(fault.side_a, path + "side_a"); !known) return known;
    if (Result<void> known = check(fault.side_b, path + "side_b"); !known) return known;
    if (Result<void> in_time = after_end(fault.at, path + "at"); !in_time) return in_time;
  }
  if (!plan.liveness) return {};
  if (Result<void> known = check(plan.liveness->core, "liveness.core"); !known) return known;
  if (Result<void> in_time = after_end(plan.liveness->at, "liveness.at"); !in_time) return in_time;
  return check_core(plan);
}

}  // namespace norn
