// What nodes published about themselves over time: role, term, commit index and whatever else a
// scenario names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/event_table.hpp"
#include "norn/trace/event.hpp"

namespace norn::viewer {

// One value of one key, from `event` on until the next change (or the end of the node's life).
// Integers are kept in place, so that a counter published a million times costs no strings.
struct StateChange {
  Index event = kNone;
  std::uint32_t text = 0;  // 0: `number` is the value; otherwise 1 + position in the pool of texts
  std::int64_t number = 0;
};

// All values of one key of one node, in order.
struct StateTrack {
  trace::NodeId node = 0;
  trace::StringId key = 0;
  std::vector<StateChange> changes;
};

class PublishedState {
 public:
  void add(Index index, const trace::Event& event);

  const StateTrack* track(trace::NodeId node, trace::StringId key) const;
  // tracks_of() are the tracks of one node, in order of their keys' first use.
  std::vector<const StateTrack*> tracks_of(trace::NodeId node) const;
  // value() is the text of a value: a JSON string without its quotes, anything else as JSON.
  std::string value(const StateChange& change) const;

  // text() is value() without a copy; "" for an integer.
  std::string_view text(const StateChange& change) const {
    return change.text == 0 ? std::string_view() : std::string_view(pool_[change.text - 1]);
  }

  // at() is the last change at or before the event; nullptr when there is none.
  static const StateChange* at(const StateTrack& track, Index event);
  std::size_t bytes() const;

 private:
  StateChange parse(Index index, std::span<const std::byte> payload);
  std::uint32_t intern(std::string text);

  std::map<std::pair<trace::NodeId, trace::StringId>, StateTrack> tracks_;
  std::unordered_map<std::string, std::uint32_t> pool_index_;
  std::vector<std::string> pool_;
};

}  // namespace norn::viewer
