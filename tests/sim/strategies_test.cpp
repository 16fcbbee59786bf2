#include <set>
#include <string>
#include <vector>

#include "norn/sim.hpp"
#include "norn/sim/bad_input.hpp"
#include "norn/sim/case_file.hpp"
#include "norn/sim/replay.hpp"
#include "norn/sim/run_seeds.hpp"
#include "norn/sim/shrink.hpp"
#include "support/catch.hpp"

using namespace std::chrono_literals;

namespace {

struct Put {
  int value = 0;
};
struct Word {};

const std::vector<std::string> kStrategies = {"random",       "round-robin:3", "pct:3",
                                              "pct-chains:3", "pos",           "urw"};

}  // namespace

// The second value overtakes the first only if a message may be slow, which no delay here is.
NORN_SCENARIO(overtaking_story, "the last value put is the one that stays",
              {.time = 200ms, .faults = "calm"}) {
  norn::LinkOptions links;
  links.latency = norn::Latency::constant_of(1ms);
  sim.links(links);
  int stored = 0;
  sim.node("store", [&] { norn::serve([&](const Put& put) { stored = put.value; }); });
  sim.node("writer", [] {
    norn::send("store", Put{1});
    norn::sleep_for(5ms);
    norn::send("store", Put{2});
  });
  for (const char* name : {"x", "y"}) {
    sim.node(name, [] {
      for (int i = 0; i < 20; ++i) {
        norn::send("writer", Word{});
        norn::sleep_for(1ms);
      }
    });
  }
  int most = 0;
  sim.always("a value that was put last stays", [&] {
    most = std::max(most, stored);
    return stored == most;
  });
  sim.run();
}

namespace {

const norn::Scenario& story() {
  return *norn::find_scenario("overtaking_story");
}

norn::RunSummary run_with(const std::string& strategy, std::uint64_t seed) {
  return norn::run_seed(story(), norn::options_for(story(), {.strategy = strategy}, seed));
}

// The first seed whose run fails; 0: none of the first 300 does.
std::uint64_t first_failure(const std::string& strategy) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    if (run_with(strategy, seed).violation) return seed;
  }
  return 0;
}

}  // namespace

TEST_CASE("a strategy chooses the same for the same seed, and something else for another") {
  for (const std::string& strategy : kStrategies) {
    INFO(strategy);
    std::set<std::uint64_t> hashes;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      const std::uint64_t hash = run_with(strategy, seed).trace_hash;
      CHECK(run_with(strategy, seed).trace_hash == hash);
      hashes.insert(hash);
    }
    CHECK(hashes.size() > 5);
  }
}

// A few delays are not enough for it, and priorities of nodes leave the order at one node as it is.
const std::vector<std::string> kOvertaking = {"random", "round-robin:30", "pct-chains:3", "pos",
                                              "urw"};

TEST_CASE("another future of a run under a strategy has another order of events") {
  for (const char* const strategy : {"random", "pos", "urw"}) {
    norn::SimOptions options = norn::options_for(story(), {.strategy = strategy}, 4);
    std::set<std::uint64_t> futures;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      options.branch = norn::Branch{.at = 2ms, .seed = seed};
      futures.insert(norn::run_seed(story(), options).trace_hash);
      CHECK(norn::run_seed(story(), options).trace_hash ==
            norn::run_seed(story(), options).trace_hash);
    }
    INFO(strategy);
    CHECK(futures.size() > 1);
  }
}

TEST_CASE("a strategy finds the order that no delay brings about") {
  CHECK(first_failure("timed") == 0);
  CHECK(first_failure("pct:3") == 0);
  for (const std::string& strategy : kOvertaking) {
    INFO(strategy);
    CHECK(first_failure(strategy) != 0);
  }
}

TEST_CASE(
    "a failure that a strategy found is replayed strictly, and shrunk to the choices that matter") {
  for (const std::string& strategy : kOvertaking) {
    INFO(strategy);
    const std::uint64_t seed = first_failure(strategy);
    const norn::SimOptions options = norn::options_for(story(), {.strategy = strategy}, seed);
    const norn::Case failing = norn::make_case(options, norn::run_seed(story(), options));
    const auto replay = norn::replay_case(failing, {});
    REQUIRE(replay.ok());
    CHECK(replay->same_hash);
    const auto shrunk = norn::shrink_case(failing, {});
    REQUIRE(shrunk.ok());
    CHECK(shrunk->one_minimal);
    CHECK(shrunk->to.overrides <= 6);
    CHECK(norn::run_seed(story(), shrunk->smallest.options).trace_hash ==
          shrunk->smallest.trace_hash);
  }
}

TEST_CASE("under a strategy no timer rings early, and faults keep to virtual time") {
  for (const std::string& strategy : kStrategies) {
    INFO(strategy);
    norn::SimOptions options;
    options.seed = 3;
    options.strategy = strategy;
    norn::Simulation sim(options);
    norn::Duration shortest = 1h;
    norn::Duration longest{};
    for (const char* name : {"a", "b", "c"}) {
      sim.node(name, [&] {
        for (int i = 0; i < 50; ++i) {
          const norn::TimePoint before = norn::now();
          norn::sleep_for(10ms);
          shortest = std::min(shortest, norn::now() - before);
          longest = std::max(longest, norn::now() - before);
        }
      });
    }
    int heard = 0;
    sim.node("server", [&] { norn::serve([&](const Word&) { ++heard; }); });
    sim.node("client", [] {
      norn::sleep_for(150ms);
      norn::send("server", Word{});
    });
    sim.run_for(100ms);
    sim.partition({"client"}, {"server"});
    sim.run_for(100ms);
    sim.heal();
    sim.run_for(3s);
    CHECK(shortest >= 10ms);
    CHECK(longest < 100ms);
    CHECK(heard == 0);
    CHECK(sim.summary().verdict == norn::Verdict::passed);
  }
}

TEST_CASE("calls are answered and nodes restart under every strategy") {
  struct Ask {
    using Reply = int;
  };
  for (const std::string& strategy : kStrategies) {
    INFO(strategy);
    norn::SimOptions options;
    options.strategy = strategy;
    norn::Simulation sim(options);
    int answers = 0;
    sim.node("server", [] { norn::serve([](const Ask&) { return 1; }); });
    sim.node("client", [&] {
      for (int i = 0; i < 100; ++i) {
        answers += norn::call("server", Ask{}, {.timeout = 1s}).value_or(0);
        norn::sleep_for(10ms);
      }
    });
    sim.run_for(300ms);
    sim.crash("server");
    sim.run_for(100ms);
    sim.restart("server");
    sim.run_for(20s);
    CHECK(answers > 50);
    CHECK(answers < 101);
  }
}

TEST_CASE("in the calm that a property waits for, no strategy holds messages back") {
  struct Ask {
    using Reply = int;
  };
  for (const std::string& strategy : kStrategies) {
    INFO(strategy);
    std::uint64_t answered_in_storm = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      norn::SimOptions options;
      options.seed = seed;
      options.strategy = strategy;
      norn::Simulation sim(options);
      std::uint64_t answers = 0;
      sim.node("server", [] { norn::serve([](const Ask&) { return 1; }); });
      for (const char* name : {"a", "b", "c"}) {
        sim.node(name, [&] {
          for (;;) {
            if (norn::call("server", Ask{}, {.timeout = 5ms})) ++answers;
          }
        });
      }
      sim.progress("calls are answered", [&] { return answers; }, {.within = 100ms});
      sim.run_for(10ms);
      sim.partition({"server"}, {"a"});
      sim.run_for(300ms);
      answered_in_storm += answers;
      sim.heal();
      sim.run_for(400ms);
      CHECK(sim.summary().verdict == norn::Verdict::passed);
    }
    CHECK(answered_in_storm > 0);
  }
}

TEST_CASE("a portfolio gives each seed one of several strategies, and says which found what") {
  const norn::RunOptions options{
      .seeds = {1, 180}, .strategy = std::string(norn::kPortfolio), .stop_after_failures = 0};
  const norn::Report report = norn::run_seeds("overtaking_story", options);
  std::uint64_t runs = 0;
  std::uint64_t failed = 0;
  std::uint64_t timed_failed = 0;
  for (const norn::StrategyCount& one : report.strategies) {
    CHECK(one.runs >= 18);
    runs += one.runs;
    failed += one.failed;
    if (one.name == "timed, calm faults") timed_failed += one.failed;
  }
  CHECK(report.strategies.size() == 6);
  CHECK(runs == report.runs);
  CHECK(failed == report.failed);
  CHECK(failed > 0);
  CHECK(timed_failed == 0);
  CHECK(report.summary().find("strategy pos, calm faults: 18 runs") != std::string::npos);
  // The seed alone says what it has.
  const norn::RunOptions one{.seeds = {report.failures[0].run.seed, report.failures[0].run.seed},
                             .strategy = std::string(norn::kPortfolio)};
  const norn::Report again = norn::run_seeds("overtaking_story", one);
  REQUIRE(again.failures.size() == 1);
  CHECK(again.failures[0].run.trace_hash == report.failures[0].run.trace_hash);
}

TEST_CASE("a strategy that there is not, or a number that it does not take, is bad input") {
  for (const char* text : {"rnadom", "", "pos:3", "pct:0", "pct:101", "pct:x", "pct:", "timed:1"}) {
    INFO(text);
    norn::SimOptions options;
    options.strategy = text;
    CHECK_THROWS_AS(norn::Simulation(options), norn::BadInput);
  }
}
