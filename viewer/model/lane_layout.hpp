// Where the lanes lie on the screen, from top to bottom.
#pragma once

#include <cstdint>
#include <vector>

#include "norn/trace/event.hpp"

namespace norn::viewer {

// Which nodes share a row, and which rows are higher than the others.
struct LaneShape {
  std::vector<std::uint32_t> row_of;  // by node, from 1; [0] is not used. Empty: a row each
  std::vector<float> more;            // by row: room below the lane, for the node's fibers
  bool operator==(const LaneShape&) const = default;
};

// LaneLayout places nodes 1..n in rows inside a strip, a node a row unless the shape says
// otherwise; lanes are of equal height. When they do not fit at the least height, the strip
// scrolls. All positions are in pixels from the top of the strip.
class LaneLayout {
 public:
  static constexpr float kLeastHeight = 22;
  static constexpr float kMostHeight = 150;

  // place() computes the rows; `scroll` is how far one has scrolled down, and is put within its
  // limits.
  void place(std::uint32_t nodes, float strip_height, float scroll, const LaneShape& shape = {});

  std::uint32_t nodes() const { return nodes_; }
  std::uint32_t rows() const { return rows_; }
  float row_height() const { return row_height_; }
  float scroll() const { return scroll_; }
  float most_scroll() const;
  // The strip's height that lanes really use.
  float used_height() const;

  std::uint32_t row_of(trace::NodeId node) const {
    return row_of_.empty() ? node - 1 : row_of_[node];
  }
  float top(trace::NodeId node) const { return tops_[row_of(node)] - scroll_; }
  float centre(trace::NodeId node) const { return top(node) + row_height_ / 2; }
  // bottom() is below the room for fibers, if there is some.
  float bottom(trace::NodeId node) const { return tops_[row_of(node) + 1] - scroll_; }
  // node_at() is the lane under y, of a shared row its first node; 0 when there is none.
  trace::NodeId node_at(float y) const;
  // All nodes whose lanes are at least partly visible are in [first_visible(), last_visible()].
  trace::NodeId first_visible() const;
  trace::NodeId last_visible() const;

 private:
  std::uint32_t row_at(float strip_y) const;

  std::uint32_t nodes_ = 0;
  std::uint32_t rows_ = 0;
  float strip_height_ = 0;
  float row_height_ = kLeastHeight;
  float scroll_ = 0;
  std::vector<std::uint32_t> row_of_;
  std::vector<float> tops_;  // of each row, and the end of the last
};

}  // namespace norn::viewer
