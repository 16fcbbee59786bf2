#include "program/help_text.hpp"

#include <algorithm>
#include <vector>

#include <nlohmann/json.hpp>

#include "norn/sim/case_file.hpp"
#include "norn/sim/fault_plan.hpp"

#include "explore/strategies/strategy.hpp"

#ifndef NORN_VERSION
#define NORN_VERSION "0.1.0"
#endif

namespace norn::program {

std::string help_head() {
  const std::vector<const Scenario*> all = scenarios();
  if (all.size() == 1) return all.front()->name + ": " + all.front()->description;
  return "Scenarios of Norn: a cluster, its workload, its faults and its properties";
}

std::string help_foot(const Invocation& invocation) {
  const std::string& program = invocation.program;
  const std::vector<const Scenario*> all = scenarios();
  const std::string name = all.size() > 1 ? " " + all.front()->name : "";
  return "Examples:\n"
         "  " +
         program + name +
         "                          seeds 1..100 with the scenario's own faults\n"
         "  " +
         program + name +
         " --seeds 1..10000 --faults harsh\n"
         "  " +
         program + name +
         " --seed 17 --trace run.norn\n"
         "  " +
         program +
         " --replay norn-out/CASE.case.json\n"
         "\n"
         "Exit codes: 0 passed, 1 a violation was found, 2 bad usage or input, 3 incomplete (a "
         "limit or an\n"
         "interruption), 4 not deterministic, 5 a bug of Norn or a misuse of it.";
}

std::string version_text(const Invocation& invocation) {
  return invocation.name + " (norn " NORN_VERSION ", build " + build_id() + ")\n";
}

std::string list_text() {
  std::string text;
  for (const Scenario* scenario : scenarios()) {
    const ScenarioOptions& options = scenario->options;
    text += scenario->name + ": " + scenario->description + "\n";
    text +=
        "  default: --time " + format_duration(options.time) + " --faults " + options.faults + "\n";
    std::size_t width = 0;
    for (const auto& [name, what] : options.variants) width = std::max(width, name.size());
    for (const auto& [name, what] : options.variants) {
      text.append("  --variant ")
          .append(name)
          .append(width - name.size() + 2, ' ')
          .append(what)
          .append("\n");
    }
  }
  text += "strategies:\n";
  for (const explore::StrategyInfo& one : explore::strategies()) {
    text.append("  --strategy ").append(one.name).append(14 - one.name.size(), ' ');
    text.append(one.meaning).append("\n");
  }
  text += "  --strategy portfolio     each seed has one of several, some with a swarm of faults\n";
  text += "  --strategy feedback      runs that do something new are kept and changed further\n";
  return text;
}

std::string list_json() {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Scenario* scenario : scenarios()) {
    nlohmann::ordered_json variants = nlohmann::ordered_json::array();
    for (const auto& [name, what] : scenario->options.variants) {
      variants.push_back({{"name", name}, {"description", what}});
    }
    list.push_back({{"name", scenario->name},
                    {"description", scenario->description},
                    {"time", format_duration(scenario->options.time)},
                    {"faults", scenario->options.faults},
                    {"variants", std::move(variants)}});
  }
  nlohmann::ordered_json strategies = nlohmann::ordered_json::array();
  for (const explore::StrategyInfo& one : explore::strategies())
    strategies.push_back({{"name", one.name}, {"description", one.meaning}});
  return nlohmann::ordered_json{{"norn_list", 1},
                                {"scenarios", std::move(list)},
                                {"strategies", std::move(strategies)}}
             .dump(2) +
         "\n";
}

}  // namespace norn::program
