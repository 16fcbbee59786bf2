#include "norn/sim/run_seeds.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "norn/sim/bad_input.hpp"
#include "norn/sim/case_file.hpp"
#include "norn/trace/reader.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

using norn::Report;
using norn::RunOptions;
using norn::RunSummary;

namespace {

std::vector<std::uint64_t> failing_seeds(const Report& report) {
  std::vector<std::uint64_t> seeds;
  for (const norn::Failure& failure : report.failures) seeds.push_back(failure.run.seed);
  return seeds;
}

// The lowest seed whose coin breaks its property, and the next ones.
std::vector<std::uint64_t> seeds_that_fail(std::uint64_t up_to) {
  return failing_seeds(
      norn::run_seeds("explore_coin", {.seeds = {1, up_to}, .stop_after_failures = 0}));
}

}  // namespace

// The example of the documentation.
TEST_CASE("a fair coin passes a campaign") {
  const norn::Report report =
      norn::run_seeds("explore_coin", {.seeds = {1, 50}, .jobs = 2, .variant = "fair"});
  INFO(report.summary());
  REQUIRE(report.passed());
}

TEST_CASE("a campaign is the same whatever the number of jobs") {
  std::vector<std::uint64_t> hashes[2];
  Report reports[2];
  for (int i = 0; i < 2; ++i) {
    RunOptions options{.seeds = {1, 200}, .jobs = i == 0 ? 1U : 4U, .stop_after_failures = 3};
    options.on_run = [&hashes, i](const RunSummary& run) { hashes[i].push_back(run.trace_hash); };
    reports[i] = norn::run_seeds("explore_coin", options);
  }
  CHECK(hashes[0] == hashes[1]);
  CHECK(reports[0].runs == reports[1].runs);
  CHECK(reports[0].events == reports[1].events);
  CHECK(failing_seeds(reports[0]) == failing_seeds(reports[1]));
  CHECK(reports[0].summary() == reports[1].summary());
}

TEST_CASE("a campaign ends at its lowest failing seeds, in order") {
  const std::vector<std::uint64_t> all = seeds_that_fail(300);
  REQUIRE(all.size() > 4);
  for (const unsigned jobs : {1U, 3U}) {
    const Report first = norn::run_seeds("explore_coin", {.seeds = {1, 300}, .jobs = jobs});
    CHECK(failing_seeds(first) == std::vector(all.begin(), all.begin() + 1));
    CHECK(first.runs == all[0]);
    const Report three = norn::run_seeds(
        "explore_coin", {.seeds = {1, 300}, .jobs = jobs, .stop_after_failures = 3});
    CHECK(failing_seeds(three) == std::vector(all.begin(), all.begin() + 3));
    CHECK(three.runs == all[2]);
  }
}

TEST_CASE("counts are summed over the runs, and what was never seen is said by name") {
  const Report report = norn::run_seeds("explore_coin", {.seeds = {1, 20}, .variant = "fair"});
  REQUIRE(report.runs == 20);
  REQUIRE(report.properties.size() == 3);
  CHECK(report.properties[0].held == report.properties[0].evaluated);
  CHECK(report.properties[0].evaluated > 20);
  CHECK(report.simulated == std::chrono::milliseconds(2000));
  const std::vector<std::string> warnings = report.warnings();
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0] == "sometimes \"a coin on its edge\" was never seen");
  CHECK(report.summary().find("warning: " + warnings[0]) != std::string::npos);
}

TEST_CASE("a fault that was asked for and never bit is said by name") {
  norn::FaultPlan plan;
  plan.faults.push_back({.kind = norn::FaultKind::partition,
                         .at = std::chrono::milliseconds(90),
                         .lasts = std::chrono::milliseconds(1),
                         .side_a = {"tosser"},
                         .side_b = {"counter"}});
  const Report report =
      norn::run_seeds("explore_coin", {.seeds = {1, 3}, .plan = plan, .variant = "fair"});
  bool found = false;
  for (const std::string& warning : report.warnings()) {
    found = found || warning == "fault partition was asked for 3 times and never bit";
  }
  INFO(report.summary());
  CHECK(found);
}

TEST_CASE("an exception that leaves the scenario is a violation of that seed") {
  const Report report = norn::run_seeds("explore_throws", {.seeds = {1, 10}});
  REQUIRE(report.failures.size() == 1);
  const norn::Failure& failure = report.failures[0];
  CHECK(failure.run.seed == 3);
  CHECK(failure.run.violation->property == "the scenario ends without an exception");
  CHECK(failure.run.violation->detail == "seed 3 is a multiple of 3");
}

TEST_CASE("a failure tells how it came about and how to see it again") {
  const Report report =
      norn::run_seeds("explore_coin", {.seeds = {1, 300}, .time = std::chrono::seconds(1)});
  REQUIRE(report.failures.size() == 1);
  const norn::Failure& failure = report.failures[0];
  CHECK(failure.repeated);
  CHECK(failure.story.find("'no six heads in a row' is violated: 6 heads") != std::string::npos);
  CHECK(failure.story.find("counter ← tosser Toss") != std::string::npos);
  const std::string seed = std::to_string(failure.run.seed);
  CHECK(failure.replay == "norn::run_seeds(\"explore_coin\", {.seeds = {" + seed + ", " + seed +
                              "}, .time = std::chrono::nanoseconds(1000000000)})");
  CHECK(report.summary().find("seed " + seed + " broke \"no six heads in a row\" at ") !=
        std::string::npos);
}

TEST_CASE("a failure leaves a case and a trace, which are kept when it is found again") {
  const norn::test::ScratchFolder folder;
  const RunOptions options{.seeds = {1, 300}, .out_dir = folder.path() + "/deep/down"};
  const Report first = norn::run_seeds("explore_coin", options);
  REQUIRE(first.failures.size() == 1);
  const norn::Failure& failure = first.failures[0];
  INFO(failure.file_problem);
  const std::string stem = options.out_dir + "/explore_coin-" + std::to_string(failure.run.seed);
  CHECK(failure.case_path == stem + ".case.json");
  CHECK(failure.trace_path == stem + ".norn");
  const auto trace = norn::trace::Reader::open(failure.trace_path);
  REQUIRE(trace.ok());
  CHECK(trace->hash() == failure.run.trace_hash);
  CHECK(trace->complete());

  const auto written = std::filesystem::last_write_time(failure.case_path);
  const Report again = norn::run_seeds("explore_coin", options);
  CHECK(again.failures[0].case_path == failure.case_path);
  CHECK(again.failures[0].trace_path == failure.trace_path);
  CHECK(again.failures[0].story == failure.story);
  CHECK(std::filesystem::last_write_time(failure.case_path) == written);
}

TEST_CASE("another case of the same name gets a number, and overwrite replaces") {
  const norn::test::ScratchFolder folder;
  RunOptions options{.seeds = {1, 300}, .out_dir = folder.path()};
  const Report first = norn::run_seeds("explore_coin", options);
  options.time = std::chrono::milliseconds(99);
  const Report second = norn::run_seeds("explore_coin", options);
  REQUIRE(second.failures.size() == 1);
  const std::string stem =
      folder.path() + "/explore_coin-" + std::to_string(first.failures[0].run.seed);
  CHECK(second.failures[0].case_path == stem + "-2.case.json");
  CHECK(second.failures[0].trace_path == stem + "-2.norn");
  CHECK(norn::load_case(stem + ".case.json")->options.time == std::chrono::milliseconds(100));

  options.overwrite = true;
  const Report third = norn::run_seeds("explore_coin", options);
  CHECK(third.failures[0].case_path == stem + ".case.json");
  CHECK(norn::load_case(stem + ".case.json")->options.time == std::chrono::milliseconds(99));
}

TEST_CASE("a folder that cannot be made does not hide the failure") {
  const norn::test::ScratchFolder folder;
  std::ofstream(folder.path() + "/file") << "in the way";
  const Report report =
      norn::run_seeds("explore_coin", {.seeds = {1, 300}, .out_dir = folder.path() + "/file/out"});
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].case_path.empty());
  CHECK(report.failures[0].file_problem.find(folder.path() + "/file/out: ") == 0);
  CHECK_FALSE(report.failures[0].story.empty());
}

TEST_CASE("with many failures, the first of each kind is recorded and all have a case") {
  const norn::test::ScratchFolder folder;
  const Report report = norn::run_seeds(
      "explore_coin", {.seeds = {1, 300}, .stop_after_failures = 3, .out_dir = folder.path()});
  REQUIRE(report.failures.size() == 3);
  CHECK_FALSE(report.failures[0].trace_path.empty());
  CHECK(report.failures[1].trace_path.empty());
  CHECK(std::filesystem::exists(report.failures[1].case_path));
  CHECK(report.summary().find("broken \"no six heads in a row\"") != std::string::npos);
}

TEST_CASE("an interrupted campaign is not passed") {
  std::atomic<bool> interrupted{false};
  RunOptions options{.seeds = {1, 1000}, .jobs = 2, .variant = "fair"};
  options.on_run = [&](const RunSummary& run) { interrupted = interrupted || run.seed == 10; };
  options.interrupted = &interrupted;
  const Report report = norn::run_seeds("explore_coin", options);
  CHECK(report.interrupted);
  CHECK_FALSE(report.passed());
  CHECK(report.runs >= 10);
  CHECK(report.runs < 1000);
}

TEST_CASE("one seed can be recorded whatever comes of it") {
  const norn::test::ScratchFolder folder;
  const RunOptions options{
      .seeds = {7, 7}, .variant = "fair", .trace_path = folder.path() + "/seven.norn"};
  REQUIRE(norn::run_seeds("explore_coin", options).passed());
  CHECK(norn::trace::Reader::open(options.trace_path).ok());
  try {
    (void)norn::run_seeds("explore_coin", options);
    FAIL("the trace was written over");
  } catch (const norn::BadInput& problem) {
    CHECK(std::string(problem.what()).find("seven.norn: the file exists") != std::string::npos);
  }
}
