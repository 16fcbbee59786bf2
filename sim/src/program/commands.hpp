// What a scenario program can do; each returns the exit code.
#pragma once

#include <atomic>
#include <string>

#include "norn/runtime/assert.hpp"

#include "program/settings.hpp"

namespace norn::program {

inline constexpr int kExitPassed = 0;
inline constexpr int kExitViolation = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitIncomplete = 3;
inline constexpr int kExitNondeterminism = 4;
// 5 is norn::kExitInternalError: an assertion, or an exception that nobody expected.

int run_campaign(const Settings& settings, const Invocation& invocation);
int run_replay(const Settings& settings, const Invocation& invocation);
int run_shrink(const Settings& settings, const Invocation& invocation);
int run_branch(const Settings& settings, const Invocation& invocation);
int run_exhaustive(const Settings& settings, const Invocation& invocation);
int run_determinism_check(const Settings& settings, const Invocation& invocation);
int run_hashes(const Settings& settings);
int run_list(const Settings& settings);
int run_worker(const Settings& settings, const Invocation& invocation);

// watch_interrupts() makes the first Ctrl-C (or SIGTERM) set the flag that it returns; a second one
// ends the process.
const std::atomic<bool>* watch_interrupts();

}  // namespace norn::program
