#include "norn/sim/branch.hpp"

#include <string>

#include "norn/sim.hpp"
#include "norn/sim/replay.hpp"
#include "norn/sim/run_seeds.hpp"
#include "support/catch.hpp"

using namespace std::chrono_literals;

// At 300 ms it is decided, with one chance in eight, that the property will break at 600 ms.
NORN_SCENARIO(doomed_story, "the die is cast half way", {.time = 1s, .faults = "calm"}) {
  bool broken = false;
  sim.node("gambler", [&] {
    norn::sleep_for(300ms);
    const bool doomed = norn::random().chance(1, 8);
    norn::sleep_for(300ms);
    broken = doomed;
  });
  sim.node("bystander", [] {
    for (;;) norn::sleep_for(10ms);
  });
  sim.always("nothing breaks", [&] { return !broken; });
  sim.run();
}

namespace {

const norn::Scenario& story() {
  return *norn::find_scenario("doomed_story");
}

norn::Case failing_case() {
  for (std::uint64_t seed = 1;; ++seed) {
    const norn::SimOptions options = norn::options_for(story(), {}, seed);
    const norn::RunSummary run = norn::run_seed(story(), options);
    if (run.violation) return norn::make_case(options, run);
  }
}

}  // namespace

TEST_CASE(
    "the curve of a branch rises where the failure was decided, and names what happened there") {
  const auto curve = norn::branch_case(failing_case(), {.futures = 80, .points = 7, .jobs = 2});
  REQUIRE(curve.ok());
  for (const norn::BranchPoint& point : curve->points) {
    INFO(point.at.count());
    CHECK(point.futures == 80);
    if (point.at < 299ms) CHECK(point.failed < 24);
    if (point.at > 301ms) CHECK(point.failed == 80);
  }
  CHECK(curve->before.at <= 300ms);
  CHECK(curve->after.at >= 300ms);
  CHECK(curve->after.at - curve->before.at < 1ms);
  CHECK(curve->between.find("300ms  gambler  wakes fiber") != std::string::npos);
}

TEST_CASE(
    "a branch from one moment does not depend on the number of threads, and its futures are "
    "cases") {
  const norn::Case failing = failing_case();
  const auto one = norn::branch_case(failing, {.futures = 60, .at = 100ms});
  const auto four = norn::branch_case(failing, {.futures = 60, .at = 100ms, .jobs = 4});
  REQUIRE(one.ok());
  REQUIRE(four.ok());
  REQUIRE(one->points.size() == 1);
  const norn::BranchPoint& point = one->points[0];
  CHECK(point.failed == four->points[0].failed);
  CHECK(point.failing_seed == four->points[0].failing_seed);
  REQUIRE(point.passing_seed != 0);
  norn::Case future = failing;
  future.options.branch = norn::Branch{100ms, point.passing_seed};
  CHECK(norn::run_seed(story(), future.options).verdict == norn::Verdict::passed);
  future.options.branch->seed = point.failing_seed;
  CHECK(norn::run_seed(story(), future.options).violation);
}

TEST_CASE("a branch leaves the past as it was") {
  norn::SimOptions options = failing_case().options;
  options.choices = std::make_shared<std::vector<norn::MadeChoice>>();
  norn::run_seed(story(), options);
  const auto before = *options.choices;
  options.choices->clear();
  options.branch = norn::Branch{200ms, 9};
  norn::run_seed(story(), options);
  std::size_t same = 0;
  while (same < before.size() && before[same].key == (*options.choices)[same].key &&
         before[same].taken == (*options.choices)[same].taken)
    ++same;
  REQUIRE(same < before.size());
  CHECK(before[same].at >= norn::TimePoint(200ms));
}

TEST_CASE("a replay ends at the event that it is told, and is compared with nothing") {
  const norn::Case failing = failing_case();
  REQUIRE(failing.events > 50);
  const auto replay = norn::replay_case(failing, {.until_event = 40});
  REQUIRE(replay.ok());
  CHECK(replay->cut_short);
  CHECK(replay->run.events < failing.events);
  CHECK_FALSE(replay->run.violation);
}
