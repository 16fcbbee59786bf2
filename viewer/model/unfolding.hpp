// Which zones are folded into one lane, and which nodes are unfolded into their fibers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "model/fibers.hpp"
#include "model/lane_layout.hpp"
#include "model/lanes.hpp"
#include "model/trace_model.hpp"

namespace norn::viewer {

class Unfolding {
 public:
  static constexpr float kFiberHeight = 16;
  // No more fibers than these are shown of a node.
  static constexpr std::size_t kMostFibers = 12;

  void toggle_zone(const std::string& zone);
  bool is_folded(const std::string& zone) const { return folded_.count(zone) > 0; }
  // fold_all() folds all zones, or unfolds them when all are folded; false when there is none.
  bool fold_all(const TraceModel& model);
  void toggle_fibers(trace::NodeId node);
  bool shows_fibers(trace::NodeId node) const { return unfolded_.count(node) > 0; }

  // fibers_shown() are the fibers of a node that live in the stretch, the first of them.
  static std::vector<const FiberTrack*> fibers_shown(const TraceModel& model, trace::NodeId node,
                                                     Index from, Index to);
  LaneShape shape(const TraceModel& model, Index from, Index to) const;
  // zone_of() is the zone into which the node is folded, with its members; none when it is not.
  struct Zone {
    std::string name;
    std::vector<trace::NodeId> nodes;
  };
  Zone zone_of(const TraceModel& model, trace::NodeId node) const;

  // version() is another number after each change.
  std::uint64_t version() const { return version_; }

 private:
  std::uint64_t version_ = 0;
  std::set<std::string> folded_;
  std::set<trace::NodeId> unfolded_;
};

}  // namespace norn::viewer
