#include "model/message_path.hpp"

#include <algorithm>
#include <cmath>

namespace norn::viewer {
namespace {

Loss loss_of(std::uint8_t reason) {
  using trace::DropReason;
  switch (static_cast<DropReason>(reason)) {
    case DropReason::loss:
      return Loss::chance;
    case DropReason::partition:
      return Loss::partition;
    case DropReason::dead_peer:
    case DropReason::dead_sender:
      return Loss::dead_peer;
    default:
      return Loss::other;
  }
}

}  // namespace

float between_lanes(const Link& link) {
  const auto lanes =
      static_cast<float>(link.to > link.from ? link.to - link.from : link.from - link.to);
  return lanes == 0 ? 0.5F : (std::floor(lanes / 2) + 0.5F) / lanes;
}

Paths::Paths(const TraceModel& model, const LaneLayout& layout) : model_(&model), layout_(&layout) {
  for (const Fault& fault : model.faults()) {
    if (fault.is_partition()) partitions_.push_back(&fault);
  }
}

std::vector<Paths::Wall> Paths::walls_of(const Fault& fault, const LaneLayout& layout) {
  std::vector<Wall> walls;
  if (fault.links == FaultLinks::none || fault.links == FaultLinks::ring) return walls;
  struct Row {
    trace::NodeId node = 0;  // the first concerned; 0: nobody is
    bool divided = false;
  };
  std::vector<Row> rows(layout.rows());
  for (trace::NodeId node = 1; node <= layout.nodes(); ++node) {
    if (fault.side_of(node) < 0 && !fault.with_all) continue;
    Row& row = rows[layout.row_of(node)];
    if (row.node == 0) row.node = node;
    row.divided = row.divided || fault.concerns(row.node, node) || fault.concerns(node, row.node);
  }
  Row above;
  for (const Row& row : rows) {
    if (row.node == 0) continue;
    const bool down = above.node != 0 && fault.concerns(above.node, row.node);
    const bool up = above.node != 0 && fault.concerns(row.node, above.node);
    if ((down || up) && !above.divided && !row.divided)
      walls.push_back({.fault = &fault, .below = row.node, .blocks_down = down, .blocks_up = up});
    above = row;
  }
  return walls;
}

// The height of the first wall on the way, or midway when no partition is known to separate the
// two.
float Paths::wall_y(const Link& link, Index end) const {
  const float from = layout_->centre(link.from);
  const float to = layout_->centre(link.to);
  float nearest = (from + to) / 2;
  for (const Fault* fault : partitions_) {
    if (fault->begin > end) break;
    if (fault->end < end || !fault->concerns(link.from, link.to)) continue;
    bool found = false;
    for (const Wall& wall : walls_of(*fault, *layout_)) {
      const float y = layout_->top(wall.below);
      const bool between =
          from < to ? wall.blocks_down && y > from && y < to : wall.blocks_up && y < from && y > to;
      if (!between || (found && std::abs(y - from) > std::abs(nearest - from))) continue;
      nearest = y;
      found = true;
    }
    if (found) return nearest;
  }
  return nearest;
}

MessagePath Paths::of(const Link& link, const Message& message) const {
  const EventTable& events = model_->events();
  const double typical = std::max(1.0, model_->messages().typical_latency_ns());
  MessagePath path;
  path.begin_ns = static_cast<double>(events.time_ns(message.send));
  path.end_ns = model_->messages().end_ns(events, message);
  path.begin_y = layout_->centre(link.from);
  path.send = message.send;
  path.towards_ns = path.end_ns;
  if (link.to == 0) {
    path.end_y = path.begin_y - layout_->row_height() / 3;
    path.end_ns = path.towards_ns = path.begin_ns + typical / 3;
    path.loss = Loss::other;
    return path;
  }
  path.end_y = layout_->centre(link.to);
  path.end = message.end;
  if (message.fate != Fate::lost) return path;
  path.loss = loss_of(events.detail(message.end));
  const float whole = path.end_y - path.begin_y;
  float share = 1;
  if (path.loss == Loss::partition && whole != 0) {
    share = (wall_y(link, message.end) - path.begin_y) / whole;
  } else if (path.loss == Loss::chance) {
    share = between_lanes(link);
  }
  // The line keeps the slope that the message had, or would have had when its loss was decided at
  // the send.
  const bool at_send = path.end_ns <= path.begin_ns;
  const double whole_ns = at_send ? typical : path.end_ns - path.begin_ns;
  if (at_send) path.end = kNone;
  path.towards_ns = path.begin_ns + whole_ns;
  path.share = static_cast<double>(share);
  path.end_y = path.begin_y + share * whole;
  path.end_ns = path.begin_ns + static_cast<double>(share) * whole_ns;
  return path;
}

}  // namespace norn::viewer
