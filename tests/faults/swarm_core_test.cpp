// The second phase of a swarm run: as many nodes as the promise says are gone for good, and the
// others must get on.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "norn/sim/nemesis.hpp"
#include "norn/sim/simulation.hpp"
#include "support/catch.hpp"

using namespace norn;
using namespace std::chrono_literals;

namespace {

const std::vector<std::string>& servers() {
  static const std::vector<std::string> kNames = {"n1", "n2", "n3", "n4", "n5"};
  return kNames;
}

NemesisScene scene_of(std::uint64_t seed) {
  NemesisScene scene{.seed = seed, .nodes = servers(), .time = 20s};
  scene.all_nodes = servers();
  scene.all_nodes.emplace_back("client");
  scene.promises = {{.of = servers(), .at_most_down = 2}};
  return scene;
}

struct Ping {
  using Reply = bool;
};

// The client counts a round when enough of the five servers answered.
RunSummary run(std::uint64_t seed, int enough) {
  Simulation sim({.scenario = "quorum", .seed = seed, .time = 8s, .fault_level = "swarm"});
  const auto rounds = std::make_shared<std::uint64_t>(0);
  for (const std::string& name : servers())
    sim.node(name, [] { serve([](const Ping&) { return true; }); });
  sim.node("client",
           [rounds, enough] {
             for (;;) {
               int answers = 0;
               for (const std::string& name : servers())
                 answers += call(name, Ping{}, {.timeout = 50ms}).value_or(false) ? 1 : 0;
               if (answers >= enough) ++*rounds;
               sleep_for(10ms);
             }
           },
           {.may_fail = false});
  sim.promise({.of = servers(), .at_most_down = 2});
  sim.progress("rounds go on", [rounds] { return *rounds; }, {.within = 1500ms});
  sim.run();
  return sim.summary();
}

}  // namespace

TEST_CASE("half of the swarm plans of a system with a promise leave a core, never too small") {
  int with_core = 0;
  std::vector<int> sizes(6, 0);
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const NemesisScene scene = scene_of(seed);
    const FaultPlan plan = draw_level("swarm", scene).value();
    CHECK(check_plan(plan, scene.all_nodes, 20s).ok());
    if (!plan.liveness) continue;
    ++with_core;
    const auto& core = plan.liveness->core;
    const auto left = std::count_if(core.begin(), core.end(),
                                    [](const std::string& name) { return name != "client"; });
    ++sizes.at(static_cast<std::size_t>(left));
    CHECK(std::find(core.begin(), core.end(), "client") != core.end());
    CHECK(plan.liveness->at == 15s);
  }
  CHECK(with_core > 70);
  CHECK(with_core < 130);
  CHECK(sizes[4] > 20);
  CHECK(sizes[3] > 20);
  CHECK(sizes[0] + sizes[1] + sizes[2] + sizes[5] == 0);
}

TEST_CASE("without a promise nobody is left out for good") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    NemesisScene scene = scene_of(seed);
    scene.promises.clear();
    CHECK_FALSE(draw_level("swarm", scene).value().liveness.has_value());
  }
}

TEST_CASE("a majority gets on without the others, and who waits for all is found") {
  int judged = 0;
  int found = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const RunSummary majority = run(seed, 3);
    INFO("seed " << seed);
    CHECK(majority.verdict == Verdict::passed);
    if (majority.properties.front().judged) ++judged;
    const RunSummary all = run(seed, 5);
    // What is left as it is may be too mild to keep anybody waiting.
    if (!all.violation) continue;
    ++found;
    CHECK(all.plan.liveness.has_value());
    CHECK(all.violation->property == "rounds go on");
  }
  CHECK(judged == 60);
  CHECK(found > 10);
}
