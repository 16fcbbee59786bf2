// Published mistakes: each story fails as it was published, and holds when it is repaired. And the
// canary, which a campaign must see.
#include <cstdint>
#include <string>
#include <vector>

#include "norn/sim/run_seeds.hpp"
#include "support/catch.hpp"

namespace {

struct Classic {
  std::string name;
  std::string variant;
  std::string property;  // that it breaks
};

const std::vector<Classic>& classics() {
  static const std::vector<Classic> kAll = {
      {"skewed_lease", "ends-at", "at most one worker holds the lease"},
      {"skewed_lease", "no-margin", "at most one worker holds the lease"},
      {"paused_lock", "no-fencing", "no increment is lost"},
      {"paused_lock", "fences-writes-only", "no increment is lost"},
      {"master_backup", "promotes-itself", "a count has every entry that was acknowledged before"},
      {"master_backup", "answers-alone", "a count has every entry that was acknowledged before"},
  };
  return kAll;
}

const norn::PropertyCount* find(const norn::Report& report, const std::string& kind) {
  for (const norn::PropertyCount& count : report.properties) {
    if (count.kind == kind) return &count;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("a classic mistake fails as published, within 100 seeds") {
  for (const Classic& classic : classics()) {
    const norn::Report report =
        norn::run_seeds(classic.name, {.seeds = {1, 100}, .variant = classic.variant});
    INFO(classic.name << " " << classic.variant << ": " << report.summary());
    REQUIRE_FALSE(report.failures.empty());
    CHECK(report.failures.front().run.violation->property == classic.property);
  }
}

TEST_CASE("a classic mistake that is repaired holds, and makes progress") {
  for (const std::string name : {"skewed_lease", "paused_lock", "master_backup"}) {
    const norn::Report report = norn::run_seeds(name, {.seeds = {1, 200}});
    INFO(report.summary());
    CHECK(report.passed());
    CHECK(report.warnings().empty());
    REQUIRE(find(report, "progress") != nullptr);
    CHECK(find(report, "progress")->judged);
    CHECK(find(report, "progress")->held > 0);
  }
}

TEST_CASE("a classic mistake that is repaired holds in a swarm") {
  for (const std::string name : {"skewed_lease", "paused_lock", "master_backup"}) {
    const norn::Report report = norn::run_seeds(name, {.seeds = {1, 200}, .faults = "swarm"});
    INFO(report.summary());
    CHECK(report.passed());
  }
}

TEST_CASE("a campaign of a thousand seeds sees about ten canaries die") {
  const norn::Report report =
      norn::run_seeds("canary", {.seeds = {1, 1000}, .jobs = 2, .stop_after_failures = 0});
  INFO(report.summary());
  CHECK(report.runs == 1000);
  CHECK(report.failed >= 5);
  CHECK(report.failed <= 16);
  CHECK(report.failures.size() == report.failed);
  for (const norn::Failure& failure : report.failures) {
    CHECK(failure.run.violation->property == "the canary lives");
    CHECK(failure.repeated);
  }
}

TEST_CASE("the canary dies in the same runs whatever the level of faults") {
  const auto deaths = [](const char* level) {
    std::vector<std::uint64_t> seeds;
    const norn::Report report =
        norn::run_seeds("canary", {.seeds = {1, 500}, .faults = level, .stop_after_failures = 0});
    for (const norn::Failure& failure : report.failures) seeds.push_back(failure.run.seed);
    return seeds;
  };
  CHECK(deaths("calm").size() >= 2);
  CHECK(deaths("calm") == deaths("harsh"));
  CHECK(deaths("calm") == deaths("swarm"));
}
