// The part of a trace that is exported.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "norn/trace/export.hpp"
#include "norn/trace/reader.hpp"

namespace norn::trace {

// Selection says of each event whether it belongs to the part that ExportOptions describe. It keeps
// a few words for each node; making one for the past of an event takes 8 bytes for each event
// before it meanwhile.
class Selection {
 public:
  static Result<Selection> make(const Reader& reader, const ExportOptions& options);

  bool has(const Event& event) const {
    return event.seq >= first_ && event.seq <= last_ && event.time_ns >= from_ns_ &&
           event.time_ns <= until_ns_ && kinds_[static_cast<std::size_t>(event.kind)] &&
           on_node(event.node) && (!past_only_ || in_past(event));
  }
  // True when nothing was left out.
  bool everything() const { return everything_; }
  // The first chunk that may have an event of the selection.
  std::size_t first_chunk() const { return first_chunk_; }
  // True when no later event can belong to it.
  bool is_behind(const Event& event) const {
    return event.seq > last_ || event.time_ns > until_ns_;
  }

  // walk() calls fn(const Event&) for each selected event in order; fn returns false to stop.
  template <class F>
  Result<void> walk(const Reader& reader, F&& fn) const {
    return reader.for_each(
        [&](const Event& event) {
          if (is_behind(event)) return false;
          return !has(event) || fn(event);
        },
        first_chunk_);
  }

  // How many events are selected: a walk over the trace.
  Result<std::uint64_t> count(const Reader& reader) const;

 private:
  bool on_node(NodeId node) const {
    return nodes_.empty() || std::find(nodes_.begin(), nodes_.end(), node) != nodes_.end();
  }
  bool in_past(const Event& event) const;
  Result<void> keep_past(const Reader& reader, Seq of);
  Result<void> keep_last(const Reader& reader, std::uint64_t last);

  std::vector<NodeId> nodes_;
  std::array<bool, 256> kinds_{};
  std::int64_t from_ns_ = 0;
  std::int64_t until_ns_ = std::numeric_limits<std::int64_t>::max();
  Seq first_ = 1;
  Seq last_ = std::numeric_limits<Seq>::max();
  std::size_t first_chunk_ = 0;
  bool everything_ = true;
  bool past_only_ = false;
  std::vector<Seq> frontier_;   // by node: the last event of the past, 0: none
  std::vector<Seq> unordered_;  // what else belongs to the past, in order
};

}  // namespace norn::trace
