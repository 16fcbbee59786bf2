// What the nemesis draws can be written by hand: through JSON and back, the run is the same.
#include <chrono>
#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "norn/runtime.hpp"
#include "norn/sim/nemesis.hpp"
#include "norn/sim/simulation.hpp"
#include "support/catch.hpp"

using namespace norn;
using namespace std::chrono_literals;

namespace {

struct Gossip {
  std::uint64_t round;
};

// A node that says something to everybody, computes, and keeps a file.
void chatter() {
  std::uint64_t round = 0;
  spawn("listener", [] { serve([](const Gossip&) {}); }).detach();
  for (;;) {
    sleep_for(norn::random().between(5ms, 60ms));
    for (const char* peer : {"n1", "n2", "n3", "n4"}) send(peer, Gossip{round});
    ++round;
    if (round % 8 != 0) continue;
    auto file = File::open("rounds", {.create = true});
    if (!file) continue;
    static_cast<void>(file->write_at(0, std::as_bytes(std::span(&round, 1))));
    static_cast<void>(file->sync());
  }
}

RunSummary run(SimOptions options) {
  options.scenario = "chatter";
  options.time = 3s;
  Simulation sim(std::move(options));
  for (const char* name : {"n1", "n2", "n3", "n4"}) sim.node(name, chatter);
  sim.run();
  return sim.summary();
}

}  // namespace

TEST_CASE("any plan that the nemesis draws survives JSON and gives the same trace hash") {
  constexpr std::uint64_t seeds = 200;
  for (const std::string_view level : fault_levels()) {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      INFO(level << ", seed " << seed);
      const RunSummary drawn = run({.seed = seed, .fault_level = std::string(level)});
      const std::string text = to_json(drawn.plan).dump();
      Result<FaultPlan> read = fault_plan_from_json(nlohmann::json::parse(text));
      if (!read) FAIL(read.error().message);
      CHECK(to_json(*read).dump() == text);
      const RunSummary again = run({.seed = seed, .plan = *std::move(read)});
      CHECK(again.trace_hash == drawn.trace_hash);
      CHECK(again.events == drawn.events);
    }
  }
}
