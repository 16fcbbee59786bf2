// Two traces beside each other: how far they are the same, where they part, and which event of one
// is which of the other.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "model/trace_model.hpp"

namespace norn::viewer {

// Which of the two traces: the one that is looked at, or the one beside it.
enum class Side : std::uint8_t { here, there };

// What an event has in the other trace. `changed`: an event of the same form in the same place with
// other contents (a message with another term, the same message but lost).
enum class Twin : std::uint8_t { same, changed, none };

// Where the two part. kNone: that side has ended.
struct Parting {
  bool differs = false;
  Index here = kNone;
  Index there = kNone;
};

// A stretch of one node in which the two differ.
struct DifferentStretch {
  trace::NodeId node = 0;  // as numbered here; 0 for the simulation and its faults
  std::array<Index, 2> first = {kNone, kNone};  // by side; kNone: nothing there
  std::array<std::uint32_t, 2> count = {0, 0};
  std::uint32_t changed = 0;  // of those, events with a changed twin
  std::int64_t time_ns = 0;   // of the earlier of the two
};

struct NodeDifference {
  trace::NodeId here = 0;  // 0: no node of that name
  trace::NodeId there = 0;
  std::string name;
  std::uint64_t same = 0;
  std::uint64_t changed = 0;
  std::uint64_t only_here = 0;
  std::uint64_t only_there = 0;
};

// TimeMap leads from a time in one trace to the time in the other at which the same happens: by
// straight lines between events that are the same, beside them at an even pace.
class TimeMap {
 public:
  // Pairs (here, there) in order of both.
  explicit TimeMap(std::vector<std::pair<std::int64_t, std::int64_t>> pairs = {});
  double map(Side from, double t_ns) const;

 private:
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs_;
};

// Difference compares two models, which must outlive it, on a thread of its own; nothing but
// ready() may be asked before it is.
//
// What two files share is skipped by their hashes, chunk by chunk; then events are compared one by
// one. Behind the place where they part, the events of each node are aligned (see alignment.hpp) by
// what they say, not by when; what then stays between is paired by its form.
class Difference {
 public:
  Difference(const TraceModel& here, const TraceModel& there);
  ~Difference();
  Difference(const Difference&) = delete;
  Difference& operator=(const Difference&) = delete;

  bool ready() const { return ready_.load(std::memory_order_acquire); }
  void wait() const { ready_.wait(false); }
  // "" unless one of the files could not be read to its end.
  const std::string& problem() const { return problem_; }

  const TraceModel& model(Side side) const { return *models_[static_cast<std::size_t>(side)]; }
  // So many events at the beginning are the same.
  Index common() const { return common_; }
  const Parting& parting() const { return parting_; }
  // parting_text() says in words where they part and what each did instead.
  std::string parting_text() const;

  Twin twin(Side side, Index event) const;
  // partner() is the event's twin in the other trace, kNone when it has none.
  Index partner(Side side, Index event) const;
  // node() is the node of the same name in the other trace; 0 when there is none.
  trace::NodeId node(Side side, trace::NodeId node) const;

  const std::vector<NodeDifference>& nodes() const { return nodes_; }
  const std::vector<DifferentStretch>& stretches() const { return stretches_; }
  const TimeMap& times() const { return times_; }
  // alone() are the events of a node's lane without a same twin, in order: for marks.
  const std::vector<Index>& alone(Side side, trace::NodeId node) const;
  std::size_t bytes() const;

 private:
  struct Signs;
  class Worker;
  void compute(const std::stop_token& stop);
  static std::size_t at(Side side) { return static_cast<std::size_t>(side); }

  std::array<const TraceModel*, 2> models_;
  std::array<std::vector<trace::NodeId>, 2> node_of_;  // by node: its namesake
  std::array<std::vector<Index>, 2> partner_;          // behind the common beginning
  std::array<std::vector<bool>, 2> changed_;
  std::array<std::vector<std::vector<Index>>, 2> alone_;  // by node
  Index common_ = 0;
  Parting parting_;
  std::vector<NodeDifference> nodes_;
  std::vector<DifferentStretch> stretches_;
  TimeMap times_;
  std::string problem_;
  std::atomic<bool> ready_{false};
  std::jthread thread_;
};

// words_of() is what an event does, with its node left out; a fault is told with whom it concerns.
std::string words_of(const TraceModel& model, Index event);

// What a view of one of the two keeps of the comparison.
struct DifferenceView {
  std::shared_ptr<const Difference> difference;
  Side side = Side::here;
  bool locked = true;  // the other view shows what happens there at the same time

  // What was in view and selected when the two were led together last.
  double begin = 0;  // on the axis of the diagram: in ns or in steps
  double end = 0;
  Index selected = kNone;
  std::optional<double> cursor_ns;
};

}  // namespace norn::viewer
