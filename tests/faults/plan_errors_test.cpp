// Every plan that makes no sense is refused, in one line with its JSON path.
#include <chrono>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "norn/faults/catalog.hpp"
#include "norn/sim/fault_plan.hpp"
#include "support/catch.hpp"

using namespace norn;
using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

std::string error_of(const Json& plan) {
  const Result<FaultPlan> read = fault_plan_from_json(plan);
  return read ? "(no error)" : read.error().message;
}

std::string text_error(std::string_view text) {
  return error_of(Json::parse(text));
}

// The example of a kind with one member changed, as the second fault of a plan.
std::string error_with(const FaultSpec& spec, std::string_view member, const Json& value) {
  Json fault = Json::parse(spec.example);
  fault[std::string(member)] = value;
  return error_of(Json{{"faults", {{{"kind", "crash"}, {"at", "0s"}, {"side_a", {"x"}}}, fault}}});
}

std::string error_without(const FaultSpec& spec, std::string_view member) {
  Json fault = Json::parse(spec.example);
  fault.erase(std::string(member));
  return error_of(Json{{"faults", {fault}}});
}

void expect_line(const std::string& error, const std::string& begin) {
  INFO(error);
  CHECK(error.starts_with(begin));
  CHECK(error.find('\n') == std::string::npos);
}

std::vector<Json> bad_values(const FaultParameter& parameter) {
  std::vector<Json> bad = {nullptr, true, Json::array(), Json::object(), 1.5};
  switch (parameter.type) {
    case FaultValueType::duration:
      bad.insert(bad.end(), {5, "5", "soon", "", "1.5.5s", "9999999999999999s"});
      if (parameter.least > std::numeric_limits<std::int64_t>::min())
        bad.emplace_back(format_duration(Duration(parameter.least - 1)));
      if (parameter.most < std::numeric_limits<std::int64_t>::max())
        bad.emplace_back(format_duration(Duration(parameter.most + 1)));
      break;
    case FaultValueType::share:
      bad.insert(bad.end(), {1, "1", "1/0", "3/2", "-1/2", "half", ""});
      break;
    case FaultValueType::number:
      bad.insert(bad.end(), {"5", ""});
      if (parameter.least > std::numeric_limits<std::int64_t>::min())
        bad.emplace_back(parameter.least - 1);
      if (parameter.most < std::numeric_limits<std::int64_t>::max())
        bad.emplace_back(parameter.most + 1);
      break;
    case FaultValueType::word:
      bad.emplace_back(7);
      if (!parameter.words.empty()) bad.emplace_back("no such word");
      if (!parameter.may_be_empty) bad.emplace_back("");
      break;
  }
  return bad;
}

}  // namespace

TEST_CASE("every parameter refuses what is of the wrong type, without its unit, or out of range") {
  for (const FaultSpec& spec : fault_catalog()) {
    for (const FaultParameter& parameter : spec.parameters) {
      for (const Json& value : bad_values(parameter)) {
        INFO(spec.name << "." << parameter.name << " = " << value);
        expect_line(error_with(spec, parameter.name, value),
                    "faults[1]." + std::string(parameter.name) + ": ");
      }
    }
  }
}

TEST_CASE("every kind says which of its members is missing, unknown, or not a time") {
  for (const FaultSpec& spec : fault_catalog()) {
    INFO(spec.name);
    expect_line(error_with(spec, "surprise", 1), "faults[1].surprise: unknown field (known are: ");
    CHECK(error_without(spec, "at") == "faults[0].at: is missing");
    expect_line(error_with(spec, "at", "-1s"), "faults[1].at: negative time -1s");
    expect_line(error_with(spec, "at", "12"), "faults[1].at: not a duration: \"12\"");
    expect_line(error_with(spec, "at", 12), "faults[1].at: a string is expected, not 12");
    if (spec.lasts == FaultLasts::none) {
      expect_line(error_with(spec, "lasts", "1s"), "faults[1].lasts: unknown field");
    } else {
      expect_line(error_with(spec, "lasts", "-1s"), "faults[1].lasts: negative time -1s");
    }
    if (spec.lasts == FaultLasts::required)
      CHECK(error_without(spec, "lasts") == "faults[0].lasts: is missing");
    for (const FaultParameter& parameter : spec.parameters) {
      if (!parameter.standard.empty() || parameter.may_be_empty) continue;
      CHECK(error_without(spec, parameter.name) ==
            "faults[0]." + std::string(parameter.name) + ": is missing");
    }
  }
}

TEST_CASE("every kind checks its sides") {
  for (const FaultSpec& spec : fault_catalog()) {
    INFO(spec.name);
    if (spec.sides == FaultSides::none) {
      expect_line(error_with(spec, "side_a", {"n1"}), "faults[1].side_a: unknown field");
      continue;
    }
    CHECK(error_without(spec, "side_a") == "faults[0].side_a: is missing");
    expect_line(error_with(spec, "side_a", Json::array()), "faults[1].side_a: empty");
    expect_line(error_with(spec, "side_a", {"n1", "n1"}), "faults[1].side_a[1]: \"n1\" is named");
    expect_line(error_with(spec, "side_a", "n1"), "faults[1].side_a: a list of nodes");
    if (spec.sides == FaultSides::one) {
      expect_line(error_with(spec, "side_b", {"n9"}), "faults[1].side_b: unknown field");
    } else {
      if (spec.sides == FaultSides::two)
        CHECK(error_without(spec, "side_b") == "faults[0].side_b: is missing");
      const Json both = Json::parse(spec.example)["side_a"];
      expect_line(error_with(spec, "side_b", both), "faults[1].side_b[0]: ");
    }
  }
}

TEST_CASE("two faults that contradict each other on a node are named with both places") {
  for (const FaultSpec& spec : fault_catalog()) {
    INFO(spec.name);
    Json early = Json::parse(spec.example);
    early["at"] = "1s";
    if (spec.lasts != FaultLasts::none) early["lasts"] = "2s";
    Json late = early;
    late["at"] = "2s";
    const std::string error = error_of(Json{{"faults", {late, early}}});
    if (spec.exclusive) {
      expect_line(error, "faults[0]: overlaps faults[1]: two of " + std::string(spec.name));
    } else {
      CHECK(error == "(no error)");
    }
    if (spec.lasts == FaultLasts::none) continue;
    late["at"] = "3s";
    CHECK(error_of(Json{{"faults", {late, early}}}) == "(no error)");
  }
}

TEST_CASE("an unknown kind is named together with all that there are") {
  std::string known;
  for (const FaultSpec& spec : fault_catalog())
    known += (known.empty() ? "" : ", ") + std::string(spec.name);
  CHECK(text_error(R"({"faults": [{"kind": "flood", "at": "1s"}]})") ==
        "faults[0].kind: unknown kind \"flood\" (known are: " + known + ")");
}

TEST_CASE("a liveness phase that makes no sense is named") {
  struct Bad {
    std::string_view liveness;
    std::string_view error;
  };
  constexpr Bad kBad[] = {
      {"7", "liveness: an object is expected, not 7"},
      {R"({"core": ["n1"]})", "liveness.at: is missing"},
      {R"({"at": "1s"})", "liveness.core: is missing"},
      {R"({"at": "1", "core": ["n1"]})",
       "liveness.at: not a duration: \"1\" (a number and ns, us, ms, s or m: \"250ms\", \"1.5s\")"},
      {R"({"at": "1s", "core": []})", "liveness.core: empty: at least one node is needed"},
      {R"({"at": "1s", "core": ["n1", "n1"]})", "liveness.core[1]: \"n1\" is named twice"},
      {R"({"at": "1s", "core": ["n1"], "until": "2s"})",
       "liveness.until: unknown field (known are: at, core)"},
  };
  for (const Bad& bad : kBad)
    CHECK(text_error(R"({"liveness": )" + std::string(bad.liveness) + "}") == bad.error);
}

TEST_CASE("a plan that does not fit the cluster or the run is named") {
  struct Bad {
    std::string_view plan;
    std::string_view error;
  };
  constexpr Bad kBad[] = {
      {R"({"faults": [{"kind": "crash", "at": "1s", "side_a": ["n1", "n9"]}]})",
       "faults[0].side_a[1]: no node is named \"n9\" (there are: n1, n2, n3)"},
      {R"({"faults": [{"kind": "crash", "at": "11s", "side_a": ["n1"]}]})",
       "faults[0].at: 11s is after the end of the run, 10s"},
      {R"({"liveness": {"at": "5s", "core": ["n1", "n7"]}})",
       "liveness.core[1]: no node is named \"n7\" (there are: n1, n2, n3)"},
      {R"({"liveness": {"at": "10001ms", "core": ["n1"]}})",
       "liveness.at: 10.001s is after the end of the run, 10s"},
      {R"({"liveness": {"at": "5s", "core": ["n1", "n2"]},
           "faults": [{"kind": "crash", "at": "1s", "side_a": ["n2"]}]})",
       "faults[0].lasts: it goes on in the liveness phase, which begins at 5s, and reaches its "
       "core"},
      {R"({"liveness": {"at": "5s", "core": ["n1", "n2"]},
           "faults": [{"kind": "partition", "at": "1s", "lasts": "5s",
                       "side_a": ["n1"], "side_b": ["n3", "n2"]}]})",
       "faults[0].lasts: it goes on in the liveness phase, which begins at 5s, and reaches its "
       "core"},
      {R"({"liveness": {"at": "5s", "core": ["n1", "n2"]},
           "faults": [{"kind": "crash", "at": "6s", "side_a": ["n3"]}]})",
       "faults[0].at: 6s is in the liveness phase, which begins at 5s"},
      {R"({"liveness": {"at": "5s", "core": ["n1", "n2"]},
           "faults": [{"kind": "crash", "at": "1s", "side_a": ["n3"]},
                      {"kind": "crash", "at": "1s", "lasts": "4s", "side_a": ["n2"]},
                      {"kind": "partition", "at": "5s",
                       "side_a": ["n1", "n2"], "side_b": ["n3"]}]})",
       "(no error)"},
  };
  for (const Bad& bad : kBad) {
    const FaultPlan plan = fault_plan_from_json(Json::parse(bad.plan)).value();
    const Result<void> fits = check_plan(plan, {"n1", "n2", "n3"}, 10s);
    CHECK((fits ? "(no error)" : fits.error().message) == bad.error);
  }
}
