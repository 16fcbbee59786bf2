// LinkOptions: how the way from one node to another treats messages.
#pragma once

#include <chrono>

#include "norn/faults/ratio.hpp"
#include "norn/runtime/time.hpp"

namespace norn {

// A message takes min plus an exponentially distributed time with mean (usual - min), cut off at
// eight means; a `slow` share of them takes a time uniform between usual and slow_max instead. The
// defaults are those of FoundationDB's simulator (100 µs, 800 µs, 1 in 1,000 up to 100 ms).
struct Latency {
  Duration min = std::chrono::microseconds(100);
  Duration usual = std::chrono::microseconds(800);
  Ratio slow = {1, 1000};
  Duration slow_max = std::chrono::milliseconds(100);
  friend bool operator==(const Latency&, const Latency&) = default;
};

// Messages are independent of each other: a later one with a shorter delay overtakes.
struct LinkOptions {
  Latency latency{};
  Ratio loss{};       // share of messages that never arrive
  Ratio duplicate{};  // share of messages that arrive twice, each copy after a delay of its own
  friend bool operator==(const LinkOptions&, const LinkOptions&) = default;
};

}  // namespace norn
