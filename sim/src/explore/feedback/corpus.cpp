#include "explore/feedback/corpus.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "engine/distributions.hpp"

namespace norn::explore {

namespace {

constexpr std::size_t kMostKept = 1024;
constexpr std::size_t kMostRare = 64;  // features of a run that are looked at
constexpr std::uint64_t kOne = 1U << 16U;
constexpr std::uint64_t kPatience = 8;  // so often is a run chosen before it counts half

}  // namespace

std::size_t Corpus::count(const std::vector<std::uint64_t>& features) {
  std::size_t fresh = 0;
  for (const std::uint64_t feature : features) {
    if (++times_[feature] == 1) ++fresh;
  }
  return fresh;
}

void Corpus::keep(KeptRun run, std::optional<std::uint64_t> parent) {
  const std::vector<std::uint64_t>& features = run.coverage.features;
  std::vector<std::pair<std::uint32_t, std::size_t>> by_times;
  for (std::size_t i = 0; i < features.size(); ++i)
    by_times.emplace_back(times_.at(features[i]), i);
  const std::size_t looked_at = std::min(by_times.size(), kMostRare);
  std::partial_sort(by_times.begin(), by_times.begin() + static_cast<std::ptrdiff_t>(looked_at),
                    by_times.end());
  for (std::size_t i = 0; i < looked_at; ++i) {
    const auto [times, place] = by_times[i];
    run.rare.push_back(features[place]);
    if (times == 1) run.moments.push_back(run.coverage.reached[place]);
  }
  for (const std::uint64_t feature : features) ++sharing_[feature];
  run.coverage.features = {};
  run.coverage.reached = {};
  const auto made_of = std::find_if(kept_.begin(), kept_.end(),
                                    [&](const KeptRun& one) { return one.number == parent; });
  if (made_of != kept_.end()) ++made_of->found;
  kept_.push_back(std::move(run));
}

void Corpus::settle() {
  for (KeptRun& run : kept_) {
    std::uint64_t rareness = 1;
    for (const std::uint64_t feature : run.rare) rareness += kOne / sharing_.at(feature);
    run.weight = kOne * static_cast<unsigned>(std::bit_width(rareness)) * (1 + run.found) /
                     (kPatience + run.chosen) +
                 1;
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
