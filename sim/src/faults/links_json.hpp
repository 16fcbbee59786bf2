// Links of a fault plan as JSON.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "faults/plan_reader.hpp"
#include "norn/sim/link_options.hpp"

namespace norn::sim {

nlohmann::json to_json(const LinkOptions& links);
nlohmann::json to_json(const GroupLinks& group);
// `links` keeps what the document does not say.
void read_links(const nlohmann::json& value, const std::string& path, PlanProblem& problem,
                LinkOptions& links);
void read_link_groups(const nlohmann::json& value, const std::string& path, PlanProblem& problem,
                      std::vector<GroupLinks>& groups);

}  // namespace norn::sim
