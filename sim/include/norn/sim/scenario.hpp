// NORN_SCENARIO: a story that a program can run by the million.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "norn/runtime/time.hpp"
#include "norn/sim/sim_options.hpp"
#include "norn/sim/simulation.hpp"

namespace norn {

// What holds unless the command line or RunOptions say otherwise.
struct ScenarioOptions {
  Duration time = std::chrono::seconds(60);  // how long run() runs unless --time says otherwise
  std::string faults = "default";            // the level unless --faults says otherwise
  // Name and one line each, for --list and --variant.
  std::vector<std::pair<std::string, std::string>> variants{};
  // What the system is not made to survive and the level swarm therefore leaves out: kinds of
  // faults or families of them (`norn faults` lists both), or "loss", "duplicate", "latency".
  // "clock" leaves out as well that a pause stops a node's clock.
  std::vector<std::string> vetoes{};
};

// Names are of letters, digits, '-' and '_': they become parts of file names.
struct Scenario {
  std::string name{};
  std::string description{};
  ScenarioOptions options{};
  void (*body)(Simulation& sim) = nullptr;
};

// Registered by NORN_SCENARIO, sorted by name.
std::vector<const Scenario*> scenarios();
const Scenario* find_scenario(std::string_view name);

namespace detail {
struct ScenarioRegistration {
  ScenarioRegistration(const char* name, const char* description, void (*body)(Simulation&),
                       ScenarioOptions options = {});
};
}  // namespace detail

}  // namespace norn

// NORN_SCENARIO(name, "what it is") { ... }, or with options NORN_SCENARIO(name, "what it is",
// {.time = 10s}) { ... }, defines a scenario and registers it before main(). Its body is called
// once a run, with `sim`, the Simulation: it adds nodes and properties, lets time pass and causes
// faults.
//
// Nodes may refer to variables of the body while it runs. Their fibers are unwound after the body
// has returned: what a destructor in node code touches must be owned by what the node captured (by
// value, say a std::shared_ptr).
#define NORN_SCENARIO(name, ...)                                              \
  static void norn_scenario_##name(::norn::Simulation& sim);                  \
  static const ::norn::detail::ScenarioRegistration norn_registration_##name( \
      #name, NORN_SCENARIO_ARGS(name, __VA_ARGS__));                          \
  static void norn_scenario_##name([[maybe_unused]] ::norn::Simulation& sim)
#define NORN_SCENARIO_ARGS(name, description, ...) \
  description, &norn_scenario_##name __VA_OPT__(, ::norn::ScenarioOptions __VA_ARGS__)
