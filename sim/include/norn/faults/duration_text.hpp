// Durations as people write them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "norn/runtime/result.hpp"

namespace norn {

// parse_duration() reads a decimal number with a unit: "250ms", "1.5s", "10us", "7ns", "2m". It
// must be whole nanoseconds; a negative one ("-5ms") is read as well. format_duration() writes it
// exactly, in the largest unit of which there is at least one, minutes only when whole: "1.5ms",
// "90s", "2m".
Result<std::chrono::nanoseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::nanoseconds duration);

}  // namespace norn
