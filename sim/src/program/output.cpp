#include "program/output.hpp"

#include <cstdio>

#include "norn/sim/fault_plan.hpp"

#include "explore/report_text.hpp"
#include "explore/text.hpp"
#include "program/commands.hpp"

namespace norn::program {

int complain(const Invocation& invocation, const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", invocation.name.c_str(), what.c_str());
  return kExitUsage;
}

std::string view_line(const Invocation& invocation, const std::string& trace_path) {
  return invocation.viewer + " " + explore::shell_word(trace_path);
}

std::string seeds_text(SeedRange seeds) {
  if (seeds.first == seeds.last) return "seed " + std::to_string(seeds.first);
  return "seeds " + std::to_string(seeds.first) + ".." + std::to_string(seeds.last);
}

std::string same_run_options(const Settings& settings) {
  if (settings.scenario == nullptr) return {};
  const Scenario& scenario = *settings.scenario;
  const RunOptions& run = settings.run;
  std::string text;
  if (scenarios().size() > 1) text += " " + scenario.name;
  if (run.time) text += " --time " + format_duration(*run.time);
  const bool own = settings.faults_from == scenario.options.faults;
  if (!own || (run.faults && explore::draws_faults(run.strategy)))
    text += " --faults " + explore::shell_word(settings.faults_from);
  if (run.strategy != "timed") text += " --strategy " + run.strategy;
  if (!run.variant.empty()) text += " --variant " + run.variant;
  if (run.buggify) text += " --buggify";
  for (const auto& [name, value] : run.knobs)
    text += " --knob " + explore::shell_word(name + "=" + value);
  if (run.beyond_promise) text += " --beyond-promise";
  if (run.outside_calls) text += " --outside-calls";
  return text;
}

}  // namespace norn::program
