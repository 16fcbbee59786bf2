#include "model/lane_layout.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace norn::viewer {

void LaneLayout::place(std::uint32_t nodes, float strip_height, float scroll,
                       const LaneShape& shape) {
  nodes_ = nodes;
  row_of_ = shape.row_of;
  rows_ = nodes;
  if (!row_of_.empty() && nodes > 0)
    rows_ = *std::max_element(row_of_.begin() + 1, row_of_.end()) + 1;
  strip_height_ = std::max(strip_height, 1.0F);
  const float more = std::accumulate(shape.more.begin(), shape.more.end(), 0.0F);
  const float even = rows_ == 0 ? kMostHeight : (strip_height_ - more) / static_cast<float>(rows_);
  row_height_ = std::floor(std::clamp(even, kLeastHeight, kMostHeight));
  tops_.assign(rows_ + 1, 0);
  for (std::uint32_t row = 0; row < rows_; ++row) {
    tops_[row + 1] = tops_[row] + row_height_ + (row < shape.more.size() ? shape.more[row] : 0);
  }
  scroll_ = std::clamp(scroll, 0.0F, most_scroll());
}

float LaneLayout::most_scroll() const {
  return std::max(0.0F, tops_.back() - strip_height_);
}

float LaneLayout::used_height() const {
  return std::min(strip_height_, tops_.back());
}

std::uint32_t LaneLayout::row_at(float strip_y) const {
  const auto after = std::upper_bound(tops_.begin(), tops_.end(), strip_y + scroll_);
  return static_cast<std::uint32_t>(std::max<std::ptrdiff_t>(0, after - tops_.begin() - 1));
}

trace::NodeId LaneLayout::node_at(float y) const {
  if (y < 0 || y >= strip_height_) return 0;
  const std::uint32_t row = row_at(y);
  if (row >= rows_) return 0;
  if (row_of_.empty()) return row + 1;
  const auto found = std::find(row_of_.begin() + 1, row_of_.end(), row);
  return static_cast<trace::NodeId>(found - row_of_.begin());
}

trace::NodeId LaneLayout::first_visible() const {
  if (nodes_ == 0) return 1;
  const std::uint32_t row = row_at(0);
  if (row_of_.empty()) return std::min(row + 1, nodes_);
  const auto found =
      std::find_if(row_of_.begin() + 1, row_of_.end(), [&](std::uint32_t r) { return r >= row; });
  return static_cast<trace::NodeId>(found - row_of_.begin());
}

trace::NodeId LaneLayout::last_visible() const {
  if (nodes_ == 0) return 0;
  const std::uint32_t row = std::min(row_at(strip_height_), rows_ - 1);
  if (row_of_.empty()) return row + 1;
  const auto found =
      std::find_if(row_of_.rbegin(), row_of_.rend() - 1, [&](std::uint32_t r) { return r <= row; });
  return static_cast<trace::NodeId>(row_of_.rend() - found - 1);
}

}  // namespace norn::viewer
