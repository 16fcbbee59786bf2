// Bite: what a fault did to somebody. A fault that never bit tested nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace norn {

enum class Bite : std::uint8_t {
  messages_dropped,
  messages_held,
  messages_copied,
  nodes_killed,
  nodes_started,
  stale_answers,
  wakes_held_up,
  wrong_reads,
  timers_moved,
  clocks_set,
  nodes_stopped,
  nodes_upgraded,
  disks_lost,
  allocations_failed,
};

inline constexpr std::array<std::string_view, 14> kBiteNames = {
    "messages dropped", "messages held",      "messages copied",  "nodes killed",
    "nodes started",    "stale answers",      "wake-ups delayed", "wrong clock reads",
    "timers moved",     "clocks set",         "nodes stopped",    "nodes upgraded",
    "disks lost",       "allocations failed",
};
inline constexpr std::size_t kBites = kBiteNames.size();

constexpr std::string_view name(Bite bite) {
  return kBiteNames[static_cast<std::size_t>(bite)];
}

// How often each thing was done.
using BiteCounts = std::array<std::uint64_t, kBites>;

}  // namespace norn
