// Monitors: states that must not last; and replicas that must become equal.
#include "norn/sim/monitor.hpp"

#include <map>
#include <string>

#include "norn/runtime.hpp"
#include "norn/sim/simulation.hpp"
#include "support/catch.hpp"

using namespace norn;
using namespace std::chrono_literals;

TEST_CASE("a state that stays hot for too long violates the run, and says which") {
  Simulation sim(SimOptions{});
  Monitor requests = sim.monitor("requests are answered", {.within = 2s});
  sim.node("n1", [&] {
    requests.hot("request 1");
    sleep_for(500ms);
    requests.hot("request 2");
    sleep_for(500ms);
    requests.cold("request 1");
    sleep_for(1h);
  });
  sim.run_for(10s);
  REQUIRE(sim.violated());
  CHECK(sim.violated()->property == "requests are answered");
  CHECK(sim.violated()->detail == "'request 2' has been open for 2000 ms without faults");
  CHECK(sim.violated()->at.time_since_epoch() == 2500ms);
}

TEST_CASE("states that end in time are no violation, and the hottest is told") {
  Simulation sim(SimOptions{});
  Monitor requests = sim.monitor("requests are answered", {.within = 2s});
  sim.node("n1", [&] {
    for (int i = 0; i < 20; ++i) {
      const std::string name = "request " + std::to_string(i);
      requests.hot(name);
      sleep_for(i == 7 ? 1500ms : 100ms);
      requests.cold(name);
    }
  });
  sim.run_for(10s);
  CHECK_FALSE(sim.violated());
  const RunSummary summary = sim.summary();
  REQUIRE(summary.properties.size() == 1);
  CHECK(summary.properties[0].kind == "monitor");
  CHECK(summary.properties[0].evaluated == 20);
  CHECK(summary.properties[0].held == 20);
  CHECK(summary.properties[0].room == (500ms).count() * 1'000'000);
}

TEST_CASE("what is hot during a fault gets no hotter") {
  Simulation sim(SimOptions{});
  Monitor requests = sim.monitor("requests are answered", {.within = 2s});
  sim.node("n1", [&] {
    requests.hot("request");
    sleep_for(1h);
  });
  sim.node("n2", [] { sleep_for(1h); });
  sim.run_for(1s);
  sim.partition({"n1"}, {"n2"});
  sim.run_for(60s);
  CHECK_FALSE(sim.violated());
  sim.heal();
  sim.run_for(999ms);
  CHECK_FALSE(sim.violated());  // one second before the fault, and not yet one after it
  sim.run_for(2ms);
  CHECK(sim.violated());
}

TEST_CASE("a state that goes on again and again is not stuck") {
  Simulation sim(SimOptions{});
  Monitor progress = sim.monitor("somebody goes on", {.within = 1s});
  bool stuck = false;
  sim.node("n1", [&] {
    progress.hot("the cluster");
    while (!stuck) {
      sleep_for(900ms);
      progress.again("the cluster");
    }
    for (;;) sleep_for(1ms);  // a livelock: it runs, and nothing comes of it
  });
  sim.run_for(20s);
  CHECK_FALSE(sim.violated());
  stuck = true;
  sim.run_for(20s);
  CHECK(sim.violated());
}

TEST_CASE("replicas that stay different are named with what they have") {
  const auto run = [](std::uint64_t last) {
    Simulation sim(SimOptions{});
    std::map<std::string, std::uint64_t> state;
    for (const char* name : {"n1", "n2", "n3"}) sim.node(name, [] { sleep_for(1h); });
    sim.converges("replicas agree", [&] { return Digests(state); }, {.within = 2s});
    state = {{"n1", 0x10}, {"n2", 0x11}, {"n3", 0x10}};
    sim.run_for(1s);
    state["n2"] = last;
    sim.run_for(9s);
    return sim.violated();
  };
  CHECK_FALSE(run(0x10));
  const auto violated = run(0x12);
  REQUIRE(violated);
  CHECK(violated->property == "replicas agree");
  CHECK(violated->detail ==
        "they differ: n1, n3 have 0x10; n2 have 0x12, in the 2000 ms after the last fault ended");
}
