#include "model/unfolding.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace norn::viewer {

void Unfolding::toggle_zone(const std::string& zone) {
  if (zone.empty()) return;
  ++version_;
  if (folded_.erase(zone) == 0) folded_.insert(zone);
}

bool Unfolding::fold_all(const TraceModel& model) {
  std::set<std::string> zones;
  for (const Lane& lane : model.lanes().nodes()) {
    if (!lane.zone.empty()) zones.insert(lane.zone);
  }
  if (zones.empty()) return false;
  ++version_;
  folded_ = folded_ == zones ? std::set<std::string>() : zones;
  return true;
}

void Unfolding::toggle_fibers(trace::NodeId node) {
  ++version_;
  if (node != 0 && unfolded_.erase(node) == 0) unfolded_.insert(node);
}

std::vector<const FiberTrack*> Unfolding::fibers_shown(const TraceModel& model, trace::NodeId node,
                                                       Index from, Index to) {
  std::vector<const FiberTrack*> out;
  for (const FiberTrack& track : model.fibers().of(node)) {
    if (track.begin >= to) break;
    if (track.end != kNone && track.end < from) continue;
    out.push_back(&track);
    if (out.size() == kMostFibers) break;
  }
  return out;
}

LaneShape Unfolding::shape(const TraceModel& model, Index from, Index to) const {
  LaneShape shape;
  if (folded_.empty() && unfolded_.empty()) return shape;
  const auto count = static_cast<trace::NodeId>(model.lanes().node_count());
  shape.row_of.assign(count + 1, 0);
  std::map<std::string, std::uint32_t> zones;
  for (trace::NodeId node = 1; node <= count; ++node) {
    const std::string& zone = model.lanes().of(node).zone;
    const auto next = static_cast<std::uint32_t>(shape.more.size());
    if (is_folded(zone)) {
      const auto [found, is_new] = zones.try_emplace(zone, next);
      shape.row_of[node] = found->second;
      if (is_new) shape.more.push_back(0);
      continue;
    }
    shape.row_of[node] = next;
    const std::size_t fibers = shows_fibers(node) ? fibers_shown(model, node, from, to).size() : 0;
    shape.more.push_back(static_cast<float>(fibers) * kFiberHeight + (fibers > 0 ? 4.0F : 0.0F));
  }
  return shape;
}

Unfolding::Zone Unfolding::zone_of(const TraceModel& model, trace::NodeId node) const {
  const std::string& zone = model.lanes().of(node).zone;
  if (!is_folded(zone)) return {};
  Zone found{.name = zone, .nodes = {}};
  for (const Lane& lane : model.lanes().nodes()) {
    if (lane.zone == zone) found.nodes.push_back(lane.node);
  }
  return found;
}

}  // namespace norn::viewer
