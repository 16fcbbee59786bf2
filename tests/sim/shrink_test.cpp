#include "norn/sim/shrink.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
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

// Fifty operations, of which it takes two. What they draw is in what is said of them.
NORN_SCENARIO(shrink_operations, "two operations that must not both be made",
              {.time = 20s, .faults = "default"}) {
  struct Store {
    std::string seen;
    int count = 0;
  };
  const auto store = std::make_shared<Store>();
  sim.node("client",
           [&sim, store] {
             *store = {};
             for (int number = 1; number <= 50; ++number) {
               if (!norn::operation_wanted()) continue;
               norn::sleep_for(norn::random().between(1ms, 50ms));
               const std::uint64_t value = norn::random("value").below(1'000'000);
               if (norn::random().chance(1, 2)) norn::sleep_for(norn::random().between(1ms, 20ms));
               if (number != 17 && number != 33) continue;
               store->seen += std::to_string(number) + " is " + std::to_string(value) + " at " +
                              std::to_string(norn::now().time_since_epoch().count()) + "; ";
               if (++store->count == 2) sim.violation("never both", store->seen);
             }
           },
           {.may_fail = false});
  sim.node("bystander", [] { norn::sleep_for(1s); });
  sim.run();
}

// Who asks for nothing is never answered: that is no mistake of the server's.
NORN_SCENARIO(shrink_progress, "a server that answers in its first life only",
              {.time = 5s, .faults = "calm"}) {
  std::uint64_t answers = 0;
  int lives = 0;
  sim.node("server", [&] {
    norn::serve([answering = ++lives == 1](const Ask&) {
      if (!answering) norn::sleep_for(1h);
      return true;
    });
  });
  sim.node("client", [&] {
    for (;;) {
      if (!norn::operation_wanted()) continue;
      if (norn::call("server", Ask{}, {.timeout = 50ms}).ok()) ++answers;
      norn::sleep_for(10ms);
    }
  });
  sim.progress("answers go on", [&] { return answers; }, {.within = 2s, .again = true});
  sim.run_for(1s);
  sim.restart("server");
  sim.run();
}

// Of four faults that its code lets begin, it takes one.
NORN_SCENARIO(shrink_scripted, "a cut that is needed, and what is not",
              {.time = 5s, .faults = "calm"}) {
  int silent = 0;
  sim.node("server", [] { norn::serve([](const Ask&) { return true; }); });
  sim.node("bystander", [] {
    for (;;) norn::sleep_for(10ms);
  });
  sim.node("client", [&] {
    for (;;) {
      silent = norn::call("server", Ask{}, {.timeout = 50ms}).ok() ? 0 : silent + 1;
      norn::sleep_for(10ms);
    }
  });
  sim.always("the server answers", [&] { return silent < 10; });
  sim.run_for(1s);
  sim.crash("bystander");
  sim.run_for(100ms);
  sim.restart("bystander");
  sim.restart("bystander");
  const std::uint32_t slow =
      sim.begin_fault({.kind = norn::FaultKind::clog, .side_a = {"bystander"}});
  sim.partition({"client"}, {"server"});
  sim.run_for(2s);
  sim.end_fault(slow);
  sim.heal();
  sim.run();
}

namespace {

norn::Case case_of(const char* name) {
  const norn::Scenario& scenario = *norn::find_scenario(name);
  const norn::SimOptions options = norn::options_for(scenario, {}, 1);
  const norn::RunSummary run = norn::run_seed(scenario, options);
  REQUIRE(run.violation);
  return norn::make_case(options, run);
}

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

TEST_CASE("of fifty operations the two that a failure needs remain, as they were") {
  const norn::Case failing = case_of("shrink_operations");
  const auto shrunk = norn::shrink_case(failing, {});
  REQUIRE(shrunk.ok());
  INFO(norn::to_json(shrunk->smallest).dump(1));
  CHECK(shrunk->from.operations == 34);  // the client goes on until it blocks
  CHECK(shrunk->to.operations == 2);
  CHECK(shrunk->operations == std::vector<std::string>{"client: 17, 33"});
  CHECK(shrunk->operations_minimal);
  CHECK(shrunk->one_minimal);
  CHECK(shrunk->to.faults == 0);
  CHECK(shrunk->to.overrides == 0);
  // The same values at the same times, although what came before is gone.
  CHECK(shrunk->smallest.violation.detail == failing.violation.detail);
  REQUIRE(shrunk->nearest_pass);
  CHECK(shrunk->nearest_step.find("without operation ") == 0);
}

TEST_CASE("a case with operations left out replays strictly from its file") {
  const auto shrunk = norn::shrink_case(case_of("shrink_operations"), {});
  REQUIRE(shrunk.ok());
  REQUIRE_FALSE(shrunk->smallest.options.left_out_operations.empty());
  const norn::test::ScratchFolder folder;
  const std::string path = folder.path() + "/small.case.json";
  REQUIRE(norn::save_case(shrunk->smallest, path, false).ok());
  const auto loaded = norn::load_case(path);
  REQUIRE(loaded.ok());
  const auto replay = norn::replay_case(*loaded, {});
  REQUIRE(replay.ok());
  CHECK(replay->same_hash);
  CHECK(replay->same_failure);
  norn::Case more = *loaded;
  more.options.left_out_operations.clear();
  CHECK(norn::run_seed(*norn::find_scenario("shrink_operations"), more.options).operations == 34);
}

TEST_CASE("of the faults that a scenario's code lets begin the needed one remains") {
  const norn::Case failing = case_of("shrink_scripted");
  const auto shrunk = norn::shrink_case(failing, {});
  REQUIRE(shrunk.ok());
  INFO(norn::to_json(shrunk->smallest).dump(1));
  CHECK(shrunk->from.faults == 4);
  CHECK(shrunk->to.faults == 1);
  CHECK(shrunk->faults_minimal);
  std::vector<std::string> left_out = shrunk->smallest.options.left_out_faults;
  std::sort(left_out.begin(), left_out.end());
  CHECK(left_out == std::vector<std::string>{"clog bystander #1", "crash bystander #1",
                                             "restart bystander #2"});
  norn::SimOptions without = shrunk->smallest.options;
  without.left_out_faults.emplace_back("partition client | server #1");
  const norn::Scenario& scenario = *norn::find_scenario("shrink_scripted");
  CHECK(norn::run_seed(scenario, without).verdict == norn::Verdict::passed);
  const auto replay = norn::replay_case(shrunk->smallest, {});
  REQUIRE(replay.ok());
  CHECK(replay->same_hash);
}

TEST_CASE("a restart that repairs a crash that was left out does nothing") {
  norn::Simulation sim({.left_out_faults = {"crash n1 #1"}, .note_operations = true});
  int starts = 0;
  sim.node("n1", [&] { ++starts; });
  sim.crash("n1");
  CHECK(sim.is_up("n1"));
  sim.restart("n1");
  CHECK(sim.incarnation("n1") == 1);
  sim.restart("n1");
  CHECK(sim.incarnation("n1") == 2);
  const norn::RunSummary run = sim.summary();
  REQUIRE(run.scripted.size() == 1);
  CHECK(run.scripted[0].name == "restart n1 #2");
}

TEST_CASE("where no progress is made operations are not left out") {
  const auto shrunk = norn::shrink_case(case_of("shrink_progress"), {});
  REQUIRE(shrunk.ok());
  CHECK(shrunk->to.faults == 1);
  CHECK(shrunk->to.operations > 20);
  CHECK(shrunk->smallest.options.left_out_operations.empty());
  CHECK_FALSE(shrunk->operations_minimal);
  CHECK(shrunk->unfinished == "operations all stay where something was to come to pass");
}
