// Clocks: what the clocks of the nodes show.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "faults/bite_counter.hpp"
#include "norn/runtime/host/message.hpp"

namespace norn::sim {

// A clock that runs straight: from `since_ns` of true time on it goes faster by so many parts in a
// billion; negative: slower; kStopped: it stands still.
struct ClockLine {
  static constexpr std::int64_t kBillion = 1'000'000'000;
  static constexpr std::int64_t kStopped = -kBillion;

  std::int64_t since_ns = 0;
  std::int64_t shown_ns = 0;  // what it showed at since_ns
  std::int64_t faster_ppb = 0;

  // at() is what it shows at a true time that is not before since_ns.
  std::int64_t at(std::int64_t true_ns) const;
  // when() is the first true time at which it shows `shown` or more; never before since_ns.
  std::int64_t when(std::int64_t shown) const;
  // turn() makes it run at another rate from now on, step() makes it jump.
  void turn(std::int64_t now_ns, std::int64_t ppb);
  void step(std::int64_t by_ns) { shown_ns += by_ns; }
};

// The clocks of a machine. Rates of the same clock add up.
struct NodeClock {
  ClockLine monotonic;
  ClockLine wall;                   // since the begin of the run, at which it shows kWallClockStart
  std::int64_t drift_ppb = 0;       // of both
  std::int64_t wall_drift_ppb = 0;  // of the wall clock, besides
  std::uint32_t stops = 0;          // while there is one, the monotonic clock stands still
  std::vector<BiteCounter::Slot> monotonic_faults;  // who counts wrong reads
  std::vector<BiteCounter::Slot> wall_faults;

  bool stopped() const { return stops > 0; }
};

// All nodes have the true time, at no cost, until the first of them gets a clock of its own.
class Clocks {
 public:
  explicit Clocks(BiteCounter& bites) : bites_(bites) {}

  // any(): some node has a clock of its own.
  bool any() const { return !own_.empty(); }
  // acting() is the node on whose behalf the world is called now; 0: the host.
  host::NodeId acting() const { return acting_; }
  void act_for(host::NodeId node) { acting_ = node; }

  // monotonic() and wall() are what a clock shows; read_…() count the read besides.
  std::int64_t monotonic(host::NodeId node, std::int64_t now_ns) const;
  std::int64_t wall(host::NodeId node, std::int64_t now_ns) const;
  std::int64_t read_monotonic(std::int64_t now_ns) const;
  std::int64_t read_wall(std::int64_t now_ns) const;
  // true_time() is when the monotonic clock of a node will show `shown_ns`, if nothing changes.
  std::int64_t true_time(host::NodeId node, std::int64_t shown_ns) const;
  bool stopped(host::NodeId node) const;

  // of() gives a node a clock of its own. After a change of rates: settle().
  NodeClock& of(host::NodeId node) { return own_[node]; }
  void settle(host::NodeId node, std::int64_t now_ns);

 private:
  const NodeClock* find(host::NodeId node) const {
    const auto found = own_.find(node);
    return found == own_.end() ? nullptr : &found->second;
  }

  BiteCounter& bites_;
  host::NodeId acting_ = 0;
  std::map<host::NodeId, NodeClock> own_;
};

}  // namespace norn::sim
