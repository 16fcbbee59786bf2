#include "model/lane_layout.hpp"

#include <algorithm>
#include <cmath>

namespace norn::viewer {

void LaneLayout::place(std::uint32_t nodes, float strip_height, float scroll) {
  nodes_ = nodes;
  strip_height_ = std::max(strip_height, 1.0F);
  const float even = nodes == 0 ? kMostHeight : strip_height_ / static_cast<float>(nodes);
  row_height_ = std::floor(std::clamp(even, kLeastHeight, kMostHeight));
  scroll_ = std::clamp(scroll, 0.0F, most_scroll());
}

float LaneLayout::most_scroll() const {
  return std::max(0.0F, row_height_ * static_cast<float>(nodes_) - strip_height_);
}

float LaneLayout::used_height() const {
  return std::min(strip_height_, row_height_ * static_cast<float>(nodes_));
}

float LaneLayout::top(trace::NodeId node) const {
  return (static_cast<float>(node) - 1) * row_height_ - scroll_;
}

trace::NodeId LaneLayout::node_at(float y) const {
  if (y < 0 || y >= strip_height_) return 0;
  const auto node = static_cast<trace::NodeId>((y + scroll_) / row_height_) + 1;
  return node <= nodes_ ? node : 0;
}

trace::NodeId LaneLayout::first_visible() const {
  return static_cast<trace::NodeId>(scroll_ / row_height_) + 1;
}

trace::NodeId LaneLayout::last_visible() const {
  const auto last = static_cast<trace::NodeId>(std::ceil((scroll_ + strip_height_) / row_height_));
  return std::min(last, nodes_);
}

}  // namespace norn::viewer
