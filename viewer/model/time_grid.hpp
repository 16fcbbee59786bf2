// A stretch of time, or of steps, cut into cells of equal length, with the events that begin each
// of them.
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
  // The grid covers [begin, end]; `cell_ns` is above 0. The table must outlive it.
  TimeGrid(const EventTable& events, double begin_ns, double end_ns, double cell_ns);
  // of_steps() cuts steps instead of time: each event is one, its position.
  static TimeGrid of_steps(const EventTable& events, double begin, double end, double cell);

  // first() is the first event of the whole grid, last() the first after it.
  Index first() const { return bounds_.empty() ? 0 : bounds_.front(); }
  Index last() const { return bounds_.empty() ? 0 : bounds_.back(); }
  // beyond() is the first event after the cell that holds the event.
  Index beyond(Index event) const {
    const double place =
        by_steps_ ? static_cast<double>(event) : static_cast<double>(events_->time_ns(event));
    const double cell =
        std::clamp((place - first_) / cell_, 0.0, static_cast<double>(bounds_.size() - 2));
    return bounds_[static_cast<std::size_t>(cell) + 1];
  }

 private:
  const EventTable* events_ = nullptr;
  bool by_steps_ = false;
  double first_ = 0;  // where the first cell begins, in ns or in steps
  double cell_ = 1;
  std::vector<Index> bounds_;  // of n cells n + 1 positions
};

}  // namespace norn::viewer
