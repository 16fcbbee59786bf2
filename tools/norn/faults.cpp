// norn faults: what a fault plan may say.
#include <algorithm>
#include <chrono>
#include <limits>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <tuple>

#include "commands.hpp"
#include "norn/faults/catalog.hpp"
#include "norn/faults/duration_text.hpp"
#include "norn/faults/plan_schema.hpp"

namespace norn::command {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kNoLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kNoMost = std::numeric_limits<std::int64_t>::max();

bool has_range(const FaultParameter& parameter) {
  return parameter.type == FaultValueType::number || parameter.type == FaultValueType::duration;
}

std::string bound_text(const FaultParameter& parameter, std::int64_t bound) {
  return parameter.type == FaultValueType::duration
             ? format_duration(std::chrono::nanoseconds(bound))
             : std::to_string(bound);
}

std::string joined(const auto& words, const char* between) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : between) + std::string(word);
  return text;
}

std::string bites_text(const FaultSpec& spec) {
  std::string text;
  for (const Bite bite : spec.bites) text += (text.empty() ? "" : ", ") + std::string(name(bite));
  return text;
}

std::string sides_text(const FaultSpec& spec) {
  switch (spec.sides) {
    case FaultSides::none:
      return "none";
    case FaultSides::one:
      return "side_a";
    case FaultSides::two:
      return "side_a, side_b";
    case FaultSides::one_or_two:
      return "side_a, side_b (without it: every node)";
  }
  return "unknown";
}

std::string lasts_text(const FaultSpec& spec) {
  switch (spec.lasts) {
    case FaultLasts::optional:
      return "lasts, or for ever without it";
    case FaultLasts::required:
      return "lasts, which must be there";
    case FaultLasts::none:
      return "no end: it is over at once";
  }
  return "unknown";
}

// "duration, default 5ms, at least 1us: how late a message is"
std::string parameter_text(const FaultParameter& parameter) {
  std::string text(name(parameter.type));
  if (!parameter.unit.empty()) text += " of " + std::string(parameter.unit);
  if (!parameter.standard.empty()) {
    text += ", default " + std::string(parameter.standard);
  } else {
    text += parameter.may_be_empty ? ", default empty" : ", required";
  }
  if (!parameter.words.empty()) text += ", one of " + joined(parameter.words, " ");
  if (has_range(parameter)) {
    if (parameter.least != kNoLeast && parameter.least != 0)
      text += ", at least " + bound_text(parameter, parameter.least);
    if (parameter.most != kNoMost) text += ", at most " + bound_text(parameter, parameter.most);
  }
  return text + ": " + std::string(parameter.meaning);
}

void print_fault(const FaultSpec& spec, std::ostream& out) {
  out << spec.name << " (" << name(spec.family) << ")\n  " << spec.meaning << "\n";
  out << "  nodes    " << sides_text(spec) << "\n";
  out << "  ends     " << lasts_text(spec) << "\n";
  if (spec.exclusive) out << "  alone    two of it may not overlap on a node of side_a\n";
  out << "  bites    " << bites_text(spec) << "\n";
  std::size_t width = 0;
  for (const FaultParameter& parameter : spec.parameters)
    width = std::max(width, parameter.name.size());
  for (const FaultParameter& parameter : spec.parameters) {
    out << "  with     " << parameter.name << std::string(width - parameter.name.size() + 1, ' ')
        << parameter_text(parameter) << "\n";
  }
  out << "  example  " << spec.example << "\n";
}

Json json_of(const FaultParameter& parameter) {
  Json json = {{"name", parameter.name}, {"type", name(parameter.type)}};
  if (!parameter.unit.empty()) json["unit"] = parameter.unit;
  json["required"] = parameter.standard.empty() && !parameter.may_be_empty;
  if (parameter.type == FaultValueType::number && !parameter.standard.empty()) {
    json["default"] = Json::parse(parameter.standard);
  } else if (!json["required"].get<bool>()) {
    json["default"] = parameter.standard;
  }
  const auto bound = [&parameter](std::int64_t value) {
    return parameter.type == FaultValueType::number ? Json(value)
                                                    : Json(bound_text(parameter, value));
  };
  if (has_range(parameter) && parameter.least != kNoLeast) json["least"] = bound(parameter.least);
  if (has_range(parameter) && parameter.most != kNoMost) json["most"] = bound(parameter.most);
  if (!parameter.words.empty()) json["words"] = parameter.words;
  json["meaning"] = parameter.meaning;
  return json;
}

Json json_of(const FaultSpec& spec) {
  Json sides = Json::array();
  if (spec.sides != FaultSides::none) sides.push_back("side_a");
  if (spec.sides == FaultSides::two) sides.push_back("side_b");
  if (spec.sides == FaultSides::one_or_two) sides.push_back("[side_b]");
  Json bites = Json::array();
  for (const Bite bite : spec.bites) bites.push_back(name(bite));
  Json parameters = Json::array();
  for (const FaultParameter& parameter : spec.parameters) parameters.push_back(json_of(parameter));
  const char* lasts = "optional";
  if (spec.lasts == FaultLasts::required) lasts = "required";
  if (spec.lasts == FaultLasts::none) lasts = "none";
  return {{"kind", spec.name},
          {"family", name(spec.family)},
          {"meaning", spec.meaning},
          {"sides", std::move(sides)},
          {"lasts", lasts},
          {"exclusive", spec.exclusive},
          {"bites", std::move(bites)},
          {"parameters", std::move(parameters)},
          {"example", Json::parse(spec.example)}};
}

// The kinds called `word`, or of the family called so; all without a word. By family.
Result<std::vector<const FaultSpec*>> chosen(const std::string& word) {
  std::vector<const FaultSpec*> found;
  for (const FaultSpec& spec : fault_catalog()) {
    if (word.empty() || word == spec.name || word == name(spec.family)) found.push_back(&spec);
  }
  if (found.empty()) {
    std::vector<std::string_view> known;
    for (const FaultSpec& spec : fault_catalog()) known.push_back(spec.name);
    return Error{Errc::invalid, "there is no kind of fault '" + word +
                                    "', and no family (known are: " + joined(known, ", ") + ")"};
  }
  std::sort(found.begin(), found.end(), [](const FaultSpec* a, const FaultSpec* b) {
    return std::tie(a->family, a->kind) < std::tie(b->family, b->kind);
  });
  return found;
}

}  // namespace

Result<void> print_faults(const FaultsOptions& options, std::ostream& out) {
  if (options.schema) {
    out << plan_schema();
    return {};
  }
  const Result<std::vector<const FaultSpec*>> kinds = chosen(options.kind);
  if (!kinds) return kinds.error();
  if (options.json) {
    Json list = Json::array();
    for (const FaultSpec* spec : *kinds) list.push_back(json_of(*spec));
    out << Json{{"norn_faults", 1}, {"faults", std::move(list)}}.dump(2) << "\n";
    return {};
  }
  for (const FaultSpec* spec : *kinds) {
    if (spec != kinds->front()) out << "\n";
    print_fault(*spec, out);
  }
  return {};
}

}  // namespace norn::command
