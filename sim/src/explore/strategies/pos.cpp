// Partial order sampling: every event has a priority, the greatest comes next, and the events that
// race with it (on the same node) draw theirs anew. (Yuan, Yang and Gu, Partial order aware
// concurrency sampling, CAV 2018.)
#include <map>

#include "engine/choice_hash.hpp"
#include "explore/strategies/strategy.hpp"

namespace norn::explore {

namespace {

class PartialOrderSampling final : public Strategy {
 public:
  explicit PartialOrderSampling(std::uint64_t seed) : seed_(sim::mix(seed, sim::text_key("pos"))) {}

  std::size_t pick(std::span<const EnabledEvent> enabled, std::uint64_t) override {
    std::size_t best = 0;
    for (std::size_t i = 1; i < enabled.size(); ++i) {
      if (priority(enabled[i]) > priority(enabled[best])) best = i;
    }
    return best;
  }

  void took(const EnabledEvent& event, std::span<const EnabledEvent> enabled) override {
    redrawn_.erase(event.id);
    for (const EnabledEvent& other : enabled) {
      if (other.id != event.id && other.node == event.node) ++redrawn_[other.id];
    }
  }

 private:
  std::uint64_t priority(const EnabledEvent& event) const {
    const auto times = redrawn_.find(event.id);
    return sim::draw(sim::mix(seed_, event.id), times == redrawn_.end() ? 0 : times->second);
  }

  const std::uint64_t seed_;
  std::map<std::uint64_t, std::uint64_t> redrawn_;  // by event: how often
};

}  // namespace

std::unique_ptr<Strategy> make_pos(std::uint64_t seed) {
  return std::make_unique<PartialOrderSampling>(seed);
}

}  // namespace norn::explore
