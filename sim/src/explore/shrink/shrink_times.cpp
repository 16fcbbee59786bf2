// Faults that come earlier, last shorter, and at round times.
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

#include "explore/shrink/shrinker.hpp"

namespace norn::explore {

namespace {

using namespace std::chrono_literals;

constexpr std::array<Duration, 5> kRound = {1s, 100ms, 10ms, 1ms, 100us};

Duration rounded(Duration time, Duration to) {
  return time - time % to;
}

}  // namespace

// A gap between two faults becomes smaller, and with it everything later comes earlier.
void Shrinker::pull_earlier() {
  for (std::size_t i = 0; i < best_.plan->faults.size() && !trials_.over(); ++i) {
    const auto gap = [i](const SimOptions& options) {
      const auto& faults = options.plan->faults;
      return faults[i].at - (i == 0 ? Duration::zero() : faults[i - 1].at);
    };
    for (int step = 0; step < 3 && i < best_.plan->faults.size(); ++step) {
      const Duration now = gap(best_);
      if (now < 200ms) break;
      SimOptions earlier = best_;
      for (std::size_t k = i; k < earlier.plan->faults.size(); ++k)
        earlier.plan->faults[k].at -= now / 2;
      if (!take("earlier faults", earlier, 1)) break;
    }
  }
}

void Shrinker::shorten_faults() {
  for (std::size_t i = 0; i < best_.plan->faults.size(); ++i) {
    for (int step = 0; step < 4 && i < best_.plan->faults.size() && !trials_.over(); ++step) {
      const std::optional<Duration> lasts = best_.plan->faults[i].lasts;
      if (!lasts || *lasts < 2ms) break;
      SimOptions shorter = best_;
      shorter.plan->faults[i].lasts = *lasts / 2;
      if (!take("shorter faults", shorter)) break;
    }
  }
}

void Shrinker::round_times() {
  for (std::size_t i = 0; i < best_.plan->faults.size() && !trials_.over(); ++i) {
    Candidates candidates;
    const Fault fault = best_.plan->faults[i];
    const Duration earliest = i == 0 ? Duration::zero() : best_.plan->faults[i - 1].at;
    for (const Duration to : kRound) {
      if (rounded(fault.at, to) == fault.at) break;
      if (rounded(fault.at, to) < earliest) continue;  // a plan is in order of time
      candidates.push_back(best_);
      candidates.back().plan->faults[i].at = rounded(fault.at, to);
    }
    take_first("round times", candidates);
    if (i >= best_.plan->faults.size() || !fault.lasts) continue;
    candidates.clear();
    for (const Duration to : kRound) {
      if (rounded(*fault.lasts, to) == *fault.lasts) break;
      if (rounded(*fault.lasts, to) == Duration::zero()) continue;
      candidates.push_back(best_);
      candidates.back().plan->faults[i].lasts = rounded(*fault.lasts, to);
    }
    take_first("round times", candidates);
  }
}

}  // namespace norn::explore
