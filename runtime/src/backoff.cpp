#include "norn/runtime/backoff.hpp"

#include <algorithm>

#include "norn/runtime/random.hpp"

namespace norn {

Backoff::Backoff(BackoffOptions options)
    : options_(options), wait_(options.first), attempt_began_(now()) {
  NORN_ASSERT(options.first > Duration::zero() && options.first <= options.max,
              "Backoff: the first wait must be above zero and not above the longest");
  NORN_ASSERT(options.factor >= 1, "Backoff: a factor below 1 would shorten the waits");
  NORN_ASSERT(options.jitter_percent <= 100, "Backoff: a jitter above 100 percent");
}

Duration Backoff::next() {
  if (now() - attempt_began_ >= options_.healthy_after) reset();
  ++failures_;
  const Duration most = wait_;
  wait_ = wait_ > options_.max / options_.factor ? options_.max : wait_ * options_.factor;
  const Duration shortest = most - most / 100 * options_.jitter_percent;
  const Duration wait =
      options_.jitter_percent == 0 ? most : random("backoff").between(shortest, most);
  attempt_began_ = now() + wait;
  return wait;
}

void Backoff::wait() {
  sleep_for(next());
}

void Backoff::reset() {
  failures_ = 0;
  wait_ = options_.first;
}

}  // namespace norn
