// Numbers of node code that a swarm run changes.
#include "norn/runtime/knob.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "norn/runtime.hpp"
#include "norn/sim/bad_input.hpp"
#include "norn/sim/case_file.hpp"
#include "norn/sim/replay.hpp"
#include "norn/sim/run_seeds.hpp"
#include "norn/sim/simulation.hpp"
#include "support/catch.hpp"

using namespace norn;
using namespace std::chrono_literals;

namespace {

struct Asked {
  Duration timeout{};
  std::int64_t batch = 0;
  bool eager = false;
  std::vector<std::size_t> picks;
};

Asked ask(SimOptions options) {
  Asked asked;
  options.scenario = "test";
  Simulation sim(std::move(options));
  sim.node("n1", [&] {
    asked.timeout = knob("timeout", 150ms, {50ms, 2s});
    asked.batch = knob("batch", 64, {1, 4096});
    asked.eager = knob("eager", false);
    const WorkloadMix mix("client", {{"get", 6}, {"put", 3}, {"scan", 0}});
    for (int i = 0; i < 100; ++i) asked.picks.push_back(mix.pick());
  });
  sim.node("n2", [] {
    sleep_for(1ms);
    CHECK(knob("batch", 64, {1, 4096}) >= 1);
  });
  sim.run_for(1s);
  return asked;
}

std::string bad_knob(const std::string& name, const std::string& value) {
  try {
    run_seeds("knobbed", {.knobs = {{name, value}}});
  } catch (const BadInput& problem) {
    return problem.what();
  }
  return "(no error)";
}

}  // namespace

NORN_SCENARIO(knobbed, "a timeout that is too short fails", {.time = 1s, .faults = "calm"}) {
  const std::int64_t nodes = sim.knob("nodes", 3, {1, 7});
  for (std::int64_t i = 1; i <= nodes; ++i) {
    sim.node("n" + std::to_string(i), [&sim] {
      const Duration timeout = knob("timeout", 150ms, {50ms, 2s});
      sleep_for(10ms);
      if (timeout < 100ms) sim.violation("timeouts are long enough", format_duration(timeout));
    });
  }
  sim.run();
}

TEST_CASE("a knob is as usual unless the run moves it, and in its range when it does") {
  const Asked usual = ask({});
  CHECK(usual.timeout == 150ms);
  CHECK(usual.batch == 64);
  CHECK_FALSE(usual.eager);
  CHECK(knob("outside", 7, {1, 9}) == 7);
  int moved = 0;
  int at_an_end = 0;
  constexpr int runs = 400;
  for (std::uint64_t seed = 1; seed <= runs; ++seed) {
    const Asked asked = ask({.seed = seed, .move_knobs = true});
    CHECK(asked.timeout >= 50ms);
    CHECK(asked.timeout <= 2s);
    if (asked.batch == 64) continue;
    ++moved;
    if (asked.batch == 1 || asked.batch == 4096) ++at_an_end;
  }
  CHECK(moved > runs * 43 / 100);
  CHECK(moved < runs * 57 / 100);
  CHECK(at_an_end > moved / 6);
  CHECK(at_an_end < moved / 2);
}

TEST_CASE("a mix is picked from by weight, and another mix in most swarm runs") {
  const auto shares = [](const Asked& asked) {
    std::map<std::size_t, int> counts;
    for (const std::size_t pick : asked.picks) ++counts[pick];
    return counts;
  };
  std::map<std::size_t, int> usual = shares(ask({}));
  CHECK(usual[0] > 50);
  CHECK(usual[1] > 20);
  CHECK(usual[2] == 0);
  int without_gets = 0;
  int with_scans = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    std::map<std::size_t, int> counts = shares(ask({.seed = seed, .move_knobs = true}));
    if (counts[0] == 0) ++without_gets;
    if (counts[2] > 0) ++with_scans;
  }
  CHECK(without_gets > 5);
  CHECK(with_scans > 50);
}

TEST_CASE("a knob that is set by hand has that value, and the summary says so") {
  const RunSummary run = run_seed(
      *find_scenario("knobbed"),
      options_for(*find_scenario("knobbed"), {.knobs = {{"timeout", "1.5s"}, {"nodes", "5"}}}, 1));
  REQUIRE(run.knobs.size() == 2);
  CHECK(run.knobs[0].name == "nodes");
  CHECK(run.knobs[0].value == "5");
  CHECK(run.knobs[1].value == "1.5s");
  CHECK(run.knobs[1].standard == "150ms");
  CHECK(run.knobs[1].moved);
}

TEST_CASE("a knob that cannot be set so is one line") {
  CHECK(bad_knob("timeout", "3s") == "--knob timeout=3s: it goes from 50ms to 2s");
  CHECK(bad_knob("timeout", "300").starts_with("--knob timeout=300: not a duration: \"300\""));
  CHECK(bad_knob("nodes", "many") == "--knob nodes=many: a whole number is expected");
  CHECK(bad_knob("nodes", "9") == "--knob nodes=9: it goes from 1 to 7");
  CHECK(bad_knob("node", "3") == "--knob node: nobody asks for it (there is nodes, timeout)");
  CHECK(bad_knob("timeout", "200ms") == "(no error)");
}

TEST_CASE("a failure of a swarm run names the knobs that were moved, and its case replays them") {
  const Scenario& scenario = *find_scenario("knobbed");
  const Report report =
      run_seeds(scenario, {.seeds = {1, 100}, .faults = "swarm", .stop_after_failures = 1});
  REQUIRE(report.failures.size() == 1);
  const Failure& failure = report.failures.front();
  CHECK(report.summary().find("knobs:  ") != std::string::npos);
  CHECK(report.summary().find("(usually 150ms)") != std::string::npos);
  Case failing =
      make_case(options_for(scenario, {.faults = "swarm"}, failure.run.seed), failure.run);
  CHECK(failing.options.knobs.contains("timeout"));
  const Result<Case> read = case_from_json(nlohmann::json::parse(to_json(failing).dump()));
  if (!read) FAIL(read.error().message);
  CHECK(read->options.knobs == failing.options.knobs);
  CHECK(read->options.buggify);
  const Result<Replay> replay = replay_case(*read, {});
  REQUIRE(replay.ok());
  CHECK(replay->same_hash);
  CHECK(replay->same_failure);
  failing.options.knobs["timeout"] = "150ms";
  const Result<Replay> repaired = replay_case(failing, {});
  REQUIRE(repaired.ok());
  CHECK_FALSE(repaired->run.violation.has_value());
}
