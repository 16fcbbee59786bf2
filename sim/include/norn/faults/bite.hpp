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
};

inline constexpr std::array kBiteNames = {
    std::string_view("messages dropped"),   std::string_view("messages held"),
    std::string_view("messages copied"),    std::string_view("nodes killed"),
    std::string_view("nodes started"),      std::string_view("messages delayed"),
    std::string_view("messages reordered"), std::string_view("messages corrupted"),
    std::string_view("messages truncated"), std::string_view("messages passed"),
    std::string_view("segments cut"),       std::string_view("connections reset"),
    std::string_view("connects refused"),   std::string_view("connects hung"),
};
inline constexpr std::size_t kBites = kBiteNames.size();

constexpr std::string_view name(Bite bite) {
  return kBiteNames[static_cast<std::size_t>(bite)];
}

// How often each thing was done.
using BiteCounts = std::array<std::uint64_t, kBites>;

}  // namespace norn
