#include "norn/sim/simulation.hpp"

#include <set>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "support/catch.hpp"
#include "support/death.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;

namespace {

struct Ping {
  int number = 0;
};

// `a` sends a Ping to `b` every 10 ms, and `b` to `a`.
struct Talk {
  norn::Simulation simulation;
  int at_a = 0;
  int at_b = 0;

  explicit Talk(norn::SimOptions options = norn::test::options()) : simulation(std::move(options)) {
    const auto talk = [](const char* peer, int& received) {
      norn::spawn("sender", [peer] {
        for (int i = 0;; ++i) {
          norn::send(peer, Ping{i});
          norn::sleep_for(10ms);
        }
      }).detach();
      norn::serve([&received](const Ping&) { ++received; });
    };
    simulation.node("a", [this, talk] { talk("b", at_a); });
    simulation.node("b", [this, talk] { talk("a", at_b); });
  }
};

std::uint64_t bitten(const norn::RunSummary& run, std::string_view kind) {
  for (const norn::FaultCount& fault : run.faults) {
    if (fault.kind == kind) return fault.bit;
  }
  return 0;
}

}  // namespace

TEST_CASE("a two-way partition stops both directions, until it is healed") {
  Talk talk;
  talk.simulation.run_for(1s);
  CHECK(talk.at_a > 90);
  CHECK(talk.at_b > 90);
  talk.simulation.partition({"a"}, {"b"});
  const int before_a = talk.at_a;
  const int before_b = talk.at_b;
  talk.simulation.run_for(1s);
  CHECK(talk.at_a == before_a);
  CHECK(talk.at_b == before_b);
  talk.simulation.heal();
  talk.simulation.run_for(1s);
  CHECK(talk.at_a > before_a + 90);
  CHECK(talk.at_b > before_b + 90);
  CHECK(bitten(talk.simulation.summary(), "partition") > 190);
}

TEST_CASE("a one-way partition stops one direction only") {
  Talk talk;
  talk.simulation.partition_one_way({"a"}, {"b"});
  talk.simulation.run_for(1s);
  CHECK(talk.at_b == 0);
  CHECK(talk.at_a > 90);
}

TEST_CASE("a hold keeps messages back and loses none") {
  norn::SimOptions options = norn::test::options();
  Talk talk(options);
  talk.simulation.hold({"a"}, {"b"});
  talk.simulation.run_for(1s);
  CHECK(talk.at_b == 0);
  talk.simulation.release();
  talk.simulation.run_for(500ms);
  CHECK(talk.at_b > 140);
  CHECK(bitten(talk.simulation.summary(), "hold") >= 100);
}

TEST_CASE("two partitions that overlap are each healed for themselves") {
  Talk talk;
  norn::FaultPlan plan;
  plan.faults = {
      {.kind = norn::FaultKind::partition, .at = 0s, .lasts = 2s, .side_a = {"a"}, .side_b = {"b"}},
      {.kind = norn::FaultKind::partition,
       .at = 1s,
       .lasts = 2s,
       .side_a = {"b"},
       .side_b = {"a"}}};
  norn::SimOptions options = norn::test::options();
  options.plan = plan;
  Talk planned(options);
  planned.simulation.run_for(2900ms);
  CHECK(planned.at_a == 0);
  planned.simulation.run_for(1s);
  CHECK(planned.at_a > 50);
}

TEST_CASE("a crash in a plan ends with the restart") {
  norn::FaultPlan plan;
  plan.faults = {
      {.kind = norn::FaultKind::crash, .at = 1s, .lasts = 500ms, .side_a = {"b"}, .side_b = {}}};
  norn::SimOptions options = norn::test::options();
  options.plan = plan;
  Talk talk(options);
  talk.simulation.run_for(1200ms);
  CHECK_FALSE(talk.simulation.is_up("b"));
  talk.simulation.run_for(1s);
  CHECK(talk.simulation.is_up("b"));
  CHECK(talk.simulation.incarnation("b") == 2);
  const norn::RunSummary run = talk.simulation.summary();
  CHECK(bitten(run, "crash") == 1);
}

TEST_CASE("a broken always stops the run at once") {
  Talk talk;
  talk.simulation.always(
      "few messages", [&] { return talk.at_b < 10; },
      [&] { return "got " + std::to_string(talk.at_b); });
  talk.simulation.run_for(10s);
  const norn::RunSummary run = talk.simulation.summary();
  REQUIRE(run.verdict == norn::Verdict::violated);
  CHECK(run.violation->property == "few messages");
  CHECK(run.violation->detail == "got 10");
  CHECK(talk.at_b == 10);
  CHECK(run.simulated < 1s);
  CHECK(run.violation->event > 0);
}

TEST_CASE("a sometimes that is never true is counted and is no violation") {
  Talk talk;
  talk.simulation.sometimes("a million messages", [&] { return talk.at_b > 1'000'000; });
  talk.simulation.sometimes("a message", [&] { return talk.at_b > 0; });
  talk.simulation.run_for(1s);
  const norn::RunSummary run = talk.simulation.summary();
  CHECK(run.verdict == norn::Verdict::passed);
  CHECK(run.properties.at(0).held == 0);
  CHECK(run.properties.at(0).evaluated > 0);
  CHECK(run.properties.at(1).held > 0);
}

TEST_CASE("an eventually is judged in the calm after the last fault, at its deadline") {
  SECTION("it holds in time") {
    Talk talk;
    talk.simulation.eventually("a message comes", [&] { return talk.at_b > 0; }, {.within = 1s});
    talk.simulation.partition({"a"}, {"b"});
    talk.simulation.run_for(10s);
    talk.simulation.heal();
    talk.simulation.run_for(5s);
    CHECK(talk.simulation.summary().verdict == norn::Verdict::passed);
  }
  SECTION("it never holds") {
    Talk talk;
    talk.simulation.eventually("a million messages", [&] { return talk.at_b > 1'000'000; },
                               {.within = 1s});
    talk.simulation.partition({"a"}, {"b"});
    talk.simulation.run_for(10s);
    talk.simulation.heal();
    talk.simulation.run_for(5s);
    const norn::RunSummary run = talk.simulation.summary();
    REQUIRE(run.verdict == norn::Verdict::violated);
    CHECK(run.violation->at.time_since_epoch() == 11s);
  }
  SECTION("the run ends before the deadline") {
    Talk talk;
    talk.simulation.eventually("a million messages", [&] { return talk.at_b > 1'000'000; },
                               {.within = 1h});
    talk.simulation.run_for(1s);
    const norn::RunSummary run = talk.simulation.summary();
    CHECK(run.verdict == norn::Verdict::passed);
    CHECK_FALSE(run.properties.at(0).judged);
  }
}

TEST_CASE("the same seed gives the same trace, another seed another") {
  const auto hash = [](std::uint64_t seed) {
    Talk talk(norn::test::options(seed));
    talk.simulation.links({.latency = {}, .loss = {1, 10}, .duplicate = {1, 10}});
    talk.simulation.run_for(5s);
    return talk.simulation.summary().trace_hash;
  };
  std::set<std::uint64_t> seen;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::uint64_t first = hash(seed);
    CHECK(first == hash(seed));
    seen.insert(first);
  }
  CHECK(seen.size() == 20);
}

TEST_CASE("one node more changes no delay between the others") {
  const auto arrivals = [](bool third) {
    std::vector<norn::TimePoint> times;
    norn::Simulation simulation(norn::test::options(7));
    if (third) {
      simulation.node("zz", [] {
        for (;;) {
          norn::send("b", Ping{1'000'000});
          norn::sleep_for(norn::random().between(norn::Duration(1ms), norn::Duration(5ms)));
        }
      });
    }
    simulation.node("a", [] {
      for (int i = 0; i < 50; ++i) {
        norn::send("b", Ping{i});
        norn::sleep_for(norn::random().between(norn::Duration(1ms), norn::Duration(20ms)));
      }
    });
    simulation.node("b", [&times] {
      norn::serve([&times](const Ping& ping) {
        if (ping.number < 1'000'000) times.push_back(norn::now());
      });
    });
    simulation.run_for(10s);
    return times;
  };
  CHECK(arrivals(false) == arrivals(true));
}

TEST_CASE("an override takes the place of what the seed would choose") {
  norn::SimOptions options = norn::test::options(3);
  options.dull = true;
  Talk talk(options);
  std::vector<norn::TimePoint> arrivals;
  talk.simulation.always("watch", [&] {
    if (static_cast<std::size_t>(talk.at_b) > arrivals.size())
      arrivals.push_back(talk.simulation.now());
    return true;
  });
  talk.simulation.run_for(100ms);
  REQUIRE(arrivals.size() >= 9);
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    // Dull: each message takes the usual time.
    CHECK(arrivals[i].time_since_epoch() == std::chrono::milliseconds(10 * i) + 800us);
  }
}

TEST_CASE("node code may crash a node: it happens when the caller next blocks") {
  norn::Simulation simulation(norn::test::options());
  bool went_on = false;
  simulation.node("a", [&] {
    simulation.crash("a");
    went_on = true;
    norn::sleep_for(1s);
    FAIL("a dead fiber went on");
  });
  simulation.run_for(5s);
  CHECK(went_on);
  CHECK_FALSE(simulation.is_up("a"));
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
}

TEST_CASE("a busy loop is a violation that names the fiber, not a hang") {
  norn::Simulation simulation(norn::test::options());
  simulation.node("a", [] {
    norn::spawn("spinner", [] {
      for (;;) norn::yield();
    }).detach();
    norn::sleep_for(1s);
  });
  simulation.run_for(5s);
  const norn::RunSummary run = simulation.summary();
  REQUIRE(run.verdict == norn::Verdict::violated);
  CHECK(run.violation->detail.find("'spinner'") != std::string::npos);
}

TEST_CASE("a run beyond its limit of events is incomplete") {
  norn::SimOptions options = norn::test::options();
  options.max_events = 1000;
  Talk talk(options);
  talk.simulation.run_for(1h);
  const norn::RunSummary run = talk.simulation.summary();
  CHECK(run.verdict == norn::Verdict::incomplete);
  CHECK(run.incomplete_reason.find("1000") != std::string::npos);
}

TEST_CASE("what a violation says is UTF-8, whatever bytes it quotes") {
  Talk talk;
  talk.simulation.violation("values are text",
                            "reads as 'a\xF5z', \xE2\x82\xAC is whole, \xE2\x82");
  const norn::RunSummary run = talk.simulation.summary();
  REQUIRE(run.violation);
  CHECK(run.violation->detail ==
        "reads as 'a\xEF\xBF\xBDz', \xE2\x82\xAC is whole, \xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("two nodes of one name are misuse that says so") {
  const auto death = norn::test::death_of([] {
    norn::Simulation simulation(norn::test::options());
    simulation.node("a", [] {});
    simulation.node("a", [] {});
  });
  CHECK(death.exit_code == norn::kExitInternalError);
  CHECK(death.message.find("two nodes are called 'a'") != std::string::npos);
}

TEST_CASE("a fault on a node that does not exist is misuse that says so") {
  const auto death = norn::test::death_of([] {
    norn::Simulation simulation(norn::test::options());
    simulation.node("a", [] {});
    simulation.crash("b");
  });
  CHECK(death.exit_code == norn::kExitInternalError);
  CHECK(death.message.find("no node called 'b'") != std::string::npos);
}
