// told(): from the results of the world's calls to those of POSIX.
#pragma once

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>

#include "caller.hpp"
#include "norn/runtime/host/posix_calls.hpp"
#include "norn/runtime/host/world.hpp"

namespace norn::posix {

inline std::int64_t told(std::int64_t result) {
  if (result >= 0) return result;
  errno = static_cast<int>(-result);
  return -1;
}

inline std::optional<Duration> milliseconds(int timeout) {
  if (timeout < 0) return std::nullopt;
  return std::chrono::milliseconds(timeout);
}

}  // namespace norn::posix
