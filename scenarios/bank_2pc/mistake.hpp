// The mistakes that can be planted, one at a time. Each is one marked place ("planted:").
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace bank_2pc {

enum class Mistake : std::uint8_t {
  none,
  forgets_decision,
  forgets_abort,
  commits_in_doubt,
  aborts_in_doubt,
  unlocks_in_doubt,
  reads_unlocked,
};

inline constexpr std::array<std::pair<std::string_view, Mistake>, 7> kMistakes = {{
    {"", Mistake::none},
    {"forgets-decision", Mistake::forgets_decision},
    {"forgets-abort", Mistake::forgets_abort},
    {"commits-in-doubt", Mistake::commits_in_doubt},
    {"aborts-in-doubt", Mistake::aborts_in_doubt},
    {"unlocks-in-doubt", Mistake::unlocks_in_doubt},
    {"reads-unlocked", Mistake::reads_unlocked},
}};

inline std::optional<Mistake> mistake_of(std::string_view variant) {
  for (const auto& [name, mistake] : kMistakes) {
    if (name == variant) return mistake;
  }
  return std::nullopt;
}

}  // namespace bank_2pc
