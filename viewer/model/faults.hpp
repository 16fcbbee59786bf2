// Faults over time, and whom they concern.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/event_source.hpp"
#include "model/event_table.hpp"
#include "norn/trace/event.hpp"

namespace norn::viewer {

struct Fault {
  std::uint64_t plan_index = 0;
  std::string kind;   // partition, partition_one_way, hold, crash, …
  std::string label;  // "partition  n1 n2 | n3"
  Index begin = kNone;
  Index end = kNone;     // kNone: it lasted to the end of the trace, or it is an instant
  bool instant = false;  // it has no duration: a crash without a restart
  bool one_way = false;  // only from sides[0] to sides[1]
  std::vector<std::vector<trace::NodeId>>
      sides;                         // the two sides of a partition; from and to of a hold
  std::vector<trace::NodeId> nodes;  // all nodes concerned, in order
  std::size_t row = 0;  // of the strip: faults that overlap in time are in different rows
  std::optional<std::uint64_t> bit;  // how much it bit, said at its end

  bool is_partition() const;
  // side_of() is the position of the side that the node is on; -1 when it is on none.
  int side_of(trace::NodeId node) const;
};

class Faults {
 public:
  void add(const EventSource& source, Index index, const trace::Event& event);
  // finish() decides which faults without an end were instants, and puts them into rows.
  void finish();

  const std::vector<Fault>& all() const { return faults_; }
  // How many rows the strip has: 1 to kMostRows. The last row may hold faults that overlap.
  static constexpr std::size_t kMostRows = 3;
  std::size_t rows() const { return rows_; }

 private:
  void begin_fault(const EventSource& source, Index index, const trace::Event& event);
  trace::NodeId node_named(const EventSource& source, const std::string& name);

  std::vector<Fault> faults_;
  std::size_t rows_ = 1;
  std::unordered_map<std::uint64_t, std::size_t> open_;  // plan index -> position
  std::unordered_map<std::string, trace::NodeId> node_by_name_;
};

}  // namespace norn::viewer
