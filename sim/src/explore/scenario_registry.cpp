#include <algorithm>
#include <map>

#include "norn/runtime/assert.hpp"
#include "norn/sim/scenario.hpp"

namespace norn {

namespace {

using Registry = std::map<std::string, Scenario, std::less<>>;

// Filled by static initialisers before main(), read-only afterwards: safe to share between threads.
Registry& registry() {
  static Registry all;
  return all;
}

// Names become parts of file names and of command lines.
bool is_plain_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

}  // namespace

std::vector<const Scenario*> scenarios() {
  std::vector<const Scenario*> all;
  for (const auto& [name, scenario] : registry()) all.push_back(&scenario);
  return all;
}

const Scenario* find_scenario(std::string_view name) {
  const auto found = registry().find(name);
  return found == registry().end() ? nullptr : &found->second;
}

namespace detail {

ScenarioRegistration::ScenarioRegistration(const char* name, const char* description,
                                           void (*body)(Simulation&), ScenarioOptions options) {
  for (const auto& [variant, what] : options.variants) {
    NORN_ASSERT(is_plain_name(variant), "variant '" + variant + "' of scenario " + name +
                                            ": use letters, digits, '-' and '_' only");
  }
  const bool added =
      registry().emplace(name, Scenario{name, description, std::move(options), body}).second;
  NORN_ASSERT(added, std::string("two scenarios of one program are called ") + name +
                         ": give one of them another name");
}

}  // namespace detail

}  // namespace norn
