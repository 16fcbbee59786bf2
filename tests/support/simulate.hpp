// Runs node code in a small simulation, for tests of the runtime.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "norn/sim/simulation.hpp"

namespace norn::test {

inline SimOptions options(std::uint64_t seed = 1) {
  SimOptions options;
  options.scenario = "test";
  options.seed = seed;
  options.stack_size = std::size_t{256} * 1024;  // assertions of a test framework are deep
  return options;
}

// simulate() runs `body` as the main function of the only node, for at most ten virtual minutes,
// and returns the summary of the run. An assertion of the test that throws inside the node makes
// the run a violation.
inline RunSummary simulate(std::function<void()> body, std::uint64_t seed = 1) {
  Simulation simulation(options(seed));
  simulation.node("n1", std::move(body));
  simulation.run_for(std::chrono::minutes(10));
  return simulation.summary();
}

inline bool passes(std::function<void()> body) {
  return simulate(std::move(body)).verdict == Verdict::passed;
}

}  // namespace norn::test
