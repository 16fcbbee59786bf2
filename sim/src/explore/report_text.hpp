// Lines that several reports have in common.
#pragma once

#include <string>
#include <string_view>

#include "norn/sim/run_seeds.hpp"

namespace norn::explore {

// violation_line() is: seed 17 broke "at most one" at 1.73s on alice, bob: detail
std::string violation_line(const RunSummary& run);

// replay_line() is what a person copies to see the run again: a command, or C++ when no program is
// known. With the path of a case, it is the case that is run.
std::string replay_line(const Scenario& scenario, const RunOptions& options, std::uint64_t seed,
                        const std::string& case_path);

// draws_faults() is whether a strategy gives some seeds other faults than the scenario's own.
inline bool draws_faults(std::string_view strategy) {
  return strategy == kPortfolio || strategy == kFeedback;
}

// counts_text() is Report::summary() without its failures.
std::string counts_text(const Report& report);

// knobs_text() is a line about the knobs that are not as usual, or nothing.
std::string knobs_text(const RunSummary& run);

// failure_text() is all that is known of a failure: the events that led to it, the files, what to
// do next. `view` is the command that opens a trace, without its path.
std::string failure_text(const Failure& failure, const std::string& view);

}  // namespace norn::explore
