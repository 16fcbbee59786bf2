// A random walk in which a node is as likely as it has much left to do, so that orders of all
// events are about equally likely: a plain random walk lets those that have little left finish
// first. (Zhao et al., Selectively uniform concurrency testing, ASPLOS 2025.) How much a node has
// left is not known; what it has done so far stands for it.
#include <map>

#include "engine/choice_hash.hpp"
#include "engine/distributions.hpp"
#include "explore/strategies/strategy.hpp"

namespace norn::explore {

namespace {

class WeightedWalk final : public Strategy {
 public:
  explicit WeightedWalk(std::uint64_t seed) : seed_(sim::mix(seed, sim::text_key("urw"))) {}

  std::size_t pick(std::span<const EnabledEvent> enabled, std::uint64_t step) override {
    std::map<host::NodeId, std::uint64_t> here;  // events of a node that may be next
    for (const EnabledEvent& event : enabled) ++here[event.node];
    std::uint64_t sum = 0;
    for (const auto& [node, count] : here) sum += done_[node] + 1;
    const sim::Split split = sim::split(sim::draw(seed_, step), sum);
    std::uint64_t point = split.number;
    host::NodeId chosen = 0;
    for (const auto& [node, count] : here) {
      chosen = node;
      if (point <= done_[node]) break;
      point -= done_[node] + 1;
    }
    std::uint64_t nth = sim::below(split.rest, here[chosen]);
    for (std::size_t i = 0;; ++i) {
      if (enabled[i].node == chosen && nth-- == 0) return i;
    }
  }

  void took(const EnabledEvent& event, std::span<const EnabledEvent>) override {
    ++done_[event.node];
  }

 private:
  const std::uint64_t seed_;
  std::map<host::NodeId, std::uint64_t> done_;
};

}  // namespace

std::unique_ptr<Strategy> make_urw(std::uint64_t seed) {
  return std::make_unique<WeightedWalk>(seed);
}

}  // namespace norn::explore
