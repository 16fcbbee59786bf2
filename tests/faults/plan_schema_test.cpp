// The JSON Schema of fault plans, which is made of the catalogue.
#include "norn/faults/plan_schema.hpp"

#include <chrono>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

#include <nlohmann/json.hpp>

#include "norn/sim/fault_plan.hpp"
#include "norn/sim/nemesis.hpp"
#include "support/catch.hpp"
#include "support/source_folder.hpp"

using namespace norn;
using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

// What of draft-07 the schema uses; validate() gives the path of what is wrong, or nothing.
class Validator {
 public:
  explicit Validator(Json schema) : schema_(std::move(schema)) {}
  std::string validate(const Json& value) const { return check(value, schema_, "plan"); }

 private:
  static bool has_type(const Json& value, const std::string& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    return type == "integer" && value.is_number_integer();
  }

  std::string check(const Json& value, const Json& schema, const std::string& path) const {
    if (schema.contains("$ref")) {
      const std::string name = schema["$ref"].get<std::string>().substr(14);
      return check(value, schema_.at("definitions").at(name), path);
    }
    if (schema.contains("type") && !has_type(value, schema["type"])) return path;
    if (schema.contains("const") && value != schema["const"]) return path;
    if (schema.contains("enum")) {
      bool found = false;
      for (const Json& each : schema["enum"]) found = found || each == value;
      if (!found) return path;
    }
    for (const Json& branch : schema.value("allOf", Json::array())) {
      if (!check(value, branch.at("if"), path).empty()) continue;
      if (std::string wrong = check(value, branch.at("then"), path); !wrong.empty()) return wrong;
    }
    if (value.is_string()) return check_text(value, schema, path);
    if (value.is_number()) return check_number(value, schema, path);
    if (value.is_array()) return check_array(value, schema, path);
    return value.is_object() ? check_object(value, schema, path) : "";
  }

  static std::string check_text(const Json& value, const Json& schema, const std::string& path) {
    const auto text = value.get<std::string>();
    if (text.size() < schema.value("minLength", 0U)) return path;
    if (!schema.contains("pattern")) return {};
    return std::regex_search(text, std::regex(schema["pattern"].get<std::string>())) ? "" : path;
  }

  static std::string check_number(const Json& value, const Json& schema, const std::string& path) {
    if (schema.contains("minimum") && value < schema["minimum"]) return path;
    return schema.contains("maximum") && value > schema["maximum"] ? path : "";
  }

  std::string check_array(const Json& value, const Json& schema, const std::string& path) const {
    if (value.size() < schema.value("minItems", 0U)) return path;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string wrong =
          check(value[i], schema.at("items"), path + "[" + std::to_string(i) + "]");
      if (!wrong.empty()) return wrong;
    }
    return {};
  }

  std::string check_object(const Json& value, const Json& schema, const std::string& path) const {
    for (const Json& name : schema.value("required", Json::array())) {
      if (!value.contains(name.get<std::string>())) return path + "." + name.get<std::string>();
    }
    const Json properties = schema.value("properties", Json::object());
    for (const auto& [name, member] : value.items()) {
      std::string member_path = path;
      member_path.append(".").append(name);
      if (properties.contains(name)) {
        const std::string wrong = check(member, properties[name], member_path);
        if (!wrong.empty()) return wrong;
      } else if (schema.contains("additionalProperties")) {
        return member_path;
      }
    }
    return {};
  }

  Json schema_;
};

Json plan_with(Json fault) {
  return {{"faults", {std::move(fault)}}};
}

}  // namespace

TEST_CASE("the published schema is the one that the catalogue gives") {
  std::ifstream file(norn::test::source_folder() + "/sim/fault-plan.schema.json", std::ios::binary);
  const std::string published((std::istreambuf_iterator<char>(file)), {});
  INFO("norn faults --schema > sim/fault-plan.schema.json");
  CHECK((published == plan_schema()));
}

TEST_CASE("the schema takes every example, and refuses what the reader refuses") {
  const Validator schema(Json::parse(plan_schema()));
  for (const FaultSpec& spec : fault_catalog()) {
    INFO(spec.name);
    const Json example = Json::parse(spec.example);
    CHECK(schema.validate(plan_with(example)).empty());
    Json wrong = example;
    wrong["surprise"] = 1;
    CHECK(schema.validate(plan_with(wrong)) == "plan.faults[0].surprise");
    wrong = example;
    wrong.erase("at");
    CHECK(schema.validate(plan_with(wrong)) == "plan.faults[0].at");
    for (const FaultParameter& parameter : spec.parameters) {
      wrong = example;
      wrong[std::string(parameter.name)] = Json::array();
      CHECK(schema.validate(plan_with(wrong)) == "plan.faults[0]." + std::string(parameter.name));
    }
  }
  CHECK(schema.validate(plan_with({{"kind", "flood"}, {"at", "1s"}})) == "plan.faults[0].kind");
}

TEST_CASE("the schema takes every plan that the nemesis draws") {
  const Validator schema(Json::parse(plan_schema()));
  for (const std::string_view level : fault_levels()) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
      const FaultPlan plan =
          draw_level(level, {.seed = seed, .nodes = {"n1", "n2", "n3"}, .time = 10s}).value();
      INFO(level << " " << seed);
      CHECK(schema.validate(to_json(plan)).empty());
    }
  }
}
