// PhiAccrual: how much to suspect somebody whose heartbeats stay away.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "norn/runtime/time.hpp"

namespace norn {

// Values as in Akka's cluster (reference.conf), where not said otherwise.
struct PhiOptions {
  // Suspicion, in thousandths, from which on is_suspect(): at 8000 one suspicion in 10^8 is wrong,
  // as long as heartbeats come as they did.
  std::uint32_t threshold_milli = 8000;
  std::size_t samples = 100;                    // intervals that are remembered (Akka: 1000)
  Duration expected = std::chrono::seconds(1);  // the interval, before there are samples
  Duration min_deviation = std::chrono::milliseconds(100);  // of regular heartbeats, too
  Duration pause = std::chrono::seconds(3);  // a silence of so much more is nothing unusual
};

// The phi-accrual failure detector (Hayashibara, Défago, Yared, Katayama 2004). From the intervals
// between the heartbeats that came, it computes
//   phi = -log10 (probability that the next one is still to come after so long a silence),
// taking the intervals for normally distributed, with the logistic approximation of the normal
// distribution's tail (as Akka does): with y = (silence - mean) / deviation,
//   phi = log10(1 + e^g),  g = y (1.5976 + 0.070566 y^2).
// All in integers: every machine computes the same.
class PhiAccrual {
 public:
  explicit PhiAccrual(PhiOptions options = {});

  // heartbeat() notes that one came at `when`. Instants must not go back.
  void heartbeat(TimePoint when);
  // phi_milli() is the suspicion at `when`, in thousandths; 0 before the first heartbeat.
  std::uint64_t phi_milli(TimePoint when) const;
  bool is_suspect(TimePoint when) const { return phi_milli(when) >= options_.threshold_milli; }

  // phi_of() is phi in thousandths for y in thousandths.
  static std::uint64_t phi_of(std::int64_t y_milli);

 private:
  void add(Duration interval);

  PhiOptions options_;
  std::vector<std::int64_t> intervals_us_;
  std::size_t next_ = 0;
  bool any_ = false;
  TimePoint last_{};
  std::int64_t sum_us_ = 0;
};

}  // namespace norn
