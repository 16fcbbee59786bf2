#include <array>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "norn/sim.hpp"
#include "norn/sim/case_file.hpp"
#include "norn/sim/replay.hpp"
#include "norn/sim/run_seeds.hpp"
#include "sim/support/dial.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

using namespace std::chrono_literals;

namespace {

struct Put {
  int value = 0;
};

}  // namespace

// A lock opens when six turns in a row are right, each with a chance of one in eight. That one was
// right can be seen; that nearly all went well does not help the next run, unless it begins there.
NORN_SCENARIO(tumbler_story, "a lock that nobody opens by chance", {.time = 1s, .faults = "calm"}) {
  int open = 0;
  sim.node("hand", [&] {
    while (norn::random().below(8) == 0) {
      norn::publish("open", ++open);
      norn::sleep_for(10ms);
    }
  });
  sim.always("the lock stays shut", [&] { return open < 6; });
  sim.run();
}

// The same with a dial: how far it was turned is seen by nothing but the edges of its code.
NORN_SCENARIO(dial_story, "a safe that nobody opens by chance", {.time = 1s, .faults = "calm"}) {
  int turned = 0;
  sim.node("hand", [&] {
    std::array<std::uint64_t, 4> numbers{};
    for (std::uint64_t& number : numbers) number = norn::random().below(8);
    turned = norn::test::how_far(numbers);
  });
  sim.always("the safe stays shut", [&] { return turned < 4; });
  sim.run();
}

// Faults of its own, which must let one node live, and a mistake that is seen in few of its seeds.
NORN_SCENARIO(forgetful_story, "what was stored stays", {.time = 3s, .faults = "default"}) {
  int late = 0;
  int lives = 0;
  sim.promise({.of = {"store"}});
  sim.node("store", [&] {
    ++lives;
    int kept = 0;
    norn::serve([&](const Put& put) {
      if (put.value < kept) ++late;
      kept = put.value;
    });
  });
  for (const char* name : {"writer1", "writer2"}) {
    sim.node(name, [] {
      for (int i = 1; i <= 60; ++i) {
        norn::send("store", Put{i});
        norn::sleep_for(std::chrono::milliseconds(norn::random().between(1, 60)));
      }
    });
  }
  sim.always("few values come late", [&] { return late < 52; });
  sim.always("what must live does", [&] { return lives == 1; });
  sim.run();
}

namespace {

norn::RunOptions with_feedback(std::uint64_t last) {
  return {.seeds = {1, last}, .strategy = std::string(norn::kFeedback)};
}

std::vector<std::uint64_t> hashes_of(const char* name, norn::RunOptions options) {
  std::vector<std::uint64_t> hashes;
  options.stop_after_failures = 0;
  options.on_run = [&](const norn::RunSummary& run) {
    CHECK(run.seed == hashes.size() + options.seeds.first);
    hashes.push_back(run.trace_hash);
  };
  (void)norn::run_seeds(name, options);
  return hashes;
}

}  // namespace

TEST_CASE("feedback finds a sequence of rare steps many times sooner than chance does") {
  for (const char* name : {"tumbler_story", "dial_story"}) {
    norn::RunOptions options = with_feedback(5'000);
    options.faults = "calm";
    const norn::Report guided = norn::run_seeds(name, options);
    INFO(guided.summary());
    REQUIRE(guided.failed == 1);
    options.strategy = "timed";
    options.seeds.last = 4 * guided.runs;
    CHECK(norn::run_seeds(name, options).failed == 0);
  }
}

TEST_CASE(
    "a campaign with feedback is the same whatever the number of jobs, and as far as it goes") {
  for (const char* name : {"forgetful_story", "tumbler_story"}) {
    INFO(name);
    norn::RunOptions options = with_feedback(300);
    const std::vector<std::uint64_t> one = hashes_of(name, options);
    options.jobs = 4;
    CHECK(hashes_of(name, options) == one);
    options.seeds.last = 150;
    const std::vector<std::uint64_t> shorter = hashes_of(name, options);
    CHECK(shorter == std::vector(one.begin(), one.begin() + 150));
  }
}

TEST_CASE("what feedback found replays strictly from its case, and from the line without one") {
  const norn::test::ScratchFolder folder;
  norn::RunOptions options = with_feedback(2'000);
  options.stop_after_failures = 12;
  options.shrink_replays = 0;
  options.out_dir = folder.path();
  const norn::Report report = norn::run_seeds("forgetful_story", options);
  INFO(report.summary());
  REQUIRE(report.failures.size() == 12);
  std::set<std::string> ways;
  for (const norn::Failure& failure : report.failures) {
    INFO(failure.run.seed << " " << failure.run.made_by);
    ways.insert(failure.run.made_by);
    CHECK(failure.run.violation->property == "few values come late");
    CHECK(failure.repeated);
    CHECK(failure.case_path.find("-" + std::to_string(failure.run.seed) + ".case.json") !=
          std::string::npos);
    const auto failing = norn::load_case(failure.case_path);
    REQUIRE(failing.ok());
    const auto replay = norn::replay_case(*failing, {});
    REQUIRE(replay.ok());
    CHECK(replay->same_hash);
    CHECK(replay->same_failure);
  }
  CHECK(ways.size() > 2);
  options.out_dir.clear();
  const norn::Report bare = norn::run_seeds("forgetful_story", options);
  const std::uint64_t last = bare.failures.back().run.seed;
  CHECK(bare.failures.back().replay ==
        "norn::run_seeds(\"forgetful_story\", {.seeds = {1, " + std::to_string(last) +
            "}, .strategy = \"feedback\", .stop_after_failures = 0})");
}

TEST_CASE("a plan that is trimmed keeps within what the scenario promises, and replays") {
  const norn::Scenario& scenario = *norn::find_scenario("forgetful_story");
  norn::SimOptions options = norn::options_for(scenario, {.faults = "calm"}, 1);
  options.plan.emplace();
  for (const char* name : {"store", "writer1"}) {
    options.plan->faults.push_back(
        {.kind = norn::FaultKind::crash, .at = 1s, .lasts = 100ms, .side_a = {name}});
  }
  CHECK(norn::run_seed(scenario, options).violation->property == "what must live does");
  options.trim_plan = true;
  const norn::RunSummary trimmed = norn::run_seed(scenario, options);
  CHECK_FALSE(trimmed.violation);
  REQUIRE(trimmed.plan.faults.size() == 1);
  CHECK(trimmed.plan.faults[0].side_a == std::vector<std::string>{"writer1"});
  const norn::Case again = norn::make_case(options, trimmed);
  CHECK(norn::run_seed(scenario, again.options).trace_hash == trimmed.trace_hash);
}

TEST_CASE("a case that feedback found is shrunk as any other") {
  const norn::test::ScratchFolder folder;
  norn::RunOptions options = with_feedback(20'000);
  options.out_dir = folder.path();
  const norn::Report report = norn::run_seeds("tumbler_story", options);
  REQUIRE(report.failures.size() == 1);
  REQUIRE(report.failures[0].shrunk.has_value());
  CHECK(report.failures[0].shrunk->shrunk.one_minimal);
}

TEST_CASE("a campaign with feedback says what it learned, and what found what") {
  const norn::Report report = norn::run_seeds("forgetful_story", [] {
    norn::RunOptions options = with_feedback(200);
    options.stop_after_failures = 0;
    return options;
  }());
  REQUIRE(report.feedback.has_value());
  CHECK(report.feedback->features > 20);
  CHECK(report.feedback->kept > 5);
  std::uint64_t runs = 0;
  std::set<std::string> names;
  for (const norn::StrategyCount& one : report.strategies) {
    runs += one.runs;
    names.insert(one.name);
  }
  CHECK(runs == 200);
  CHECK(names.contains("other choices"));
  CHECK(names.contains("other faults"));
  CHECK(names.contains("another future"));
  CHECK(names.contains("pos, default faults"));
  CHECK(report.summary().find("  feedback: ") != std::string::npos);
}

TEST_CASE("gathering coverage changes no run, and redraws are overrides") {
  for (const char* name : {"forgetful_story", "tumbler_story"}) {
    const norn::Scenario& scenario = *norn::find_scenario(name);
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      INFO(name << " " << seed);
      norn::SimOptions options = norn::options_for(scenario, {.strategy = "portfolio"}, seed);
      const std::uint64_t hash = norn::run_seed(scenario, options).trace_hash;
      options.coverage = std::make_shared<norn::Coverage>();
      CHECK(norn::run_seed(scenario, options).trace_hash == hash);
      const norn::Coverage first = *options.coverage;
      options.coverage = std::make_shared<norn::Coverage>();
      for (const norn::MadeChoice& choice : first.choices) {
        if (choice.options == 0 && choice.key % 4 == 0)
          options.coverage->redraws[choice.key] = choice.key + seed;
      }
      const std::uint64_t redrawn = norn::run_seed(scenario, options).trace_hash;
      norn::SimOptions again = options;
      again.overrides = options.coverage->redrawn;
      again.coverage = nullptr;
      CHECK(norn::run_seed(scenario, again).trace_hash == redrawn);
    }
  }
}
