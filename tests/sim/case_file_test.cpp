#include "norn/sim/case_file.hpp"

#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "norn/sim/run_seeds.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

using norn::Case;
using norn::Errc;
using norn::Result;

namespace {

Case example() {
  Case failing;
  failing.build = "gnu-0123";
  failing.options.scenario = "explore_coin";
  failing.options.seed = 0xffffffffffffffffU;
  failing.options.variant = "fair";
  failing.options.time = std::chrono::milliseconds(1500);
  failing.options.fault_level = "harsh";
  failing.options.overrides = {{0x1234U, -5}, {0xfedcba9876543210U, 1'000'000'000'000}};
  failing.options.dull = true;
  failing.options.left_out_operations = {
      {.client = {.node = "tosser"},
       .first = 2,
       .last = 5,
       .lasts = std::chrono::milliseconds(3),
       .draws = {{0, 7}, {0x77U, 1}}},
      {.client = {.node = "tosser", .life = 2, .fiber = "helper (2)"}, .first = 1},
      {.client = {.node = "coin"}, .first = 3, .lasts = std::chrono::seconds(1)},
  };
  failing.options.left_out_faults = {"crash tosser #1"};
  failing.options.plan = norn::FaultPlan{};
  failing.options.plan->links.loss = {1, 100};
  failing.options.plan->faults.push_back({.kind = norn::FaultKind::crash,
                                          .at = std::chrono::milliseconds(10),
                                          .lasts = std::chrono::microseconds(70),
                                          .side_a = {"tosser"},
                                          .side_b = {}});
  failing.violation = {.property = "no \"six\"",
                       .detail = "line\nbreak",
                       .at = norn::TimePoint(norn::Duration(123)),
                       .event = 77,
                       .nodes = {"b", "a"}};
  failing.same_as = norn::fingerprint(failing.violation);
  failing.trace_hash = 0xabcdefU;
  failing.events = 99;
  failing.trace_file = "coin.norn";
  return failing;
}

// What load_case() says of a file with this text, without the name of the file.
std::string problem_of(const std::string& text) {
  const norn::test::ScratchFolder folder;
  const std::string path = folder.path() + "/case.json";
  std::ofstream(path) << text;
  const Result<Case> loaded = norn::load_case(path);
  if (loaded.ok()) return "(none)";
  const std::string& message = loaded.error().message;
  CHECK(message.find(path) == 0);
  CHECK(message.find('\n') == std::string::npos);
  return message.substr(path.size());
}

std::string with(const std::string& pointer, const nlohmann::json& value) {
  nlohmann::json json = norn::to_json(example());
  json[nlohmann::json::json_pointer(pointer)] = value;
  return json.dump(2);
}

std::string without(const std::string& name) {
  nlohmann::json json = norn::to_json(example());
  json.erase(name);
  return json.dump(2);
}

}  // namespace

TEST_CASE("a case is read back as it was written") {
  const norn::test::ScratchFolder folder;
  const std::string path = folder.path() + "/one.case.json";
  const Case failing = example();
  REQUIRE(norn::save_case(failing, path, false).ok());
  const Result<Case> loaded = norn::load_case(path);
  REQUIRE(loaded.ok());
  CHECK(norn::to_json(*loaded) == norn::to_json(failing));
  CHECK(loaded->options.seed == failing.options.seed);
  CHECK(loaded->options.overrides == failing.options.overrides);
  CHECK(loaded->options.plan == failing.options.plan);
  CHECK(loaded->options.left_out_operations == failing.options.left_out_operations);
  CHECK(loaded->options.left_out_faults == failing.options.left_out_faults);
  CHECK(loaded->violation.detail == failing.violation.detail);
}

TEST_CASE("a case that is there is not overwritten unless asked") {
  const norn::test::ScratchFolder folder;
  const std::string path = folder.path() + "/one.case.json";
  Case failing = example();
  REQUIRE(norn::save_case(failing, path, false).ok());
  failing.events = 100;
  const Result<void> second = norn::save_case(failing, path, false);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == Errc::already_exists);
  CHECK(norn::load_case(path)->events == 99);
  REQUIRE(norn::save_case(failing, path, true).ok());
  CHECK(norn::load_case(path)->events == 100);
  // Nothing is left beside it.
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a case that is not JSON is refused with line and column") {
  CHECK(problem_of("").find(":1:1: the file is empty") == 0);
  CHECK(problem_of("{\n  \"norn_case\": 1,\n  oops\n}").find(":3:3: not JSON: ") == 0);
  CHECK(problem_of("{\"norn_case\": 1").find(":1:16: not JSON: ") == 0);
  CHECK(problem_of("[1, 2]").find(": an object is expected") == 0);
}

TEST_CASE("what is wrong in a case is said with its path") {
  CHECK(problem_of(without("seed")) == ": seed: is missing");
  CHECK(problem_of(with("/seed", "x")).find(": seed: a whole number") == 0);
  CHECK(problem_of(with("/seed", -1)).find(": seed: a whole number of at least 0") == 0);
  CHECK(problem_of(with("/options/time", "5")).find(": options.time: ") == 0);
  CHECK(problem_of(with("/options/dull", 1)).find(": options.dull: true or false") == 0);
  CHECK(problem_of(with("/violation/nodes", {"a", 1})).find(": violation.nodes[1]: ") == 0);
  CHECK(problem_of(with("/trace/hash", "abc")).find(": trace.hash: ") == 0);
  CHECK(problem_of(with("/overrides", {{"12", 1}})).find(": overrides.12: ") == 0);
  CHECK(problem_of(with("/overrides", {{"0x12", "1"}})).find(": overrides.0x12: ") == 0);
  const std::string left_out = ": left_out.operations[0].";
  CHECK(problem_of(with("/left_out/operations/0/first", 0)).find(left_out + "first: ") == 0);
  CHECK(problem_of(with("/left_out/operations/0/last", 1)).find(left_out + "last: ") == 0);
  CHECK(problem_of(with("/left_out/operations/0/lasts", "-1ms")).find(left_out + "lasts: ") == 0);
  CHECK(problem_of(with("/left_out/operations/0/draws/x", 1)).find(left_out + "draws.x: ") == 0);
  CHECK(problem_of(with("/left_out/operations/0/node", 1)).find(left_out + "node: ") == 0);
  CHECK(problem_of(with("/left_out/operations", 1)).find(": left_out.operations: ") == 0);
  CHECK(problem_of(with("/options", 7)).find(": options: an object is expected") == 0);
  CHECK(problem_of(with("/fault_plan/faults/0/at", "-5ms")).find(": fault_plan.faults[0].at: ") ==
        0);
}

TEST_CASE("a slip of the pen in a case is seen") {
  CHECK(problem_of(with("/overides", 1)) == ": overides: is not known here (overrides?)");
  CHECK(problem_of(with("/options/colour", 1)) == ": options.colour: is not known here");
}

TEST_CASE("a case of another schema is refused") {
  CHECK(problem_of(with("/norn_case", 2)) ==
        ": norn_case: schema version 2, but this program reads version 1");
  CHECK(problem_of("{\"schema\": 1}") == ": norn_case: is missing");
}

TEST_CASE(
    "a fingerprint is the property and the nodes, whatever their order, the time and the detail") {
  norn::Violation one = example().violation;
  norn::Violation other = one;
  other.at += std::chrono::seconds(1);
  other.detail = "something else";
  other.nodes = {"a", "b"};
  CHECK(norn::fingerprint(one) == norn::fingerprint(other));
  other.property = "another";
  CHECK(norn::fingerprint(one) != norn::fingerprint(other));
}

TEST_CASE("the build id is known and does not change") {
  CHECK(norn::build_id().size() > 8);
  CHECK(norn::build_id() == norn::build_id());
}
