// Links of a plan and of a scenario: shapes, damage, groups and presets.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "faults/support/gossip.hpp"
#include "norn/sim/wan.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

FaultPlan read(const json& links, const json& groups = json::array()) {
  const Result<FaultPlan> plan = fault_plan_from_json({{"links", links}, {"link_groups", groups}});
  if (!plan) FAIL(plan.error().message);
  const Result<FaultPlan> again = fault_plan_from_json(to_json(*plan));
  if (!again) FAIL(again.error().message);
  CHECK(*again == *plan);
  return *plan;
}

std::string error_of(const json& links, const json& groups = json::array()) {
  const Result<FaultPlan> plan = fault_plan_from_json({{"links", links}, {"link_groups", groups}});
  return plan ? "(no error)" : plan.error().message;
}

Duration mean(const std::vector<Arrival>& arrivals) {
  Duration sum{};
  for (const Arrival& arrival : arrivals) sum += arrival.took();
  return arrivals.empty() ? Duration() : sum / static_cast<std::int64_t>(arrivals.size());
}

}  // namespace

TEST_CASE("all that a link can do is written in a plan and read back") {
  const FaultPlan plan =
      read({{"latency",
             {{"shape", "log_normal"},
              {"min", "1ms"},
              {"usual", "3ms"},
              {"sigma", "3/4"},
              {"jitter", "200us"}}},
            {"burst", {{"begins", "1/100"}, {"ends", "1/5"}, {"loss", "9/10"}}},
            {"reorder", "1/10"},
            {"reorder_by", "30ms"},
            {"corrupt", "1/1000"},
            {"truncate", "1/2000"},
            {"undetected", "1/100"},
            {"bandwidth",
             {{"bytes_per_second", 1'000'000}, {"queue_bytes", 64'000}, {"discipline", "codel"}}},
            {"mtu", 1500}});
  const LinkOptions& links = plan.links;
  CHECK(links.latency.shape == LatencyShape::log_normal);
  CHECK(links.latency.slow == Ratio{0, 1});
  CHECK(links.latency.sigma == Ratio{3, 4});
  CHECK(links.latency.jitter == 200us);
  CHECK(links.burst == BurstLoss{{1, 100}, {1, 5}, {9, 10}});
  CHECK(links.reorder_by == 30ms);
  CHECK(links.undetected == Ratio{1, 100});
  CHECK(links.bandwidth == Bandwidth{1'000'000, 64'000, QueueDiscipline::codel});
  CHECK(links.mtu == 1500);
  CHECK(read({{"latency", {{"shape", "constant"}, {"usual", "5us"}}}}).links.latency.usual == 5us);
  CHECK(read({{"latency",
               {{"shape", "bimodal"},
                {"min", "1ms"},
                {"usual", "2ms"},
                {"far", "1/9"},
                {"far_usual", "80ms"}}}})
            .links.latency.far_usual == 80ms);
}

TEST_CASE("quantiles stand in the plan or in a file") {
  const std::vector<Duration> measured = {1ms, 2ms, 90ms};
  const json inside = {{"shape", "quantiles"}, {"quantiles", {"1ms", "2ms", "90ms"}}};
  CHECK(read({{"latency", inside}}).links.latency.quantiles == measured);
  const ScratchFolder folder;
  std::ofstream(folder.path() + "/q") << "1ms\n2ms\n90ms\n";
  const json file = {{"shape", "quantiles"}, {"quantiles", folder.path() + "/q"}};
  CHECK(read({{"latency", file}}).links.latency.quantiles == measured);
}

TEST_CASE("links that make no sense are named by their JSON path") {
  CHECK(error_of({{"latency", {{"shape", "square"}}}}) ==
        "links.latency.shape: unknown word \"square\" (known are: constant, uniform, exponential, "
        "log_normal, bimodal, quantiles)");
  CHECK(error_of({{"latency", {{"shape", "quantiles"}}}}) ==
        "links.latency.quantiles: at least two are needed");
  CHECK(error_of({{"latency", {{"shape", "quantiles"}, {"quantiles", {"2ms", "1ms"}}}}}) ==
        "links.latency.quantiles[1]: less than the one before");
  CHECK(error_of({{"latency", {{"shape", "quantiles"}, {"quantiles", {"2ms", 3}}}}}) ==
        "links.latency.quantiles[1]: a time with its unit is expected, not 3");
  CHECK(error_of({{"latency", {{"shape", "quantiles"}, {"quantiles", "no/such"}}}}) ==
        "links.latency.quantiles: no/such: cannot be read");
  CHECK(error_of({{"latency", {{"jitter", "25h"}}}}).starts_with("links.latency.jitter: "));
  CHECK(error_of({{"latency", {{"far", "1/2"}}}}) ==
        "links.latency.far_usual: is less than min, 100us");
  CHECK(error_of({{"burst", {{"starts", "1/2"}}}}) ==
        "links.burst.starts: unknown field (known are: begins, ends, loss)");
  CHECK(error_of({{"bandwidth", {{"queue_bytes", 0}}}}) ==
        "links.bandwidth.queue_bytes: 0 is not from 1 to 1000000000000");
  CHECK(error_of({{"bandwidth", {{"discipline", "red"}}}}) ==
        "links.bandwidth.discipline: unknown word \"red\" (known are: drop_tail, codel)");
  CHECK(error_of({{"mtu", 67}}) == "links.mtu: 67 is not from 68 to 1000000000000");
  CHECK(error_of({{"mtu", "big"}}) ==
        "links.mtu: a whole number of bytes is expected, not \"big\"");
  CHECK(error_of(json::object(), {{{"side_b", {"n1"}}}}) == "link_groups[0].side_a: is missing");
  CHECK(error_of(json::object(), {{{"side_a", {"n1"}}, {"preset", "moon"}}}) ==
        "link_groups[0].preset: unknown preset \"moon\" (known are: same_rack, same_zone, "
        "same_region, america_europe, america_asia, europe_asia)");
  FaultPlan plan = read(json::object(), {{{"side_a", {"n1"}}, {"side_b", {"n9"}}}});
  CHECK(check_plan(plan, {"n1", "n2"}, 1s).error().message ==
        "link_groups[0].side_b[0]: no node is named \"n9\" (there are: n1, n2)");
}

TEST_CASE(
    "links by themselves lose in bursts, reorder, damage, queue and refuse what is too large") {
  GossipNet net(2);
  net.simulation.links(LinkOptions{.latency = Latency::constant_of(1ms),
                                   .burst = {.begins = {1, 100}},
                                   .reorder = {1, 20},
                                   .corrupt = {1, 100},
                                   .truncate = {1, 100},
                                   .undetected = {1, 2},
                                   .bandwidth = {.bytes_per_second = 44'000}});
  net.simulation.run_for(10s);
  const RunSummary run = net.simulation.summary();
  for (const char* kind : {"loss_burst", "reorder", "corrupt", "truncate", "bandwidth"}) {
    INFO(kind);
    CHECK(count_of(run, kind).asked == 1);
    CHECK(count_of(run, kind).bit > 0);
  }
  CHECK(bites_of(run, "corrupt", "messages corrupted") > 0);
  CHECK(bites_of(run, "corrupt", "messages dropped") > 0);
  CHECK(bites_of(run, "truncate", "messages truncated") > 0);
  CHECK(count_of(run, "mtu").asked == 0);

  GossipNet tight(2);
  tight.simulation.links(LinkOptions{.mtu = 43});
  tight.simulation.run_for(998ms);
  CHECK(tight.arrived.empty());
  CHECK(bites_of(tight.simulation.summary(), "mtu", "messages dropped") == 400);
}

TEST_CASE("three regions: who is far away is heard late, in code and by a plan") {
  GossipNet net(6);
  net.simulation.links(wan::three_regions({"n1", "n2"}, {"n3", "n4"}, {"n5", "n6"}));
  net.simulation.run_for(5s);
  CHECK(mean(net.fresh("n1", "n2", 0s)) < 1ms);
  const auto near = [&net](const char* from, const char* to, double ms) {
    const double took = static_cast<double>(mean(net.fresh(from, to, 0s)).count()) / 1e6;
    CHECK(took > ms * 0.98);
    CHECK(took < ms * 1.02);
  };
  near("n1", "n3", 37.5);
  near("n4", "n2", 37.5);
  near("n2", "n5", 75);
  near("n6", "n3", 110);

  SimOptions options = test::options();
  options.plan =
      read(json::object(),
           {{{"side_a", {"a"}}, {"side_b", {"b"}}, {"preset", "europe_asia"}},
            {{"side_a", {"c"}}, {"side_b", {"a", "b"}}, {"preset", "same_rack"}, {"loss", "1/1"}}});
  Simulation simulation(options);
  std::vector<Duration> took;
  bool from_c = false;
  simulation.node("a", [&] {
    serve([&](const Gossip& message, Address from) {
      from_c |= from.name() == "c";
      took.push_back(now().time_since_epoch() - Duration(message.sent_ns));
    });
  });
  for (const char* node : {"b", "c"}) {
    simulation.node(node, [] {
      for (;;) {
        send("a", Gossip{0, now().time_since_epoch().count()});
        sleep_for(10ms);
      }
    });
  }
  simulation.run_for(2s);
  CHECK_FALSE(from_c);
  REQUIRE(took.size() > 100);
  for (const Duration each : took) CHECK((each > 104ms && each < 160ms));
}

TEST_CASE("groups set again replace those before, and link() comes before all") {
  GossipNet net(3);
  const auto slow = [](std::vector<std::string> nodes) {
    return std::vector<GroupLinks>{
        {.side_a = nodes, .side_b = nodes, .options = {.latency = Latency::constant_of(50ms)}}};
  };
  net.simulation.links(slow(net.names));
  net.simulation.link("n1", "n2", {.latency = Latency::constant_of(2ms)});
  net.simulation.run_for(1s);
  CHECK(mean(net.fresh("n1", "n2", 0s)) == 2ms);
  CHECK(mean(net.fresh("n2", "n1", 0s)) == 50ms);
  CHECK(mean(net.fresh("n1", "n3", 0s)) == 50ms);
  const Duration begin = net.now();
  net.simulation.links(slow({"n1", "n3"}));
  net.simulation.run_for(1s);
  CHECK(mean(net.fresh("n1", "n2", begin)) == 2ms);
  CHECK(mean(net.fresh("n2", "n1", begin)) < 5ms);
  CHECK(mean(net.fresh("n3", "n1", begin)) == 50ms);
}
