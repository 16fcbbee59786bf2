#include "norn/runtime/timer.hpp"

#include "norn/runtime/assert.hpp"

namespace norn {

bool Timer::stop() {
  const bool was_pending = bell_.pending();
  bell_.drop();
  return was_pending;
}

bool Timer::reset(Duration duration) {
  const bool was_pending = stop();
  static_cast<void>(fired_.try_receive());
  bell_.set(now() + duration);
  return was_pending;
}

Ticker::Ticker(Duration period) : bell_(*this) {
  reset(period);
}

void Ticker::reset(Duration period) {
  NORN_ASSERT(period > Duration::zero(), "a Ticker needs a period above zero");
  period_ = period;
  next_ = now() + period;
  bell_.set(next_);
}

void Ticker::Bell::ring() {
  ticker.ticks_.try_send(now());
  ticker.next_ += ticker.period_;
  set(ticker.next_);
}

}  // namespace norn
