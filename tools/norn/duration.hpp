// Durations as a person writes and reads them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "norn/runtime/result.hpp"

namespace norn::command {

// parse_duration() reads "1.5s", "20ms", "3us", "7ns", "2m" or "0", exactly: what is less than a
// nanosecond is an error, as is what does not fit 64 bits.
Result<std::int64_t> parse_duration(std::string_view text);

// "1.5s", "20ms", "0s": in the largest unit that makes it at least 1.
std::string duration_text(std::int64_t ns);

}  // namespace norn::command
