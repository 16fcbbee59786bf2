// What the network may do in a swarm.
#include "faults/swarm_draws.hpp"

namespace norn::sim {
namespace {

using namespace std::chrono_literals;

// As FoundationDB's and TigerBeetle's simulators have it: one node alone as often as any two
// groups.
void divide(SwarmFault& cut) {
  cut.lasts(20ms, 4s);
  if (cut.chance("isolate", {1, 2})) {
    cut.isolate();
  } else {
    cut.split();
  }
}

Ratio up_to(const SwarmDraws& swarm, std::string_view name, std::int64_t most_ppm) {
  if (!swarm.on(name, "network", {1, 2})) return {};
  constexpr std::int64_t least_ppm = 100;
  const std::int64_t ppm = log_uniform(swarm.bits(name, "share"), least_ppm, most_ppm);
  return {static_cast<std::uint32_t>(ppm), 1'000'000};
}

}  // namespace

void swarm_network(SwarmDraws& swarm) {
  swarm.draw(FaultKind::partition, {.often = 1s, .seldom = 20s, .storm_factor = 16}, divide);
  swarm.draw(FaultKind::partition_one_way, {.often = 1s, .seldom = 20s, .storm_factor = 16},
             [](SwarmFault& cut) {
               divide(cut);
               if (cut.chance("turn", {1, 2})) cut.turn();
             });
  swarm.draw(FaultKind::hold, {.often = 2s, .seldom = 20s}, [](SwarmFault& hold) {
    hold.lasts(10ms, 2s);
    hold.one_to_some({1, 2});
  });
}

LinkOptions swarm_links(const SwarmDraws& swarm) {
  LinkOptions links;
  links.loss = up_to(swarm, "loss", 200'000);
  links.duplicate = up_to(swarm, "duplicate", 300'000);
  if (!swarm.on("latency", "network", {3, 4})) return links;
  Latency& latency = links.latency;
  const auto grains = [](Duration time) { return time - time % NemesisDraws::kGrain; };
  latency.usual = grains(log_uniform(swarm.bits("latency", "usual"), 800us, Duration(80ms)));
  latency.slow = {
      static_cast<std::uint32_t>(log_uniform(swarm.bits("latency", "slow"), 100, 100'000)),
      1'000'000};
  latency.slow_max = grains(log_uniform(swarm.bits("latency", "slow_max"), Duration(100ms), 1s));
  return links;
}

}  // namespace norn::sim
