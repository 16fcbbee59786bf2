// Properties that node code states: always, sometimes, reachable, unreachable, and with numbers.
#include "norn/runtime/property.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "norn/runtime/random.hpp"
#include "norn/sim/run_seeds.hpp"
#include "norn/sim/simulation.hpp"
#include "support/catch.hpp"
#include "support/death.hpp"

using namespace norn;
using namespace std::chrono_literals;

namespace {

const PropertyCount* find(const std::vector<PropertyCount>& counts, const std::string& name) {
  const auto found = std::find_if(counts.begin(), counts.end(),
                                  [&](const PropertyCount& count) { return count.name == name; });
  return found == counts.end() ? nullptr : &*found;
}

void never_called() {
  reachable<"claims: code that nobody calls">();
}

void toss(Simulation& sim) {
  sim.node("n1", [] {
    const std::uint64_t faces = norn::random().below(6);
    always_less_or_equal<"claims: at most five">(static_cast<std::int64_t>(faces), 5);
    sometimes<"claims: a six">(faces == 5);
    if (faces == 4) reachable<"claims: a five">();
    if (faces == 7) never_called();
    sometimes_greater_or_equal<"claims: a hundred">(static_cast<std::int64_t>(faces), 100);
  });
  sim.run_for(1s);
}

const Scenario kToss{.name = "claims_toss",
                     .description = "one die",
                     .options = {.time = 1s, .faults = "calm"},
                     .body = toss};

}  // namespace

TEST_CASE("an always that does not hold violates the run where it stands") {
  Simulation sim(SimOptions{});
  sim.node("n1", [] {
    for (std::int64_t i = 0;; ++i) {
      sleep_for(10ms);
      always<"claims: below three">(i < 3, "it is three");
    }
  });
  sim.run_for(1s);
  REQUIRE(sim.violated());
  CHECK(sim.violated()->property == "claims: below three");
  CHECK(sim.violated()->detail == "it is three");
  CHECK(sim.violated()->at.time_since_epoch() == 40ms);
  CHECK(sim.violated()->nodes == std::vector<std::string>{"n1"});
}

TEST_CASE("an unreachable violates the run that comes there") {
  Simulation sim(SimOptions{});
  sim.node("n1", [] {
    sleep_for(10ms);
    unreachable<"claims: never here">();
  });
  sim.run_for(1s);
  REQUIRE(sim.violated());
  CHECK(sim.violated()->property == "claims: never here");
}

TEST_CASE("forms with numbers say both numbers, and how near it was") {
  Simulation near(SimOptions{});
  near.node("n1", [] {
    for (std::int64_t i = 0; i < 8; ++i) always_less<"claims: below ten">(i, 10);
  });
  near.run_for(1s);
  CHECK_FALSE(near.violated());
  const RunSummary summary = near.summary();
  const PropertyCount* const count = find(summary.properties, "claims: below ten");
  REQUIRE(count != nullptr);
  CHECK(count->evaluated == 8);
  CHECK(count->held == 8);
  CHECK(count->room == 2);  // 7 against 10, and 9 would have been the last

  Simulation over(SimOptions{});
  over.node("n1", [] { always_greater_or_equal<"claims: ten at least">(7, 10); });
  over.run_for(1s);
  REQUIRE(over.violated());
  CHECK(over.violated()->detail == "7 against 10");
}

TEST_CASE("the room between numbers does not overflow") {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  Simulation sim(SimOptions{});
  sim.node("n1", [] {
    always_less_or_equal<"claims: all the way">(kLeast, kMost);
    always_less<"claims: all the way, strictly">(kLeast, kMost);
  });
  sim.run_for(1s);
  CHECK_FALSE(sim.violated());
  Simulation broken(SimOptions{});
  broken.node("n1", [] { always_less<"claims: and back">(kMost, kLeast); });
  broken.run_for(1s);
  CHECK(broken.violated());
}

TEST_CASE("a campaign adds up what runs claimed and says who was first") {
  const Report report = run_seeds(kToss, {.seeds = {1, 60}});
  CHECK(report.passed());
  const PropertyCount* const six = find(report.properties, "claims: a six");
  REQUIRE(six != nullptr);
  CHECK(six->kind == "sometimes");
  CHECK(six->evaluated == 60);
  CHECK(six->held > 0);
  CHECK(six->held < 60);
  REQUIRE(six->first_seed > 0);
  const Report alone = run_seeds(kToss, {.seeds = {six->first_seed, six->first_seed}});
  CHECK(find(alone.properties, "claims: a six")->held == 1);
  const PropertyCount* const five = find(report.properties, "claims: a five");
  REQUIRE(five != nullptr);
  CHECK(five->kind == "reachable");
  const PropertyCount* const hundred = find(report.properties, "claims: a hundred");
  REQUIRE(hundred != nullptr);
  CHECK(hundred->room == -95);  // a five was the nearest
  CHECK(report.unseen() == std::vector<std::string>{"claims: a hundred"});
}

TEST_CASE("a campaign that must show everything fails for what it never showed") {
  const Report required = run_seeds(kToss, {.seeds = {1, 60}, .require_seen = true});
  CHECK_FALSE(required.passed());
  CHECK(required.failed == 0);
  const std::vector<std::string> warnings = required.warnings();
  CHECK(std::find(warnings.begin(), warnings.end(),
                  "sometimes \"claims: a hundred\" was never seen") != warnings.end());
}

TEST_CASE("a campaign of a whole program names the claims that no run came to") {
  const Report report = run_seeds(kToss, {.seeds = {1, 3}, .whole_program = true});
  const PropertyCount* const never = find(report.properties, "claims: code that nobody calls");
  REQUIRE(never != nullptr);
  CHECK(never->evaluated == 0);
  CHECK(find(run_seeds(kToss, {.seeds = {1, 3}}).properties, "claims: code that nobody calls") ==
        nullptr);
}

TEST_CASE("a sometimes is in the trace where it was first seen") {
  const auto hash = [](bool say) {
    Simulation sim(SimOptions{});
    sim.node("n1", [say] {
      for (int i = 0; i < 3; ++i) {
        sleep_for(10ms);
        if (say) sometimes<"claims: said">(i > 0);
      }
    });
    sim.run_for(1s);
    return sim.summary();
  };
  CHECK(hash(true).events == hash(false).events + 1);
  CHECK(hash(true).trace_hash == hash(true).trace_hash);
}

TEST_CASE("what a dead node claims while it is unwound counts for nothing") {
  struct Claims {
    ~Claims() { unreachable<"claims: from the grave">(); }
  };
  Simulation sim(SimOptions{});
  sim.node("n1", [] {
    const Claims claims;
    sleep_for(1h);
  });
  sim.run_for(10ms);
  sim.crash("n1");
  sim.run_for(10ms);
  CHECK_FALSE(sim.violated());
}

TEST_CASE("the scenario claims too, after a run and between two") {
  Simulation sim(SimOptions{});
  sim.node("n1", [] { sleep_for(10ms); });
  sim.run_for(1s);
  always<"claims: by the host">(false);
  REQUIRE(sim.violated());
  CHECK(sim.violated()->property == "claims: by the host");
}

TEST_CASE("outside of a simulation a claim lets the program go on") {
  const auto death = norn::test::death_of([] {
    for (int i = 0; i < 3; ++i) always<"claims: outside">(false, "said once");
    sometimes<"claims: outside, sometimes">(false);
    always<"claims: outside, and it holds">(true);
  });
  CHECK(death.exit_code == 0);
  CHECK(death.message == "always \"claims: outside\" does not hold: said once\n");
}
