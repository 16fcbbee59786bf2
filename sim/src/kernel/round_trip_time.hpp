// RoundTripTime: how long a connection waits for an acknowledgment before it sends again.
#pragma once

#include <algorithm>
#include <cstdint>

namespace norn::sim {

// The estimator of RFC 6298, in nanoseconds; the bounds are Linux' (TCP_TIMEOUT_INIT 1 s,
// TCP_RTO_MIN 200 ms, TCP_RTO_MAX 120 s): the RFC's lower bound of one second is a SHOULD that no
// system follows.
class RoundTripTime {
 public:
  static constexpr std::int64_t kInitial = 1'000'000'000;
  static constexpr std::int64_t kMin = 200'000'000;
  static constexpr std::int64_t kMax = 120'000'000'000;

  // sample() takes the time between a segment and its acknowledgment. Never of a segment that was
  // sent twice (Karn's algorithm): nobody knows which of the two was acknowledged.
  void sample(std::int64_t measured) {
    if (smoothed_ == 0) {
      least_ = measured;
      smoothed_ = measured;
      variation_ = measured / 2;
    } else {
      const std::int64_t error = smoothed_ > measured ? smoothed_ - measured : measured - smoothed_;
      variation_ += (error - variation_) / 4;
      smoothed_ += (measured - smoothed_) / 8;
    }
    least_ = std::min(least_, measured);
    base_ = std::clamp(smoothed_ + std::max(4 * variation_, kMin), kMin, kMax);
    timeout_ = base_;
  }

  // back_off() doubles the timeout after it has passed in vain. progress() takes that back.
  void back_off() { timeout_ = std::min(2 * timeout_, kMax); }
  void progress() { timeout_ = base_; }

  std::int64_t timeout() const { return timeout_; }
  std::int64_t smoothed() const { return smoothed_; }
  std::int64_t least() const { return least_; }

 private:
  std::int64_t smoothed_ = 0;
  std::int64_t least_ = 0;
  std::int64_t variation_ = 0;
  std::int64_t base_ = kInitial;
  std::int64_t timeout_ = kInitial;
};

}  // namespace norn::sim
