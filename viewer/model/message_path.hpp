// Where a message is drawn: from the sender's lane to the receiver's, or to where it died.
#pragma once

#include <cstdint>
#include <vector>

#include "model/lane_layout.hpp"
#include "model/trace_model.hpp"

namespace norn::viewer {

// Why a lost message was lost, in the few forms that a picture can tell apart.
enum class Loss : std::uint8_t { none, chance, partition, dead_peer, other };

struct MessagePath {
  double begin_ns = 0;
  double end_ns = 0;
  float begin_y = 0;
  float end_y = 0;
  Loss loss = Loss::none;
  // The same on an axis of steps: it leads from `send` towards `end`, or towards the place of a
  // time when no event stands for its end, and ends after `share` of the way.
  Index send = kNone;
  Index end = kNone;
  double towards_ns = 0;
  double share = 1;
};

// between_lanes() is the share of the way, about midway, that lies between two lanes: a mark there
// belongs to no other node.
float between_lanes(const Link& link);

// Paths computes message paths for one layout. Lost messages end on the way: those of a partition
// at its wall, those of chance midway, those for a dead peer at its lane.
class Paths {
 public:
  Paths(const TraceModel& model, const LaneLayout& layout);

  MessagePath of(const Link& link, const Message& message) const;

  // A wall separates two neighbouring lanes while a partition lasts.
  struct Wall {
    const Fault* fault = nullptr;
    trace::NodeId below = 0;  // the wall is at the top of this node's lane
    bool blocks_down = true;
    bool blocks_up = true;
  };
  // walls_of() are the walls of a fault of links, from top to bottom. A row of several nodes has
  // none when the fault divides it; a ring has none.
  static std::vector<Wall> walls_of(const Fault& fault, const LaneLayout& layout);

 private:
  float wall_y(const Link& link, Index end) const;

  const TraceModel* model_;
  const LaneLayout* layout_;
  std::vector<const Fault*> partitions_;
};

}  // namespace norn::viewer
