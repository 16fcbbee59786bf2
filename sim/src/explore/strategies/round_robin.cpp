// The earliest event comes next, but for a number of delays: at moments drawn in advance it is put
// behind all that may happen then. (Emmi, Qadeer and Rakamaric, Delay-bounded scheduling, POPL
// 2011.)
#include <algorithm>
#include <vector>

#include "engine/choice_hash.hpp"
#include "engine/distributions.hpp"
#include "explore/strategies/strategy.hpp"

namespace norn::explore {

namespace {

constexpr std::uint64_t kMoments = 4'000;

class RoundRobin final : public Strategy {
 public:
  RoundRobin(std::uint64_t seed, std::uint64_t delays)
      : seed_(sim::mix(seed, sim::text_key("round-robin"))) {
    const std::uint64_t length = kMoments >> sim::below(sim::draw(seed_, 0), 8);
    for (std::uint64_t i = 1; i <= delays; ++i)
      moments_.push_back(sim::below(sim::draw(seed_, i), length));
    std::sort(moments_.begin(), moments_.end());
  }

  std::size_t pick(std::span<const EnabledEvent> enabled, std::uint64_t step) override {
    std::size_t next = first(enabled);
    for (; passed_ < moments_.size() && step >= moments_[passed_]; ++passed_) {
      behind_.push_back({enabled[next].id, enabled.back().id});
      next = first(enabled);
    }
    return next;
  }

  void took(const EnabledEvent& event, std::span<const EnabledEvent>) override {
    std::erase_if(behind_, [&](const Delayed& one) { return one.id == event.id; });
  }

 private:
  struct Delayed {
    std::uint64_t id;
    std::uint64_t until;  // what it waits for
  };

  bool waits(const EnabledEvent& event, std::span<const EnabledEvent> enabled) const {
    for (const Delayed& one : behind_) {
      if (one.id != event.id || one.until == one.id) continue;
      for (const EnabledEvent& other : enabled) {
        if (other.id == one.until) return true;
      }
    }
    return false;
  }

  std::size_t first(std::span<const EnabledEvent> enabled) const {
    for (std::size_t i = 0; i < enabled.size(); ++i) {
      if (!waits(enabled[i], enabled)) return i;
    }
    return 0;
  }

  const std::uint64_t seed_;
  std::vector<std::uint64_t> moments_;
  std::size_t passed_ = 0;
  std::vector<Delayed> behind_;
};

}  // namespace

std::unique_ptr<Strategy> make_round_robin(std::uint64_t seed, std::uint64_t delays) {
  return std::make_unique<RoundRobin>(seed, delays);
}

}  // namespace norn::explore
