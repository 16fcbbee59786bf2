// norn faults: the catalogue for people and programs.
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "norn/faults/catalog.hpp"
#include "norn/faults/plan_schema.hpp"
#include "norn_command.hpp"
#include "support/catch.hpp"

namespace {

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

Ran norn_with(std::vector<std::string> arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = norn::command::run(std::move(arguments), "1.2.3", out, err);
  return {code, out.str(), err.str()};
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("norn faults lists every kind with what it does, its parameters and its example") {
  const Ran ran = norn_with({"faults"});
  CHECK(ran.code == 0);
  CHECK(ran.err.empty());
  for (const norn::FaultSpec& spec : norn::fault_catalog()) {
    INFO(spec.name);
    CHECK(
        contains(ran.out, std::string(spec.name) + " (" + std::string(name(spec.family)) + ")\n"));
    CHECK(contains(ran.out, spec.meaning));
    CHECK(contains(ran.out, "  example  " + std::string(spec.example)));
    for (const norn::FaultParameter& parameter : spec.parameters) {
      CHECK(contains(ran.out, parameter.meaning));
      CHECK(contains(ran.out, "default " + std::string(parameter.standard)));
    }
    for (const norn::Bite bite : spec.bites) CHECK(contains(ran.out, name(bite)));
  }
}

TEST_CASE("norn faults KIND is one kind, and norn faults FAMILY the kinds of a family") {
  const Ran one = norn_with({"faults", "hold"});
  CHECK(one.code == 0);
  CHECK(one.out.starts_with("hold (network)\n  "));
  CHECK(contains(one.out, "  nodes    side_a, side_b\n"));
  CHECK(contains(one.out, "  bites    messages held\n"));
  CHECK_FALSE(contains(one.out, "crash ("));
  const Ran family = norn_with({"faults", "network"});
  CHECK(contains(family.out, "partition (network)"));
  CHECK_FALSE(contains(family.out, "crash (process)"));
}

TEST_CASE("norn faults --json says the same to programs") {
  const Ran ran = norn_with({"faults", "--json"});
  CHECK(ran.code == 0);
  const nlohmann::json json = nlohmann::json::parse(ran.out);
  CHECK(json["norn_faults"] == 1);
  REQUIRE(json["faults"].size() == norn::fault_catalog().size());
  for (const nlohmann::json& fault : json["faults"]) {
    const norn::FaultSpec* const spec = norn::find_fault(fault["kind"].get<std::string>());
    REQUIRE(spec != nullptr);
    CHECK(fault["family"] == name(spec->family));
    CHECK(fault["example"] == nlohmann::json::parse(spec->example));
    CHECK(fault["parameters"].size() == spec->parameters.size());
    CHECK(fault["bites"].size() == spec->bites.size());
  }
}

TEST_CASE("norn faults --schema is the schema of plans") {
  const Ran ran = norn_with({"faults", "--schema"});
  CHECK(ran.code == 0);
  CHECK((ran.out == norn::plan_schema()));
}

TEST_CASE("norn faults refuses a kind that there is not, and what does not go together") {
  const Ran unknown = norn_with({"faults", "flood"});
  CHECK(unknown.code == 2);
  CHECK(unknown.out.empty());
  CHECK(unknown.err.starts_with("norn: there is no kind of fault 'flood', and no family"));
  CHECK(norn_with({"faults", "--json", "--schema"}).code == 2);
  CHECK(norn_with({"faults", "hold", "crash"}).code == 2);
}
