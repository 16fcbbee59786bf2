// Where the lanes lie on the screen, from top to bottom.
#pragma once

#include <cstdint>
#include <vector>

#include "norn/trace/event.hpp"

namespace norn::viewer {

// LaneLayout places nodes 1..n in rows of equal height inside a strip. When they do not fit at the
// least height, the strip scrolls. All positions are in pixels from the top of the strip.
class LaneLayout {
 public:
  static constexpr float kLeastHeight = 22;
  static constexpr float kMostHeight = 150;

  // place() computes the rows; `scroll` is how far one has scrolled down, and is put within its
  // limits.
  void place(std::uint32_t nodes, float strip_height, float scroll);

  std::uint32_t nodes() const { return nodes_; }
  float row_height() const { return row_height_; }
  float scroll() const { return scroll_; }
  float most_scroll() const;
  // The strip's height that lanes really use.
  float used_height() const;

  float top(trace::NodeId node) const;
  float centre(trace::NodeId node) const { return top(node) + row_height_ / 2; }
  // node_at() is the lane under y; 0 when there is none.
  trace::NodeId node_at(float y) const;
  // The lanes that are at least partly visible: [first_visible(), last_visible()].
  trace::NodeId first_visible() const;
  trace::NodeId last_visible() const;

 private:
  std::uint32_t nodes_ = 0;
  float strip_height_ = 0;
  float row_height_ = kLeastHeight;
  float scroll_ = 0;
};

}  // namespace norn::viewer
