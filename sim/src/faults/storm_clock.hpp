// StormClock: faults that come in storms.
#pragma once

#include <cstdint>

#include "faults/nemesis_draws.hpp"
#include "norn/sim/nemesis.hpp"

namespace norn::sim {

// StormClock turns the times of faults as they would be without storms into real ones. Quiet
// stretches and storms take turns, each of an exponentially distributed length; in a storm the same
// number of faults takes `storm_factor` times less. All kinds of faults of a run share the
// storms, so that they come together. Times asked for must not fall.
class StormClock {
 public:
  StormClock(const NemesisOptions& options, const NemesisDraws& draws, std::uint32_t storm_factor)
      : options_(options), draws_(draws), storm_factor_(storm_factor) {}

  Duration real(Duration time) {
    if (options_.storm_every <= Duration::zero()) return time;
    while (time >= end_) begin_next_stretch();
    const Duration real = real_begin_ + (time - begin_) / factor_;
    return real - real % NemesisDraws::kGrain;
  }

 private:
  void begin_next_stretch() {
    const bool storm = stretches_ % 2 == 1;
    const Duration lasts =
        storm ? draws_.exponential(Aspect::storm_lasts, stretches_, options_.storm_lasts)
              : draws_.exponential(Aspect::storm_gap, stretches_, options_.storm_every);
    ++stretches_;
    begin_ = end_;
    real_begin_ = real_end_;
    factor_ = storm ? storm_factor_ : 1;
    real_end_ = real_begin_ + lasts;
    end_ = begin_ + lasts * factor_;
  }

  const NemesisOptions& options_;
  const NemesisDraws& draws_;
  std::int64_t storm_factor_;
  std::uint64_t stretches_ = 0;
  std::int64_t factor_ = 1;  // of the present stretch
  Duration begin_{};         // of the present stretch, in the time of faults
  Duration end_{};
  Duration real_begin_{};
  Duration real_end_{};
};

}  // namespace norn::sim
