// What was found in Debian's libraft (scenarios/libraft/README.md), kept as cases: each still
// happens, at the same virtual time, to the same servers, in the same words.
#include "support/catch.hpp"
#include "support/source_folder.hpp"

#if __has_include(<raft.h>)

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <norn/sim.hpp>
#include <norn/sim/case_file.hpp>
#include <norn/sim/replay.hpp>
#include <norn/sim/run_seeds.hpp>

namespace {

const std::filesystem::path kCases =
    std::filesystem::path(norn::test::source_folder()) / "scenarios/libraft/cases";

norn::Case case_named(const std::string& name) {
  auto loaded = norn::load_case((kCases / (name + ".case.json")).string());
  INFO((loaded.ok() ? std::string() : loaded.error().message));
  REQUIRE(loaded.ok());
  return std::move(*loaded);
}

norn::RunSummary run_with(norn::SimOptions options, const std::string& variant) {
  const norn::Scenario* scenario = norn::find_scenario("libraft");
  REQUIRE(scenario != nullptr);
  options.variant = variant;
  return norn::run_seed(*scenario, options);
}

}  // namespace

TEST_CASE("each case that is kept of libraft replays to its violation", "[libraft]") {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(kCases)) {
    std::string name = file.path().filename().string();
    names.push_back(name.substr(0, name.find(".case.json")));
  }
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{"acknowledged-write-lost", "figure-8", "minority-commit",
                                          "snapshot-not-installed"});
  for (const std::string& name : names) {
    const norn::Case kept = case_named(name);
    const auto replay = norn::replay_case(kept, {});
    INFO(name);
    REQUIRE(replay.ok());
    CHECK(replay->same_failure);
    REQUIRE(replay->run.violation.has_value());
    CHECK(replay->run.violation->property == kept.violation.property);
    CHECK(replay->run.violation->detail == kept.violation.detail);
    CHECK(replay->run.violation->at == kept.violation.at);
  }
}

TEST_CASE("with answers that say no more than they may, no minority commits", "[libraft]") {
  for (const char* name : {"minority-commit", "acknowledged-write-lost"}) {
    const norn::RunSummary run = run_with(case_named(name).options, "repaired-results");
    INFO(name << ": "
              << (run.violation ? run.violation->property + ": " + run.violation->detail : ""));
    CHECK_FALSE(run.violation.has_value());
  }
}

TEST_CASE("figure 8 happens to libraft with and without repaired answers", "[libraft]") {
  for (const char* variant : {"", "repaired-results"}) {
    const norn::RunSummary run = run_with(case_named("figure-8").options, variant);
    REQUIRE(run.violation.has_value());
    CHECK(run.violation->property == "a leader has every committed entry");
  }
}

#endif
