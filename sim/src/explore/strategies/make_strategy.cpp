#include <array>
#include <charconv>

#include "explore/strategies/strategy.hpp"
#include "explore/text.hpp"

namespace norn::explore {

namespace {

constexpr std::array kStrategies = {
    StrategyInfo{"timed", "virtual time decides, by drawn delays (the usual)"},
    StrategyInfo{"random", "any event that is possible may be next, each equally likely"},
    StrategyInfo{"round-robin", "events in their order, but for N delays (round-robin:N, 3)"},
    StrategyInfo{"pct", "priorities of nodes, changed at N - 1 moments (pct:N, 3)"},
    StrategyInfo{"pct-chains", "the same for causal chains of events (pct-chains:N, 3)"},
    StrategyInfo{"pos", "priorities of events, drawn anew for those that race"},
    StrategyInfo{"urw", "nodes weighted by what they do"},
};

constexpr std::uint64_t kDepth = 3;
constexpr std::uint64_t kMostDepth = 100;

}  // namespace

std::span<const StrategyInfo> strategies() {
  return kStrategies;
}

Result<std::unique_ptr<Strategy>> make_strategy(const std::string& text, std::uint64_t seed) {
  using Made = std::unique_ptr<Strategy>;
  const std::size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  std::uint64_t depth = kDepth;
  if (colon != std::string::npos) {
    const char* const begin = text.data() + colon + 1;
    const char* const end = text.data() + text.size();
    const auto [at, problem] = std::from_chars(begin, end, depth);
    const bool takes_number = name == "pct" || name == "pct-chains" || name == "round-robin";
    if (!takes_number) return Error{Errc::invalid, text + ": " + name + " takes no number"};
    if (problem != std::errc{} || at != end || depth < 1 || depth > kMostDepth)
      return Error{Errc::invalid, text + ": a number from 1 to 100 is expected after the colon"};
  }
  if (name == "timed") return Made{};
  if (name == "random") return make_random(seed);
  if (name == "round-robin") return make_round_robin(seed, depth);
  if (name == "pct") return make_pct(seed, depth);
  if (name == "pct-chains") return make_pct_chains(seed, depth);
  if (name == "pos") return make_pos(seed);
  if (name == "urw") return make_urw(seed);
  std::vector<std::string> known;
  for (const StrategyInfo& one : kStrategies) known.emplace_back(one.name);
  return Error{Errc::invalid, text + ": no such strategy (there are " + joined(known, ", ") +
                                  ", and portfolio and feedback for a campaign)"};
}

}  // namespace norn::explore
