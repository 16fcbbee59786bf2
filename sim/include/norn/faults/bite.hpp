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
  file_calls_failed,
  file_calls_delayed,
  writes_kept,  // that were not synced, by a crash
  writes_torn,
  names_kept,
  writes_lost,  // although a sync said that they were not
  writes_misdirected,
  sectors_rotten,  // as they were read
};

inline constexpr std::array<std::string_view, 14> kBiteNames = {
    "messages dropped",   "messages held",  "messages copied",   "nodes killed",
    "nodes started",      "stale answers",  "file calls failed", "file calls delayed",
    "writes kept",        "writes torn",    "names kept",        "writes lost",
    "writes misdirected", "sectors rotten",
};
inline constexpr std::size_t kBites = kBiteNames.size();

constexpr std::string_view name(Bite bite) {
  return kBiteNames[static_cast<std::size_t>(bite)];
}

// How often each thing was done.
using BiteCounts = std::array<std::uint64_t, kBites>;

}  // namespace norn
