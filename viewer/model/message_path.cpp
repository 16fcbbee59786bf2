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

std::vector<Paths::Wall> Paths::walls_of(const Fault& fault, std::uint32_t nodes) {
  std::vector<Wall> walls;
  int above = -1;
  for (trace::NodeId node = 1; node <= nodes; ++node) {
    const int side = fault.side_of(node);
    if (side < 0) continue;
    if (above >= 0 && side != above) {
      walls.push_back({.fault = &fault,
                       .below = node,
                       .blocks_down = !fault.one_way || above == 0,
                       .blocks_up = !fault.one_way || side == 0});
    }
    above = side;
  }
  return walls;
}

// The height of the first wall on the way, or midway when no partition is known to separate the
// two.
float Paths::wall_y(const Link& link, double t_ns) const {
  const EventTable& events = model_->events();
  const float from = layout_->centre(link.from);
  const float to = layout_->centre(link.to);
  for (const Fault* fault : partitions_) {
    const bool begun = static_cast<double>(events.time_ns(fault->begin)) <= t_ns;
    const bool over = fault->end != kNone && static_cast<double>(events.time_ns(fault->end)) < t_ns;
    const int side = fault->side_of(link.from);
    const int other = fault->side_of(link.to);
    if (!begun || over || side < 0 || other < 0 || side == other) continue;
    const bool down = link.to > link.from;
    for (trace::NodeId node = link.from; node != link.to;) {
      const trace::NodeId next = down ? node + 1 : node - 1;
      const int next_side = fault->side_of(next);
      if (next_side >= 0 && next_side != side)
        return down ? layout_->top(next) : layout_->top(node);
      node = next;
    }
  }
  return (from + to) / 2;
}

MessagePath Paths::of(const Link& link, const Message& message) const {
  const EventTable& events = model_->events();
  const double typical = std::max(1.0, model_->messages().typical_latency_ns());
  MessagePath path;
  path.begin_ns = static_cast<double>(events.time_ns(message.send));
  path.end_ns = model_->messages().end_ns(events, message);
  path.begin_y = layout_->centre(link.from);
  if (link.to == 0) {
    path.end_y = path.begin_y - layout_->row_height() / 3;
    path.end_ns = path.begin_ns + typical / 3;
    path.loss = Loss::other;
    return path;
  }
  path.end_y = layout_->centre(link.to);
  if (message.fate != Fate::lost) return path;
  path.loss = loss_of(events.detail(message.end));
  const float whole = path.end_y - path.begin_y;
  float share = 1;
  if (path.loss == Loss::partition && whole != 0) {
    share = (wall_y(link, path.end_ns) - path.begin_y) / whole;
  } else if (path.loss == Loss::chance) {
    share = between_lanes(link);
  }
  // The line keeps the slope that the message had, or would have had when its loss was decided at
  // the send.
  const double whole_ns = path.end_ns > path.begin_ns ? path.end_ns - path.begin_ns : typical;
  path.end_y = path.begin_y + share * whole;
  path.end_ns = path.begin_ns + static_cast<double>(share) * whole_ns;
  return path;
}

}  // namespace norn::viewer
