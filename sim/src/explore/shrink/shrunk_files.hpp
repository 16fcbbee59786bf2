// A shrunk case on disk.
#pragma once

#include <string>

#include "norn/sim/run_seeds.hpp"
#include "norn/sim/shrink.hpp"

namespace norn::explore {

// keep_shrunk() writes STEM.min.case.json and .norn, and .near.case.json and .norn for the nearest
// run that passes, and tells the shrunk run in words. What cannot be written is said in `problem`.
KeptShrunk keep_shrunk(const Scenario& scenario, Shrunk shrunk, const std::string& stem,
                       const std::string& program, bool overwrite);

// shrunk_text() is what a report says of it, in lines; `view` is the command of the viewer.
std::string shrunk_text(const KeptShrunk& kept, const std::string& view);

}  // namespace norn::explore
