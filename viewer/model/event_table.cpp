#include "model/event_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "model/time_grid.hpp"

namespace norn::viewer {
namespace {

std::uint8_t detail_of(const trace::Event& event) {
  using trace::EventKind;
  switch (event.kind) {
    case EventKind::drop:
    case EventKind::fiber_end:
    case EventKind::fiber_block:
      return static_cast<std::uint8_t>(event.b);
    case EventKind::op_return:
      return static_cast<std::uint8_t>(event.c);
    case EventKind::file_op:
    case EventKind::connection:
    case EventKind::log:
    case EventKind::property:
    case EventKind::run_end:
      return static_cast<std::uint8_t>(event.a);
    default:
      return 0;
  }
}

}  // namespace

void EventTable::reserve(std::size_t events) {
  time_ns_.reserve(events);
  node_.reserve(events);
  cause_.reserve(events);
  text_.reserve(events);
  kind_.reserve(events);
  detail_.reserve(events);
}

Result<Index> EventTable::add(const trace::Event& event) {
  const Index index = size();
  if (index == 0) {
    first_seq_ = event.seq;
  } else {
    if (event.seq <= last_seq_) {
      return {Errc::invalid, "event " + std::to_string(event.seq) + " comes after event " +
                                 std::to_string(last_seq_) + ": the trace is damaged"};
    }
    if (event.time_ns < time_ns_.back()) {
      return {Errc::invalid, "event " + std::to_string(event.seq) +
                                 " is earlier than the event before it: the trace is damaged"};
    }
    if (index == kNone || event.seq - first_seq_ >= kNone) {
      return {Errc::too_large, "more than 4,294,967,294 events: open a part of the trace"};
    }
    if (gaps_.empty() && event.seq != last_seq_ + 1) {
      gaps_.resize(index);
      std::iota(gaps_.begin(), gaps_.end(), 0U);
    }
  }
  const Index cause = event.cause == 0 ? kNone : index_of(event.cause);
  if (index != 0 && (!gaps_.empty() || event.seq != last_seq_ + 1)) {
    gaps_.push_back(static_cast<std::uint32_t>(event.seq - first_seq_));
  }
  last_seq_ = event.seq;
  if (index % kSampleEvery == 0) samples_ns_.push_back(event.time_ns);
  time_ns_.push_back(event.time_ns);
  node_.push_back(event.node);
  cause_.push_back(cause);
  text_.push_back(event.text);
  kind_.push_back(event.kind);
  detail_.push_back(detail_of(event));
  return index;
}

void EventTable::shrink() {
  time_ns_.shrink_to_fit();
  node_.shrink_to_fit();
  cause_.shrink_to_fit();
  text_.shrink_to_fit();
  kind_.shrink_to_fit();
  detail_.shrink_to_fit();
  gaps_.shrink_to_fit();
  samples_ns_.shrink_to_fit();
}

Index EventTable::index_of(trace::Seq seq) const {
  if (empty() || seq < first_seq_ || seq > last_seq_) return kNone;
  const trace::Seq offset = seq - first_seq_;
  if (gaps_.empty()) return static_cast<Index>(offset);
  const auto found = std::lower_bound(gaps_.begin(), gaps_.end(), offset);
  if (found == gaps_.end() || *found != offset) return kNone;
  return static_cast<Index>(found - gaps_.begin());
}

template <class Before>
Index EventTable::first_not(Before before) const {
  // The samples are few enough to stay in the cache; then a block of kSampleEvery is left.
  const auto sample = std::partition_point(samples_ns_.begin(), samples_ns_.end(), before);
  if (sample == samples_ns_.begin()) return 0;
  const auto block = static_cast<std::size_t>(sample - samples_ns_.begin() - 1) * kSampleEvery;
  const std::size_t end = std::min(block + kSampleEvery, time_ns_.size());
  const auto found =
      std::partition_point(time_ns_.begin() + static_cast<std::ptrdiff_t>(block),
                           time_ns_.begin() + static_cast<std::ptrdiff_t>(end), before);
  return static_cast<Index>(found - time_ns_.begin());
}

Index EventTable::first_at(double t_ns) const {
  return first_not([&](std::int64_t time) { return static_cast<double>(time) < t_ns; });
}

Index EventTable::first_after(double t_ns) const {
  return first_not([&](std::int64_t time) { return static_cast<double>(time) <= t_ns; });
}

TimeGrid::TimeGrid(const EventTable& events, double begin_ns, double end_ns, double cell_ns)
    : events_(&events), first_(std::floor(begin_ns / cell_ns) * cell_ns), cell_(cell_ns) {
  const auto cells = static_cast<std::size_t>(std::ceil((end_ns - first_) / cell_ns)) + 1;
  bounds_.reserve(cells + 1);
  for (std::size_t i = 0; i <= cells; ++i)
    bounds_.push_back(events.first_at(first_ + static_cast<double>(i) * cell_ns));
}

TimeGrid TimeGrid::of_steps(const EventTable& events, double begin, double end, double cell) {
  TimeGrid grid;
  grid.events_ = &events;
  grid.by_steps_ = true;
  grid.first_ = std::floor(begin / cell) * cell;
  grid.cell_ = cell;
  const auto cells = static_cast<std::size_t>(std::ceil((end - grid.first_) / cell)) + 1;
  grid.bounds_.reserve(cells + 1);
  const auto size = static_cast<double>(events.size());
  for (std::size_t i = 0; i <= cells; ++i) {
    const double place = grid.first_ + static_cast<double>(i) * cell;
    grid.bounds_.push_back(static_cast<Index>(std::clamp(std::ceil(place), 0.0, size)));
  }
  return grid;
}

std::size_t EventTable::bytes() const {
  return (time_ns_.capacity() + samples_ns_.capacity()) * sizeof(std::int64_t) +
         node_.capacity() * sizeof(trace::NodeId) + cause_.capacity() * sizeof(Index) +
         text_.capacity() * sizeof(trace::StringId) + kind_.capacity() + detail_.capacity() +
         gaps_.capacity() * sizeof(std::uint32_t);
}

}  // namespace norn::viewer
