// What a system promises to survive.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace norn {

// A SurvivalPromise is about some nodes, as those of one quorum: of these, at most so many may be
// down (dead, or paused) at a time, and at most so many may lose their disk in the whole run. What
// the nemesis draws is kept within it: a loss of a disk too many becomes a crash, and a crash or
// pause too many is left out, node by node (as FoundationDB's simulator does it with its kills).
// Nodes that no promise is about lose no disk, and are down as often as it likes. A plan that
// somebody wrote is carried out as it stands. A run whose plan goes beyond a promise, by
// hand or because SimOptions::beyond_promise lets the nemesis, judges safety only: no
// `eventually`.
struct SurvivalPromise {
  std::vector<std::string> of{};  // names of nodes, or groups: "zone:a"
  std::size_t at_most_down = 0;
  std::size_t disks_at_most = 0;
};

}  // namespace norn
