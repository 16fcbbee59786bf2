// A lane a node: its lives and its events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/event_source.hpp"
#include "model/event_table.hpp"
#include "model/time_grid.hpp"
#include "norn/runtime/result.hpp"
#include "norn/trace/event.hpp"

namespace norn::viewer {

// One incarnation of a node. The gap between two lives is the time it was down.
struct Life {
  enum class End : std::uint8_t { running, crashed, exited };
  std::uint32_t incarnation = 1;
  Index begin = kNone;
  Index end = kNone;  // kNone while running at the end of the trace
  End how = End::running;
};

struct Lane {
  trace::NodeId node = 0;
  std::string name;
  std::string zone;  // where it stands; "" when it does not say
  std::vector<Life> lives;
  std::vector<Index> events;   // all but what the network did to messages on their way here
  std::vector<Index> notable;  // state changes, warnings and errors, client operations, lost writes
};

// Lanes has one lane a node, in the order of node numbers, and lane 0 for the simulation itself.
class Lanes {
 public:
  void begin(const EventSource& source);
  Result<void> add(Index index, const trace::Event& event);
  void shrink();

  std::size_t node_count() const { return lanes_.size() - 1; }
  const Lane& of(trace::NodeId node) const { return lanes_[node]; }
  std::span<const Lane> nodes() const { return std::span(lanes_).subspan(1); }

  // life_at() is the life that the node leads at the event; nullptr while it is down.
  static const Life* life_at(const Lane& lane, Index event);
  std::size_t bytes() const;

 private:
  std::vector<Lane> lanes_;
};

// Events of a lane that lie within a few pixels of one another and are drawn as one mark.
struct Fold {
  double begin_ns = 0;
  double end_ns = 0;
  Index first = kNone;
  Index last = kNone;
  std::uint32_t count = 0;
};

// fold() cuts `positions` (in order) into marks, one for each cell of the grid that has any:
// O(marks · log of the events in one), whatever the number of events.
std::vector<Fold> fold(const EventTable& events, std::span<const Index> positions,
                       const TimeGrid& grid);

// nearest() is the position in `positions` of the event nearest to t; positions.size() when there
// is none.
std::size_t nearest(const EventTable& events, std::span<const Index> positions, double t_ns);

}  // namespace norn::viewer
