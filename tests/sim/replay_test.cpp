#include "norn/sim/replay.hpp"

#include <string>

#include "norn/sim/run_seeds.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

using norn::Case;
using norn::Replay;
using norn::Result;

namespace {

std::string failing_case(const std::string& folder) {
  const norn::Report report =
      norn::run_seeds("explore_coin", {.seeds = {1, 300}, .faults = "default", .out_dir = folder});
  REQUIRE(report.failures.size() == 1);
  REQUIRE_FALSE(report.failures[0].case_path.empty());
  return report.failures[0].case_path;
}

}  // namespace

TEST_CASE("a case replays to the same hash, one run or several at once") {
  const norn::test::ScratchFolder folder;
  const Case failing = *norn::load_case(failing_case(folder.path()));
  for (const unsigned jobs : {1U, 3U}) {
    const Result<Replay> replay =
        norn::replay_case(failing, {.trace_path = {}, .jobs = jobs, .case_dir = folder.path()});
    REQUIRE(replay.ok());
    CHECK(replay->same_build);
    CHECK(replay->same_hash);
    CHECK(replay->same_failure);
    CHECK_FALSE(replay->copies_differ);
    CHECK_FALSE(replay->difference.has_value());
    CHECK_FALSE(replay->story.empty());
  }
}

TEST_CASE("a replay that is another run says where it parts from the trace of the case") {
  const norn::test::ScratchFolder folder;
  Case failing = *norn::load_case(failing_case(folder.path()));
  failing.options.seed += 1;
  const Result<Replay> replay =
      norn::replay_case(failing, {.trace_path = {}, .case_dir = folder.path()});
  REQUIRE(replay.ok());
  CHECK_FALSE(replay->same_hash);
  INFO(replay->no_difference_because);
  REQUIRE(replay->difference.has_value());
  CHECK(replay->difference->event > 1);
  CHECK(replay->difference->first != replay->difference->second);
}

TEST_CASE("without the trace of the case, a replay says why it cannot name the difference") {
  const norn::test::ScratchFolder folder;
  Case failing = *norn::load_case(failing_case(folder.path()));
  failing.options.seed += 1;
  const Result<Replay> elsewhere =
      norn::replay_case(failing, {.trace_path = {}, .case_dir = folder.path() + "/nowhere"});
  REQUIRE(elsewhere.ok());
  CHECK_FALSE(elsewhere->difference.has_value());
  CHECK(elsewhere->no_difference_because.find("nowhere") != std::string::npos);
  failing.trace_hash ^= 1U;
  const Result<Replay> other_trace =
      norn::replay_case(failing, {.trace_path = {}, .case_dir = folder.path()});
  CHECK(other_trace->no_difference_because.find("is not the trace of this case") !=
        std::string::npos);
}

TEST_CASE("a case of another build is known as such") {
  const norn::test::ScratchFolder folder;
  Case failing = *norn::load_case(failing_case(folder.path()));
  failing.build = "gnu-elsewhere";
  const Result<Replay> replay =
      norn::replay_case(failing, {.trace_path = {}, .case_dir = folder.path()});
  REQUIRE(replay.ok());
  CHECK_FALSE(replay->same_build);
  CHECK(replay->same_hash);
}

TEST_CASE("a case of a scenario or variant that is not here is refused") {
  const norn::test::ScratchFolder folder;
  Case failing = *norn::load_case(failing_case(folder.path()));
  failing.options.variant = "gone";
  const Result<Replay> variant = norn::replay_case(failing, {});
  REQUIRE_FALSE(variant.ok());
  CHECK(variant.error().message ==
        "the case is of variant 'gone', which scenario explore_coin does not have");
  failing.options.scenario = "elsewhere";
  const Result<Replay> scenario = norn::replay_case(failing, {});
  REQUIRE_FALSE(scenario.ok());
  CHECK(scenario.error().message.find("the case is of scenario 'elsewhere'; this program has ") ==
        0);
}

TEST_CASE("a replay can be recorded again, and not over a file that is there") {
  const norn::test::ScratchFolder folder;
  const Case failing = *norn::load_case(failing_case(folder.path()));
  const norn::ReplayOptions options{.trace_path = folder.path() + "/again.norn",
                                    .case_dir = folder.path()};
  const Result<Replay> first = norn::replay_case(failing, options);
  REQUIRE(first.ok());
  CHECK(first->same_hash);
  const Result<Replay> second = norn::replay_case(failing, options);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == norn::Errc::already_exists);
}
