#include "norn/sim/nemesis.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "sim/support/plans.hpp"
#include "support/catch.hpp"

namespace norn {

using namespace std::chrono_literals;
using namespace plans;

TEST_CASE("drawn plans are in order, end before the calm part and name known nodes") {
  for (const char* name : {"default", "harsh"}) {
    for (int nodes = 1; nodes <= 9; ++nodes) {
      for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        const FaultPlan plan = draw_fault_plan(level(name), seed, node_names(nodes), 40s);
        INFO(name << ", " << nodes << " nodes, seed " << seed);
        expect_sound(plan, node_names(nodes), 30s);
      }
    }
  }
}

TEST_CASE("drawn plans can be written and read again") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const FaultPlan plan = draw_fault_plan(level("harsh"), seed, node_names(5), 30s);
    const Result<FaultPlan> read = fault_plan_from_json(to_json(plan));
    REQUIRE(read.ok());
    REQUIRE(*read == plan);
  }
}

TEST_CASE("without nodes or time there are no faults, and one node is never cut off") {
  CHECK(draw_fault_plan(level("harsh"), 1, {}, 60s).faults.empty());
  CHECK(draw_fault_plan(level("harsh"), 1, node_names(3), 0s).faults.empty());
  CHECK(draw_fault_plan(level("harsh"), 1, node_names(3), 1ns).faults.empty());
  for (const Fault& fault : draw_fault_plan(level("harsh"), 3, {"alone"}, 60s).faults) {
    CHECK(fault.kind == FaultKind::crash);
  }
  NemesisOptions all_calm = level("harsh");
  all_calm.calm_share = {1, 1};
  CHECK(draw_fault_plan(all_calm, 1, node_names(3), 60s).faults.empty());
}

TEST_CASE("a longer run begins with the same faults") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const FaultPlan brief = draw_fault_plan(level("default"), seed, node_names(5), 20s);
    const FaultPlan whole = draw_fault_plan(level("default"), seed, node_names(5), 60s);
    CHECK(brief.links == whole.links);
    REQUIRE(common_begin(brief, whole) == brief.faults.size());
    for (std::size_t i = 0; i < brief.faults.size(); ++i) {
      if (end(brief.faults[i]) < 15s) REQUIRE(brief.faults[i] == whole.faults[i]);
    }
  }
}

TEST_CASE("one more node leaves the times of faults and most of the nodes concerned") {
  std::size_t partitions = 0;
  std::size_t same_partitions = 0;
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    FaultPlan five = draw_fault_plan(level("default"), seed, node_names(5), 30s);
    FaultPlan six = draw_fault_plan(level("default"), seed, node_names(6), 30s);
    CHECK(five.links == six.links);
    std::erase_if(five.faults, [](const Fault& fault) { return !is_partition(fault); });
    std::erase_if(six.faults, [](const Fault& fault) { return !is_partition(fault); });
    REQUIRE(five.faults.size() == six.faults.size());
    for (std::size_t i = 0; i < five.faults.size(); ++i) {
      REQUIRE(five.faults[i].at == six.faults[i].at);
      REQUIRE(five.faults[i].lasts == six.faults[i].lasts);
      ++partitions;
      std::erase(six.faults[i].side_a, "n6");
      std::erase(six.faults[i].side_b, "n6");
      same_partitions += five.faults[i] == six.faults[i] ? 1 : 0;
    }
  }
  // The new node is the one isolated in a sixth of the partitions, and one of the first three of
  // the partial ones in half of them.
  CHECK(static_cast<double>(same_partitions) > 0.7 * static_cast<double>(partitions));
}

TEST_CASE("faults follow the means that the options give") {
  NemesisOptions options;
  options.partition_every = 4s;
  options.partition_lasts = 100ms;
  options.one_way_share = {1, 3};
  options.hold_every = 8s;
  options.hold_lasts = 100ms;
  options.crash_every = 5s;
  options.down_for = 200ms;
  options.calm_share = {1, 5};
  const Counts counts = count(options, 5, 100s, 10'000);
  // 80 s of faults each; five standard deviations of a Poisson count over 10,000 runs.
  within(counts.partitions / counts.plans, 20 - 0.25, 20 + 0.25);
  within(counts.holds / counts.plans, 10 - 0.16, 10 + 0.16);
  within(counts.crashes / counts.plans, 16 - 0.2, 16 + 0.2);
  within(counts.one_way / counts.partitions, 0.328, 0.339);
  // Cut off by the next partition in one of 40, and by the calm part.
  within(counts.partition_seconds / counts.partitions, 0.096, 0.0985);
  within(counts.down_seconds / counts.crashes, 0.197, 0.201);
}

TEST_CASE("each node is chosen as often as any other") {
  NemesisOptions options;
  options.partition_every = 1s;
  options.partition_lasts = 1s;
  options.isolate_share = {1, 1};
  options.crash_every = 1s;
  options.down_for = 10ms;
  std::array<double, 5> isolated{};
  std::array<double, 5> crashed{};
  double faults = 0;
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    for (const Fault& fault : draw_fault_plan(options, seed, node_names(5), 20s).faults) {
      REQUIRE(fault.side_a.size() == 1);
      const auto node = static_cast<std::size_t>(fault.side_a.front().back() - '1');
      (fault.kind == FaultKind::crash ? crashed : isolated)[node] += 1;
      faults += 0.5;
    }
  }
  for (std::size_t node = 0; node < 5; ++node) {
    within(isolated[node] / faults, 0.187, 0.213);
    within(crashed[node] / faults, 0.187, 0.213);
  }
}

TEST_CASE("a random split gives every split of the nodes") {
  NemesisOptions options;
  options.partition_every = 500ms;
  options.partition_lasts = 1s;
  std::set<std::vector<std::string>> seen;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    for (const Fault& fault : draw_fault_plan(options, seed, node_names(4), 20s).faults) {
      seen.insert(fault.side_a);
    }
  }
  CHECK(seen.size() == 14);  // 2^4 without nobody and everybody
}

TEST_CASE("faults come in storms, cuts and crashes at the same times") {
  NemesisOptions options;
  options.partition_every = 5s;
  options.partition_lasts = 100ms;
  options.crash_every = 10s;
  options.down_for = 20ms;
  options.storm_every = 6s;
  options.storm_lasts = 2s;
  options.storm_cut_factor = 10;
  options.storm_crash_factor = 20;
  double partitions = 0;
  double crashes = 0;
  double crashes_near = 0;  // with a partition less than half a second before or after
  constexpr std::uint64_t kSeeds = 2000;
  constexpr double plans = kSeeds;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const FaultPlan plan = draw_fault_plan(options, seed, node_names(5), 80s);
    expect_sound(plan, node_names(5), 60s);
    for (const Fault& fault : plan.faults) {
      if (is_partition(fault)) {
        ++partitions;
        continue;
      }
      ++crashes;
      crashes_near += std::any_of(plan.faults.begin(), plan.faults.end(),
                                  [&](const Fault& other) {
                                    return is_partition(other) && other.at > fault.at - 500ms &&
                                           other.at < fault.at + 500ms;
                                  })
                          ? 1
                          : 0;
    }
  }
  // A quarter of the 60 s is storm, a little less as each run begins with a quiet stretch.
  within(partitions / plans, 9 + 10 * 2.5, 9 + 10 * 3.0);
  within(crashes / plans, 4.5 + 20 * 1.25, 4.5 + 20 * 1.5);
  // In a storm two partitions fall into that second in the mean, in the quiet a fifth of one.
  within(crashes_near / crashes, 0.7, 0.85);
}

TEST_CASE("a partial partition leaves nodes that see both sides") {
  NemesisOptions options;
  options.partition_every = 1s;
  options.partition_lasts = 1s;
  options.partial_share = {1, 1};
  std::set<std::size_t> bridges;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    for (const Fault& fault : draw_fault_plan(options, seed, node_names(5), 20s).faults) {
      const std::size_t cut = fault.side_a.size() + fault.side_b.size();
      REQUIRE(cut < 5);
      bridges.insert(5 - cut);
    }
    for (const Fault& fault : draw_fault_plan(options, seed, node_names(2), 20s).faults) {
      REQUIRE(fault.side_a.size() + fault.side_b.size() == 2);
    }
  }
  CHECK(bridges == std::set<std::size_t>{1, 2, 3});
}

}  // namespace norn
