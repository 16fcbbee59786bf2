#include "model/what_if.hpp"

#include <poll.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

namespace norn::viewer {

using nlohmann::json;

namespace {

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A case with three faults beside a trace, and a program that stands for a scenario's: it copies
// the case it is given to where its trace should be.
struct EditedCase {
  norn::test::ScratchFolder scratch;
  std::string program = scratch.path() + "/scenario x";
  std::string case_text;
  RunFacts facts{.path = scratch.path() + "/run.min.norn",
                 .scenario = "raft",
                 .seed = 7,
                 .variant = "",
                 .replay = "'" + program + "' --replay run.min.case.json"};
  std::vector<std::string> made;

  EditedCase() {
    const json plan = {
        {"faults",
         {{{"at", "2s"}, {"kind", "crash"}, {"lasts", "500ms"}, {"side_a", {"n1"}}},
          {{"at", "1s"},
           {"kind", "partition"},
           {"lasts", "1.5s"},
           {"side_a", {"n1", "n2"}},
           {"side_b", {"n3"}}},
          {{"at", "3s"}, {"kind", "clock_jump"}, {"by", "1s"}, {"side_a", {"n2"}}}}}};
    case_text = json({{"norn_case", 1},
                      {"build", "gnu-1"},
                      {"trace", {{"file", "run.min.norn"}, {"hash", "0x1"}}},
                      {"fault_plan", plan}})
                    .dump();
    write("run.min.case.json", case_text);
    write("run.min.norn", "the old trace");
    program_does(
        "cp \"$2\" \"$4\"; echo 'note: a case of another build'; echo 'no longer fails: "
        "hash 0x2'");
  }
  ~EditedCase() {
    for (const std::string& folder : made) std::filesystem::remove_all(folder);
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(scratch.path() + "/" + name, std::ios::binary) << text;
  }
  void program_does(const std::string& script) const {
    std::ofstream(program) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  }
  WhatIf load() const {
    auto loaded = WhatIf::load(facts);
    if (!loaded) FAIL(loaded.error().message);
    return std::move(loaded).value();
  }
  void finish(WhatIf& what_if) {
    made.push_back(std::filesystem::path(what_if.command()[2]).parent_path().string());
    for (int i = 0; i < 2000 && !what_if.poll(); ++i) ::poll(nullptr, 0, 5);
    REQUIRE_FALSE(what_if.child()->running());
  }
};

}  // namespace

TEST_CASE_METHOD(EditedCase, "the faults of the case beside the trace are listed") {
  const WhatIf what_if = load();
  CHECK(what_if.case_file() == scratch.path() + "/run.min.case.json");
  CHECK(what_if.program() == program);
  CHECK(what_if.program_problem().empty());
  REQUIRE(what_if.faults().size() == 3);
  CHECK(what_if.faults()[0].label == "crash  n1");
  CHECK(what_if.faults()[1].label == "partition  n1 n2 | n3");
  CHECK(what_if.faults()[1].lasts_ns == 1'500'000'000);
  CHECK_FALSE(what_if.faults()[2].lasts_ns.has_value());
  // A trace counts faults in the order of time.
  CHECK(what_if.fault_of(0, "partition") == 1U);
  CHECK(what_if.fault_of(1, "crash") == 0U);
  CHECK_FALSE(what_if.fault_of(3, "crash").has_value());
  // What the scenario began by itself is in no plan.
  CHECK_FALSE(what_if.fault_of(1, "partition").has_value());
}

TEST_CASE_METHOD(EditedCase, "only what was edited changes in the case") {
  WhatIf what_if = load();
  CHECK_FALSE(what_if.changed());
  const std::uint64_t before = what_if.version();
  what_if.set_on(2, false);
  CHECK(what_if.version() != before);
  what_if.move(0, 1'250'000'001);
  what_if.set_lasts(1, 2'000'000'000);
  what_if.set_lasts(2, 5);
  CHECK(what_if.changed());
  const json edited = what_if.edited();
  json expected = json::parse(case_text);
  expected["build"] = "edited";
  expected["trace"]["file"] = scratch.path() + "/run.min.norn";
  json& faults = expected["fault_plan"]["faults"];
  faults.erase(2);
  faults[0]["at"] = "1.250000001s";
  faults[1]["lasts"] = "2s";
  CHECK(edited == expected);
  what_if.move(0, -5);
  CHECK(what_if.faults()[0].at_ns == 0);
  what_if.reset();
  CHECK_FALSE(what_if.changed());
}

TEST_CASE_METHOD(EditedCase,
                 "a run writes into a folder of its own and leaves the case as it was") {
  WhatIf what_if = load();
  what_if.set_on(0, false);
  REQUIRE(what_if.run().ok());
  const std::vector<std::string> command = what_if.command();
  CHECK(command[0] == program);
  finish(what_if);
  CHECK(what_if.child()->exit_code() == 0);
  CHECK(what_if.verdict() == "no longer fails: hash 0x2");
  REQUIRE(what_if.new_trace() == command[4]);
  CHECK(json::parse(content(command[4])) == what_if.edited());
  CHECK(content(scratch.path() + "/run.min.case.json") == case_text);
  CHECK(content(scratch.path() + "/run.min.norn") == "the old trace");
  // The next run has files of its own.
  CHECK(what_if.command()[4] != command[4]);
  REQUIRE(what_if.run().ok());
  finish(what_if);
  CHECK(what_if.new_trace() != command[4]);
}

TEST_CASE_METHOD(EditedCase, "a program that fails, hangs or is not there is told apart") {
  program_does("echo 'what an error' >&2; exit 2");
  WhatIf what_if = load();
  REQUIRE(what_if.run().ok());
  finish(what_if);
  CHECK(what_if.child()->exit_code() == 2);
  CHECK(what_if.child()->output() == "what an error\n");
  CHECK(what_if.verdict() == "exit code 2");
  CHECK(what_if.new_trace().empty());

  program_does("sleep 100");
  REQUIRE(what_if.run().ok());
  CHECK_FALSE(what_if.run().ok());
  what_if.child()->stop();
  what_if.child()->stop();
  finish(what_if);
  CHECK(what_if.child()->exit_code() == -1);
  CHECK(what_if.verdict().find("ended by a signal") == 0);

  what_if.set_program(scratch.path() + "/none");
  CHECK(what_if.program_problem().find("/none is not there") != std::string::npos);
  CHECK_FALSE(what_if.run().ok());
  what_if.set_program("norn-no-such-program-anywhere");
  CHECK(what_if.program_problem().empty());
  const auto none = what_if.run();
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().message.find("norn-no-such-program-anywhere cannot be run") == 0);
}

TEST_CASE_METHOD(EditedCase, "a case is found by the replay line, and a missing one is named") {
  facts.path = scratch.path() + "/elsewhere.norn";
  CHECK(load().case_file() == scratch.path() + "/run.min.case.json");
  facts.replay = "scenario --seed 7";
  const auto none = WhatIf::load(facts);
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().message.find(scratch.path() + "/elsewhere.case.json") != std::string::npos);
}

TEST_CASE_METHOD(EditedCase, "a case that makes no sense is refused with the place") {
  const auto problem = [&](const std::string& text) {
    write("run.min.case.json", text);
    const auto loaded = WhatIf::load(facts);
    REQUIRE_FALSE(loaded.ok());
    return loaded.error().message.substr(scratch.path().size() + 1);
  };
  CHECK(problem("{").find("run.min.case.json") == 0);
  CHECK(problem("[1]") == "run.min.case.json: this is no case of Norn");
  CHECK(problem(R"({"norn_case":1})") == "run.min.case.json: fault_plan: an object is expected");
  CHECK(problem(R"({"norn_case":1,"fault_plan":{"faults":[{"kind":"crash","at":"soon"}]}})")
            .find("run.min.case.json: fault_plan.faults[0].at: ") == 0);
  CHECK(problem(R"({"norn_case":1,"fault_plan":{"faults":[{"at":"1s"}]}})") ==
        "run.min.case.json: fault_plan.faults[0].kind: a text is expected");
}

TEST_CASE("command lines are taken apart and put together as a shell does") {
  CHECK(shell_words("a 'b c' \"d\\\"e\" f\\ g  ''") ==
        std::vector<std::string>{"a", "b c", "d\"e", "f g", ""});
  const std::vector<std::string> words = {"x", "it's", "", "a b", "--k=v"};
  CHECK(shell_words(shell_line(words)) == words);
  CHECK(plan_time(8'247'500'000) == "8.2475s");
  CHECK(plan_time(1) == "0.000000001s");
  CHECK(plan_time(3'000'000'000) == "3s");
}

}  // namespace norn::viewer
