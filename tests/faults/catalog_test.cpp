// The catalogue of faults: what a plan may say.
#include <chrono>
#include <string>

#include <nlohmann/json.hpp>

#include "norn/faults/catalog.hpp"
#include "norn/sim/fault_plan.hpp"
#include "support/catch.hpp"

using namespace norn;

TEST_CASE(
    "every kind of fault has an entry with a meaning, bites and an example that is read back") {
  for (const FaultSpec& spec : fault_catalog()) {
    INFO(spec.name);
    CHECK(&spec_of(spec.kind) == &spec);
    CHECK(find_fault(spec.name) == &spec);
    CHECK_FALSE(spec.meaning.empty());
    CHECK_FALSE(spec.bites.empty());
    const nlohmann::json example = nlohmann::json::parse(spec.example);
    CHECK(example.at("kind") == spec.name);
    const Result<FaultPlan> plan = fault_plan_from_json({{"faults", {example}}});
    if (!plan) FAIL(plan.error().message);
    const Result<FaultPlan> again = fault_plan_from_json(to_json(*plan));
    REQUIRE(again.ok());
    CHECK(*again == *plan);
  }
}

TEST_CASE("every parameter has a meaning, and a default that is in its own range") {
  for (const FaultSpec& spec : fault_catalog()) {
    for (const FaultParameter& parameter : spec.parameters) {
      INFO(spec.name << "." << parameter.name);
      CHECK_FALSE(parameter.meaning.empty());
      CHECK((parameter.type != FaultValueType::number || !parameter.unit.empty()));
      if (parameter.standard.empty()) continue;
      Fault fault{.kind = spec.kind, .side_a = {"n1"}};
      if (spec.sides == FaultSides::two) fault.side_b = {"n2"};
      CHECK_NOTHROW(to_json(fault));
    }
  }
}
