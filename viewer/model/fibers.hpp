// The fibers of each node: when they lived, when they ran, and what they waited for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/event_table.hpp"
#include "norn/trace/event.hpp"

namespace norn::viewer {

// From `from` on the fiber waits for something, or runs.
struct FiberStep {
  Index from = kNone;
  bool blocked = false;
  trace::BlockReason on = trace::BlockReason::other;  // what it waits for, when it is blocked
};

struct FiberTrack {
  trace::FiberId fiber = 0;
  trace::NodeId node = 0;
  trace::StringId name = 0;
  Index begin = kNone;
  Index end = kNone;  // kNone: it lives at the end of the trace
  trace::FiberEnd how = trace::FiberEnd::returned;
  std::vector<FiberStep> steps = {};  // in order; none where the blocking was not recorded
};

// Fibers has a track for each fiber that the trace says to have started. Blocking is known only
// from traces that were recorded with it (--trace-fibers).
class Fibers {
 public:
  void add(Index index, const trace::Event& event);

  // of() are the fibers of a node, in order of their start.
  std::span<const FiberTrack> of(trace::NodeId node) const;
  // at() is the step that the fiber is in at the event; nullptr before its first.
  static const FiberStep* at(const FiberTrack& track, Index event);
  bool know_blocking() const { return know_blocking_; }
  std::size_t bytes() const;

 private:
  FiberTrack* find(trace::FiberId fiber);

  std::vector<std::vector<FiberTrack>> tracks_;  // by node
  struct Place {
    trace::NodeId node = 0;
    std::uint32_t track = 0;
  };
  std::vector<Place> places_;  // by fiber
  bool know_blocking_ = false;
};

}  // namespace norn::viewer
