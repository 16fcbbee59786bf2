// Runs with the recorder on, and the reading of what they recorded.
#pragma once

#include <string>

#include "norn/runtime/result.hpp"
#include "norn/sim/run_seeds.hpp"
#include "norn/trace/reader.hpp"

namespace norn::explore {

// record_to_file() runs a seed and records it in `path`. Errors: already_exists (unless
// `overwrite`), io_error, no_space.
Result<RunSummary> record_to_file(const Scenario& scenario, SimOptions options,
                                  const std::string& path, bool overwrite);

// record_in_memory() runs a seed; RunSummary::recording then holds the trace.
RunSummary record_in_memory(const Scenario& scenario, SimOptions options);

// reader_of() reads RunSummary::recording, which must outlive the reader.
Result<trace::Reader> reader_of(const RunSummary& run, const std::string& name);

}  // namespace norn::explore
