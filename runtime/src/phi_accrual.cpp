#include "norn/runtime/phi_accrual.hpp"

#include <algorithm>
#include <array>

#include "norn/runtime/assert.hpp"

namespace norn {

namespace {

__extension__ using Wide = unsigned __int128;

std::int64_t microseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

// The largest r with r * r <= x, by Newton's iteration from above.
std::uint64_t root(Wide x) {
  if (x < 2) return static_cast<std::uint64_t>(x);
  Wide r = x;
  for (Wide next = (r + 1) / 2; next < r; next = (r + x / r) / 2) r = next;
  return static_cast<std::uint64_t>(r);
}

// log10(1 + e^-x) in millionths, for x = 0, 0.5, 1, … 15: what lies between is interpolated.
constexpr std::array<std::int64_t, 31> kTail{
    301030, 205889, 136048, 87473, 55124, 34261, 21101, 12920, 7882, 4798, 2916,
    1771,   1075,   652,    396,   240,   146,   88,    54,    33,   20,   12,
    7,      4,      3,      2,     1,     1,     0,     0,     0};

std::int64_t tail_millionths(std::int64_t x_milli) {
  constexpr std::int64_t kStep = 500;
  const auto index = static_cast<std::size_t>(x_milli / kStep);
  if (index + 1 >= kTail.size()) return 0;
  const std::int64_t part = x_milli % kStep;
  return kTail[index] + (kTail[index + 1] - kTail[index]) * part / kStep;
}

}  // namespace

std::uint64_t PhiAccrual::phi_of(std::int64_t y_milli) {
  // Beyond 40 deviations phi is above 2000 anyway, and y^3 still fits.
  const std::int64_t y = std::clamp<std::int64_t>(y_milli, -40'000, 40'000);
  const std::int64_t g_milli = y * 15976 / 10'000 + y * y / 1000 * y / 1000 * 70'566 / 1'000'000;
  if (g_milli < 0) return static_cast<std::uint64_t>(tail_millionths(-g_milli) / 1000);
  // log10(1 + e^g) = g log10(e) + log10(1 + e^-g), log10(e) = 0.434294
  return static_cast<std::uint64_t>((g_milli * 434'294 / 1000 + tail_millionths(g_milli)) / 1000);
}

PhiAccrual::PhiAccrual(PhiOptions options) : options_(options) {
  NORN_ASSERT(options.samples >= 2, "PhiAccrual: less than two samples have no deviation");
  NORN_ASSERT(options.min_deviation >= std::chrono::milliseconds(1),
              "PhiAccrual: a deviation below 1 ms would suspect at once");
}

void PhiAccrual::add(Duration interval) {
  const std::int64_t us = microseconds(interval);
  sum_us_ += us;
  if (intervals_us_.size() < options_.samples) {
    intervals_us_.push_back(us);
    return;
  }
  sum_us_ -= intervals_us_[next_];
  intervals_us_[next_] = us;
  next_ = (next_ + 1) % intervals_us_.size();
}

void PhiAccrual::heartbeat(TimePoint when) {
  if (!any_) {
    // Two samples around the expected interval, with a deviation of a quarter (Akka).
    add(options_.expected - options_.expected / 4);
    add(options_.expected + options_.expected / 4);
  } else {
    NORN_ASSERT(when >= last_, "PhiAccrual: a heartbeat before the one before it");
    // A silence that made it suspect says nothing of how heartbeats come.
    if (!is_suspect(when)) add(when - last_);
  }
  any_ = true;
  last_ = when;
}

std::uint64_t PhiAccrual::phi_milli(TimePoint when) const {
  if (!any_ || when <= last_) return 0;
  const auto count = static_cast<std::int64_t>(intervals_us_.size());
  const std::int64_t mean = sum_us_ / count;
  Wide squares = 0;
  for (const std::int64_t interval : intervals_us_) {
    const auto apart =
        static_cast<std::uint64_t>(interval > mean ? interval - mean : mean - interval);
    squares += Wide{apart} * apart;
  }
  const auto deviation =
      std::max(static_cast<std::int64_t>(root(squares / static_cast<Wide>(count))),
               microseconds(options_.min_deviation));
  const std::int64_t beyond = microseconds(when - last_) - mean - microseconds(options_.pause);
  const std::int64_t most = 40 * deviation;
  return phi_of(std::clamp(beyond, -most, most) * 1000 / deviation);
}

}  // namespace norn
