// What the code in docs/ may use without saying so.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "norn/sim/simulation.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;  // NOLINT(google-global-names-in-headers): read by generated
                                       // code only

namespace norn::test {

// Several seeds, for a snippet must not depend on one order of things.
inline constexpr std::uint64_t kSnippetSeeds = 10;

inline void run_snippet(void (*node)()) {
  for (std::uint64_t seed = 1; seed <= kSnippetSeeds; ++seed) {
    const RunSummary summary = simulate(node, seed);
    INFO("seed " << seed << ": " << (summary.violation ? summary.violation->detail : ""));
    CHECK(summary.verdict == Verdict::passed);
  }
}

// The snippet says itself what it expects.
inline void run_snippet(void (*scenario)(Simulation& sim)) {
  for (std::uint64_t seed = 1; seed <= kSnippetSeeds; ++seed) {
    Simulation simulation(options(seed));
    scenario(simulation);
    static_cast<void>(simulation.summary());
  }
  SUCCEED();
}

inline void run_snippet(void (*host)(SimOptions options)) {
  for (std::uint64_t seed = 1; seed <= kSnippetSeeds; ++seed) host(options(seed));
  SUCCEED();
}

}  // namespace norn::test
