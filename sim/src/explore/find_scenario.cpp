#include "explore/find_scenario.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "explore/text.hpp"

namespace norn::explore {

Result<const Scenario*> scenario_of(const Case& failing) {
  const std::string& name = failing.options.scenario;
  const Scenario* scenario = find_scenario(name);
  if (scenario == nullptr) {
    std::vector<std::string> known;
    for (const Scenario* one : scenarios()) known.push_back(one->name);
    return Error{Errc::not_found,
                 "the case is of scenario '" + name + "'; this program has " + joined(known, ", ")};
  }
  const std::string& variant = failing.options.variant;
  const auto& variants = scenario->options.variants;
  const bool known =
      variant.empty() || std::any_of(variants.begin(), variants.end(),
                                     [&](const auto& one) { return one.first == variant; });
  if (!known) {
    return Error{Errc::invalid, "the case is of variant '" + variant + "', which scenario " + name +
                                    " does not have"};
  }
  return scenario;
}

}  // namespace norn::explore
