// Cases: those that a campaign leaves behind, and those that are kept to be run again.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "campaign/files.hpp"

namespace norn::command {

// make_cases() runs the smallest seed of each signature of `result` alone, so that the scenario
// program leaves its case and trace in `folder`; those that are there already stay. Only the first
// `most` signatures get a case: each may cost hundreds of runs. The value is what did not come out
// the same, as "differing" of a journal has it. Errors: the program cannot be run.
Result<Json> make_cases(const Json& result, const std::vector<std::string>& command,
                        const std::string& folder, std::uint64_t most);

// replay_cases() runs the *.case.json of a folder, in order of name: "fixed", "still fails",
// "diverged" (it fails in another way, or cannot be run). Errors: not_found.
Result<Json> replay_cases(const std::string& program, const std::string& folder,
                          std::chrono::nanoseconds limit);

// copy_cases() takes the files of the smallest seeds from other campaigns.
Result<void> copy_cases(const Json& result, const std::vector<std::string>& from,
                        const std::string& to);

}  // namespace norn::command
