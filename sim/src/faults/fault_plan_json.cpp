// Fault plans as JSON: what is written is read back the same, and what makes no sense is refused
// with its JSON path. sim/fault-plan.schema.json describes the same format.
#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <utility>

#include "faults/fault_values.hpp"
#include "faults/links_json.hpp"
#include "faults/plan_reader.hpp"
#include "norn/sim/fault_plan.hpp"

namespace norn {
namespace {

using sim::PlanProblem;
using sim::PlanReader;
using Need = PlanReader::Need;

const FaultSpec* read_kind(const nlohmann::json& value, const std::string& path,
                           PlanProblem& problem) {
  const auto found = value.find("kind");
  const auto* text = found == value.end() ? nullptr : found->get_ptr<const std::string*>();
  if (found == value.end()) {
    problem.set(path + ".kind", "is missing");
  } else if (text == nullptr) {
    problem.set(path + ".kind", "a string is expected, not " + sim::shown(*found));
  } else if (const FaultSpec* const spec = find_fault(*text)) {
    return spec;
  } else {
    std::string known;
    for (const FaultSpec& each : fault_catalog())
      known += (known.empty() ? "" : ", ") + std::string(each.name);
    problem.set(path + ".kind", "unknown kind \"" + *text + "\" (known are: " + known + ")");
  }
  return nullptr;
}

std::vector<std::string_view> members_of(const FaultSpec& spec) {
  std::vector<std::string_view> members = {"kind", "at"};
  if (spec.lasts != FaultLasts::none) members.emplace_back("lasts");
  if (spec.sides != FaultSides::none) members.emplace_back("side_a");
  if (spec.sides == FaultSides::two || spec.sides == FaultSides::one_or_two)
    members.emplace_back("side_b");
  for (const FaultParameter& parameter : spec.parameters) members.push_back(parameter.name);
  return members;
}

void read_sides(PlanReader& reader, const FaultSpec& spec, Fault& fault) {
  if (spec.sides == FaultSides::none) return;
  reader.names("side_a", fault.side_a);
  if (spec.sides == FaultSides::one) return;
  if (spec.sides == FaultSides::two || reader.has("side_b")) reader.names("side_b", fault.side_b);
  const std::set<std::string_view> side_a(fault.side_a.begin(), fault.side_a.end());
  for (std::size_t i = 0; i < fault.side_b.size(); ++i) {
    const std::string& name = fault.side_b[i];
    if (side_a.contains(name)) {
      reader.fail("side_b[" + std::to_string(i) + ']', "\"" + name + "\" is on both sides");
    }
  }
}

Fault read_fault(const nlohmann::json& value, const std::string& path, PlanProblem& problem) {
  Fault fault;
  if (!value.is_object()) {
    problem.set(path, "an object is expected, not " + sim::shown(value));
    return fault;
  }
  const FaultSpec* const spec = read_kind(value, path, problem);
  if (spec == nullptr) return fault;
  PlanReader reader(value, path, problem, members_of(*spec));
  fault.kind = spec->kind;
  reader.duration("at", fault.at, Need::required);
  if (reader.has("lasts")) {
    reader.duration("lasts", fault.lasts.emplace());
  } else if (spec->lasts == FaultLasts::required) {
    reader.fail("lasts", "is missing");
  }
  if (fault.lasts && *fault.lasts > Duration::max() - fault.at) {
    reader.fail("lasts", "the end is beyond the end of time (292 years)");
  }
  read_sides(reader, *spec, fault);
  for (const FaultParameter& parameter : spec->parameters) reader.value(parameter, fault.with);
  return fault;
}

bool overlap(const Fault& a, const Fault& b) {
  const auto end = [](const Fault& each) {
    return each.lasts ? each.at + *each.lasts : Duration::max();
  };
  if (a.kind != b.kind || a.at >= end(b) || b.at >= end(a)) return false;
  return std::any_of(a.side_a.begin(), a.side_a.end(), [&b](const std::string& node) {
    return std::find(b.side_a.begin(), b.side_a.end(), node) != b.side_a.end();
  });
}

// Two faults that say different things of one node at one time contradict each other.
void refuse_overlaps(const std::vector<std::pair<Fault, std::size_t>>& faults,
                     const std::string& path, PlanProblem& problem) {
  const auto place_of = [&path](std::size_t i) { return path + '[' + std::to_string(i) + ']'; };
  for (std::size_t i = 0; i < faults.size(); ++i) {
    const auto& [fault, place] = faults[i];
    if (!spec_of(fault.kind).exclusive) continue;
    for (std::size_t k = 0; k < i; ++k) {
      if (!overlap(faults[k].first, fault)) continue;
      problem.set(place_of(place), "overlaps " + place_of(faults[k].second) + ": two of " +
                                       std::string(name(fault.kind)) + " at once on one node");
    }
  }
}

void read_faults(const nlohmann::json& value, const std::string& path, PlanProblem& problem,
                 std::vector<Fault>& faults) {
  if (!value.is_array()) return problem.set(path, "a list of faults is expected");
  const auto place_of = [&path](std::size_t i) { return path + '[' + std::to_string(i) + ']'; };
  std::vector<std::pair<Fault, std::size_t>> numbered;  // with the place in the document
  for (std::size_t i = 0; i < value.size() && !problem.text; ++i) {
    numbered.emplace_back(read_fault(value[i], place_of(i), problem), i);
  }
  std::sort(numbered.begin(), numbered.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.at, a.second) < std::pair(b.first.at, b.second);
  });
  refuse_overlaps(numbered, path, problem);
  for (auto& [fault, place] : numbered) {
    for (std::size_t i = faults.size(); i > 0 && faults[i - 1].at == fault.at; --i) {
      if (faults[i - 1] == fault) {
        problem.set(place_of(place), "the same as " + place_of(numbered[i - 1].second));
      }
    }
    faults.push_back(std::move(fault));
  }
}

void read_liveness(const nlohmann::json& value, const std::string& path, PlanProblem& problem,
                   LivenessPhase& liveness) {
  PlanReader reader(value, path, problem, {"at", "core"});
  reader.duration("at", liveness.at, Need::required);
  reader.names("core", liveness.core);
}

}  // namespace

nlohmann::json to_json(const Fault& fault) {
  const FaultSpec& spec = spec_of(fault.kind);
  nlohmann::json json = {{"kind", spec.name}, {"at", format_duration(fault.at)}};
  if (fault.lasts) json["lasts"] = format_duration(*fault.lasts);
  if (spec.sides != FaultSides::none) json["side_a"] = fault.side_a;
  if (spec.sides == FaultSides::two ||
      (spec.sides == FaultSides::one_or_two && !fault.side_b.empty())) {
    json["side_b"] = fault.side_b;
  }
  for (const FaultParameter& parameter : spec.parameters)
    json[std::string(parameter.name)] = sim::to_json(sim::value_of(fault, parameter));
  return json;
}

nlohmann::json to_json(const FaultPlan& plan) {
  nlohmann::json faults = nlohmann::json::array();
  for (const Fault& fault : plan.faults) faults.push_back(to_json(fault));
  nlohmann::json json = {{"links", sim::to_json(plan.links)}, {"faults", std::move(faults)}};
  for (const GroupLinks& group : plan.link_groups)
    json["link_groups"].push_back(sim::to_json(group));
  if (plan.links_until) json["links_until"] = format_duration(*plan.links_until);
  if (plan.liveness) {
    json["liveness"] = {{"at", format_duration(plan.liveness->at)}, {"core", plan.liveness->core}};
  }
  return json;
}

Result<FaultPlan> fault_plan_from_json(const nlohmann::json& json, const std::string& path) {
  FaultPlan plan;
  PlanProblem problem;
  PlanReader reader(json, path, problem,
                    {"links", "link_groups", "links_until", "faults", "liveness", "$schema"});
  reader.text("$schema", Need::optional);  // for editors
  if (const auto* links = reader.find("links")) {
    sim::read_links(*links, reader.path_of("links"), problem, plan.links);
  }
  if (const auto* groups = reader.find("link_groups"))
    sim::read_link_groups(*groups, reader.path_of("link_groups"), problem, plan.link_groups);
  if (reader.has("links_until")) reader.duration("links_until", plan.links_until.emplace());
  if (const auto* faults = reader.find("faults")) {
    read_faults(*faults, reader.path_of("faults"), problem, plan.faults);
  }
  if (const auto* liveness = reader.find("liveness")) {
    read_liveness(*liveness, reader.path_of("liveness"), problem, plan.liveness.emplace());
  }
  if (problem.text) return Error{Errc::invalid, *problem.text};
  return plan;
}

}  // namespace norn
