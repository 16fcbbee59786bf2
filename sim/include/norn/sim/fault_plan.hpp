// FaultPlan: what will go wrong in a run, and when. Drawn by the nemesis or written by hand as
// JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "norn/faults/catalog.hpp"
#include "norn/faults/duration_text.hpp"
#include "norn/faults/value.hpp"
#include "norn/runtime/result.hpp"
#include "norn/runtime/time.hpp"
#include "norn/sim/link_options.hpp"

namespace norn {

// One fault: begins at `at` (virtual time since the start), ends `lasts` later (without it: never).
// Which parameters there are, and what they are when they are missing here, the catalogue says.
struct Fault {
  FaultKind kind = FaultKind::partition;
  Duration at{};
  std::optional<Duration> lasts{};
  std::vector<std::string> side_a{};  // names of nodes
  std::vector<std::string> side_b{};
  FaultValues with{};  // parameters
  friend bool operator==(const Fault&, const Fault&) = default;
};

// The second phase of a run. Until `at` any fault may come, and only safety is asked for. From then
// on nothing fails among the nodes of `core`: they and the links between them are healed, and
// `eventually` and `progress` are judged. What still goes on failing fails for good, and elsewhere.
struct LivenessPhase {
  Duration at{};
  std::vector<std::string> core{};  // names of nodes
  friend bool operator==(const LivenessPhase&, const LivenessPhase&) = default;
};

struct FaultPlan {
  LinkOptions links{};                      // of every link of the run
  std::vector<GroupLinks> link_groups{};    // links that are different; of two that fit, the last
  std::optional<Duration> links_until{};    // then links are as without a plan; nothing: never
  std::vector<Fault> faults{};              // in order of `at`
  std::optional<LivenessPhase> liveness{};  // nothing: the calm begins when all faults are over
  friend bool operator==(const FaultPlan&, const FaultPlan&) = default;
};

// The parameter of a fault, or its default. Asking for one that the kind does not have, or as
// another type, is asserted against.
Duration duration_of(const Fault& fault, std::string_view parameter);
Ratio share_of(const Fault& fault, std::string_view parameter);
std::int64_t number_of(const Fault& fault, std::string_view parameter);
std::string word_of(const Fault& fault, std::string_view parameter);

// to_json() and fault_plan_from_json() are exact inverses for plans that make sense, in order of
// `at`. Durations are strings with a unit ("1.5s", "800us"), ratios are strings "1/1000". All
// members of a plan, all of its links, `lasts` and parameters with a default may be left out;
// faults may stand in any order. Of a kind whose catalogue entry says so, no two may overlap on a
// node.
nlohmann::json to_json(const Fault& fault);
nlohmann::json to_json(const FaultPlan& plan);
// Errors (invalid) name the JSON path of what is wrong, "faults[2].at: negative time -5ms", behind
// the path of the plan itself when it is part of something larger.
Result<FaultPlan> fault_plan_from_json(const nlohmann::json& json, const std::string& path = {});
// load_fault_plan() reads a file; errors name the file, and line and column when it is not JSON.
Result<FaultPlan> load_fault_plan(const std::string& path);
// check_plan() is an error when the plan names a node that is not among `nodes`, has a fault that
// would begin after the end of the run, or lets a fault reach into the core of its liveness phase.
Result<void> check_plan(const FaultPlan& plan, const std::vector<std::string>& nodes,
                        Duration run_time);

}  // namespace norn
