// What it costs to judge the operations of clients while a run goes on.
#pragma once

#include <memory>

#include "load.hpp"

namespace norn::bench {

// Runs of a key-value cluster: a leader that has each command written and synced by itself and one
// of two followers before it answers, as Raft does while nothing fails; ten clients with a Workload
// of registers. An operation is one of theirs. `judged`: with a JudgedHistory.
std::unique_ptr<Load> key_value_cluster(bool judged);
// The same of the servers and clients of the Raft scenario: three and ten, ten simulated seconds
// without faults.
std::unique_ptr<Load> raft_cluster(bool judged);

}  // namespace norn::bench
