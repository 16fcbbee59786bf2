#include "norn/sim/nemesis.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/choice_hash.hpp"
#include "support/catch.hpp"

namespace norn {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> node_names(int count) {
  std::vector<std::string> names;
  for (int i = 1; i <= count; ++i) names.push_back("n" + std::to_string(i));
  return names;
}

NemesisOptions level(std::string_view name) {
  return nemesis_level(name).value();
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

Duration end(const Fault& fault) {
  return fault.at + fault.lasts.value();
}

bool is_partition(const Fault& fault) {
  return fault.kind == FaultKind::partition || fault.kind == FaultKind::partition_one_way;
}

// How many nodes are down at `when`.
std::size_t down_at(const FaultPlan& plan, Duration when) {
  std::size_t down = 0;
  for (const Fault& fault : plan.faults) {
    if (fault.kind == FaultKind::crash && fault.at <= when && when < end(fault)) {
      down += fault.side_a.size();
    }
  }
  return down;
}

// One number for a plan.
std::uint64_t fingerprint(const FaultPlan& plan) {
  return sim::text_key(to_json(plan).dump());
}

// Sums over many seeds.
struct Counts {
  double plans = 0;
  double partitions = 0;
  double one_way = 0;
  double holds = 0;
  double crashes = 0;
  double crash_groups = 0;
  double partition_seconds = 0;
  double down_seconds = 0;
  double moments = 0;
  double no_majority = 0;
  double all_down = 0;

  void add(const FaultPlan& plan, std::size_t nodes, Duration active) {
    ++plans;
    for (const Fault& fault : plan.faults) {
      partitions += is_partition(fault) ? 1 : 0;
      one_way += fault.kind == FaultKind::partition_one_way ? 1 : 0;
      holds += fault.kind == FaultKind::hold ? 1 : 0;
      crashes += fault.kind == FaultKind::crash ? 1 : 0;
      crash_groups += fault.kind == FaultKind::crash && fault.side_a.size() > 1 ? 1 : 0;
      if (is_partition(fault)) partition_seconds += seconds(*fault.lasts);
      if (fault.kind == FaultKind::crash) {
        down_seconds += seconds(*fault.lasts) * static_cast<double>(fault.side_a.size());
      }
    }
    for (Duration when{}; when < active; when += 250ms) {
      const std::size_t down = down_at(plan, when);
      ++moments;
      no_majority += 2 * down >= nodes ? 1 : 0;
      all_down += down == nodes ? 1 : 0;
    }
  }
};

Counts count(const NemesisOptions& options, int nodes, Duration duration, int seeds) {
  Counts counts;
  for (int seed = 1; seed <= seeds; ++seed) {
    counts.add(
        draw_fault_plan(options, static_cast<std::uint64_t>(seed), node_names(nodes), duration),
        static_cast<std::size_t>(nodes), duration * 3 / 4);
  }
  return counts;
}

bool within(double value, double low, double high) {
  INFO(value << " in " << low << ".." << high);
  CHECK(value >= low);
  CHECK(value <= high);
  return value >= low && value <= high;
}

// All that must hold of every plan drawn.
void check_plan(const FaultPlan& plan, const std::vector<std::string>& nodes, Duration calm_begin) {
  Duration last{};
  Duration partition_end{};
  Duration hold_end{};
  std::vector<Duration> up_at(nodes.size());
  for (const Fault& fault : plan.faults) {
    REQUIRE(fault.at >= last);
    last = fault.at;
    REQUIRE(fault.lasts.has_value());
    REQUIRE(*fault.lasts >= 1ms);
    REQUIRE(end(fault) <= calm_begin);
    REQUIRE(fault.at % 1us == 0ns);
    REQUIRE_FALSE(fault.side_a.empty());
    REQUIRE(fault.side_b.empty() == (fault.kind == FaultKind::crash));
    std::set<std::string> named(fault.side_a.begin(), fault.side_a.end());
    named.insert(fault.side_b.begin(), fault.side_b.end());
    REQUIRE(named.size() == fault.side_a.size() + fault.side_b.size());
    for (const std::string& name : named) {
      REQUIRE(std::find(nodes.begin(), nodes.end(), name) != nodes.end());
    }
    if (is_partition(fault)) {
      REQUIRE(named.size() >= 2);
      REQUIRE(fault.at >= partition_end);
      partition_end = end(fault);
    }
    if (fault.kind == FaultKind::hold) {
      REQUIRE(fault.at >= hold_end);
      hold_end = end(fault);
    }
    if (fault.kind == FaultKind::crash) {
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (!named.contains(nodes[i])) continue;
        REQUIRE((fault.at > up_at[i] || up_at[i] == Duration::zero()));
        up_at[i] = end(fault);
      }
    }
  }
}

// How many leading faults of two plans are the same, but for an end cut off by the calm part.
std::size_t common_begin(const FaultPlan& a, const FaultPlan& b) {
  std::size_t count = 0;
  while (count < std::min(a.faults.size(), b.faults.size())) {
    const Fault& x = a.faults[count];
    const Fault& y = b.faults[count];
    if (x.kind != y.kind || x.at != y.at || x.side_a != y.side_a || x.side_b != y.side_b) break;
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("a level that is unknown is named together with those that are known") {
  const Result<NemesisOptions> unknown = nemesis_level("brutal");
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().message ==
        "unknown fault level \"brutal\" (known are: calm, default, harsh)");
}

TEST_CASE("calm draws no faults and no loss") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CHECK(draw_fault_plan(level("calm"), seed, node_names(5), 60s) == FaultPlan{});
  }
}

TEST_CASE("drawn plans are in order, end before the calm part and name known nodes") {
  for (const char* name : {"default", "harsh"}) {
    for (int nodes = 1; nodes <= 9; ++nodes) {
      for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        const FaultPlan plan = draw_fault_plan(level(name), seed, node_names(nodes), 40s);
        INFO(name << ", " << nodes << " nodes, seed " << seed);
        check_plan(plan, node_names(nodes), 30s);
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
    check_plan(plan, node_names(5), 60s);
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
