#include "norn/faults/plan_schema.hpp"

#include <chrono>

#include <nlohmann/json.hpp>

#include "norn/faults/catalog.hpp"
#include "norn/faults/duration_text.hpp"

namespace norn {
namespace {

using Json = nlohmann::ordered_json;

Json reference(std::string_view definition) {
  return {{"$ref", "#/definitions/" + std::string(definition)}};
}

Json common_definitions() {
  Json definitions;
  definitions["duration"] = {
      {"description",
       "A decimal number with a unit, exact to the nanosecond: \"250ms\", \"1.5s\"."},
      {"type", "string"},
      {"pattern", "^[0-9]+(\\.[0-9]+)?(ns|us|ms|s|m)$"}};
  definitions["signed_duration"] = {{"description", "A duration that may be negative: \"-5ms\"."},
                                    {"type", "string"},
                                    {"pattern", "^-?[0-9]+(\\.[0-9]+)?(ns|us|ms|s|m)$"}};
  definitions["share"] = {{"description", "A fraction from 0/1 to 1/1: \"1/1000\"."},
                          {"type", "string"},
                          {"pattern", "^[0-9]+/0*[1-9][0-9]*$"}};
  definitions["nodes"] = {{"description", "Names of nodes."},
                          {"type", "array"},
                          {"minItems", 1},
                          {"uniqueItems", true},
                          {"items", {{"type", "string"}, {"minLength", 1}}}};
  return definitions;
}

bool bounded_below(const FaultParameter& parameter) {
  return parameter.least != std::numeric_limits<std::int64_t>::min();
}

bool bounded_above(const FaultParameter& parameter) {
  return parameter.most != std::numeric_limits<std::int64_t>::max();
}

std::string description_of(const FaultParameter& parameter) {
  std::string text(parameter.meaning);
  if (parameter.type != FaultValueType::duration) return text;
  const auto time = [](std::int64_t ns) { return format_duration(std::chrono::nanoseconds(ns)); };
  if (bounded_below(parameter) && parameter.least != 0)
    text += " At least " + time(parameter.least) + ".";
  if (bounded_above(parameter)) text += " At most " + time(parameter.most) + ".";
  return text;
}

Json parameter_schema(const FaultParameter& parameter) {
  Json schema;
  switch (parameter.type) {
    case FaultValueType::duration:
      schema = reference(parameter.least < 0 ? "signed_duration" : "duration");
      break;
    case FaultValueType::share:
      schema = reference("share");
      break;
    case FaultValueType::number:
      schema["type"] = "integer";
      if (bounded_below(parameter)) schema["minimum"] = parameter.least;
      if (bounded_above(parameter)) schema["maximum"] = parameter.most;
      break;
    case FaultValueType::word:
      schema["type"] = "string";
      if (!parameter.may_be_empty) schema["minLength"] = 1;
      if (parameter.words.empty()) break;
      if (parameter.may_be_empty) schema["enum"].push_back("");
      for (const std::string_view word : parameter.words) schema["enum"].push_back(word);
      break;
  }
  schema["description"] = description_of(parameter);
  if (parameter.standard.empty()) return schema;
  if (parameter.type == FaultValueType::number) {
    schema["default"] = Json::parse(parameter.standard);
  } else {
    schema["default"] = parameter.standard;
  }
  return schema;
}

Json kind_schema(const FaultSpec& spec) {
  Json properties;
  Json required = {"kind", "at"};
  properties["kind"] = {{"const", spec.name}};
  properties["at"] = reference("duration");
  properties["at"]["description"] = "When it begins: virtual time since the start.";
  if (spec.lasts != FaultLasts::none) {
    properties["lasts"] = reference("duration");
    properties["lasts"]["description"] = "How long after its begin it ends.";
    if (spec.lasts == FaultLasts::optional)
      properties["lasts"]["description"] = "How long after its begin it ends. Without it: never.";
    if (spec.lasts == FaultLasts::required) required.push_back("lasts");
  }
  if (spec.sides != FaultSides::none) {
    properties["side_a"] = reference("nodes");
    required.push_back("side_a");
  }
  if (spec.sides == FaultSides::two) {
    properties["side_b"] = reference("nodes");
    properties["side_b"]["description"] = "No node of side_a.";
    required.push_back("side_b");
  }
  if (spec.sides == FaultSides::one_or_two) {
    properties["side_b"] = reference("nodes");
    properties["side_b"]["description"] = "No node of side_a. Without it: every node.";
  }
  for (const FaultParameter& parameter : spec.parameters) {
    properties[std::string(parameter.name)] = parameter_schema(parameter);
    if (parameter.standard.empty() && !parameter.may_be_empty) required.push_back(parameter.name);
  }
  return {{"description", spec.meaning},         {"type", "object"},
          {"additionalProperties", false},       {"required", std::move(required)},
          {"properties", std::move(properties)}, {"examples", {Json::parse(spec.example)}}};
}

// One branch a kind, by its name: so an editor says what is wrong with this fault, and not that it
// is none of forty.
Json fault_schema() {
  Json names = Json::array();
  Json branches = Json::array();
  for (const FaultSpec& spec : fault_catalog()) {
    names.push_back(spec.name);
    branches.push_back({{"if", {{"properties", {{"kind", {{"const", spec.name}}}}}}},
                        {"then", reference(spec.name)}});
  }
  return {{"type", "object"},
          {"required", {"kind", "at"}},
          {"properties", {{"kind", {{"enum", std::move(names)}}}}},
          {"allOf", std::move(branches)}};
}

Json links_member() {
  return {{"description", "How every link of the run treats messages."},
          {"type", "object"},
          {"additionalProperties", false},
          {"properties", Json::parse(links_schema())}};
}

Json link_groups_member() {
  Json properties;
  properties["side_a"] = reference("nodes");
  properties["side_b"] = reference("nodes");
  properties["side_b"]["description"] = "Without it: the links within side_a.";
  properties["preset"] = {
      {"description", "What the other members change."},
      {"type", "string"},
      {"enum",
       {"same_rack", "same_zone", "same_region", "america_europe", "america_asia", "europe_asia"}}};
  properties.update(Json::parse(links_schema()));
  return {
      {"description",
       "Links that differ, both ways between two groups of nodes; of two that a link is in, the "
       "last counts."},
      {"type", "array"},
      {"items",
       {{"type", "object"},
        {"additionalProperties", false},
        {"required", {"side_a"}},
        {"properties", std::move(properties)}}}};
}

Json liveness_member() {
  Json properties;
  properties["at"] = reference("duration");
  properties["core"] = reference("nodes");
  return {{"description",
           "The second phase of a run: from `at` on nothing fails among the nodes of `core`, and "
           "they must make progress. A fault that lasts longer goes on elsewhere."},
          {"type", "object"},
          {"additionalProperties", false},
          {"required", {"at", "core"}},
          {"properties", std::move(properties)}};
}

}  // namespace

std::string plan_schema() {
  Json links_until = reference("duration");
  links_until["description"] =
      "When links become again what they are without a plan. Without it: never.";
  Json properties;
  properties["$schema"] = {{"description", "Lets an editor find this schema."}, {"type", "string"}};
  properties["links"] = links_member();
  properties["link_groups"] = link_groups_member();
  properties["links_until"] = std::move(links_until);
  properties["faults"] = {{"description", "In any order; no two the same."},
                          {"type", "array"},
                          {"uniqueItems", true},
                          {"items", reference("fault")}};
  properties["liveness"] = liveness_member();
  Json definitions = common_definitions();
  definitions["fault"] = fault_schema();
  for (const FaultSpec& spec : fault_catalog())
    definitions[std::string(spec.name)] = kind_schema(spec);
  const Json schema = {
      {"$schema", "http://json-schema.org/draft-07/schema#"},
      {"title", "Norn fault plan"},
      {"description",
       "What will go wrong in a run, and when. Given to a scenario program as --faults FILE.json. "
       "`norn faults --schema` prints this schema."},
      {"type", "object"},
      {"additionalProperties", false},
      {"properties", std::move(properties)},
      {"definitions", std::move(definitions)}};
  return schema.dump(2) + "\n";
}

}  // namespace norn
