// Trials: runs of candidates for a smaller case, within a budget.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "norn/sim/case_file.hpp"
#include "norn/sim/scenario.hpp"
#include "norn/sim/shrink.hpp"

namespace norn::explore {

// Candidates are tried in order, and the first that fails in the right way is taken. Threads run
// ahead, but what they try beyond it is not counted, so that the result and the count do not depend
// on the number of threads.
class Trials {
 public:
  Trials(const Scenario& scenario, Fingerprint target, const ShrinkOptions& options)
      : scenario_(scenario),
        target_(std::move(target)),
        options_(options),
        most_(options.replays) {}

  struct Hit {
    std::size_t index = 0;
    SimOptions options{};
    RunSummary run{};
  };
  // first_failing() tries make(0) to make(count - 1), which several threads call at once. Nothing
  // when none of them fails so, or the budget ends before.
  std::optional<Hit> first_failing(std::size_t count,
                                   const std::function<SimOptions(std::size_t)>& make);
  // look() runs a candidate for what it notes; it counts as one replay.
  void look(const SimOptions& candidate) {
    ++replays_;
    run(candidate);
  }
  // same() is whether a run failed in the way that is looked for.
  bool same(const RunSummary& run) const {
    return run.violation && fingerprint(*run.violation) == target_;
  }

  std::uint64_t replays() const { return replays_; }
  // use_up_to() keeps the rest of the budget for later.
  void use_up_to(unsigned percent) { most_ = (options_.replays * percent + 99) / 100; }
  // keep() does so with a number of replays, and forgets what was kept before.
  void keep(std::uint64_t replays) {
    most_ = options_.replays - std::min(replays, options_.replays);
  }
  // over() is whether nothing more can be tried, for the present; why_over() says why.
  bool over() const;
  std::string why_over() const;

 private:
  RunSummary run(const SimOptions& candidate) const;

  const Scenario& scenario_;
  const Fingerprint target_;
  const ShrinkOptions& options_;
  std::uint64_t most_;
  std::uint64_t replays_ = 0;
};

}  // namespace norn::explore
