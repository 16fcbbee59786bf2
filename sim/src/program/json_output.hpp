// The report of --json. README.md in this folder lists the fields.
#pragma once

#include <string>

#include "norn/sim/determinism.hpp"
#include "norn/sim/replay.hpp"
#include "norn/sim/run_seeds.hpp"
#include "norn/sim/shrink.hpp"

#include "program/settings.hpp"

namespace norn::program {

std::string campaign_json(const Settings& settings, const Report& report,
                          const Invocation& invocation, int exit_code, double wall_seconds);
std::string replay_json(const Settings& settings, const Case& failing, const Replay& replay,
                        int exit_code);
std::string shrink_json(const Settings& settings, const KeptShrunk& kept, int exit_code);
std::string branch_json(const Settings& settings, const Case& failing, const BranchCurve& curve,
                        int exit_code);
std::string exhaustive_json(const Settings& settings, const Exploration& all,
                            const Invocation& invocation, int exit_code, double wall_seconds);
std::string determinism_json(const Settings& settings, const DeterminismReport& report,
                             int exit_code);

}  // namespace norn::program
