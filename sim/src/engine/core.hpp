// Core: what all parts of a simulation share: the clock, the pending events, the choices, the
// trace, and the count of what faults did.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "engine/choices.hpp"
#include "engine/clocks.hpp"
#include "engine/event_queue.hpp"
#include "faults/bite_counter.hpp"
#include "norn/runtime/host/scheduler.hpp"
#include "norn/trace/recorder.hpp"

namespace norn::sim {

class CoverageMap;
// CoverageMap::delivered(), for whoever need not know more of it.
void cover_delivery(CoverageMap& coverage, host::NodeId node, std::uint64_t class_hash);

// What a pending event will do. In the top byte of QueuedEvent::data.
enum class EventType : std::uint8_t {
  deliver = 1,  // low 32 bits: slot of the message; 24 bits above: the receiver, for prefetching
  timer = 2,    // low 32 bits: slot of the fiber; 24 bits above: its park generation
  alarm = 4,    // low 32 bits: slot of the alarm; 24 bits above: the generation of the slot
  host = 3,     // low 32 bits: number of an action for the host (faults, deadlines)
  kernel = 5,   // low 32 bits: number of a connection's timer; 24 bits above: its generation
  wake = 40,    // low 32 bits: the node whose slow processor is free; 24 bits above: its life
};

// An event whose turn a strategy chooses.
struct PooledEvent {
  QueuedEvent event;
  std::uint64_t id;        // from 1, in order of pushing
  std::uint64_t cause;     // the event under which it was pushed
  std::uint32_t node = 0;  // whose state it changes, as found last
};

inline bool comes_before(const PooledEvent& a, const PooledEvent& b) {
  return a.event.time_ns != b.event.time_ns ? a.event.time_ns < b.event.time_ns
                                            : a.event.order < b.event.order;
}

struct Core {
  explicit Core(ChoiceOptions options) : choices(std::move(options)) {}
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  Choices choices;
  BiteCounter bites;
  Clocks clocks{bites};
  EventQueue queue;
  std::unique_ptr<trace::Recorder> recorder;
  CoverageMap* coverage = nullptr;  // null: nobody asked for it
  host::Scheduler* scheduler = nullptr;
  std::int64_t now_ns = 0;
  std::uint64_t pushed = 0;
  // Where a strategy chooses among the pending events, they lie here instead of in the queue.
  bool in_any_order = false;
  std::vector<PooledEvent> pool;
  std::vector<PooledEvent> of_world;  // those of type host, the earliest at the end
  std::uint64_t under_event = 0;      // the event that is being applied, by its id

  // acting_now_ns() is the present instant by the monotonic clock of the node that acts.
  std::int64_t acting_now_ns() const {
    if (clocks.any()) [[unlikely]]
      return clocks.monotonic(clocks.acting(), now_ns);
    return now_ns;
  }

  // push() schedules an event. Events of one instant are applied in the order of `tie` (24 bits
  // count), then of their pushing.
  void push(std::int64_t time_ns, std::uint64_t tie, EventType type, std::uint64_t data) {
    constexpr std::uint64_t kSeqBits = 40;
    const std::uint64_t order = tie << kSeqBits | pushed;
    ++pushed;
    const QueuedEvent event{time_ns, order,
                            std::uint64_t{static_cast<std::uint8_t>(type)} << 56U | data};
    if (in_any_order) [[unlikely]] {
      pool_event({event, pushed, under_event}, type);
    } else {
      queue.push(event);
    }
  }
  std::size_t pending() const { return queue.size() + pool.size() + of_world.size(); }
  // Of the world's events only the earliest may be next, and a fault plan makes hundreds of them.
  void pool_event(const PooledEvent& one, EventType type) {
    if (type != EventType::host) return pool.push_back(one);
    const auto later = [](const PooledEvent& a, const PooledEvent& b) {
      return comes_before(b, a);
    };
    of_world.insert(std::upper_bound(of_world.begin(), of_world.end(), one, later), one);
  }
  // forget_if() forgets timers and alarms.
  template <class Predicate>
  void forget_if(Predicate gone) {
    queue.remove_if(gone);
    std::erase_if(pool, [&](const PooledEvent& one) { return gone(one.event); });
  }
};

}  // namespace norn::sim
