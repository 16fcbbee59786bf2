// The shapes of a latency besides the exponential one, in integers only.
#pragma once

#include <cstdint>

#include "norn/faults/ratio.hpp"

namespace norn::sim {

// A draw from the standard normal distribution, in units of 2^-28, by inversion: a table of the
// quantiles at 16 points of each halving of the tail down to 2^-26, and chords between them. Its
// error is below 0.002, and no draw is beyond 5.6.
std::int64_t normal(std::uint64_t draw);

// A number whose logarithm is normal, with the given median and standard deviation of the
// logarithm. Within 0.3 % for a sigma of 1; never more than 2^60.
std::int64_t log_normal(std::uint64_t draw, std::int64_t median, Ratio sigma);

}  // namespace norn::sim
