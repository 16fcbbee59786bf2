// How wrong the nodes' clocks were, from what the faults of clocks say.
#pragma once

#include <cstddef>
#include <vector>

#include "model/event_table.hpp"
#include "model/faults.hpp"
#include "norn/trace/event.hpp"

namespace norn::viewer {

// From here on, until the next point of the node: its wall clock is so far ahead of true time
// (behind, when negative), and that grows by so much a nanosecond. A jump is a point at which
// `ahead_ns` is not what the one before has led to.
struct ClockPoint {
  double time_ns = 0;
  double ahead_ns = 0;
  double slope = 0;

  double at(double t_ns) const { return ahead_ns + slope * (t_ns - time_ns); }
};

// A straight part of the curve.
struct ClockStretch {
  double begin_ns = 0;
  double end_ns = 0;
  double begin_ahead_ns = 0;
  double end_ahead_ns = 0;
};

// ClockTracks follows the clocks as the simulator does: skews, drifts and jumps add up, a slew
// takes away what is wrong when it begins and then sets the clock right, a leap second is smeared
// over its time or put in at its end. No clock runs slower than a thousandth of true time.
class ClockTracks {
 public:
  ClockTracks() = default;
  ClockTracks(const std::vector<Fault>& faults, const EventTable& events, std::size_t nodes);

  // of() are the points of a node in order of time; none while its clock is never wrong.
  const std::vector<ClockPoint>& of(trace::NodeId node) const;
  // ahead_ns() is how far the node's wall clock is ahead at that time.
  double ahead_ns(trace::NodeId node, double t_ns) const;
  // within() are the straight parts in a stretch of time, cut to it, where the clock is wrong.
  std::vector<ClockStretch> within(trace::NodeId node, double begin_ns, double end_ns) const;
  std::size_t bytes() const;

 private:
  std::vector<std::vector<ClockPoint>> by_node_;  // [0] is not used; empty when no clock is wrong
};

}  // namespace norn::viewer
