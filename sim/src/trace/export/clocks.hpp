// Vector clocks that count the exported events only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "norn/trace/happens_before.hpp"
#include "norn/trace/reader.hpp"

namespace norn::trace {

// Where an event happened, as clocks see it: the simulation is lane 0, then come the nodes that
// have events, and last what befalls messages on their way (the nodes do not notice it), the
// network.
using Lane = std::uint32_t;

class Lanes {
 public:
  // A walk over the trace.
  static Result<Lanes> make(const Reader& reader) {
    Lanes lanes(reader);
    auto walked = reader.for_each([&](const Event& event) {
      if (event.node != 0) lanes.of_node_.try_emplace(event.node, 0);
    });
    if (!walked.ok()) return walked.error();
    for (auto& [node, lane] : lanes.of_node_) {
      lanes.nodes_.push_back(node);
      lane = static_cast<Lane>(lanes.nodes_.size());
    }
    return lanes;
  }

  Lane network() const { return static_cast<Lane>(nodes_.size() + 1); }
  std::size_t count() const { return nodes_.size() + 2; }
  Lane of(const Event& event) const {
    if (!ordered_by_node(event.kind)) return network();
    return event.node == 0 ? 0 : of_node_.find(event.node)->second;
  }
  std::string name(Lane lane) const {
    if (lane == network()) return "network";
    return reader_->node_name(lane == 0 ? 0 : nodes_[lane - 1]);
  }

 private:
  explicit Lanes(const Reader& reader) : reader_(&reader) {}

  const Reader* reader_;
  std::map<NodeId, Lane> of_node_;
  std::vector<NodeId> nodes_;
};

// VectorClocks gives each event its vector clock (Fidge: Timestamps in message-passing systems that
// preserve the partial ordering, 1988; Mattern: Virtual time and global states of distributed
// systems, 1989): for each lane how many of its counted events happened before. Events that are not
// counted carry on what happened before them all the same. The simulation notices what it is caused
// by for a violation only: else all faults would seem to come after all that was ever checked.
//
// What it keeps is bounded: the clocks of messages that are on their way, and of the last 4,096
// events for all other causes; one that is further back is left out.
class VectorClocks {
 public:
  using Counts = std::vector<std::uint32_t>;

  explicit VectorClocks(const Lanes& lanes)
      : names_(lanes), lanes_(lanes.count()), recent_(kRecent) {
    const auto nothing = std::make_shared<const Counts>(lanes_.size(), 0);
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane)
      lanes_[lane] = {.lane = static_cast<Lane>(lane), .count = 0, .others = nothing};
  }

  // Goes on to the next event of the trace.
  void next(const Event& event, bool counted) {
    const Lane lane = names_.of(event);
    Stamp& here = lanes_[lane];
    if (lane != 0 || event.kind == EventKind::violation) {
      const Stamp* const cause = cause_of(event);
      if (cause != nullptr && cause->lane != lane) merge(here, *cause);
    }
    if (counted) ++here.count;
    remember(event, here);
    current_ = lane;
  }

  Lane lane() const { return current_; }
  // The clock of the event that next() was last told of; of its own lane: count().
  std::uint32_t of(Lane lane) const {
    const Stamp& here = lanes_[current_];
    return lane == current_ ? here.count : (*here.others)[lane];
  }
  std::uint32_t count() const { return lanes_[current_].count; }
  std::size_t lanes() const { return lanes_.size(); }

 private:
  static constexpr std::size_t kRecent = 4096;

  struct Stamp {
    Lane lane = 0;
    std::uint32_t count = 0;
    std::shared_ptr<const Counts> others;  // its own lane's is not kept up to date
  };
  struct Recent {
    Seq seq = 0;
    Stamp stamp;
  };
  struct OnItsWay {
    Stamp stamp;
    std::uint32_t copies = 1;
  };

  const Stamp* cause_of(const Event& event) const {
    const bool of_message = event.kind == EventKind::deliver || !ordered_by_node(event.kind);
    if (of_message) {
      const auto found = on_their_way_.find(event.a);
      if (found != on_their_way_.end()) return &found->second.stamp;
    }
    if (event.cause == 0) return nullptr;
    const Recent& recent = recent_[event.cause % kRecent];
    return recent.seq == event.cause ? &recent.stamp : nullptr;
  }

  static void merge(Stamp& here, const Stamp& cause) {
    const Counts& old = *here.others;
    const Counts& other = *cause.others;
    const auto from_cause = [&](std::size_t lane) {
      return lane == cause.lane ? cause.count : other[lane];
    };
    bool changes = false;
    for (std::size_t lane = 0; lane < old.size() && !changes; ++lane)
      changes = lane != here.lane && from_cause(lane) > old[lane];
    if (!changes) return;
    auto merged = std::make_shared<Counts>(old);
    for (std::size_t lane = 0; lane < old.size(); ++lane) {
      if (lane != here.lane) (*merged)[lane] = std::max(old[lane], from_cause(lane));
    }
    here.others = std::move(merged);
  }

  void remember(const Event& event, const Stamp& here) {
    recent_[event.seq % kRecent] = {.seq = event.seq, .stamp = here};
    if (event.kind == EventKind::send) {
      on_their_way_[event.seq] = {.stamp = here};
    } else if (event.kind == EventKind::duplicate) {
      const auto found = on_their_way_.find(event.a);
      if (found != on_their_way_.end()) ++found->second.copies;
    } else if (event.kind == EventKind::deliver || event.kind == EventKind::drop) {
      const auto found = on_their_way_.find(event.a);
      if (found != on_their_way_.end() && --found->second.copies == 0) on_their_way_.erase(found);
    }
  }

  const Lanes& names_;
  std::vector<Stamp> lanes_;
  std::vector<Recent> recent_;
  std::unordered_map<Seq, OnItsWay> on_their_way_;
  Lane current_ = 0;
};

}  // namespace norn::trace
