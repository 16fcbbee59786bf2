#include "program/json_output.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "norn/sim/case_file.hpp"
#include "norn/sim/fault_plan.hpp"

#include "explore/text.hpp"
#include "program/commands.hpp"
#include "program/count_json.hpp"
#include "program/option_values.hpp"
#include "program/output.hpp"

namespace norn::program {

namespace {

using explore::hash_text;

Json violation_json(const Violation& violation) {
  const Fingerprint same_as = fingerprint(violation);
  return {{"property", violation.property},
          {"detail", violation.detail},
          {"at", format_duration(violation.at.time_since_epoch())},
          {"event", violation.event},
          {"nodes", violation.nodes},
          {"fingerprint", {{"property", same_as.property}, {"subject", same_as.subject}}}};
}

Json size_json(const CaseSize& size) {
  return {{"faults", size.faults},
          {"operations", size.operations},
          {"overrides", size.overrides},
          {"nodes", size.nodes},
          {"events", size.events},
          {"messages", size.messages},
          {"until", format_duration(size.until)}};
}

Json shrunk_json(const KeptShrunk& kept) {
  const Shrunk& shrunk = kept.shrunk;
  return {{"from", size_json(shrunk.from)},
          {"to", size_json(shrunk.to)},
          {"replays", shrunk.replays},
          {"faults_minimal", shrunk.faults_minimal},
          {"one_minimal", shrunk.one_minimal},
          {"operations_minimal", shrunk.operations_minimal},
          {"unfinished", shrunk.unfinished},
          {"unusual", shrunk.unusual},
          {"operations", shrunk.operations},
          {"explanation", kept.explanation},
          {"case", kept.case_path},
          {"trace", kept.trace_path},
          {"replay", kept.replay},
          {"nearest_pass", kept.near_trace_path},
          {"nearest_step", shrunk.nearest_step},
          {"parts_at", shrunk.parts_at},
          {"problem", kept.problem}};
}

Json failure_json(const Failure& failure, const Invocation& invocation) {
  Json json = {{"seed", failure.run.seed}};
  if (failure.run.violation) json["violation"] = violation_json(*failure.run.violation);
  json["trace_hash"] = hash_text(failure.run.trace_hash);
  json["events"] = failure.run.events;
  json["knobs"] = Json::object();
  for (const KnobValue& knob : failure.run.knobs) {
    if (knob.moved) json["knobs"][knob.name] = knob.value;
  }
  json["repeated"] = failure.repeated;
  json["case"] = failure.case_path;
  json["trace"] = failure.trace_path;
  json["replay"] = failure.replay;
  json["view"] = failure.trace_path.empty() ? "" : view_line(invocation, failure.trace_path);
  json["file_problem"] = failure.file_problem;
  if (failure.shrunk) json["shrunk"] = shrunk_json(*failure.shrunk);
  return json;
}

Json options_json(const Settings& settings) {
  const Scenario& scenario = *settings.scenario;
  const RunOptions& run = settings.run;
  return {{"seeds", {{"first", run.seeds.first}, {"last", run.seeds.last}}},
          {"jobs", run.jobs},
          {"time", format_duration(run.time.value_or(scenario.options.time))},
          {"faults", settings.faults_from},
          {"variant", run.variant},
          {"strategy", run.strategy},
          {"knobs", run.knobs},
          {"buggify", run.buggify},
          {"stop_after_failures", run.stop_after_failures},
          {"out", run.out_dir}};
}

Json head(const char* command, std::string_view verdict, int exit_code) {
  return {{"norn_report", 1},
          {"command", command},
          {"verdict", verdict},
          {"exit_code", exit_code},
          {"build", build_id()}};
}

std::string_view verdict_of(const Report& report, int exit_code) {
  if (exit_code == kExitNondeterminism) return "nondeterministic";
  if (report.failed > 0) return "violated";
  return report.passed() ? "passed" : "incomplete";
}

Json difference_json(const FirstDifference& difference) {
  return {{"event", difference.event},
          {"at", format_duration(difference.at.time_since_epoch())},
          {"node", difference.node},
          {"first", difference.first},
          {"second", difference.second}};
}

}  // namespace

std::string campaign_json(const Settings& settings, const Report& report,
                          const Invocation& invocation, int exit_code, double wall_seconds) {
  Json json = head("campaign", verdict_of(report, exit_code), exit_code);
  json["scenario"] = report.scenario;
  json["options"] = options_json(settings);
  json["runs"] = report.runs;
  json["failed"] = report.failed;
  json["incomplete"] = report.incomplete;
  if (report.first_incomplete) {
    json["first_incomplete"] = {{"seed", report.first_incomplete->seed},
                                {"reason", report.first_incomplete->incomplete_reason}};
  }
  json["interrupted"] = report.interrupted;
  json["simulated_seconds"] = std::chrono::duration<double>(report.simulated).count();
  json["events"] = report.events;
  json["messages"] = report.messages;
  json["properties"] = list_of(report.properties, property_json);
  json["faults"] = list_of(report.faults, fault_json);
  json["strategies"] = list_of(report.strategies, strategy_json);
  if (report.feedback)
    json["feedback"] = {{"features", report.feedback->features}, {"kept", report.feedback->kept}};
  json["buggify"] = list_of(report.buggify, place_json);
  json["warnings"] = report.warnings();
  json["failures"] =
      list_of(report.failures, [&](const Failure& one) { return failure_json(one, invocation); });
  json["wall_seconds"] = wall_seconds;
  return json.dump(2) + "\n";
}

std::string replay_json(const Settings& settings, const Case& failing, const Replay& replay,
                        int exit_code) {
  const bool violated = replay.run.violation.has_value();
  Json json = head("replay", violated ? "violated" : "passed", exit_code);
  json["scenario"] = failing.options.scenario;
  json["case"] = settings.case_path;
  json["seed"] = failing.options.seed;
  json["same_build"] = replay.same_build;
  json["same_hash"] = replay.same_hash;
  json["same_failure"] = replay.same_failure;
  json["copies_differ"] = replay.copies_differ;
  json["trace_hash"] = hash_text(replay.run.trace_hash);
  json["trace_hash_of_case"] = hash_text(failing.trace_hash);
  json["events"] = replay.run.events;
  if (violated) json["violation"] = violation_json(*replay.run.violation);
  if (replay.difference) json["difference"] = difference_json(*replay.difference);
  json["trace"] = settings.trace_path;
  if (settings.log) json["log"] = replay.log;
  return json.dump(2) + "\n";
}

std::string determinism_json(const Settings& settings, const DeterminismReport& report,
                             int exit_code) {
  std::string_view verdict = "deterministic";
  if (report.interrupted) verdict = "incomplete";
  if (report.differing) verdict = "nondeterministic";
  Json json = head("check-determinism", verdict, exit_code);
  json["scenario"] = report.scenario;
  json["options"] = options_json(settings);
  json["seeds"] = list_of(report.seeds, [](const SeedHash& one) {
    return Json{
        {"seed", one.seed}, {"trace_hash", hash_text(one.trace_hash)}, {"events", one.events}};
  });
  if (report.differing) {
    json["differing_seed"] = *report.differing;
    json["first_run"] = report.first_run;
    json["second_run"] = report.second_run;
  }
  if (report.difference) json["difference"] = difference_json(*report.difference);
  return json.dump(2) + "\n";
}

std::string shrink_json(const Settings& settings, const KeptShrunk& kept, int exit_code) {
  Json json = head("shrink", "violated", exit_code);
  json["scenario"] = kept.shrunk.smallest.options.scenario;
  json["seed"] = kept.shrunk.smallest.options.seed;
  json["case_before"] = settings.case_path;
  json["shrunk"] = shrunk_json(kept);
  return json.dump(2) + "\n";
}

std::string exhaustive_json(const Settings& settings, const Exploration& all,
                            const Invocation& invocation, int exit_code, double wall_seconds) {
  std::string_view verdict = all.proved() ? "proved" : "incomplete";
  if (all.failure) verdict = "violated";
  if (!all.deterministic) verdict = "nondeterministic";
  Json json = head("exhaustive", verdict, exit_code);
  json["scenario"] = settings.scenario->name;
  json["options"] = options_json(settings);
  json["scope"] = {{"by", name(settings.explore.by)},
                   {"in_order", settings.explore.in_order},
                   {"fibers_in_order", settings.explore.fibers_in_order},
                   {"early_timers", settings.explore.early_timers},
                   {"crashes", settings.explore.crashes},
                   {"most_runs", settings.explore.most_runs}};
  json["runs"] = all.runs;
  json["cut"] = all.cut;
  json["steps"] = all.events;
  json["longest"] = all.longest;
  json["states"] = all.states;
  json["published"] = all.published;
  json["plans"] = all.plans;
  json["wall_seconds"] = wall_seconds;
  json["failures"] = Json::array();
  if (all.failure) json["failures"].push_back(failure_json(*all.failure, invocation));
  return json.dump(2) + "\n";
}

std::string branch_json(const Settings& settings, const Case& failing, const BranchCurve& curve,
                        int exit_code) {
  const auto point_json = [](const BranchPoint& point) {
    return Json{{"at", format_duration(point.at)},
                {"futures", point.futures},
                {"failed", point.failed},
                {"failing_seed", point.failing_seed},
                {"passing_seed", point.passing_seed}};
  };
  Json json = head("branch", curve.interrupted ? "incomplete" : "passed", exit_code);
  json["scenario"] = failing.options.scenario;
  json["case"] = settings.case_path;
  json["seed"] = failing.options.seed;
  json["points"] = list_of(curve.points, point_json);
  if (!curve.between.empty()) {
    json["steepest"] = {{"before", point_json(curve.before)},
                        {"after", point_json(curve.after)},
                        {"events", curve.between}};
  }
  return json.dump(2) + "\n";
}

}  // namespace norn::program
