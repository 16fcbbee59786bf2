// FaultValue: the value of a fault's parameter.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <variant>

#include "norn/faults/ratio.hpp"

namespace norn {

// A time, a share, a number or a word. Which, the catalogue says.
using FaultValue = std::variant<std::chrono::nanoseconds, Ratio, std::int64_t, std::string>;
using FaultValues = std::map<std::string, FaultValue, std::less<>>;

}  // namespace norn
