// Small pieces of text that reports are made of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "norn/runtime/time.hpp"

namespace norn::explore {

// grouped() writes 1234567 as "1,234,567".
std::string grouped(std::uint64_t number);

// counted() writes "1 run", "2 runs".
std::string counted(std::uint64_t number, std::string_view noun);
// ... and with a plural of its own.
std::string counted(std::uint64_t number, std::string_view one, std::string_view many);

std::string joined(const std::vector<std::string>& parts, std::string_view between);

// hash_text() is "0x" and 16 digits; parse_hash() reads "0x" and 1 to 16 hexadecimal digits.
std::string hash_text(std::uint64_t hash);
std::optional<std::uint64_t> parse_hash(std::string_view text);

// rough_duration() is for sums that people compare: three digits and the largest unit that fits,
// "12.5 s", "3.21 h".
std::string rough_duration(Duration duration);

// nearest() is the candidate that a person most likely meant by `text` (edit distance at most a
// third of its length), or empty.
std::string nearest(std::string_view text, const std::vector<std::string>& candidates);

// shell_word() quotes `text` for a POSIX shell where that is needed.
std::string shell_word(std::string_view text);

}  // namespace norn::explore
