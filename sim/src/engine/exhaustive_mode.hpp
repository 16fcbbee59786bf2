// ExhaustiveMode: events in every order that a small scope allows, one order a run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "engine/core.hpp"
#include "engine/event_order.hpp"
#include "explore/exhaustive/search_guide.hpp"

namespace norn::sim {

// What a pending event is to a search.
struct EventNature {
  enum class Kind : std::uint8_t {
    gone,         // nobody waits for it any more
    completion,   // a message, an end of work of a disk: at any time from now on
    timer,        // rings by virtual time
    deadline,     // of the laboratory's own: when a property is judged
    fault_begin,  // at any time
    fault_end,    // at any time after its begin
  };
  Kind kind = Kind::gone;
  host::NodeId node = 0;      // whose state it changes; 0: it concerns everybody
  std::uint32_t fault = 0;    // of fault_begin and fault_end
  std::uint64_t content = 0;  // equal for events that do the same
  std::uint64_t link = 0;     // of a message: its sender and its receiver
};

// The scope of a search, as SimOptions::strategy says it: "exhaustive:2:in-order".
struct SearchScope {
  std::uint64_t early = 0;  // how many timers may ring out of turn
  bool in_order = false;    // the messages of a link come in the order in which they were sent
};

// A message may come, a disk finish and a fault begin at any moment. Timers ring in the order of
// their times once nothing else is under way; in each run up to `early` of them ring out of turn:
// any timer, at any moment. Virtual time goes on with the timers alone, so that what a node sees of
// the clock does not depend on what others did meanwhile.
class ExhaustiveMode final : public EventOrder {
 public:
  struct Calls {
    // With a content only where that is asked for.
    std::function<EventNature(const QueuedEvent&, bool content)> nature_of;
    std::function<std::uint64_t()> lives;  // a hash of which nodes are up
    std::function<void()> stop;
  };

  ExhaustiveMode(Core& core, explore::SearchGuide* guide, SearchScope scope, Calls calls)
      : core_(core), guide_(guide), scope_(scope), calls_(std::move(calls)) {
    core_.in_any_order = true;
  }

  bool any_enabled(std::int64_t limit_ns) override {
    find_possible(limit_ns);
    return !possible_.empty();
  }
  std::optional<QueuedEvent> next(std::int64_t limit_ns) override;
  std::size_t choose_fiber(std::size_t count);

 private:
  struct Pending {
    PooledEvent event;
    EventNature nature;
    bool out_of_turn = false;
  };

  struct Begun {
    std::uint32_t fault = 0;
    std::uint64_t event = 0;  // that began it
  };

  void find_possible(std::int64_t limit_ns);
  bool has_begun(std::uint32_t fault) const;
  bool must_wait(const Pending& message) const;
  std::uint64_t hash_of_pending() const;
  std::uint64_t cause_of(const Pending& event) const;
  std::optional<std::size_t> choose();
  void take(const Pending& next);

  Core& core_;
  explore::SearchGuide* guide_;
  SearchScope scope_;  // `early`: that are left
  Calls calls_;
  std::uint64_t steps_ = 0;
  std::uint64_t fiber_steps_ = 0;
  std::vector<Begun> begun_;
  std::vector<Pending> pending_;
  std::vector<Pending> possible_;  // in order of time
  std::vector<explore::PossibleEvent> shown_;
};

}  // namespace norn::sim
