// What led to an event, what came of it, and what had nothing to do with it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "model/trace_model.hpp"

namespace norn::viewer {

// How an event stands to the one that was asked about, by happens-before (see
// norn/trace/happens_before.hpp).
enum class Relation : std::uint8_t { self, past, future, concurrent };

// The past of an event as the last event of each node that belongs to it, and its future as the
// first one; kNone where there is none. Each lane is so cut into three stretches at most.
struct Frontiers {
  Index event = kNone;  // what was asked about
  std::vector<Index> past;
  std::vector<Index> future;

  Index last_past(trace::NodeId node) const { return node < past.size() ? past[node] : kNone; }
  Index first_future(trace::NodeId node) const {
    return node < future.size() ? future[node] : kNone;
  }
};

// One event on the way from one to another, and how one came to it from the one before.
struct PathStep {
  enum class By : std::uint8_t { start, node_order, cause, found_after };
  Index event = kNone;
  By by = By::start;
};

// Causality answers questions about one trace, which must outlive it. A thread of its own prepares
// it: until it is done answers are right as well, only slower.
//
// Every 1,024 events it keeps, for each node, the frontier of that node's past: a question then
// walks back over the events since the last checkpoint only. These take nodes² · 4 bytes, so at 8
// nodes a quarter of a byte an event. With more than 16 nodes they are set farther apart, so that
// they take one byte an event at most (100 nodes: one every 40,000 events); above kMostNodes there
// are none.
class Causality {
 public:
  static constexpr std::size_t kLeastInterval = 1024;
  static constexpr std::size_t kMostNodes = 1024;

  explicit Causality(const TraceModel& model);
  ~Causality();
  Causality(const Causality&) = delete;
  Causality& operator=(const Causality&) = delete;

  // frontiers() are those of one event.
  Frontiers frontiers(Index event) const;
  Relation relation(const Frontiers& frontiers, Index other) const;
  // happened_before() asks about two events.
  bool happened_before(Index first, Index second) const;

  // shortest_path() is a way from the earlier of two events to the later one with the fewest steps
  // from node to node, the earliest of these; empty when neither happened before the other.
  std::vector<PathStep> shortest_path(Index one, Index other) const;

  // How many events of each kind of relation the lanes of the nodes have.
  struct Counts {
    std::uint64_t past = 0;
    std::uint64_t future = 0;
    std::uint64_t concurrent = 0;
  };
  Counts count(const Frontiers& frontiers, trace::NodeId node) const;
  Counts count(const Frontiers& frontiers) const;

  // answers_soon() is false while so little is prepared that a question about the event would take
  // many milliseconds.
  bool answers_soon(Index event) const;
  // wait() returns when all is prepared.
  void wait() const { complete_.wait(false); }
  bool complete() const { return complete_.load(); }
  std::size_t interval() const { return interval_; }
  std::size_t bytes() const;

 private:
  // Positions plus one, so that 0 stands for none: by node, from node 1.
  using Clock = std::vector<Index>;
  class Builder;

  bool is_loose(Index event) const;
  Index firm(Index event) const;
  Clock past_of(Index event) const;
  void expand(trace::NodeId node, Clock& past, Clock& done) const;
  std::vector<Index> future_of(Index event) const;
  bool is_loose_past(const Frontiers& frontiers, Index event) const;
  bool is_loose_future(const Frontiers& frontiers, Index event) const;
  void prepare(const std::stop_token& stop);
  void find_loose_effects(const std::stop_token& stop);

  const TraceModel* model_;
  std::size_t nodes_ = 0;
  std::size_t interval_ = 0;
  std::vector<std::unique_ptr<Index[]>> checkpoints_;  // [k]: before the event k · interval_
  std::atomic<std::size_t> ready_{0};  // how many of them are there; the first is all zero
  // Events without a place in the order of a node, with what they caused, in order.
  std::vector<std::pair<Index, Index>> loose_effects_;
  std::atomic<bool> loose_ready_{false};
  std::atomic<bool> complete_{false};
  std::jthread thread_;
};

// What is shown of it: kept until something else is selected.
struct CausalView {
  // Made when the whole trace has been read, or else when the first event is selected.
  std::shared_ptr<const Causality> causality;
  Frontiers frontiers;   // of the selected event; of none while that is waited for
  bool waiting = false;  // for what is still being prepared
  Causality::Counts counts;
  Index second = kNone;
  std::vector<PathStep> path;  // between the selected event and the second one
  std::vector<std::string> path_titles;

  Relation relation(Index event) const {
    return causality == nullptr ? Relation::concurrent : causality->relation(frontiers, event);
  }
};

// refresh() brings the view up to date with what is selected; it does nothing while that stays. It
// does not wait: what cannot be told soon is left for a later call.
void refresh(CausalView& view, const TraceModel& model, Index selected, Index second);

}  // namespace norn::viewer
