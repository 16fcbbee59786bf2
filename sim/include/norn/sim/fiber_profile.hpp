// FiberProfile: where the fibers of a run spent their time.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "norn/runtime/time.hpp"

namespace norn {

// The fibers of one name on one node, over all its lives.
struct FiberProfile {
  std::string node{};
  std::string fiber{};
  std::uint64_t fibers = 0;  // that were started
  std::uint64_t runs = 0;    // how often they were switched to
  // Virtual time blocked, by what for ("channel receive"), the longest first; parks that have not
  // ended are left out. "cpu" is consume().
  std::vector<std::pair<std::string, Duration>> waited{};
  Duration real{};  // time of the real processor, from each switch to the next park
  // Calls of operator new, if the program links norn::count_allocations; else 0.
  std::uint64_t allocations = 0;
};

// profile_text() is a table of the profile, for people: the most real time first.
std::string profile_text(const std::vector<FiberProfile>& profile);

}  // namespace norn
