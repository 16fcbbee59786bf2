#include "explore/report_text.hpp"

#include "explore/text.hpp"

namespace norn::explore {

std::string violation_line(const RunSummary& run) {
  std::string line = "seed " + std::to_string(run.seed);
  if (!run.violation) return line + " failed";
  const Violation& violation = *run.violation;
  line += " broke \"" + violation.property + "\" at " +
          format_duration(violation.at.time_since_epoch());
  if (!violation.nodes.empty()) line += " on " + joined(violation.nodes, ", ");
  if (!violation.detail.empty()) line += ": " + violation.detail;
  return line;
}

namespace {

// What a seed means under feedback follows from those before it.
std::string seeds_for(const RunOptions& options, const std::string& seed, const char* between) {
  const bool alone = options.strategy != kFeedback;
  return (alone ? seed : std::to_string(options.seeds.first)) + between + seed;
}

std::string replay_command(const Scenario& scenario, const RunOptions& options,
                           const std::string& seed) {
  std::string line = options.program;
  if (scenarios().size() > 1) line += " " + scenario.name;
  if (options.time) line += " --time " + format_duration(*options.time);
  const bool own = options.faults == scenario.options.faults;
  if (options.faults && (!own || draws_faults(options.strategy)))
    line += " --faults " + *options.faults;
  if (options.plan) line += " --faults PLAN.json";
  if (options.strategy != "timed") line += " --strategy " + options.strategy;
  if (!options.variant.empty()) line += " --variant " + options.variant;
  if (options.buggify) line += " --buggify";
  for (const auto& [name, value] : options.knobs)
    line += " --knob " + shell_word(name + "=" + value);
  if (options.beyond_promise) line += " --beyond-promise";
  if (options.outside_calls) line += " --outside-calls";
  if (options.strategy != kFeedback) return line + " --seed " + seed;
  if (options.stop_after_failures != 1) line += " --keep-going";
  return line + " --seeds " + seeds_for(options, seed, "..");
}

std::string replay_in_code(const Scenario& scenario, const RunOptions& options,
                           const std::string& seed) {
  std::string line = "norn::run_seeds(\"" + scenario.name + "\", {.seeds = {" +
                     seeds_for(options, seed, ", ") + "}";
  if (options.time) {
    line += ", .time = std::chrono::nanoseconds(" + std::to_string(options.time->count()) + ")";
  }
  if (options.faults) line += ", .faults = \"" + *options.faults + "\"";
  if (options.plan) line += ", .plan = the same plan";
  if (options.strategy != "timed") line += ", .strategy = \"" + options.strategy + "\"";
  if (!options.variant.empty()) line += ", .variant = \"" + options.variant + "\"";
  std::string knobs;
  for (const auto& [name, value] : options.knobs)
    knobs += (knobs.empty() ? "{\"" : ", {\"") + name + "\", \"" + value + "\"}";
  if (!knobs.empty()) line += ", .knobs = {" + knobs + "}";
  if (options.buggify) line += ", .buggify = true";
  if (options.beyond_promise) line += ", .beyond_promise = true";
  if (options.outside_calls) line += ", .outside_calls = true";
  if (options.strategy == kFeedback && options.stop_after_failures != 1)
    line += ", .stop_after_failures = 0";
  return line + "})";
}

}  // namespace

std::string replay_line(const Scenario& scenario, const RunOptions& options, std::uint64_t seed,
                        const std::string& case_path) {
  const std::string number = std::to_string(seed);
  if (options.program.empty()) return replay_in_code(scenario, options, number);
  if (case_path.empty()) return replay_command(scenario, options, number);
  return options.program + " --replay " + shell_word(case_path);
}

}  // namespace norn::explore
