#include "explore/recording.hpp"

#include <filesystem>
#include <utility>

namespace norn::explore {

Result<RunSummary> record_to_file(const Scenario& scenario, SimOptions options,
                                  const std::string& path, bool overwrite) {
  std::error_code problem;
  if (!overwrite && std::filesystem::exists(path, problem)) {
    return Error{Errc::already_exists, path + ": the file exists; --overwrite replaces it"};
  }
  options.trace.mode = trace::RecorderOptions::Mode::file;
  options.trace.path = path;
  options.trace.overwrite = overwrite;
  RunSummary run = run_seed(scenario, options);
  // A recording that failed ends the run as incomplete; a violation before that hides it.
  if (!std::filesystem::exists(path, problem)) {
    const std::string& why = run.incomplete_reason;
    return Error{Errc::io_error, why.empty() ? path + ": the trace could not be written" : why};
  }
  return run;
}

RunSummary record_in_memory(const Scenario& scenario, SimOptions options) {
  options.trace.mode = trace::RecorderOptions::Mode::memory;
  return run_seed(scenario, options);
}

Result<trace::Reader> reader_of(const RunSummary& run, const std::string& name) {
  if (!run.recording) return Error{Errc::not_found, name + ": nothing was recorded"};
  return trace::Reader::from_bytes(*run.recording, name);
}

}  // namespace norn::explore
