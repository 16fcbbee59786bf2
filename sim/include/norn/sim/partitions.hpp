// Partitions that have a name, as faults.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "norn/runtime/assert.hpp"
#include "norn/sim/fault_plan.hpp"

namespace norn {

// bridge_over() is the partition between the first and the second half of `nodes` that leaves out
// one: only it sees both sides. Needs three nodes at least.
inline Fault bridge_over(std::vector<std::string> nodes, std::string_view bridge) {
  NORN_ASSERT(std::erase(nodes, bridge) == 1 && nodes.size() >= 2,
              "bridge_over() needs the bridge, once, and two more nodes");
  const auto middle = nodes.begin() + static_cast<std::ptrdiff_t>(nodes.size() / 2);
  return {.kind = FaultKind::partition,
          .side_a = {nodes.begin(), middle},
          .side_b = {middle, nodes.end()}};
}

}  // namespace norn
