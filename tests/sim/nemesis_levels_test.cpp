#include "norn/sim/nemesis.hpp"

#include <chrono>
#include <cstdint>
#include <set>

#include <nlohmann/json.hpp>

#include "sim/support/plans.hpp"
#include "support/catch.hpp"

namespace norn {

using namespace std::chrono_literals;
using namespace plans;

TEST_CASE("a level that is unknown is named together with those that are known") {
  const Result<NemesisOptions> unknown = nemesis_level("brutal");
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().message ==
        "unknown fault level \"brutal\" (known are: calm, default, harsh, swarm)");
}

TEST_CASE("calm draws no faults and no loss") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CHECK(draw_fault_plan(level("calm"), seed, node_names(5), 60s) == FaultPlan{});
  }
}

TEST_CASE("the default level has a majority mostly, and now and then nobody") {
  const Counts five = count(level("default"), 5, 30s, 10'000);
  within(five.partitions / five.plans, 16.5, 19);
  within(five.one_way / five.partitions, 0.24, 0.26);
  within(five.holds / five.plans, 10.3, 11.8);
  within(five.crashes / five.plans, 13.3, 15.3);
  within(five.crash_groups / five.plans, 0.75, 0.95);
  within(five.no_majority / five.moments, 0.01, 0.03);
  within(five.all_down / five.moments, 0.001, 0.006);
  const Counts three = count(level("default"), 3, 20s, 10'000);
  within(three.partitions / three.plans, 10.8, 12.4);
  within(three.crashes / three.plans, 7.9, 9.2);
  within(three.no_majority / three.moments, 0.02, 0.06);
}

TEST_CASE("bad links end where the calm part begins") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const FaultPlan plan = draw_fault_plan(level("default"), seed, node_names(3), 40s);
    if (plan.links == LinkOptions{}) continue;
    CHECK(plan.links_until == Duration(30s));
  }
}

TEST_CASE("the harsh level is harder in every respect") {
  const Counts usual = count(level("default"), 5, 30s, 2000);
  const Counts harsh = count(level("harsh"), 5, 30s, 2000);
  CHECK(harsh.partitions > 1.8 * usual.partitions);
  CHECK(harsh.holds > 1.8 * usual.holds);
  CHECK(harsh.crashes > 2 * usual.crashes);
  CHECK(harsh.no_majority > 2 * usual.no_majority);
  CHECK(harsh.no_majority < 0.3 * harsh.moments);
}

TEST_CASE("each run of a swarm has its own mix, up to what the level allows") {
  const LinkOptions most = level("default").links;
  constexpr int seeds = 10'000;
  double no_loss = 0;
  double no_duplicates = 0;
  double no_slow = 0;
  double no_partitions = 0;
  double no_crashes = 0;
  double loss = 0;
  std::set<Duration> usual;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const FaultPlan plan = draw_fault_plan(level("default"), seed, node_names(3), 120s);
    const LinkOptions& links = plan.links;
    const auto share = [](Ratio ratio) { return static_cast<double>(ratio.times) / ratio.out_of; };
    REQUIRE(share(links.loss) <= share(most.loss));
    REQUIRE(share(links.duplicate) <= share(most.duplicate));
    REQUIRE(share(links.latency.slow) <= share(most.latency.slow));
    REQUIRE(links.latency.slow_max <= most.latency.slow_max);
    REQUIRE(links.latency.slow_max >= most.latency.slow_max / 8 - 1ms);
    REQUIRE(links.latency.slow_max >= links.latency.usual);
    usual.insert(links.latency.usual);
    loss += share(links.loss);
    no_loss += links.loss.never() ? 1 : 0;
    no_duplicates += links.duplicate.never() ? 1 : 0;
    no_slow += links.latency.slow.never() ? 1 : 0;
    const auto none = [&](const auto& is) {
      return std::none_of(plan.faults.begin(), plan.faults.end(), is) ? 1 : 0;
    };
    no_partitions += none(is_partition);
    no_crashes += none([](const Fault& fault) { return fault.kind == FaultKind::crash; });
  }
  for (const double absent : {no_loss, no_duplicates, no_slow, no_partitions, no_crashes}) {
    within(absent / seeds, 1.0 / 6 - 0.02, 1.0 / 6 + 0.02);
  }
  within(loss / seeds, 0.0078, 0.0089);
  CHECK(usual == std::set<Duration>{800us, 3600us, 17600us, 70100us});
}

TEST_CASE("crashes come as bounces, as pairs on one node and as groups that come back one by one") {
  double quick = 0;
  double soon_again = 0;
  double together = 0;
  double one_by_one = 0;
  double crashes = 0;
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    FaultPlan plan = draw_fault_plan(level("default"), seed, node_names(5), 30s);
    std::erase_if(plan.faults, [](const Fault& fault) { return fault.kind != FaultKind::crash; });
    for (std::size_t i = 0; i < plan.faults.size(); ++i) {
      const Fault& fault = plan.faults[i];
      ++crashes;
      quick += *fault.lasts < 60ms ? 1 : 0;
      together += fault.side_a.size() > 1 ? 1 : 0;
      if (i + 1 == plan.faults.size()) continue;
      const Fault& next = plan.faults[i + 1];
      one_by_one += next.at == fault.at ? 1 : 0;
      soon_again += next.side_a == fault.side_a && next.at - end(fault) < 300ms ? 1 : 0;
    }
  }
  within(quick / crashes, 0.3, 0.45);
  within(together / crashes, 0.03, 0.1);
  within(one_by_one / crashes, 0.05, 0.25);
  within(soon_again / crashes, 0.08, 0.25);
}

// A change of these changes what every seed means: on purpose only, with a note in the change log.
TEST_CASE("drawn plans give the golden values") {
  CHECK(fingerprint(draw_fault_plan(level("default"), 1, node_names(3), 20s)) ==
        0x6b20a5340d57b7b6U);
  CHECK(fingerprint(draw_fault_plan(level("default"), 7, node_names(5), 30s)) ==
        0xa9ef2afec9609381U);
  CHECK(fingerprint(draw_fault_plan(level("default"), 8, node_names(5), 30s)) ==
        0xcd5d073dc623f879U);
  CHECK(fingerprint(draw_fault_plan(level("harsh"), 7, node_names(5), 30s)) == 0xfbc362fd5f22fa65U);
  CHECK(fingerprint(draw_fault_plan(level("harsh"), 1'234'567'890'123, node_names(9), 600s)) ==
        0x231535aa043ac811U);
}

}  // namespace norn
