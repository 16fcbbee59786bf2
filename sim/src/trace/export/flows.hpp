// The ways of messages: from a send, or from its duplicate, to where that copy ended.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "trace/export/selection.hpp"

namespace norn::trace {

// MessageCopies says which copy of a message an arrival ends. A copy is named after the event that
// made it: its send or its duplicate. Copies arrive in the order in which they were made: the trace
// does not say more. It keeps what is on its way only.
class MessageCopies {
 public:
  // Begins a copy of the message of `send`; `id` 0: one that nobody wants to know of.
  void begin(Seq send, Seq id) {
    const auto [place, is_new] = pending_.try_emplace(send);
    if (is_new) {
      place->second.first = id;
    } else {
      place->second.more.push_back(id);
    }
  }
  // Ends a copy and gives its id; 0 if it is not known.
  Seq end(Seq send) {
    const auto found = pending_.find(send);
    if (found == pending_.end()) return 0;
    const Seq id = found->second.first;
    if (found->second.more.empty()) {
      pending_.erase(found);
    } else {
      found->second.first = found->second.more.front();
      found->second.more.erase(found->second.more.begin());
    }
    return id;
  }

 private:
  struct Pending {
    Seq first = 0;
    std::vector<Seq> more;
  };
  std::unordered_map<Seq, Pending> pending_;
};

// Flows are the arrows of a selection: both ends of each belong to it. It is made by a walk over
// the trace and keeps a bit for each event; then it is told all events again, in order.
class Flows {
 public:
  static Result<Flows> make(const Reader& reader, const Selection& selection) {
    Flows flows;
    const std::size_t first = selection.first_chunk();
    flows.first_ = first < reader.chunk_count() ? reader.chunk(first).first_seq : 1;
    flows.arrive_.resize(reader.events() + 1 - std::min(reader.events(), flows.first_ - 1));
    auto walked = reader.for_each(
        [&](const Event& event) {
          if (selection.is_behind(event)) return false;
          const bool selected = selection.has(event);
          flows.learn(event, selected);
          const Seq id = flows.passing(event, selected);
          if (id != 0 && id != event.seq) flows.arrive_[id - flows.first_] = true;
          return true;
        },
        first);
    if (!walked.ok()) return walked.error();
    flows.copies_ = MessageCopies();
    return flows;
  }

  // The flow that begins or ends at this event; 0: none. To be asked of every event once, from the
  // first chunk of the selection on.
  Seq next(const Event& event, bool selected) {
    learn(event, selected);
    const Seq id = passing(event, selected);
    return id == event.seq && !arrive_[id - first_] ? 0 : id;
  }

 private:
  static bool begins(const Event& event) {
    return event.kind == EventKind::send || event.kind == EventKind::duplicate;
  }
  void learn(const Event& event, bool selected) {
    if (!begins(event)) return;
    copies_.begin(event.kind == EventKind::send ? event.seq : event.a, selected ? event.seq : 0);
  }
  Seq passing(const Event& event, bool selected) {
    if (begins(event)) return selected ? event.seq : 0;
    if (event.kind != EventKind::deliver && event.kind != EventKind::drop) return 0;
    const Seq id = copies_.end(event.a);
    return selected ? id : 0;
  }

  Seq first_ = 1;
  std::vector<bool> arrive_;  // by copy
  MessageCopies copies_;
};

}  // namespace norn::trace
