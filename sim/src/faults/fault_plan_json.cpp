// Fault plans as JSON: what is written is read back the same, and what makes no sense is refused
// with its JSON path. sim/fault-plan.schema.json describes the same format.
#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "faults/fault_kinds.hpp"
#include "faults/plan_reader.hpp"
#include "norn/sim/fault_plan.hpp"

namespace norn {
namespace {

using sim::PlanProblem;
using sim::PlanReader;
using Need = PlanReader::Need;

// No message takes longer than this: eight means of it are far from the end of time.
constexpr Duration kMaxLatency = std::chrono::hours(24);

std::string ratio_text(Ratio ratio) {
  return std::to_string(ratio.times) + '/' + std::to_string(ratio.out_of);
}

nlohmann::json latency_json(const Latency& latency) {
  return {{"min", format_duration(latency.min)},
          {"usual", format_duration(latency.usual)},
          {"slow", ratio_text(latency.slow)},
          {"slow_max", format_duration(latency.slow_max)}};
}

void read_latency(const nlohmann::json& value, const std::string& path, PlanProblem& problem,
                  Latency& latency) {
  PlanReader reader(value, path, problem, {"min", "usual", "slow", "slow_max"});
  reader.duration("min", latency.min);
  reader.duration("usual", latency.usual);
  reader.ratio("slow", latency.slow);
  reader.duration("slow_max", latency.slow_max);
  for (const auto& [member, time] :
       {std::pair("min", latency.min), {"usual", latency.usual}, {"slow_max", latency.slow_max}}) {
    if (time > kMaxLatency) {
      reader.fail(member, format_duration(time) + " is more than a day");
    }
  }
  if (latency.usual < latency.min) {
    reader.fail("usual", format_duration(latency.usual) + " is less than min, " +
                             format_duration(latency.min));
  }
  if (!latency.slow.never() && latency.slow_max < latency.usual) {
    reader.fail("slow_max", format_duration(latency.slow_max) + " is less than usual, " +
                                format_duration(latency.usual));
  }
}

void read_links(const nlohmann::json& value, const std::string& path, PlanProblem& problem,
                LinkOptions& links) {
  PlanReader reader(value, path, problem, {"latency", "loss", "duplicate"});
  if (const auto* latency = reader.find("latency")) {
    read_latency(*latency, reader.path_of("latency"), problem, links.latency);
  }
  reader.ratio("loss", links.loss);
  reader.ratio("duplicate", links.duplicate);
}

FaultKind read_kind(PlanReader& reader) {
  const std::string* text = reader.text("kind", Need::required);
  if (text == nullptr) return FaultKind::partition;
  std::string known;
  for (const auto& [kind, name] : sim::kFaultKinds) {
    if (name == *text) return kind;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  reader.fail("kind", "unknown kind \"" + *text + "\" (known are: " + known + ")");
  return FaultKind::partition;
}

Fault read_fault(const nlohmann::json& value, const std::string& path, PlanProblem& problem) {
  PlanReader reader(value, path, problem, {"kind", "at", "lasts", "side_a", "side_b"});
  Fault fault;
  fault.kind = read_kind(reader);
  reader.duration("at", fault.at, Need::required);
  if (reader.has("lasts")) reader.duration("lasts", fault.lasts.emplace());
  if (fault.lasts && *fault.lasts > Duration::max() - fault.at) {
    reader.fail("lasts", "the end is beyond the end of time (292 years)");
  }
  reader.names("side_a", fault.side_a);
  if (fault.kind == FaultKind::crash) {
    if (reader.has("side_b")) reader.fail("side_b", "a crash has side_a only, the nodes that die");
    return fault;
  }
  reader.names("side_b", fault.side_b);
  for (std::size_t i = 0; i < fault.side_b.size(); ++i) {
    const std::string& name = fault.side_b[i];
    if (std::find(fault.side_a.begin(), fault.side_a.end(), name) != fault.side_a.end()) {
      reader.fail("side_b[" + std::to_string(i) + ']', "\"" + name + "\" is on both sides");
    }
  }
  return fault;
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
  for (auto& [fault, place] : numbered) {
    for (std::size_t i = faults.size(); i > 0 && faults[i - 1].at == fault.at; --i) {
      if (faults[i - 1] == fault) {
        problem.set(place_of(place), "the same as " + place_of(numbered[i - 1].second));
      }
    }
    faults.push_back(std::move(fault));
  }
}

}  // namespace

nlohmann::json to_json(const Fault& fault) {
  nlohmann::json json = {
      {"kind", name(fault.kind)}, {"at", format_duration(fault.at)}, {"side_a", fault.side_a}};
  if (fault.lasts) json["lasts"] = format_duration(*fault.lasts);
  if (fault.kind != FaultKind::crash) json["side_b"] = fault.side_b;
  return json;
}

nlohmann::json to_json(const FaultPlan& plan) {
  nlohmann::json faults = nlohmann::json::array();
  for (const Fault& fault : plan.faults) faults.push_back(to_json(fault));
  nlohmann::json json = {{"links",
                          {{"latency", latency_json(plan.links.latency)},
                           {"loss", ratio_text(plan.links.loss)},
                           {"duplicate", ratio_text(plan.links.duplicate)}}},
                         {"faults", std::move(faults)}};
  if (plan.links_until) json["links_until"] = format_duration(*plan.links_until);
  return json;
}

Result<FaultPlan> fault_plan_from_json(const nlohmann::json& json, const std::string& path) {
  FaultPlan plan;
  PlanProblem problem;
  PlanReader reader(json, path, problem, {"links", "links_until", "faults", "$schema"});
  reader.text("$schema", Need::optional);  // for editors
  if (const auto* links = reader.find("links")) {
    read_links(*links, reader.path_of("links"), problem, plan.links);
  }
  if (reader.has("links_until")) reader.duration("links_until", plan.links_until.emplace());
  if (const auto* faults = reader.find("faults")) {
    read_faults(*faults, reader.path_of("faults"), problem, plan.faults);
  }
  if (problem.text) return Error{Errc::invalid, *problem.text};
  return plan;
}

}  // namespace norn
