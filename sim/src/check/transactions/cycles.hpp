// The cycles of a graph of transactions, by the anomalies that they are.
#pragma once

#include <cstdint>
#include <vector>

#include "check/transactions/graph.hpp"
#include "norn/check/isolation.hpp"

namespace norn::check::txn {

// A cycle without its junctions: the last edge leads back to the first node.
struct Cycle {
  Anomaly anomaly = Anomaly::g0;
  std::vector<Edge> edges{};
};

struct Cycles {
  std::vector<Cycle> found{};
  // Whether the search for cycles with a single read-write edge was given up: an anomaly that was
  // found as G-nonadjacent or G2-item might also be read skew.
  bool gave_up = false;
};

// find_cycles() looks at each component by itself, for the worst anomalies first. It gives none
// that follows from one it has (a G-single is a G2-item too), unless it makes a shorter cycle than
// all before. Of each kind it gives one cycle a component, the shortest it finds. Whether there is
// any is decided by components alone, but for G-single. `transactions` is how many of the nodes are
// no junctions: the first ones.
Cycles find_cycles(const EdgeList& edges, std::uint32_t transactions);

}  // namespace norn::check::txn
