// The level swarm: what it draws.
#include "faults/swarm_draws.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "norn/sim/nemesis.hpp"
#include "support/catch.hpp"

using namespace norn;
using namespace std::chrono_literals;

namespace {

NemesisScene scene_of(std::uint64_t seed, Duration time = 20s) {
  return {.seed = seed, .nodes = {"n1", "n2", "n3", "n4", "n5"}, .time = time};
}

FaultPlan swarm(const NemesisScene& scene) {
  return draw_level("swarm", scene).value();
}

}  // namespace

TEST_CASE("log-uniform numbers are as often in each decade, and reach both ends") {
  std::array<int, 4> decades{};
  std::int64_t least = 10'000;
  std::int64_t most = 0;
  constexpr int draws = 100'000;
  for (int i = 0; i < draws; ++i) {
    const std::int64_t number =
        sim::log_uniform(sim::mix(7, static_cast<std::uint64_t>(i)), 10, 100'000);
    least = std::min(least, number);
    most = std::max(most, number);
    const auto decade = number < 100 ? 0U : number < 1000 ? 1U : number < 10'000 ? 2U : 3U;
    ++decades[decade];
  }
  for (const int count : decades) CHECK(std::abs(count - draws / 4) < draws / 100);
  CHECK(least == 10);
  CHECK(most > 99'900);
  CHECK(most <= 100'000);
  CHECK(sim::log_uniform(~std::uint64_t{0}, 5, 5) == 5);
  CHECK(sim::log_uniform(~std::uint64_t{0}, 1, std::int64_t{1} << 61U) >
        (std::int64_t{1} << 61U) - (std::int64_t{1} << 42U));
}

TEST_CASE("every kind of fault is in some swarm runs and missing in others") {
  std::map<FaultKind, int> runs_with;
  constexpr int runs = 400;
  for (std::uint64_t seed = 1; seed <= runs; ++seed) {
    std::set<FaultKind> kinds;
    for (const Fault& fault : swarm(scene_of(seed)).faults) kinds.insert(fault.kind);
    for (const FaultKind kind : kinds) ++runs_with[kind];
  }
  for (const auto& [kind, count] : runs_with) {
    INFO(name(kind));
    CHECK(count < runs * 3 / 4);
  }
  CHECK(runs_with[FaultKind::partition] > runs / 20);
  CHECK(runs_with[FaultKind::crash] > runs / 20);
}

TEST_CASE(
    "a swarm plan can be written, is over before the calm part, and does not contradict itself") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const FaultPlan plan = swarm(scene_of(seed));
    for (const Fault& fault : plan.faults) CHECK(fault.at + fault.lasts.value_or(0s) <= 15s);
    const Result<FaultPlan> again = fault_plan_from_json(to_json(plan));
    INFO("seed " << seed);
    if (!again) FAIL(again.error().message);
    CHECK(to_json(*again) == to_json(plan));
    CHECK(swarm(scene_of(seed)) == plan);
  }
}

TEST_CASE("what the scenario vetoes is not in its swarm") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    NemesisScene scene = scene_of(seed);
    scene.vetoes = {"crash", "loss"};
    const FaultPlan without = swarm(scene);
    CHECK(without.links.loss.never());
    for (const Fault& fault : without.faults) CHECK(fault.kind != FaultKind::crash);
    scene.vetoes = {"network"};
    const FaultPlan quiet = swarm(scene);
    CHECK(quiet.links == LinkOptions{});
    for (const Fault& fault : quiet.faults)
      CHECK(spec_of(fault.kind).family != FaultFamily::network);
  }
}

TEST_CASE("a scenario whose clocks do not fail has no pauses that stop them") {
  int stopped = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    NemesisScene scene = scene_of(seed);
    const auto stops = [](const Fault& fault) {
      return fault.kind == FaultKind::pause && fault.with.contains("timers");
    };
    const std::vector<Fault> with = swarm(scene).faults;
    stopped += static_cast<int>(std::count_if(with.begin(), with.end(), stops));
    scene.vetoes = {"clock"};
    const std::vector<Fault> without = swarm(scene).faults;
    CHECK(std::none_of(without.begin(), without.end(), stops));
  }
  CHECK(stopped > 0);
}

TEST_CASE("faults of one kind that is not vetoed are the same with and without the others") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    NemesisScene scene = scene_of(seed);
    const auto crashes = [](const FaultPlan& plan) {
      std::vector<Fault> found;
      std::copy_if(plan.faults.begin(), plan.faults.end(), std::back_inserter(found),
                   [](const Fault& fault) { return fault.kind == FaultKind::crash; });
      return found;
    };
    const std::vector<Fault> with = crashes(swarm(scene));
    scene.vetoes = {"network"};
    CHECK(crashes(swarm(scene)) == with);
  }
}

TEST_CASE("a cluster of one node has a swarm too, and one of none has nothing") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    NemesisScene scene = scene_of(seed);
    scene.nodes = {"n1"};
    for (const Fault& fault : swarm(scene).faults)
      CHECK(spec_of(fault.kind).sides != FaultSides::two);
    scene.nodes = {};
    CHECK(swarm(scene).faults.empty());
  }
}

TEST_CASE("how many kinds are on differs from run to run") {
  std::set<std::size_t> sizes;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    std::set<FaultKind> kinds;
    for (const Fault& fault : swarm(scene_of(seed)).faults) kinds.insert(fault.kind);
    sizes.insert(kinds.size());
  }
  CHECK(sizes.contains(0));
  CHECK(sizes.size() >= 4);
}
