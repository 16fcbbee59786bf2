#include "explore/shrink/trials.hpp"

#include <algorithm>
#include <utility>

#include "norn/sim/bad_input.hpp"
#include "norn/sim/run_seeds.hpp"

#include "explore/ordered_seeds.hpp"

namespace norn::explore {

// A plan may name what is not there any more: such a candidate is none.
RunSummary Trials::run(const SimOptions& candidate) const {
  try {
    return run_seed(scenario_, candidate);
  } catch (const BadInput&) {
    return {};
  }
}

bool Trials::over() const {
  const bool interrupted = options_.interrupted != nullptr && options_.interrupted->load();
  return interrupted || replays_ >= most_;
}

std::string Trials::why_over() const {
  if (!over()) return {};
  if (options_.interrupted != nullptr && options_.interrupted->load()) return "it was interrupted";
  return "the budget of " + std::to_string(options_.replays) + " replays was spent";
}

std::optional<Trials::Hit> Trials::first_failing(
    std::size_t count, const std::function<SimOptions(std::size_t)>& make) {
  if (count == 0 || over()) return std::nullopt;
  const std::uint64_t most = std::min<std::uint64_t>(count, most_ - replays_);
  std::optional<Hit> hit;
  OrderedSeeds<RunSummary> runs(
      {0, most - 1}, [&](std::uint64_t index) { return run(make(index)); },
      [&, index = std::size_t{0}](RunSummary& one) mutable {
        ++replays_;
        if (same(one)) hit = Hit{index, make(index), std::move(one)};
        ++index;
        return !hit;
      },
      options_.interrupted);
  runs.go(options_.jobs);
  return hit;
}

}  // namespace norn::explore
