#include "norn/sim/fault_plan.hpp"

#include <algorithm>

#include "explore/json_file.hpp"

namespace norn {
namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
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
  for (std::size_t i = 0; i < plan.faults.size(); ++i) {
    const Fault& fault = plan.faults[i];
    const std::string path = "faults[" + std::to_string(i) + "].";
    const auto check = [&](const std::vector<std::string>& side,
                           const char* member) -> Result<void> {
      for (std::size_t k = 0; k < side.size(); ++k) {
        if (std::find(nodes.begin(), nodes.end(), side[k]) != nodes.end()) continue;
        return {Errc::unknown_node, path + member + "[" + std::to_string(k) +
                                        "]: no node is named \"" + side[k] +
                                        "\" (there are: " + listed(nodes) + ")"};
      }
      return {};
    };
    if (Result<void> known = check(fault.side_a, "side_a"); !known) return known;
    if (Result<void> known = check(fault.side_b, "side_b"); !known) return known;
    if (fault.at > run_time) {
      return {Errc::invalid, path + "at: " + format_duration(fault.at) +
                                 " is after the end of the run, " + format_duration(run_time)};
    }
  }
  return {};
}

}  // namespace norn
