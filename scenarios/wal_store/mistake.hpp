// The mistakes that can be planted, one at a time. Each is one marked place ("planted:").
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace wal_store {

enum class Mistake : std::uint8_t {
  none,
  no_fsync,
  no_directory_fsync,
  no_checksum,
  trusts_length,
  truncates_middle,
  ignores_failed_fsync,
  rename_without_sync,
};

inline constexpr std::array<std::pair<std::string_view, Mistake>, 8> kMistakes = {{
    {"", Mistake::none},
    {"no-fsync", Mistake::no_fsync},
    {"no-directory-fsync", Mistake::no_directory_fsync},
    {"no-checksum", Mistake::no_checksum},
    {"trusts-length", Mistake::trusts_length},
    {"truncates-middle", Mistake::truncates_middle},
    {"ignores-failed-fsync", Mistake::ignores_failed_fsync},
    {"rename-without-sync", Mistake::rename_without_sync},
}};

inline std::optional<Mistake> mistake_of(std::string_view variant) {
  for (const auto& [name, mistake] : kMistakes) {
    if (name == variant) return mistake;
  }
  return std::nullopt;
}

}  // namespace wal_store
