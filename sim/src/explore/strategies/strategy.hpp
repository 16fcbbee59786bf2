// Strategy: who chooses what happens next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "norn/runtime/host/message.hpp"
#include "norn/runtime/result.hpp"

namespace norn::explore {

// What may happen next.
struct EnabledEvent {
  std::uint64_t id = 0;     // of the run; later ones are greater
  std::uint64_t cause = 0;  // the event under which it was made; 0: none
  host::NodeId node = 0;    // whose state it changes; 0: the world's
  bool is_delivery = false;
};

// Without a strategy, virtual time decides: an event comes when its drawn delay is over. A strategy
// ignores delays: a message may come at any time from now on, before others that were sent earlier
// or after all else that goes on. What it decides is a function of its seed and of what it was
// shown, so the run is as repeatable as any.
class Strategy {
 public:
  Strategy() = default;
  Strategy(const Strategy&) = delete;
  Strategy& operator=(const Strategy&) = delete;
  virtual ~Strategy() = default;

  // pick() returns the index of the event that comes next. `step` counts from 0; there is at least
  // one event, and they are in the order of their times.
  virtual std::size_t pick(std::span<const EnabledEvent> enabled, std::uint64_t step) = 0;
  // took() says what came next: not always what was picked, in a run that is edited.
  virtual void took(const EnabledEvent& event, std::span<const EnabledEvent> enabled) {
    static_cast<void>(event);
    static_cast<void>(enabled);
  }
};

struct StrategyInfo {
  std::string_view name;
  std::string_view meaning;
};
// strategies() are those that make_strategy() knows, "timed" (none) first.
std::span<const StrategyInfo> strategies();

// make_strategy() reads "NAME" or "NAME:NUMBER" ("pct:3"). Null for "timed". Errors (invalid): an
// unknown name, a number where none belongs or out of range.
Result<std::unique_ptr<Strategy>> make_strategy(const std::string& text, std::uint64_t seed);

// The strategies; each file has its source.
std::unique_ptr<Strategy> make_random(std::uint64_t seed);
std::unique_ptr<Strategy> make_round_robin(std::uint64_t seed, std::uint64_t delays);
std::unique_ptr<Strategy> make_pct(std::uint64_t seed, std::uint64_t depth);
std::unique_ptr<Strategy> make_pct_chains(std::uint64_t seed, std::uint64_t depth);
std::unique_ptr<Strategy> make_pos(std::uint64_t seed);
std::unique_ptr<Strategy> make_urw(std::uint64_t seed);

}  // namespace norn::explore
