// Activity: what went on in a part of a run: who sent what how often, and which fibers were woken.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "cluster/cluster.hpp"
#include "network/network.hpp"

namespace norn::sim {

// begin() and story() look at counts that the run keeps anyway: what lies between costs nothing.
class Activity {
 public:
  void begin(const Cluster& cluster, const Network& network, std::int64_t now_ns);
  // story() names what happened most since begin(), if anything happened often; else empty.
  std::string story(const Cluster& cluster, const Network& network) const;

 private:
  using FlowKey = std::tuple<host::NodeId, host::NodeId, std::uint64_t>;  // from, to, class

  std::int64_t begun_ns_ = 0;
  std::map<FlowKey, std::uint64_t> sent_;
  std::map<std::uint32_t, std::uint32_t> woken_;  // by the number of the fiber
};

}  // namespace norn::sim
