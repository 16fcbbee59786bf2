#include "norn/sim/case_file.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "explore/json_file.hpp"
#include "explore/json_object.hpp"
#include "explore/output_file.hpp"
#include "explore/text.hpp"

namespace norn {

using explore::hash_text;
using explore::JsonObject;

Fingerprint fingerprint(const Violation& violation) {
  std::vector<std::string> nodes = violation.nodes;
  std::sort(nodes.begin(), nodes.end());
  return {violation.property, explore::joined(nodes, ",")};
}

Case make_case(const SimOptions& options, const RunSummary& run) {
  Case failing;
  failing.build = build_id();
  failing.options = options;
  failing.options.plan = run.plan;
  failing.options.trim_plan = false;  // it was
  failing.options.coverage = nullptr;
  // What the knobs were is in the case, so that a person can change it.
  failing.options.move_knobs = false;
  for (const KnobValue& knob : run.knobs) {
    if (knob.moved) failing.options.knobs[knob.name] = knob.value;
  }
  failing.options.trace = {};
  failing.options.replay.clear();
  if (run.violation) {
    failing.violation = *run.violation;
    failing.same_as = fingerprint(*run.violation);
  }
  failing.trace_hash = run.trace_hash;
  failing.events = run.events;
  return failing;
}

namespace {

constexpr const char* kOwnDraws = "fiber";

nlohmann::ordered_json left_out_json(const LeftOutOperations& range) {
  nlohmann::ordered_json json = {{"node", range.client.node}};
  const OperationClient usual;
  if (range.client.life != usual.life) json["life"] = range.client.life;
  if (range.client.fiber != usual.fiber) json["fiber"] = range.client.fiber;
  json["first"] = range.first;
  if (!range.last) {
    if (range.lasts > Duration::zero()) json["lasts"] = format_duration(range.lasts);
    return json;
  }
  json["last"] = *range.last;
  json["lasts"] = format_duration(range.lasts);
  json["draws"] = nlohmann::ordered_json::object();
  for (const auto& [label, count] : range.draws)
    json["draws"][label == 0 ? kOwnDraws : hash_text(label)] = count;
  return json;
}

}  // namespace

nlohmann::ordered_json to_json(const Case& failing) {
  const SimOptions& options = failing.options;
  const Violation& violation = failing.violation;
  nlohmann::ordered_json overrides = nlohmann::ordered_json::object();
  for (const auto& [key, value] : options.overrides) overrides[hash_text(key)] = value;
  const FaultPlan plan = options.plan.value_or(FaultPlan{});
  nlohmann::ordered_json json;
  json["norn_case"] = kCaseSchemaVersion;
  json["scenario"] = options.scenario;
  json["build"] = failing.build;
  json["seed"] = options.seed;
  json["options"] = {{"variant", options.variant},
                     {"time", format_duration(options.time)},
                     {"fault_level", options.fault_level},
                     {"dull", options.dull},
                     {"record_choices", options.record_choices},
                     {"max_events", options.max_events},
                     {"stack_size", options.stack_size},
                     {"guard_pages", options.guard_pages}};
  if (options.buggify) json["options"]["buggify"] = true;
  if (!options.knobs.empty()) json["options"]["knobs"] = options.knobs;
  if (options.outside_calls) json["options"]["outside_calls"] = true;
  if (options.strategy != "timed") json["options"]["strategy"] = options.strategy;
  if (options.branch)
    json["options"]["branch"] = {{"at", format_duration(options.branch->at)},
                                 {"seed", options.branch->seed}};
  if (!options.seeded.empty()) json["options"]["seeded"] = options.seeded;
  if (options.choice_seed) json["options"]["choice_seed"] = *options.choice_seed;
  if (!options.absent.empty()) json["options"]["absent"] = options.absent;
  json["violation"] = {{"property", violation.property},
                       {"detail", violation.detail},
                       {"at", format_duration(violation.at.time_since_epoch())},
                       {"event", violation.event},
                       {"nodes", violation.nodes}};
  json["fingerprint"] = {{"property", failing.same_as.property},
                         {"subject", failing.same_as.subject}};
  json["trace"] = {{"hash", hash_text(failing.trace_hash)},
                   {"events", failing.events},
                   {"file", failing.trace_file}};
  json["overrides"] = std::move(overrides);
  for (const LeftOutOperations& range : options.left_out_operations)
    json["left_out"]["operations"].push_back(left_out_json(range));
  if (!options.left_out_faults.empty()) json["left_out"]["faults"] = options.left_out_faults;
  json["fault_plan"] = to_json(plan);
  return json;
}

namespace {

void read_options(JsonObject& json, SimOptions& options) {
  json.text("variant", options.variant);
  json.duration("time", options.time);
  json.text("fault_level", options.fault_level);
  json.flag("dull", options.dull);
  json.flag("record_choices", options.record_choices);
  json.number("max_events", options.max_events);
  std::uint64_t stack_size = options.stack_size;
  json.number("stack_size", stack_size);
  options.stack_size = static_cast<std::size_t>(stack_size);
  json.flag("guard_pages", options.guard_pages);
  if (json.has("outside_calls")) json.flag("outside_calls", options.outside_calls);
  if (json.has("strategy")) json.text("strategy", options.strategy);
  if (json.has("branch")) {
    json.object("branch", [&options](JsonObject& part) {
      Branch& branch = options.branch.emplace();
      part.duration("at", branch.at);
      part.number("seed", branch.seed);
    });
  }
  if (json.has("seeded")) json.texts("seeded", options.seeded);
  if (json.has("choice_seed")) json.number("choice_seed", options.choice_seed.emplace());
  if (json.has("absent")) json.texts("absent", options.absent);
  if (json.has("buggify")) json.flag("buggify", options.buggify);
  if (!json.has("knobs")) return;
  json.object("knobs", [&options](JsonObject& knobs) {
    for (const std::string& name : knobs.names()) knobs.text(name, options.knobs[name]);
  });
}

void read_violation(JsonObject& json, Violation& violation) {
  json.text("property", violation.property);
  json.text("detail", violation.detail);
  Duration at{};
  json.duration("at", at);
  violation.at = TimePoint(at);
  json.number("event", violation.event);
  json.texts("nodes", violation.nodes);
}

void read_overrides(JsonObject& json, std::map<std::uint64_t, std::int64_t>& overrides) {
  for (const std::string& name : json.names()) {
    const auto key = explore::parse_hash(name);
    std::int64_t value = 0;
    json.signed_number(name, value);
    if (key) {
      overrides[*key] = value;
    } else {
      json.fail(name, "a key is 0x and up to 16 hexadecimal digits");
    }
  }
}

void read_range(JsonObject& json, LeftOutOperations& range) {
  json.text("node", range.client.node);
  std::uint64_t life = range.client.life;
  if (json.has("life")) json.number("life", life);
  range.client.life = static_cast<std::uint32_t>(life);
  if (json.has("fiber")) json.text("fiber", range.client.fiber);
  json.number("first", range.first);
  if (range.first == 0) json.fail("first", "operations count from 1");
  if (json.has("last") || json.has("lasts")) json.duration("lasts", range.lasts);
  if (range.lasts < Duration::zero()) json.fail("lasts", "a time below zero");
  if (json.has("last")) {
    json.number("last", range.last.emplace());
    if (*range.last < range.first) json.fail("last", "it comes before the first");
    json.object("draws", [&](JsonObject& part) {
      for (const std::string& name : part.names()) {
        const auto label =
            name == kOwnDraws ? std::optional<std::uint64_t>(0) : explore::parse_hash(name);
        if (label) {
          part.number(name, range.draws[*label]);
        } else {
          part.fail(name, "\"fiber\", or the hash of a label: 0x and up to 16 digits");
        }
      }
    });
  }
  json.no_other_names();
}

void read_left_out(JsonObject& json, explore::JsonProblem& problem, SimOptions& options) {
  if (json.has("faults")) json.texts("faults", options.left_out_faults);
  if (!json.has("operations")) return;
  const nlohmann::json* const ranges = json.any("operations");
  if (ranges == nullptr) return;
  if (!ranges->is_array()) return json.fail("operations", "an array is expected");
  for (std::size_t i = 0; i < ranges->size(); ++i) {
    JsonObject part((*ranges)[i], "left_out.operations[" + std::to_string(i) + "]", problem);
    read_range(part, options.left_out_operations.emplace_back());
  }
}

void read_plan(JsonObject& json, SimOptions& options) {
  const nlohmann::json* plan = json.any("fault_plan");
  if (plan == nullptr) return;
  Result<FaultPlan> read = fault_plan_from_json(*plan, "fault_plan");
  if (read) {
    options.plan = *std::move(read);
  } else {
    const std::string& message = read.error().message;  // "PATH: what is wrong"
    const std::size_t path_end = message.find(": ");
    json.fail(message.substr(0, path_end), message.substr(path_end + 2));
  }
}

}  // namespace

Result<Case> case_from_json(const nlohmann::json& json) {
  explore::JsonProblem problem;
  JsonObject top(json, "", problem);
  std::uint64_t version = 0;
  top.number("norn_case", version);
  if (!problem && version != kCaseSchemaVersion) {
    top.fail("norn_case", "schema version " + std::to_string(version) +
                              ", but this program reads version " +
                              std::to_string(kCaseSchemaVersion));
  }
  Case failing;
  top.text("scenario", failing.options.scenario);
  top.text("build", failing.build);
  top.number("seed", failing.options.seed);
  top.object("options", [&](JsonObject& part) { read_options(part, failing.options); });
  top.object("violation", [&](JsonObject& part) { read_violation(part, failing.violation); });
  top.object("fingerprint", [&](JsonObject& part) {
    part.text("property", failing.same_as.property);
    part.text("subject", failing.same_as.subject);
  });
  top.object("trace", [&](JsonObject& part) {
    part.hash("hash", failing.trace_hash);
    part.number("events", failing.events);
    part.text("file", failing.trace_file);
  });
  top.object("overrides",
             [&](JsonObject& part) { read_overrides(part, failing.options.overrides); });
  if (top.has("left_out"))
    top.object("left_out",
               [&](JsonObject& part) { read_left_out(part, problem, failing.options); });
  read_plan(top, failing.options);
  top.no_other_names();
  if (problem) return Error{Errc::invalid, *problem};
  return failing;
}

Result<Case> load_case(const std::string& path) {
  const Result<nlohmann::json> json = explore::read_json_file(path);
  if (!json) return json.error();
  Result<Case> failing = case_from_json(*json);
  if (!failing) return Error{Errc::invalid, path + ": " + failing.error().message};
  return failing;
}

Result<void> save_case(const Case& failing, const std::string& path, bool overwrite) {
  return explore::write_output(path, to_json(failing).dump(2) + "\n", overwrite);
}

bool holds_case(const std::string& path, const Case& failing) {
  Result<Case> there = load_case(path);
  if (!there) return false;
  there->trace_file = failing.trace_file;
  return to_json(*there) == to_json(failing);
}

}  // namespace norn
