// EventOrder: who takes the next event, where virtual time alone does not say.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/event_queue.hpp"

namespace norn::sim {

class EventOrder {
 public:
  EventOrder() = default;
  EventOrder(const EventOrder&) = delete;
  EventOrder& operator=(const EventOrder&) = delete;
  virtual ~EventOrder() = default;

  // any_enabled() is asked when no fiber is ready; what it found holds for the next() that follows
  // at once.
  virtual bool any_enabled(std::int64_t limit_ns) = 0;
  // look_again(): the world may have been changed from outside.
  virtual void look_again() {}
  // be_fair() lets virtual time decide from now on, or no longer.
  virtual void be_fair(bool fair) { static_cast<void>(fair); }
  // follow() lets what is chosen from now on follow another seed.
  virtual void follow(std::uint64_t seed) { static_cast<void>(seed); }
  // next() takes the next event out of the pool and moves virtual time to it; nothing when nothing
  // can happen up to the limit.
  virtual std::optional<QueuedEvent> next(std::int64_t limit_ns) = 0;
};

}  // namespace norn::sim
