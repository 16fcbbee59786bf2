// SearchGuide: who says, in an exhaustive search, what a run does next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "norn/runtime/host/message.hpp"

namespace norn::explore {

// What may happen next.
struct PossibleEvent {
  std::uint64_t id = 0;     // of the run; the same in each run that begins in the same way
  std::uint64_t cause = 0;  // the event under which it was made; 0: none
  host::NodeId node = 0;    // whose state it changes; 0: it concerns everybody
  bool keeps_turn = false;  // a timer that never rings out of turn
  bool goes_first = false;  // such a timer waits for it: a message, a disk, an earlier timer
};

// Who sees what happens beside the node itself.
enum class Seen : std::uint8_t {
  by_clients,  // a call or a return: its order among all such counts
  told,        // a property over several nodes is told of it, in whatever order among such
  judged,      // such a property is judged: the order counts among these and what is told
};

class SearchGuide {
 public:
  SearchGuide() = default;
  SearchGuide(const SearchGuide&) = delete;
  SearchGuide& operator=(const SearchGuide&) = delete;
  virtual ~SearchGuide() = default;

  // begins() is told the nodes that may fail, by name.
  virtual void begins(const std::vector<std::string>& may_fail) = 0;
  // wants_pending() is whether next_event() needs a hash of what is under way.
  virtual bool wants_pending() const = 0;
  // next_event() returns an index of `possible`, which is not empty; nothing: the run is of no
  // further interest. All fibers are blocked.
  virtual std::optional<std::size_t> next_event(std::span<const PossibleEvent> possible,
                                                std::uint64_t pending) = 0;
  // next_fiber() returns a number below `count`.
  virtual std::size_t next_fiber(std::size_t count) = 0;
  virtual void shows(Seen seen) = 0;
  virtual void published(host::NodeId node, std::string_view key, std::string_view json) = 0;
};

}  // namespace norn::explore
