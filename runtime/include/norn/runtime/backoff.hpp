// Backoff: how long to wait before the next attempt at something that fails.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <type_traits>

#include "norn/runtime/assert.hpp"
#include "norn/runtime/result.hpp"
#include "norn/runtime/time.hpp"

namespace norn {

struct BackoffOptions {
  Duration first = std::chrono::milliseconds(100);  // the wait after the first failure
  Duration max = std::chrono::seconds(10);          // no wait is longer
  std::uint32_t factor = 2;                         // each is so many times the one before
  // A wait is shortened by a drawn share of up to so many percent, so that those that failed
  // together do not come back together.
  std::uint32_t jitter_percent = 20;
  // An attempt that lasted so long was healthy: the next failure counts as the first again.
  Duration healthy_after = std::chrono::seconds(30);
};

// Exponential backoff with jitter. One for each thing that is tried again and again.
class Backoff {
 public:
  explicit Backoff(BackoffOptions options = {});

  // next() counts a failure of the attempt that runs and returns how long to wait. The next attempt
  // is taken to begin after that wait.
  Duration next();
  // wait() is sleep_for(next()).
  void wait();
  // reset() forgets all failures: call it after a success.
  void reset();
  std::uint32_t failures() const { return failures_; }

 private:
  BackoffOptions options_;
  Duration wait_;
  std::uint32_t failures_ = 0;
  TimePoint attempt_began_{};
};

struct WithBackoffOptions {
  BackoffOptions backoff{};
  std::uint32_t attempts = 0;  // give up after so many failures in a row; 0: never
};

namespace detail {

template <class T>
inline constexpr bool kIsResult = false;
template <class T>
inline constexpr bool kIsResult<Result<T>> = true;

}  // namespace detail

// with_backoff() calls `f` until it succeeds and returns what it returned. A failure is a Result
// with an error, or an exception derived from std::exception; after it, with_backoff() waits and
// calls again. The last failure comes out when `attempts` are used up. Blocks as f does, and in the
// waits.
template <class F>
std::invoke_result_t<F&> with_backoff(F&& f, WithBackoffOptions options = {}) {
  Backoff backoff(options.backoff);
  for (;;) {
    const auto last = [&] {
      return options.attempts != 0 && backoff.failures() + 1 >= options.attempts;
    };
    try {
      if constexpr (detail::kIsResult<std::invoke_result_t<F&>>) {
        auto result = f();
        if (result.ok() || last()) return result;
      } else {
        return f();
      }
    } catch (const std::exception&) {
      if (last()) throw;
    }
    backoff.wait();
  }
}

}  // namespace norn
