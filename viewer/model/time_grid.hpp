// A stretch of time cut into cells of equal length, with the events that begin each of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "model/event_table.hpp"

namespace norn::viewer {

// TimeGrid is made once a frame and shared by all lanes: what is drawn for a cell is then found by
// comparing positions, without another search through the times of millions of events. Cells lie on
// multiples of their length, so that what is folded stays folded while one pans.
class TimeGrid {
 public:
  TimeGrid() = default;
  // The grid covers [begin, end]; `cell_ns` is above 0.
  TimeGrid(const EventTable& events, double begin_ns, double end_ns, double cell_ns);

  double cell_ns() const { return cell_ns_; }
  // first() is the first event of the whole grid, last() the first after it.
  Index first() const { return bounds_.empty() ? 0 : bounds_.front(); }
  Index last() const { return bounds_.empty() ? 0 : bounds_.back(); }
  // beyond() is the first event after the cell that holds the time.
  Index beyond(double t_ns) const {
    const double cell =
        std::clamp((t_ns - first_ns_) / cell_ns_, 0.0, static_cast<double>(bounds_.size() - 2));
    return bounds_[static_cast<std::size_t>(cell) + 1];
  }

 private:
  double first_ns_ = 0;
  double cell_ns_ = 1;
  std::vector<Index> bounds_;  // of n cells n + 1 positions
};

}  // namespace norn::viewer
