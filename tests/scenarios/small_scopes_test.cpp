// What is proved of small scopes, beside what model checkers say of the same.
#include <string>

#include <norn/sim.hpp>

#include "norn/sim/exhaustive.hpp"
#include "support/catch.hpp"

namespace {

using norn::Exploration;
using norn::ExploreBy;

Exploration explore(const char* name, const norn::RunOptions& run,
                    const norn::ExploreOptions& options) {
  const norn::Scenario* const scenario = norn::find_scenario(name);
  REQUIRE(scenario != nullptr);
  return norn::explore_all(*scenario, run, options).value();
}

}  // namespace

TEST_CASE("two-phase commit with three resource managers has 288 states") {
  const Exploration all = explore("two_phase", {}, {.by = ExploreBy::published});
  INFO(all.summary());
  CHECK(all.proved());
  CHECK(all.states == 288);
  CHECK(all.published == 288);
}

TEST_CASE("two-phase commit agrees in every order, and a hasty coordinator is found out") {
  const Exploration all = explore("two_phase", {.knobs = {{"managers", "2"}}}, {});
  INFO(all.summary());
  CHECK(all.proved());
  const Exploration hasty = explore("two_phase", {.variant = "hasty"}, {});
  REQUIRE(hasty.failure.has_value());
  CHECK(hasty.failure->run.violation->property == "all that are done agree");
}

TEST_CASE("two locks taken in opposite orders deadlock in every search, whatever the seed") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Exploration wrong = explore("two_locks", {.variant = "opposite-orders"}, {.seed = seed});
    REQUIRE(wrong.failure.has_value());
    CHECK(wrong.failure->run.violation->detail.find("deadlock") != std::string::npos);
    CHECK(explore("two_locks", {}, {.seed = seed}).proved());
  }
}

TEST_CASE("a part of the orders of three Raft servers breaks nothing") {
  const norn::ExploreOptions scope{.in_order = true, .most_runs = 500};
  const Exploration some = explore("raft_three", {}, scope);
  CHECK_FALSE(some.failure.has_value());
  CHECK(some.deterministic);
}
