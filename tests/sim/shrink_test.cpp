#include "norn/sim/shrink.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "norn/sim.hpp"
#include "norn/sim/bad_input.hpp"
#include "norn/sim/replay.hpp"
#include "norn/sim/run_seeds.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

using namespace std::chrono_literals;

namespace {

struct Ask {
  using Reply = bool;
};

}  // namespace

// It takes two things to make both servers silent at once, and a seed that brings them has much
// more than these.
NORN_SCENARIO(shrink_story, "somebody always answers", {.time = 20s}) {
  int silent = 0;  // rounds
  for (const char* name : {"a", "b"})
    sim.node(name, [] { norn::serve([](const Ask&) { return true; }); });
  sim.node("bystander", [] {
    for (;;) norn::sleep_for(10ms);
  });
  sim.node("client",
           [&] {
             for (;;) {
               bool answered = false;
               for (const char* server : {"a", "b"})
                 answered = norn::call(server, Ask{}, {.timeout = 500ms}).ok() || answered;
               silent = answered ? 0 : silent + 1;
               norn::sleep_for(norn::random().between(1ms, 3ms));
             }
           },
           {.may_fail = false});
  sim.always("somebody answers", [&] { return silent < 2; });
  sim.run();
}

// Each crash counts, and no delay does: many faults are needed, and their times are all there is to
// finer work.
NORN_SCENARIO(shrink_crashes, "a server that may start six times", {.time = 20s}) {
  int starts = 0;
  sim.node("server", [&] {
    ++starts;
    for (;;) norn::sleep_for(10ms);
  });
  sim.node("bystander", [] { norn::sleep_for(1s); }, {.may_fail = false});
  sim.always("few starts", [&] { return starts <= 6; });
  sim.run();
}

namespace {

const norn::Scenario& story() {
  return *norn::find_scenario("shrink_story");
}

std::vector<norn::Case> many_crashes(std::size_t most) {
  const norn::Scenario& scenario = *norn::find_scenario("shrink_crashes");
  std::vector<norn::Case> cases;
  for (std::uint64_t seed = 1; seed < 2'000 && cases.size() < most; ++seed) {
    const norn::SimOptions options = norn::options_for(scenario, {}, seed);
    const norn::RunSummary run = norn::run_seed(scenario, options);
    if (run.violation) cases.push_back(norn::make_case(options, run));
  }
  REQUIRE(cases.size() == most);
  return cases;
}

// Whether each single fault of a case is needed for its failure, by trying.
bool needs_each_fault(const norn::Case& failing) {
  const norn::Scenario& scenario = *norn::find_scenario(failing.options.scenario);
  for (std::size_t i = 0; i < failing.options.plan->faults.size(); ++i) {
    norn::SimOptions less = failing.options;
    less.plan->faults.erase(less.plan->faults.begin() + static_cast<std::ptrdiff_t>(i));
    if (norn::run_seed(scenario, less).verdict != norn::Verdict::passed) return false;
  }
  return true;
}

// A failing seed with many faults.
norn::Case failing_case() {
  static const norn::Case kFound = [] {
    for (std::uint64_t seed = 1; seed < 500; ++seed) {
      const norn::SimOptions options = norn::options_for(story(), {}, seed);
      const norn::RunSummary run = norn::run_seed(story(), options);
      if (run.violation && run.plan.faults.size() >= 20) return norn::make_case(options, run);
    }
    FAIL("no seed breaks the story");
    return norn::Case{};
  }();
  return kFound;
}

norn::RunSummary run_of(const norn::Case& one) {
  return norn::run_seed(story(), one.options);
}

norn::Shrunk shrunk_case(const norn::ShrinkOptions& options = {}) {
  auto shrunk = norn::shrink_case(failing_case(), options);
  REQUIRE(shrunk.ok());
  return *shrunk;
}

}  // namespace

TEST_CASE("a shrunk case has few faults, fails in the same way and replays strictly") {
  const norn::Shrunk shrunk = shrunk_case();
  INFO(norn::to_json(shrunk.smallest).dump(1));
  CHECK(shrunk.from.faults >= 20);
  CHECK(shrunk.to.faults <= 3);
  CHECK(shrunk.to.overrides == 0);
  CHECK(shrunk.to.events < shrunk.from.events);
  CHECK(shrunk.smallest.same_as == failing_case().same_as);
  CHECK(shrunk.replays <= 600);
  const auto replay = norn::replay_case(shrunk.smallest, {});
  REQUIRE(replay.ok());
  CHECK(replay->same_hash);
  CHECK(replay->same_failure);
}

TEST_CASE("without any one of its faults a shrunk case passes") {
  const norn::Shrunk shrunk = shrunk_case();
  REQUIRE(shrunk.one_minimal);
  REQUIRE(shrunk.to.faults >= 1);
  for (std::size_t i = 0; i < shrunk.to.faults; ++i) {
    norn::Case less = shrunk.smallest;
    auto& faults = less.options.plan->faults;
    faults.erase(faults.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK(run_of(less).verdict == norn::Verdict::passed);
  }
  // One of these is kept, for a look at both runs side by side.
  REQUIRE(shrunk.nearest_pass);
  CHECK(run_of(*shrunk.nearest_pass).verdict == norn::Verdict::passed);
  CHECK(shrunk.nearest_step.find("without the ") == 0);
  CHECK(shrunk.parts_at > 0);
}

TEST_CASE("nodes that a failure does not need are absent from the shrunk case") {
  const norn::Shrunk shrunk = shrunk_case();
  const auto& absent = shrunk.smallest.options.absent;
  CHECK(std::find(absent.begin(), absent.end(), "bystander") != absent.end());
  CHECK(shrunk.to.nodes == 4 - absent.size());
  // Without servers nobody answers, whatever fails: that would be another story.
  CHECK(std::count(absent.begin(), absent.end(), "a") +
            std::count(absent.begin(), absent.end(), "b") <
        2);
}

TEST_CASE("the shrunk case does not depend on the number of threads") {
  const norn::Shrunk one = shrunk_case({.jobs = 1});
  const norn::Shrunk four = shrunk_case({.jobs = 4});
  CHECK(one.replays == four.replays);
  CHECK(norn::to_json(one.smallest) == norn::to_json(four.smallest));
}

TEST_CASE("shrinking keeps to its budget, and says that it was not enough") {
  const norn::Shrunk shrunk = shrunk_case({.replays = 5});
  CHECK(shrunk.replays <= 5);
  CHECK_FALSE(shrunk.one_minimal);
  CHECK_FALSE(shrunk.faults_minimal);
  CHECK(shrunk.unfinished == "the budget of 5 replays was spent before each of the " +
                                 std::to_string(shrunk.to.faults) +
                                 " faults was left out once more");
  CHECK(run_of(shrunk.smallest).violation);
}

TEST_CASE("each fault is shown to be needed even when the budget ends during finer work") {
  for (const norn::Case& failing : many_crashes(4)) {
    const auto all = norn::shrink_case(failing, {});
    REQUIRE(all.ok());
    REQUIRE(all->replays < 600);  // any less and it ends early
    for (const std::uint64_t tenths : {6U, 7U, 8U, 9U}) {
      const std::uint64_t replays = all->replays * tenths / 10;
      const auto shrunk = norn::shrink_case(failing, {.replays = replays});
      REQUIRE(shrunk.ok());
      INFO("seed " << failing.options.seed << ": " << replays << " of " << all->replays);
      CHECK(shrunk->replays <= replays);
      CHECK(shrunk->to.faults >= 6);
      CHECK(shrunk->faults_minimal);
      CHECK(needs_each_fault(shrunk->smallest));
    }
  }
}

TEST_CASE("the faults of a shrunk case are in order of time, as its file has them") {
  for (const norn::Case& failing : many_crashes(10)) {
    const auto shrunk = norn::shrink_case(failing, {});
    REQUIRE(shrunk.ok());
    INFO("seed " << failing.options.seed);
    const auto& faults = shrunk->smallest.options.plan->faults;
    CHECK(std::is_sorted(faults.begin(), faults.end(),
                         [](const auto& a, const auto& b) { return a.at < b.at; }));
  }
}

TEST_CASE("a case that does not fail as it says is not shrunk") {
  norn::Case passing = failing_case();
  passing.options.plan->faults.clear();
  const auto shrunk = norn::shrink_case(passing, {});
  REQUIRE_FALSE(shrunk.ok());
  CHECK(shrunk.error().message.find("nothing to shrink") != std::string::npos);
}

TEST_CASE("a campaign keeps the shrunk case and the nearest run that passes beside the case") {
  const norn::test::ScratchFolder folder;
  const norn::RunOptions options{.seeds = {1, 500}, .out_dir = folder.path(), .program = "prog"};
  for (int again = 0; again < 2; ++again) {
    const norn::Report report = norn::run_seeds("shrink_story", options);
    REQUIRE(report.failures.size() == 1);
    REQUIRE(report.failures[0].shrunk);
    const norn::KeptShrunk& kept = *report.failures[0].shrunk;
    CHECK(kept.problem.empty());
    CHECK(kept.case_path.find(".min.case.json") != std::string::npos);
    CHECK(kept.replay == "prog --replay " + kept.case_path);
    CHECK(std::filesystem::exists(kept.trace_path));
    CHECK(std::filesystem::exists(kept.near_trace_path));
    CHECK(kept.explanation.find("broken: somebody answers") != std::string::npos);
    const auto smallest = norn::load_case(kept.case_path);
    REQUIRE(smallest.ok());
    CHECK(run_of(*smallest).trace_hash == smallest->trace_hash);
    CHECK(report.summary().find("shrunk: ") != std::string::npos);
  }
}

TEST_CASE("a campaign leaves failures as they are when it is told to") {
  const norn::test::ScratchFolder folder;
  const norn::Report report = norn::run_seeds(
      "shrink_story", {.seeds = {1, 500}, .out_dir = folder.path(), .shrink_replays = 0});
  REQUIRE(report.failures.size() == 1);
  CHECK_FALSE(report.failures[0].shrunk);
}

TEST_CASE("choices can follow another seed than the scenario sees, or be dull but for some kinds") {
  norn::SimOptions options = failing_case().options;
  const std::uint64_t as_it_was = norn::run_seed(story(), options).trace_hash;
  options.choice_seed = options.seed;
  CHECK(norn::run_seed(story(), options).trace_hash == as_it_was);
  options.choice_seed = options.seed + 1;
  CHECK(norn::run_seed(story(), options).trace_hash != as_it_was);
  options.dull = true;
  const std::uint64_t dull = norn::run_seed(story(), options).trace_hash;
  options.seeded = {"node_random"};
  CHECK(norn::run_seed(story(), options).trace_hash != dull);
}

TEST_CASE("what was chosen, written down as overrides of a dull world, is the same run") {
  norn::SimOptions options = failing_case().options;
  options.choices = std::make_shared<std::vector<norn::MadeChoice>>();
  const norn::RunSummary seeded = norn::run_seed(story(), options);
  const auto made = std::exchange(options.choices, nullptr);
  REQUIRE(made->size() > 100);
  options.dull = true;
  for (const norn::MadeChoice& choice : *made) options.overrides[choice.key] = choice.taken;
  CHECK(norn::run_seed(story(), options).trace_hash == seeded.trace_hash);
}

TEST_CASE("a node or a kind of choice that there is not is bad input") {
  norn::SimOptions options = failing_case().options;
  options.absent = {"nobody"};
  CHECK_THROWS_AS(norn::run_seed(story(), options), norn::BadInput);
  options.absent.clear();
  options.dull = true;
  options.seeded = {"message_dealy"};
  CHECK_THROWS_AS(norn::run_seed(story(), options), norn::BadInput);
}
