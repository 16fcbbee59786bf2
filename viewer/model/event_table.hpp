// All events of a trace in columns, small enough for tens of millions of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "norn/runtime/result.hpp"
#include "norn/trace/event.hpp"

namespace norn::viewer {

// The position of an event in the table.
using Index = std::uint32_t;
inline constexpr Index kNone = 0xffffffffU;

// EventTable keeps of each event what drawing needs (22 bytes); the rest is asked of the
// EventSource when someone looks at one event. Positions are in order of sequence number and of
// time.
class EventTable {
 public:
  void reserve(std::size_t events);

  // add() appends an event; it fails when the event is out of order, which only a damaged trace can
  // do.
  Result<Index> add(const trace::Event& event);
  void shrink();

  Index size() const { return static_cast<Index>(time_ns_.size()); }
  bool empty() const { return time_ns_.empty(); }

  std::int64_t time_ns(Index i) const { return time_ns_[i]; }
  trace::EventKind kind(Index i) const { return kind_[i]; }
  trace::NodeId node(Index i) const { return node_[i]; }
  Index cause(Index i) const { return cause_[i]; }
  trace::StringId text(Index i) const { return text_[i]; }
  // detail() is the event's small number: DropReason, LogLevel, FileOp and the like.
  std::uint8_t detail(Index i) const { return detail_[i]; }
  trace::Seq seq(Index i) const { return first_seq_ + (gaps_.empty() ? i : gaps_[i]); }

  // index_of() finds an event by its sequence number; kNone when it is not there.
  Index index_of(trace::Seq seq) const;
  // first_at() is the first event at or after t; size() when there is none.
  Index first_at(double t_ns) const;
  // first_after() is the first event after t; size() when there is none.
  Index first_after(double t_ns) const;

  std::int64_t begin_ns() const { return empty() ? 0 : time_ns_.front(); }
  std::int64_t end_ns() const { return empty() ? 0 : time_ns_.back(); }
  std::size_t bytes() const;

 private:
  static constexpr std::size_t kSampleEvery = 64;
  // The first event whose time is not `before`.
  template <class Before>
  Index first_not(Before before) const;

  std::vector<std::int64_t> time_ns_;
  std::vector<std::int64_t> samples_ns_;  // the time of every kSampleEvery-th event
  std::vector<trace::NodeId> node_;
  std::vector<Index> cause_;
  std::vector<trace::StringId> text_;
  std::vector<trace::EventKind> kind_;
  std::vector<std::uint8_t> detail_;
  trace::Seq first_seq_ = 0;
  trace::Seq last_seq_ = 0;
  // Filled only when sequence numbers are not consecutive: the offset of each from the first.
  std::vector<std::uint32_t> gaps_;
};

}  // namespace norn::viewer
