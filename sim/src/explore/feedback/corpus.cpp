#include "explore/feedback/corpus.hpp"

#include <algorithm>
#include <utility>

#include "engine/distributions.hpp"

namespace norn::explore {

namespace {

constexpr std::size_t kMostKept = 1024;
constexpr std::size_t kMostRare = 64;     // features of a run that are looked at
constexpr std::uint32_t kCommon = 1'000;  // runs that share a feature of no interest
constexpr std::uint64_t kOne = 1U << 20U;
constexpr std::uint64_t kPatience = 4;  // so often is a run chosen before it counts half

}  // namespace

std::size_t Corpus::count(const std::vector<std::uint64_t>& features) {
  std::size_t fresh = 0;
  for (const std::uint64_t feature : features) {
    if (++times_[feature] == 1) ++fresh;
  }
  return fresh;
}

void Corpus::keep(KeptRun run) {
  std::vector<std::pair<std::uint32_t, std::uint64_t>> by_times;
  for (const std::uint64_t feature : run.coverage.features)
    by_times.emplace_back(times_.at(feature), feature);
  const std::size_t looked_at = std::min(by_times.size(), kMostRare);
  std::partial_sort(by_times.begin(), by_times.begin() + static_cast<std::ptrdiff_t>(looked_at),
                    by_times.end());
  for (std::size_t i = 0; i < looked_at; ++i) run.rare.push_back(by_times[i].second);
  run.coverage.features = {};
  kept_.push_back(std::move(run));
}

void Corpus::settle() {
  for (KeptRun& run : kept_) {
    run.weight = 1;
    std::erase_if(run.rare, [this](std::uint64_t one) { return times_.at(one) > kCommon; });
    for (const std::uint64_t feature : run.rare) run.weight += kOne / times_.at(feature);
    run.weight = run.weight / (kPatience + run.chosen) + 1;
  }
  if (kept_.size() > kMostKept) {
    std::vector<std::uint64_t> weights;
    for (const KeptRun& run : kept_) weights.push_back(run.weight);
    // A quarter goes at once.
    const auto least =
        weights.begin() + static_cast<std::ptrdiff_t>(kept_.size() - kMostKept + kMostKept / 4);
    std::nth_element(weights.begin(), least, weights.end());
    std::erase_if(kept_, [&](const KeptRun& run) { return run.weight < *least; });
  }
  sums_.clear();
  sum_ = 0;
  for (const KeptRun& run : kept_) sums_.push_back(sum_ += run.weight);
}

const KeptRun& Corpus::choose(std::uint64_t draw) {
  const std::uint64_t point = sim::below(draw, sum_);
  const auto found = std::upper_bound(sums_.begin(), sums_.end(), point);
  KeptRun& run = kept_[static_cast<std::size_t>(found - sums_.begin())];
  ++run.chosen;
  return run;
}

}  // namespace norn::explore
