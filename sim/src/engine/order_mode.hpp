// OrderMode: events in an order that a strategy chooses, whatever their times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/core.hpp"
#include "engine/event_order.hpp"
#include "explore/strategies/strategy.hpp"

namespace norn::sim {

// A message may come at any time after it was sent. A timer never rings early, and at most kLate
// after others that are due earlier: clocks of a cluster do not differ without bounds. The world's
// own events (faults, deadlines) keep to virtual time, which goes on with the timers, and a little
// with each message. Where a property waits for the calm that it was promised, virtual time decides
// as without a strategy: nothing gets done in time on a network that holds messages back for ever.
class OrderMode final : public EventOrder {
 public:
  // node_of() says whose state an event changes; nothing: nobody waits for it any more.
  using NodeOf = std::function<std::optional<host::NodeId>(const QueuedEvent&)>;

  // A strategy for a seed; not null.
  using MakeStrategy = std::function<std::unique_ptr<explore::Strategy>(std::uint64_t seed)>;

  OrderMode(Core& core, MakeStrategy make, std::uint64_t seed, NodeOf node_of)
      : core_(core), make_(std::move(make)), strategy_(make_(seed)), node_of_(std::move(node_of)) {
    core_.in_any_order = true;
  }

  // any_enabled() is asked when no fiber is ready; what it found holds for the next() that follows
  // at once.
  bool any_enabled(std::int64_t limit_ns) override {
    find_enabled(limit_ns);
    found_ = !enabled_.empty();
    return found_;
  }
  void be_fair(bool fair) override { fair_ = fair; }
  void look_again() override { found_ = false; }
  void follow(std::uint64_t seed) override { strategy_ = make_(seed); }
  std::optional<QueuedEvent> next(std::int64_t limit_ns) override;

 private:
  void find_enabled(std::int64_t limit_ns);
  // tidy_pool() drops what nobody waits for any more, and returns the time of the first timer.
  std::int64_t tidy_pool();
  void take_out(const PooledEvent& event);

  Core& core_;
  MakeStrategy make_;
  std::unique_ptr<explore::Strategy> strategy_;
  NodeOf node_of_;
  std::uint64_t steps_ = 0;
  std::int64_t due_ns_ = 0;           // of the world's next event
  std::vector<PooledEvent> enabled_;  // in order of time
  bool fair_ = false;
  bool found_ = false;  // enabled_ holds for the next() to come
  std::vector<explore::EnabledEvent> shown_;
};

}  // namespace norn::sim
