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

std::string replay_line(const Scenario& scenario, const RunOptions& options,
                        const Failure& failure) {
  if (!options.program.empty() && !failure.case_path.empty()) {
    return options.program + " --replay " + shell_word(failure.case_path);
  }
  const std::string seed = std::to_string(failure.run.seed);
  std::string line =
      "norn::run_seeds(\"" + scenario.name + "\", {.seeds = {" + seed + ", " + seed + "}";
  if (options.time) {
    line += ", .time = std::chrono::nanoseconds(" + std::to_string(options.time->count()) + ")";
  }
  if (options.faults) line += ", .faults = \"" + *options.faults + "\"";
  if (options.plan) line += ", .plan = the same plan";
  if (!options.variant.empty()) line += ", .variant = \"" + options.variant + "\"";
  return line + "})";
}

}  // namespace norn::explore
