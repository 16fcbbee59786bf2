// Two phases: first anything fails and safety is asked for, then a core works and must get on.
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "norn/runtime.hpp"
#include "norn/sim/run_seeds.hpp"
#include "norn/sim/simulation.hpp"
#include "support/catch.hpp"

using namespace norn;
using namespace std::chrono_literals;

namespace {

struct Ping {
  using Reply = bool;
};

// n1 asks the others, and counts a round when a majority of the three, itself among them, agreed.
// Stubborn: it wants all of them.
struct Rounds {
  std::shared_ptr<std::uint64_t> done = std::make_shared<std::uint64_t>(0);
  bool stubborn = false;

  void leader() const {
    for (;;) {
      int agreed = 1;
      for (const char* peer : {"n2", "n3"}) {
        if (call(peer, Ping{}, {.timeout = 20ms}).value_or(false)) ++agreed;
      }
      if (agreed >= (stubborn ? 3 : 2)) ++*done;
      sleep_for(10ms);
    }
  }
};

FaultPlan plan_of(const char* text) {
  return fault_plan_from_json(nlohmann::json::parse(text)).value();
}

RunSummary run(const FaultPlan& plan, bool stubborn, ProgressOptions progress = {.within = 2s}) {
  Simulation sim({.scenario = "rounds", .time = 10s, .plan = plan});
  const Rounds rounds{.stubborn = stubborn};
  sim.node("n1", [rounds] { rounds.leader(); });
  for (const char* name : {"n2", "n3"})
    sim.node(name, [] { serve([](const Ping&) { return true; }); });
  sim.progress("rounds go on", [rounds] { return *rounds.done; }, std::move(progress));
  sim.run();
  return sim.summary();
}

// Everything is cut for four seconds; then n3 stays cut off for good.
const char* const kFrozen = R"({
    "faults": [
      {"kind": "partition", "at": "1s", "lasts": "3s", "side_a": ["n1"], "side_b": ["n2", "n3"]},
      {"kind": "partition", "at": "4s", "side_a": ["n3"], "side_b": ["n1", "n2"]}],
    "liveness": {"at": "4s", "core": ["n1", "n2"]}})";

}  // namespace

TEST_CASE("a system that lives with what its core has makes progress") {
  const RunSummary summary = run(plan_of(kFrozen), false);
  CHECK(summary.verdict == Verdict::passed);
  REQUIRE(summary.properties.size() == 1);
  CHECK(summary.properties[0].kind == "progress");
  CHECK(summary.properties[0].judged);
  CHECK(summary.properties[0].held == 1);
}

TEST_CASE("a system that waits for a node outside of the core is found, and when it is judged") {
  const RunSummary summary = run(plan_of(kFrozen), true);
  REQUIRE(summary.violation.has_value());
  CHECK(summary.violation->property == "rounds go on");
  CHECK(summary.violation->at == TimePoint(6s));
  CHECK(summary.violation->detail.starts_with("it stayed at "));
}

TEST_CASE("progress is judged in the calm when a plan has no liveness phase") {
  FaultPlan plan = plan_of(kFrozen);
  plan.liveness.reset();
  plan.faults.back().lasts = 2s;
  CHECK(run(plan, true).verdict == Verdict::passed);
  plan.faults.back().lasts.reset();  // no calm at all
  const RunSummary never = run(plan, true);
  CHECK(never.verdict == Verdict::passed);
  CHECK_FALSE(never.properties[0].judged);
}

TEST_CASE("a run whose core is dead is excused, and says why") {
  Simulation sim({.scenario = "rounds", .time = 10s, .plan = plan_of(kFrozen)});
  const Rounds rounds;
  sim.node("n1", [rounds] { rounds.leader(); });
  for (const char* name : {"n2", "n3"})
    sim.node(name, [] { serve([](const Ping&) { return true; }); });
  sim.progress("rounds go on", [rounds] { return *rounds.done; }, {.within = 2s});
  sim.run_for(3s);
  sim.crash("n2");
  sim.run_for(7s);
  const RunSummary summary = sim.summary();
  CHECK(summary.verdict == Verdict::passed);
  CHECK_FALSE(summary.properties[0].judged);
  CHECK(summary.properties[0].excused == 1);
  CHECK(summary.properties[0].excuse == "dead in the core: n2");
}

TEST_CASE("a scenario may excuse a run itself") {
  const RunSummary summary =
      run(plan_of(kFrozen), true,
          {.within = 2s, .excuse = [] { return std::string("two disks of three are empty"); }});
  CHECK(summary.verdict == Verdict::passed);
  CHECK(summary.properties[0].excuse == "two disks of three are empty");
  const RunSummary silent =
      run(plan_of(kFrozen), true, {.within = 2s, .excuse = [] { return std::string(); }});
  CHECK(silent.verdict == Verdict::violated);
}

TEST_CASE("the same plan with a liveness phase gives the same hash twice") {
  CHECK(run(plan_of(kFrozen), false).trace_hash == run(plan_of(kFrozen), false).trace_hash);
}
