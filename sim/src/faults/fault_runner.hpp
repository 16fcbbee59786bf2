// FaultRunner: makes faults happen, and counts what each of them bit.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cluster/cluster.hpp"
#include "engine/core.hpp"
#include "network/network.hpp"
#include "norn/sim/fault_plan.hpp"
#include "norn/sim/sim_options.hpp"

namespace norn::sim {

// FaultRunner begins and ends the faults of a plan and those that a scenario asks for by hand.
// Called on the host only.
class FaultRunner {
 public:
  FaultRunner(Core& core, Cluster& cluster, Network& network, host::MessagePool& pool)
      : core_(core), cluster_(cluster), network_(network), pool_(pool) {}

  // add() makes a fault known and returns its number; begin() and end() let it act. A crash of
  // nodes that are down already, and the end of what was ended by hand, do nothing.
  std::uint32_t add(Fault fault);
  void begin(std::uint32_t number);
  void end(std::uint32_t number);
  // end_cuts() and end_holds() end every partition or hold that is active.
  void end_cuts();
  void end_holds();
  // restart() crashes the node if it runs, and starts it.
  void restart(host::NodeId node);
  void crash(host::NodeId node);

  // active() is how many faults have begun and not ended; a crash without an end counts only at its
  // begin.
  std::size_t active() const { return active_; }
  // counts() sums over the faults of each kind, in the order of FaultKind.
  std::vector<FaultCount> counts() const;

 private:
  struct State {
    Fault fault;
    bool begun = false;
    bool active = false;
    std::optional<std::size_t> cut;  // partition, hold
    std::vector<host::NodeId> killed;
    std::uint64_t bit = 0;
  };

  std::vector<host::NodeId> ids(const std::vector<std::string>& names) const;
  trace::Seq note(trace::EventKind kind, std::uint32_t number, const State& state);
  void finish(std::uint32_t number, State& state);
  void retire(std::uint32_t number);
  void end_all(std::initializer_list<FaultKind> kinds);
  void count(std::uint32_t number, const State& state, FaultCount& sum) const;

  Core& core_;
  Cluster& cluster_;
  Network& network_;
  host::MessagePool& pool_;
  std::map<std::uint32_t, State> faults_;  // by number; those to come and those that last
  std::uint32_t next_number_ = 0;
  std::array<FaultCount, 4> over_{};  // sums over the faults that are over, by kind
  std::size_t active_ = 0;
};

}  // namespace norn::sim
