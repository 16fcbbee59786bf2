// Every state that a crash may leave, one after the other.
#include <set>
#include <stdexcept>
#include <string>

#include "faults/disk_support.hpp"
#include "norn/sim/crash_states.hpp"

namespace norn::disk_tests {
namespace {

// A state in one line: "note| a=x b=y".
std::string line_of(const CrashState& state) {
  std::string line = state.note + "|";
  for (const auto& [path, content] : state.files) line += " " + path + "=" + text_of(content);
  return line;
}

std::set<std::string> states_of(const std::function<void(CrashHistory&)>& workload,
                                const CrashStateOptions& options = {}) {
  std::set<std::string> lines;
  std::uint64_t calls = 0;
  const auto count = for_each_crash_state(
      workload,
      [&](const CrashState& state) {
        ++calls;
        lines.insert(line_of(state));
        return true;
      },
      options);
  if (!count) FAIL(count.error().message);
  CHECK(count->states == calls);
  CHECK(lines.size() == calls);
  return lines;
}

}  // namespace

TEST_CASE("the states of a new file are all combinations of its name, its size and its bytes") {
  const std::set<std::string> states =
      states_of([](CrashHistory&) { CHECK(write_file("a", bytes("x")).ok()); });
  CHECK(states == std::set<std::string>{"|", "| a=", std::string("| a=\0", 5), "| a=x"});
}

TEST_CASE("a state after a note has at least what the note promised") {
  const std::set<std::string> states = states_of([](CrashHistory& history) {
    make_durable("a", "1");
    history.note("one");
    REQUIRE(File::open("a")->write_at(0, bytes("2")).ok());
    REQUIRE(File::open("a")->sync().ok());
    history.note("two");
  });
  CHECK(states.contains("one| a=1"));
  CHECK(states.contains("one| a=2"));
  CHECK(states.contains("two| a=2"));
  for (const std::string& state : states) {
    if (state.starts_with("one")) CHECK((state == "one| a=1" || state == "one| a=2"));
    if (state.starts_with("two")) CHECK(state == "two| a=2");
  }
}

TEST_CASE("a rename over a file that was not synced can leave an empty file in its place") {
  const std::set<std::string> states = states_of(
      [](CrashHistory&) {
        REQUIRE(write_file("a.new", bytes("new")).ok());
        REQUIRE(rename_file("a.new", "a").ok());
      },
      {.files = {{"a", Bytes{std::byte{'o'}}}}});
  CHECK(states.contains("| a="));
  CHECK(states.contains("| a=new"));
  CHECK(states.contains("| a=o"));
  CHECK(states.contains("| a=o a.new=new"));
  CHECK_FALSE(states.contains("|"));
}

TEST_CASE("replace_file() leaves the old content or the new one in every state") {
  const std::set<std::string> states =
      states_of([](CrashHistory&) { REQUIRE(replace_file("a", bytes("new")).ok()); },
                {.files = {{"a", Bytes{std::byte{'o'}}}}});
  for (const std::string& state : states) CHECK((state.starts_with("| a=o") || state == "| a=new"));
  CHECK(states.contains("| a=new"));
}

TEST_CASE("n sectors that were not synced have 2^n states, pages fewer") {
  const auto workload = [](CrashHistory&) {
    REQUIRE(File::open("a")->write_at(0, bytes(std::string(8192, 'x'))).ok());
  };
  const CrashStateOptions start{.files = {{"a", Bytes(8192)}}};
  CHECK(states_of(workload, start).size() == 65'536);
  CrashStateOptions pages = start;
  pages.grain = 4096;
  CHECK(states_of(workload, pages).size() == 4);
}

TEST_CASE("recovery runs on each state, and a state that it does not survive is found") {
  int failed = 0;
  const auto count = for_each_crash_state(
      [](CrashHistory&) {
        REQUIRE(write_file("a", bytes("whole")).ok());  // never synced
      },
      [&](const CrashState& state) {
        const RunSummary run = state.run([] {
          const std::string found = content("a");
          if (found != "-" && found != "whole") throw std::runtime_error("torn");
        });
        failed += run.violation.has_value() ? 1 : 0;
        return true;
      });
  REQUIRE(count.ok());
  CHECK(count->states == 4);
  CHECK(failed == 2);  // empty, and zeros
}

TEST_CASE("a history with too many states is refused, and one that fails is said to") {
  const auto wide = for_each_crash_state(
      [](CrashHistory&) { REQUIRE(File::open("a")->write_at(0, Bytes(512 * 64)).ok()); },
      [](const CrashState&) { return true; }, {.most_sets = 1000});
  REQUIRE_FALSE(wide.ok());
  CHECK(wide.error().code == Errc::too_large);
  const auto failing =
      for_each_crash_state([](CrashHistory&) { throw std::runtime_error("no luck"); },
                           [](const CrashState&) { return true; });
  REQUIRE_FALSE(failing.ok());
  CHECK(failing.error().code == Errc::invalid);
}

TEST_CASE("who has seen enough may stop") {
  const auto count =
      for_each_crash_state([](CrashHistory&) { REQUIRE(write_file("a", bytes("x")).ok()); },
                           [](const CrashState&) { return false; });
  REQUIRE(count.ok());
  CHECK(count->states == 1);
  CHECK_FALSE(count->whole);
}

}  // namespace norn::disk_tests
