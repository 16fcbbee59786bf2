// FaultRunner: makes faults happen, and counts what each of them bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "faults/fault_effect.hpp"
#include "norn/sim/fault_plan.hpp"
#include "norn/sim/sim_options.hpp"

namespace norn::sim {

// FaultRunner begins and ends the faults of a plan and those that a scenario asks for by hand.
// Called on the host only.
class FaultRunner {
 public:
  explicit FaultRunner(FaultScene scene);

  // add() makes a fault known and returns its number; begin() and end() let it act. A crash of
  // nodes that are down already, and the end of what was ended by hand, do nothing.
  // A fault that is frozen goes on in the liveness phase, and does not count as active.
  std::uint32_t add(Fault fault, bool frozen = false);
  void begin(std::uint32_t number);
  void end(std::uint32_t number);
  // end_all() ends every fault of these kinds that lasts.
  void end_all(std::initializer_list<FaultKind> kinds);
  // end_those_of() ends every fault of the kind that lasts and has the node on side_a.
  void end_those_of(FaultKind kind, host::NodeId node);
  // restart() crashes the node if it runs, and starts it.
  void restart(host::NodeId node);
  void crash(host::NodeId node);

  // active() is how many faults have begun and not ended; what is over at once, as a crash without
  // an end, does not count.
  std::size_t active() const { return active_; }
  // counts() sums over the faults of each kind, in the order of FaultKind.
  std::vector<FaultCount> counts() const;

 private:
  struct State {
    Fault fault;
    BiteCounter::Slot slot;
    bool begun = false;
    bool frozen = false;
    std::shared_ptr<FaultEffect> effect{};  // while it lasts
  };
  struct Sum {
    std::uint64_t asked = 0;
    std::uint64_t begun = 0;
    BiteCounts bites{};
  };

  std::vector<host::NodeId> ids(const std::vector<std::string>& names) const;
  void tell_coverage(const State& state);
  trace::Seq note(trace::EventKind kind, std::uint32_t number, const State& state);
  void retire(std::uint32_t number);
  static void count(const State& state, const BiteCounts& bites, Sum& sum);

  FaultScene scene_;
  std::vector<BeginFault> begin_;          // by kind
  std::map<std::uint32_t, State> faults_;  // by number; those to come and those that last
  std::uint32_t next_number_ = 0;
  std::vector<Sum> over_;  // of the faults that are over, by kind
  std::size_t active_ = 0;
};

}  // namespace norn::sim
