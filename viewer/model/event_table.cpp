#include "model/event_table.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>

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
}

Index EventTable::index_of(trace::Seq seq) const {
  if (empty() || seq < first_seq_ || seq > last_seq_) return kNone;
  const trace::Seq offset = seq - first_seq_;
  if (gaps_.empty()) return static_cast<Index>(offset);
  const auto found = std::lower_bound(gaps_.begin(), gaps_.end(), offset);
  if (found == gaps_.end() || *found != offset) return kNone;
  return static_cast<Index>(found - gaps_.begin());
}

Index EventTable::first_at(double t_ns) const {
  const auto found =
      std::lower_bound(time_ns_.begin(), time_ns_.end(), t_ns,
                       [](std::int64_t time, double t) { return static_cast<double>(time) < t; });
  return static_cast<Index>(found - time_ns_.begin());
}

Index EventTable::first_after(double t_ns) const {
  const auto found =
      std::upper_bound(time_ns_.begin(), time_ns_.end(), t_ns,
                       [](double t, std::int64_t time) { return t < static_cast<double>(time); });
  return static_cast<Index>(found - time_ns_.begin());
}

std::size_t EventTable::bytes() const {
  return time_ns_.capacity() * sizeof(std::int64_t) + node_.capacity() * sizeof(trace::NodeId) +
         cause_.capacity() * sizeof(Index) + text_.capacity() * sizeof(trace::StringId) +
         kind_.capacity() + detail_.capacity() + gaps_.capacity() * sizeof(std::uint32_t);
}

}  // namespace norn::viewer
