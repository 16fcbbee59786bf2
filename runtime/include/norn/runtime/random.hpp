// Chance for node code: every draw is a keyed choice of the run's seed.
#pragma once

#include <cstdint>
#include <string_view>

#include "norn/runtime/time.hpp"

namespace norn {

// Random draws on behalf of the calling fiber. A draw is identified by the node, the fiber (or the
// label) and how many draws came before it there, so that a new draw in one place changes none in
// another. Everything is computed in integers: the same seed draws the same on every machine.
class Random {
 public:
  // bits() returns 64 independent fair bits.
  std::uint64_t bits();

  // below() returns a number in [0, bound), each equally likely. bound must be at least 1.
  std::uint64_t below(std::uint64_t bound);

  // between() returns a number in [low, high], both included. low must not exceed high.
  std::int64_t between(std::int64_t low, std::int64_t high);
  Duration between(Duration low, Duration high);

  // chance() is true in `times` of `out_of` cases.
  bool chance(std::uint64_t times, std::uint64_t out_of);

 private:
  friend Random random();
  friend Random random(std::string_view label);
  explicit Random(std::uint64_t stream) : stream_(stream) {}

  std::uint64_t stream_;  // 0: the fiber's own stream; else the hash of a label
};

// random() draws from the stream of the calling fiber; random(label) from the stream of that name
// on the calling node, which stays the same when the code around it changes.
Random random();
Random random(std::string_view label);

}  // namespace norn
