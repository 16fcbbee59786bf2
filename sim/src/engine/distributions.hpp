// Distributions over one 64-bit draw, in integers only: every compiler and processor draws alike.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "norn/faults/ratio.hpp"
#include "norn/runtime/time.hpp"
#include "norn/sim/link_options.hpp"

namespace norn::sim {

// A number in [0, bound) and what is left of the draw: 64 bits that are uniform and independent of
// the number, as far as the draw's 64 bits reach: the last log2(bound) bits are poor.
struct Split {
  std::uint64_t number;
  std::uint64_t rest;
};

// split() is the multiply-shift of Lemire, "Fast random integer generation in an interval" (2019);
// the use of the low half as the next draw is that of Brackett-Rozinsky and Lemire, "Batched ranged
// random integer generation" (2024). Without rejection the numbers differ in probability by at most
// bound / 2^64, which no run can show.
constexpr Split split(std::uint64_t draw, std::uint64_t bound) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{draw} * bound;
  return {static_cast<std::uint64_t>(product >> 64), static_cast<std::uint64_t>(product)};
}

// below() is a number in [0, bound), each equally likely. bound must be at least 1.
constexpr std::uint64_t below(std::uint64_t draw, std::uint64_t bound) {
  return split(draw, bound).number;
}

// between() is a number in [low, high], both included. low must not exceed high.
constexpr std::int64_t between(std::uint64_t draw, std::int64_t low, std::int64_t high) {
  const std::uint64_t numbers =
      static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
  const std::uint64_t offset = numbers == 0 ? draw : below(draw, numbers);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + offset);
}

constexpr Duration between(std::uint64_t draw, Duration low, Duration high) {
  return Duration(between(draw, low.count(), high.count()));
}

// chance() is true in `times` of `out_of` cases.
constexpr bool chance(std::uint64_t draw, Ratio ratio) {
  return below(draw, ratio.out_of) < ratio.times;
}

// An exponential is cut off at this many means (in 0.03 % of the draws; the mean falls by as much).
inline constexpr unsigned kExponentialCut = 8;

// kMinusLog[i] is -ln((256 + i) / 512) in units of 2^-32: the ends of 256 equal parts of [1/2, 1].
extern const std::array<std::uint32_t, 257> kMinusLog;
inline constexpr std::uint64_t kLn2 = 0xb17217f8U;  // ln 2 in units of 2^-32

// minus_log() is -ln(u) in units of 2^-32 for a u uniform in (0, 1): u = m / 2^k with m uniform in
// [1/2, 1) and k geometric, each from its own bits of the draw. From the top, 8 bits give a place
// in the table, 16 give k as their trailing zeros, 24 a point on the chord; the last 16 are not
// used, for split() leaves little in them. A chord of x -> -ln(x) over 1/512 is less than 0.1 %
// above it.
inline std::uint64_t minus_log(std::uint64_t draw) {
  const auto part = static_cast<std::size_t>(draw >> 56);
  const auto zeros = static_cast<unsigned>(std::countr_zero(draw >> 40 | std::uint64_t{1} << 16));
  const std::uint64_t within = draw >> 16 & 0xffffff;
  const std::uint64_t at_begin = kMinusLog[part];
  const std::uint64_t fall = at_begin - kMinusLog[part + 1];
  return zeros * kLn2 + at_begin - (fall * within >> 24);
}

// exponential() is an exponentially distributed number with the given mean, cut off at eight means,
// by inversion: -ln(u) times the mean. Its error is below 0.1 % of the number, and one unit for
// rounding down. mean must be in [0, 2^60).
inline std::int64_t exponential(std::uint64_t draw, std::int64_t mean) {
  __extension__ using Wide = unsigned __int128;
  constexpr std::uint64_t cut = std::uint64_t{kExponentialCut} << 32;
  const std::uint64_t log = minus_log(draw);
  const std::uint64_t factor = log < cut ? log : cut;
  return static_cast<std::int64_t>((Wide{factor} * static_cast<std::uint64_t>(mean)) >> 32);
}

inline Duration exponential(std::uint64_t draw, Duration mean) {
  return Duration(exponential(draw, mean.count()));
}

// The delay of one message of another shape than the exponential, or with jitter.
Duration shaped_latency(std::uint64_t draw, const Latency& latency);

// latency() is the delay of one message as Latency describes it. One draw serves for both choices:
// whether the message is slow, and how long it takes.
inline Duration latency(std::uint64_t draw, const Latency& latency) {
  if (latency.shape != LatencyShape::exponential || latency.jitter > Duration::zero()) [[unlikely]]
    return shaped_latency(draw, latency);
  const Split slow = split(draw, latency.slow.out_of);
  if (slow.number < latency.slow.times && latency.usual < latency.slow_max) [[unlikely]] {
    // The message is one of `times`, so the rest of the draw is still uniform.
    return between(slow.rest, latency.usual, latency.slow_max);
  }
  if (latency.usual <= latency.min) [[unlikely]]
    return latency.min;
  return latency.min + exponential(slow.rest, latency.usual - latency.min);
}

}  // namespace norn::sim
