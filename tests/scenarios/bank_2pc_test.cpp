// Two-phase commit: each mistake is found by the anomaly that it makes, and the correct program has
// none in the same seeds.
#include <string>
#include <vector>

#include "norn/sim/run_seeds.hpp"
#include "support/catch.hpp"

namespace {

struct Planted {
  std::string variant;
  norn::SeedRange seeds;  // the first that fails is early in it
  std::string anomaly;
};

norn::Report run(const std::string& variant, norn::SeedRange seeds) {
  return norn::run_seeds("bank_2pc", {.seeds = seeds, .variant = variant});
}

}  // namespace

TEST_CASE("each mistake in two-phase commit is found, and named by the anomaly that it makes") {
  const std::vector<Planted> all = {
      {"forgets-decision", {17, 200}, "lost-update"},
      {"forgets-abort", {345, 1000}, "G-single-realtime"},
      {"commits-in-doubt", {1, 100}, "G1a"},
      {"aborts-in-doubt", {1, 100}, "G-single"},
      {"unlocks-in-doubt", {300, 1000}, "lost-update"},
      {"reads-unlocked", {1, 100}, "G-single"},
  };
  for (const Planted& planted : all) {
    INFO(planted.variant);
    const norn::Report found = run(planted.variant, planted.seeds);
    REQUIRE(found.failures.size() == 1);
    const norn::RunSummary& failure = found.failures.front().run;
    INFO("seed " << failure.seed << ": " << failure.violation->detail);
    CHECK(failure.violation->property == "transactions are strictly serializable");
    CHECK(failure.violation->detail.find(planted.anomaly) != std::string::npos);
    CHECK(run("", {failure.seed, failure.seed}).passed());
  }
}

TEST_CASE("a mistake makes no anomaly that it cannot make") {
  // Participants that wait for each other's decision lose nothing that was promised, so that
  // unlocked reads show states that never were, and no writes that were taken back.
  const norn::Report found = norn::run_seeds(
      "bank_2pc", {.seeds = {1, 20}, .variant = "reads-unlocked", .stop_after_failures = 0});
  CHECK(found.failures.size() > 10);
  for (const norn::Failure& failure : found.failures) {
    INFO("seed " << failure.run.seed << ": " << failure.run.violation->detail);
    const std::string& detail = failure.run.violation->detail;
    CHECK(detail.starts_with("G"));
    CHECK(detail.find("G0") == std::string::npos);
    CHECK(detail.find("G1") == std::string::npos);
  }
}

TEST_CASE("two-phase commit keeps what it promises through crashes and partitions") {
  for (const char* const faults : {"default", "swarm"}) {
    const norn::Report report = norn::run_seeds("bank_2pc", {.seeds = {1, 60}, .faults = faults});
    INFO(report.summary());
    CHECK(report.passed());
    for (const norn::PropertyCount& property : report.properties) {
      INFO(property.name);
      CHECK(property.held > 0);
    }
  }
}
