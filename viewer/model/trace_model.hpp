// Everything the panels draw from: one trace, indexed.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/clock_tracks.hpp"
#include "model/event_source.hpp"
#include "model/event_table.hpp"
#include "model/faults.hpp"
#include "model/fibers.hpp"
#include "model/lanes.hpp"
#include "model/messages.hpp"
#include "model/open_operations.hpp"
#include "model/published_state.hpp"
#include "norn/runtime/result.hpp"

namespace norn::viewer {

// A broken property: what the run was stopped for.
struct Violation {
  Index event = kNone;
  std::string property;
  std::string detail;
};

// How a model is built, and how far it is while another thread builds it.
struct BuildOptions {
  std::uint64_t most_events = ~std::uint64_t{0};  // no more than these are read
  std::atomic<std::uint64_t>* done = nullptr;     // how many have been read
  const std::atomic<bool>* cancel = nullptr;      // set: the building ends soon, with an error
};

// TraceModel owns the source and the indexes over it. It never changes after build().
class TraceModel {
 public:
  // build() reads the whole source once. It fails when the events contradict one another.
  static Result<TraceModel> build(std::unique_ptr<EventSource> source, BuildOptions options = {});
  // nothing() is a model without nodes and events: what there is before a file is opened.
  static TraceModel nothing();

  // True when there are more events in the source than were asked for.
  bool partial() const { return partial_; }
  // When the whole recording ends, also of a partial model.
  std::int64_t end_ns() const { return std::max(events_.end_ns(), source_->last_time_ns()); }
  const EventSource& source() const { return *source_; }
  const RunFacts& facts() const { return facts_; }
  const EventTable& events() const { return events_; }
  const Lanes& lanes() const { return lanes_; }
  const MessageIndex& messages() const { return messages_; }
  const Fibers& fibers() const { return fibers_; }
  const PublishedState& state() const { return state_; }
  const OpenOperations& operations() const { return operations_; }
  const std::vector<Fault>& faults() const { return faults_.all(); }
  std::size_t fault_rows() const { return faults_.rows(); }
  const ClockTracks& clocks() const { return clocks_; }
  const std::vector<Violation>& violations() const { return violations_; }
  // How the run ended; kNone when the trace does not say.
  Index run_end() const { return run_end_; }

  // The string numbers of the keys that lanes are coloured and labelled by; 0 when nobody published
  // them.
  trace::StringId role_key() const { return role_key_; }
  trace::StringId term_key() const { return term_key_; }

  std::string_view node_name(trace::NodeId node) const { return lanes_.of(node).name; }
  // message_of() is the message that a send, deliver or drop belongs to.
  MessageIndex::Found message_of(Index event) const;
  // cause_of() is what brought the event about; kNone for a root. A delivery comes from its send,
  // a violation without a cause from what it was found right after.
  Index cause_of(Index event) const;
  // found_after() is, for a violation without a cause, the last event of a node before it at the
  // same time: what the property was judged after. kNone for all other events.
  Index found_after(Index event) const;
  // effect_of() is the first event that names this one as its cause; kNone when none does. It looks
  // through all that follows: about a nanosecond an event.
  Index effect_of(Index event) const;
  // chain_of() is the event and its causes back to a root, the nearest `limit` of them.
  struct Chain {
    std::vector<Index> events;
    Index root = kNone;
    std::size_t omitted = 0;  // between the last of `events` and the root
  };
  Chain chain_of(Index event, std::size_t limit) const;
  // The memory of the indexes, without the source.
  std::size_t bytes() const;

 private:
  TraceModel() = default;
  Result<void> add(const trace::Event& event);

  std::unique_ptr<EventSource> source_;
  RunFacts facts_;
  EventTable events_;
  Lanes lanes_;
  MessageIndex messages_;
  PublishedState state_;
  Fibers fibers_;
  Faults faults_;
  OpenOperations operations_;
  ClockTracks clocks_;
  std::vector<Violation> violations_;
  Index run_end_ = kNone;
  bool partial_ = false;
  trace::StringId role_key_ = 0;
  trace::StringId term_key_ = 0;
};

}  // namespace norn::viewer
