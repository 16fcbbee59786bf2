// Log-uniform numbers, in integers only.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "engine/distributions.hpp"

namespace norn::sim {
namespace log_uniform_detail {

inline constexpr unsigned kFraction = 24;  // bits behind the point of a logarithm

constexpr std::uint64_t square_root(std::uint64_t square) {
  std::uint64_t root = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 31U; bit != 0; bit >>= 1U) {
    if ((root + bit) * (root + bit) <= square) root += bit;
  }
  return root;
}

// 2^(1/2), 2^(1/4), 2^(1/8), ... in units of 2^-31.
constexpr std::array<std::uint64_t, kFraction> roots_of_two() {
  std::array<std::uint64_t, kFraction> roots{};
  std::uint64_t root = std::uint64_t{2} << 31U;
  for (std::uint64_t& each : roots) {
    root = square_root(root << 31U);
    each = root;
  }
  return roots;
}

inline constexpr std::array<std::uint64_t, kFraction> kRoots = roots_of_two();

// log2(number) in units of 2^-kFraction: the fraction bit by bit, by squaring (Knuth, TAOCP 1,
// exercise 1.2.2-25). `number` is at least 1.
constexpr std::uint64_t log2(std::uint64_t number) {
  const auto whole = static_cast<unsigned>(std::bit_width(number) - 1);
  std::uint64_t mantissa = whole > 31 ? number >> (whole - 31) : number << (31 - whole);
  std::uint64_t log = whole;
  for (unsigned i = 0; i < kFraction; ++i) {
    mantissa = mantissa * mantissa >> 31U;
    const bool doubled = mantissa >> 32U != 0;
    if (doubled) mantissa >>= 1U;
    log = log << 1U | (doubled ? 1U : 0U);
  }
  return log;
}

// 2^(log / 2^kFraction), rounded down.
constexpr std::uint64_t exp2(std::uint64_t log) {
  std::uint64_t mantissa = std::uint64_t{1} << 31U;
  for (unsigned i = 0; i < kFraction; ++i) {
    if ((log >> (kFraction - 1 - i) & 1U) != 0) mantissa = mantissa * kRoots[i] >> 31U;
  }
  const std::uint64_t whole = log >> kFraction;
  return whole > 31 ? mantissa << (whole - 31) : mantissa >> (31 - whole);
}

}  // namespace log_uniform_detail

// log_uniform() is a number in [low, high] whose logarithm is uniform: as often between 1 and 10 as
// between 10 and 100. Its error is below one millionth, and one unit for rounding. 1 <= low <= high
// < 2^62.
constexpr std::int64_t log_uniform(std::uint64_t draw, std::int64_t low, std::int64_t high) {
  const std::uint64_t from = log_uniform_detail::log2(static_cast<std::uint64_t>(low));
  const std::uint64_t to = log_uniform_detail::log2(static_cast<std::uint64_t>(high));
  const std::uint64_t log = from + below(draw, to - from + 1);
  const auto number = static_cast<std::int64_t>(log_uniform_detail::exp2(log));
  return number < low ? low : (number > high ? high : number);
}

constexpr Duration log_uniform(std::uint64_t draw, Duration low, Duration high) {
  return Duration(log_uniform(draw, low.count(), high.count()));
}

}  // namespace norn::sim
