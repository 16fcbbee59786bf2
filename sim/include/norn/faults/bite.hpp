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
  messages_delayed,
  messages_reordered,
  messages_corrupted,  // and delivered all the same
  messages_truncated,  // and delivered all the same
  messages_passed,     // by a rule that lets pass
  segments_cut,        // TCP segments made smaller for the MTU
  connections_reset,
  connects_refused,
  connects_hung,
  stale_answers,
  file_calls_failed,
  file_calls_delayed,
  writes_kept,  // that were not synced, by a crash
  writes_torn,
  names_kept,
  writes_lost,  // although a sync said that they were not
  writes_misdirected,
  sectors_rotten,  // as they were read
  wakes_held_up,
  wrong_reads,
  timers_moved,
  clocks_set,
  nodes_stopped,
  nodes_upgraded,
  disks_lost,
  allocations_failed,
};

inline constexpr std::array kBiteNames = {
    std::string_view("messages dropped"),   std::string_view("messages held"),
    std::string_view("messages copied"),    std::string_view("nodes killed"),
    std::string_view("nodes started"),      std::string_view("messages delayed"),
    std::string_view("messages reordered"), std::string_view("messages corrupted"),
    std::string_view("messages truncated"), std::string_view("messages passed"),
    std::string_view("segments cut"),       std::string_view("connections reset"),
    std::string_view("connects refused"),   std::string_view("connects hung"),
    std::string_view("stale answers"),      std::string_view("file calls failed"),
    std::string_view("file calls delayed"), std::string_view("writes kept"),
    std::string_view("writes torn"),        std::string_view("names kept"),
    std::string_view("writes lost"),        std::string_view("writes misdirected"),
    std::string_view("sectors rotten"),     std::string_view("wake-ups delayed"),
    std::string_view("wrong clock reads"),  std::string_view("timers moved"),
    std::string_view("clocks set"),         std::string_view("nodes stopped"),
    std::string_view("nodes upgraded"),     std::string_view("disks lost"),
    std::string_view("allocations failed"),
};
inline constexpr std::size_t kBites = kBiteNames.size();

constexpr std::string_view name(Bite bite) {
  return kBiteNames[static_cast<std::size_t>(bite)];
}

// How often each thing was done.
using BiteCounts = std::array<std::uint64_t, kBites>;

}  // namespace norn
