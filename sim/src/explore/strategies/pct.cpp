// Probabilistic concurrency testing: what has the highest priority goes on, and at depth - 1
// moments, drawn in advance, the one that is going on falls behind all others. (Burckhardt et al.,
// A randomized scheduler with probabilistic guarantees of finding bugs, ASPLOS 2010.) What has a
// priority is a node, or a causal chain of events (Ozkan et al., Randomized testing of distributed
// systems with probabilistic guarantees, OOPSLA 2018; here an event continues the chain of the one
// that made it, if it is the first to do so). After kMoments the rest of the run is fair, for a
// priority that lasts for ever starves all others.
#include <algorithm>
#include <map>
#include <vector>

#include "engine/choice_hash.hpp"
#include "engine/distributions.hpp"
#include "explore/strategies/strategy.hpp"

namespace norn::explore {

namespace {

constexpr std::uint64_t kMoments = 4'000;  // steps among which the change points lie
constexpr std::uint64_t kHigh = std::uint64_t{1} << 63;

class Pct final : public Strategy {
 public:
  Pct(std::uint64_t seed, std::uint64_t depth, bool by_chain)
      : seed_(sim::mix(seed, sim::text_key(by_chain ? "pct-chains" : "pct"))), by_chain_(by_chain) {
    // The length of a run is not known before: a draw of its logarithm suits short and long ones.
    const std::uint64_t length = kMoments >> sim::below(sim::draw(seed_, 0), 8);
    for (std::uint64_t i = 1; i < depth; ++i)
      moments_.push_back(sim::below(sim::draw(seed_, i), length));
    std::sort(moments_.begin(), moments_.end());
  }

  std::size_t pick(std::span<const EnabledEvent> enabled, std::uint64_t step) override {
    if (step >= kMoments) return sim::below(sim::draw(seed_, step), enabled.size());
    std::size_t best = first(enabled);
    if (passed_ < moments_.size() && step >= moments_[passed_]) {
      ++passed_;
      lowered_[line_of(enabled[best])] = moments_.size() - passed_;
      best = first(enabled);
    }
    return best;
  }

  void took(const EnabledEvent& event, std::span<const EnabledEvent>) override {
    if (!by_chain_) return;
    running_ = line_of(event);
    chain_of_.erase(event.id);
    continued_ = false;
    last_ = event.id;
  }

 private:
  std::size_t first(std::span<const EnabledEvent> enabled) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < enabled.size(); ++i) {
      if (priority(enabled[i]) > priority(enabled[best])) best = i;
    }
    return best;
  }

  std::uint64_t line_of(const EnabledEvent& event) {
    if (!by_chain_) return event.node;
    const auto known = chain_of_.find(event.id);
    if (known != chain_of_.end()) return known->second;
    const bool continues = event.cause != 0 && event.cause == last_ && !continued_;
    continued_ = continued_ || continues;
    return chain_of_[event.id] = continues ? running_ : ++chains_;
  }

  std::uint64_t priority(const EnabledEvent& event) {
    const std::uint64_t line = line_of(event);
    const auto lowered = lowered_.find(line);
    if (lowered != lowered_.end()) return lowered->second;
    return sim::draw(seed_, sim::mix(line, 1)) | kHigh;
  }

  const std::uint64_t seed_;
  const bool by_chain_;
  std::vector<std::uint64_t> moments_;
  std::size_t passed_ = 0;                           // of these
  std::map<std::uint64_t, std::uint64_t> lowered_;   // by node or chain
  std::map<std::uint64_t, std::uint64_t> chain_of_;  // by event
  std::uint64_t chains_ = 0;
  std::uint64_t running_ = 0;  // the chain of the last event
  std::uint64_t last_ = 0;
  bool continued_ = false;
};

}  // namespace

std::unique_ptr<Strategy> make_pct(std::uint64_t seed, std::uint64_t depth) {
  return std::make_unique<Pct>(seed, depth, false);
}

std::unique_ptr<Strategy> make_pct_chains(std::uint64_t seed, std::uint64_t depth) {
  return std::make_unique<Pct>(seed, depth, true);
}

}  // namespace norn::explore
