// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace norn::sim {

// in_seconds() is "1.250 s".
inline std::string in_seconds(std::int64_t ns) {
  const std::string ms = std::to_string(ns / 1'000'000 % 1000);
  return std::to_string(ns / 1'000'000'000) + "." + std::string(3 - ms.size(), '0') + ms + " s";
}

}  // namespace norn::sim
