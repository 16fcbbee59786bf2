#include "norn/sim/determinism.hpp"

#include <string>

#include "support/catch.hpp"

TEST_CASE("a scenario that follows its seed passes the determinism check") {
  for (const unsigned jobs : {1U, 2U}) {
    const norn::DeterminismReport report = norn::check_determinism(
        "explore_coin", {.seeds = {1, 20}, .jobs = jobs, .faults = "default"});
    INFO(report.summary());
    CHECK(report.passed());
    CHECK(report.seeds.size() == 20);
    CHECK(report.seeds[4].seed == 5);
    CHECK(report.seeds[4].trace_hash != report.seeds[5].trace_hash);
  }
}

TEST_CASE("a leak is caught, and its first event is named") {
  const norn::DeterminismReport report =
      norn::check_determinism("explore_static", {.seeds = {3, 9}});
  CHECK_FALSE(report.passed());
  CHECK(report.differing == 3);
  CHECK(report.seeds.empty());
  REQUIRE(report.difference.has_value());
  CHECK(report.difference->node == "mindful");
  CHECK(report.difference->at.time_since_epoch() == std::chrono::milliseconds(2));
  CHECK(report.difference->first.find("info: run ") != std::string::npos);
  CHECK(report.difference->second.find("info: run ") != std::string::npos);
  CHECK(report.summary().find("seed 3 is not deterministic") != std::string::npos);
}
