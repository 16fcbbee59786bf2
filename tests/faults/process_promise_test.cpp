// What a system promises to survive, and a nemesis that keeps to it.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <norn/sim.hpp>

#include "cluster/cluster.hpp"
#include "faults/promise_keeper.hpp"
#include "support/catch.hpp"

using namespace norn;
using namespace std::chrono_literals;

namespace {

struct Five {
  sim::Core core{sim::ChoiceOptions{}};
  sim::Cluster cluster{core};
  Five() {
    for (int i = 1; i <= 5; ++i) {
      cluster.add("n" + std::to_string(i), [] {},
                  {.zone = i <= 3 ? std::string("a") : std::string("b")});
    }
  }
  std::vector<Fault> kept(const SurvivalPromise& promise, const std::vector<Fault>& faults) const {
    FaultPlan plan;
    plan.faults = faults;
    return within({promise}, cluster, plan).faults;
  }
};

Fault down(FaultKind kind, Duration at, Duration lasts, std::vector<std::string> nodes) {
  return {.kind = kind, .at = at, .lasts = lasts, .side_a = std::move(nodes)};
}

const NodeNames kAll = {"n1", "n2", "n3", "n4", "n5"};

int most_down(Simulation& sim) {
  int most = 0;
  for (int step = 0; step < 600; ++step) {
    sim.run_for(50ms);
    int now_down = 0;
    for (const std::string& name : kAll) now_down += sim.is_up(name) ? 0 : 1;
    most = std::max(most, now_down);
  }
  return most;
}

void five_nodes(Simulation& sim) {
  for (const std::string& name : kAll) sim.node(name, [] { sleep_for(1h); });
}

}  // namespace

TEST_CASE(
    "of several nodes that would be down at once, so many are left out that the rest may be") {
  const Five five;
  const auto kept = five.kept(
      {.of = kAll, .at_most_down = 2},
      {down(FaultKind::crash, 1s, 2s, {"n1", "n2", "n3"}), down(FaultKind::pause, 2s, 1s, {"n4"}),
       down(FaultKind::kill, 2500ms, 3s, {"n1"}), down(FaultKind::crash, 4s, 1s, {"n5", "n4"})});
  CHECK(kept == std::vector<Fault>{down(FaultKind::crash, 1s, 2s, {"n1", "n2"}),
                                   down(FaultKind::kill, 2500ms, 3s, {"n1"}),
                                   down(FaultKind::crash, 4s, 1s, {"n5"})});
}

TEST_CASE("a node that never comes back counts for ever, and nodes outside the promise do not") {
  const Five five;
  const Fault for_ever{.kind = FaultKind::crash, .at = 1s, .side_a = {"n1"}};
  const auto kept = five.kept({.of = {"zone:a"}, .at_most_down = 1},
                              {for_ever, down(FaultKind::crash, 9s, 1s, {"zone:a"}),
                               down(FaultKind::crash, 10s, 1s, {"zone:b"})});
  CHECK(kept == std::vector<Fault>{for_ever, down(FaultKind::crash, 9s, 1s, {"n1"}),
                                   down(FaultKind::crash, 10s, 1s, {"zone:b"})});
}

TEST_CASE("a disk too many that would be lost becomes a crash") {
  const Five five;
  const auto kept = five.kept(
      {.of = kAll, .at_most_down = 2, .disks_at_most = 1},
      {down(FaultKind::wipe_disk, 1s, 1s, {"n1"}), down(FaultKind::wipe_disk, 3s, 1s, {"n2"}),
       down(FaultKind::wipe_disk, 5s, 1s, {"n1"}),
       down(FaultKind::swap_disk, 7s, 1s, {"n1", "n3"})});
  CHECK(kept == std::vector<Fault>{down(FaultKind::wipe_disk, 1s, 1s, {"n1"}),
                                   down(FaultKind::crash, 3s, 1s, {"n2"}),
                                   down(FaultKind::wipe_disk, 5s, 1s, {"n1"}),
                                   down(FaultKind::crash, 7s, 1s, {"n1", "n3"})});
  CHECK(
      five.kept({.of = {"n1"}, .at_most_down = 1}, {down(FaultKind::wipe_disk, 1s, 1s, {"n4"})}) ==
      std::vector<Fault>{down(FaultKind::crash, 1s, 1s, {"n4"})});
}

TEST_CASE("the nemesis keeps within the promise of a scenario, and without one does not") {
  int most = 0;
  int most_promised = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const SimOptions options{.seed = seed, .time = 30s, .fault_level = "harsh"};
    Simulation free(options);
    five_nodes(free);
    most = std::max(most, most_down(free));
    Simulation promised(options);
    five_nodes(promised);
    promised.promise({.of = kAll, .at_most_down = 2});
    most_promised = std::max(most_promised, most_down(promised));
  }
  CHECK(most > 2);
  CHECK(most_promised == 2);
}

TEST_CASE("beyond the promise, by option or by hand, only safety is judged") {
  FaultPlan plan;
  plan.faults.push_back(down(FaultKind::crash, 1s, 1s, {"n1", "n2", "n3"}));
  FaultPlan small;
  small.faults.push_back(down(FaultKind::crash, 1s, 1s, {"n1"}));
  const auto run = [](SimOptions options) {
    options.time = 30s;
    Simulation sim(std::move(options));
    five_nodes(sim);
    sim.promise({.of = kAll, .at_most_down = 2});
    sim.eventually("it never does", [] { return false; }, {.within = 1s});
    sim.run();
    return sim.summary();
  };
  CHECK(run({.plan = plan}).verdict == Verdict::passed);
  CHECK(run({.plan = plan}).plan == plan);
  CHECK(run({.plan = small}).verdict == Verdict::violated);
  CHECK(run({.fault_level = "harsh"}).verdict == Verdict::violated);
  CHECK(run({.fault_level = "harsh", .beyond_promise = true}).verdict == Verdict::passed);
  CHECK_FALSE(run({.fault_level = "harsh", .beyond_promise = true}).plan ==
              run({.fault_level = "harsh"}).plan);
}
