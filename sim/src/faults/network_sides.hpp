// Which links a fault of the network is about.
#pragma once

#include <string>
#include <vector>

#include "faults/fault_effect.hpp"

namespace norn::sim {

inline std::vector<host::NodeId> everybody(const FaultScene& scene) {
  std::vector<host::NodeId> nodes;
  for (host::NodeId node = 1; node <= scene.cluster.size(); ++node) nodes.push_back(node);
  return nodes;
}

// The ordered pairs of nodes: from each of one list to each of the other, and back if both ways.
struct LinkSides {
  std::vector<host::NodeId> from;
  std::vector<host::NodeId> to;
  bool both_ways = true;
};

inline LinkSides sides_of(const FaultScene& scene, const BegunFault& begun,
                          const std::string& way) {
  LinkSides sides{.from = begun.side_a,
                  .to = begun.side_b.empty() ? everybody(scene) : begun.side_b,
                  .both_ways = way == "both"};
  if (way == "in") sides.from.swap(sides.to);
  return sides;
}

}  // namespace norn::sim
