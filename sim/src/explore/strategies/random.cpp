// Each event that may be next is equally likely.
#include "engine/choice_hash.hpp"
#include "engine/distributions.hpp"
#include "explore/strategies/strategy.hpp"

namespace norn::explore {

namespace {

class RandomWalk final : public Strategy {
 public:
  explicit RandomWalk(std::uint64_t seed) : seed_(sim::mix(seed, sim::text_key("random"))) {}

  std::size_t pick(std::span<const EnabledEvent> enabled, std::uint64_t step) override {
    return sim::below(sim::draw(seed_, step), enabled.size());
  }

 private:
  const std::uint64_t seed_;
};

}  // namespace

std::unique_ptr<Strategy> make_random(std::uint64_t seed) {
  return std::make_unique<RandomWalk>(seed);
}

}  // namespace norn::explore
