#include "explore/failure_files.hpp"

#include <filesystem>
#include <utility>

#include "norn/sim/case_file.hpp"

#include "explore/failure_story.hpp"
#include "explore/output_file.hpp"
#include "explore/recording.hpp"

namespace norn::explore {

namespace {

namespace fs = std::filesystem;

bool exists(const std::string& path) {
  std::error_code problem;
  return fs::exists(path, problem);
}

// The files of one case. They share a stem.
struct Names {
  std::string case_path;
  std::string trace_path;
  bool has_same_case = false;  // the case file is there, and says the same
};

Names names_of(const std::string& stem) {
  return {stem + ".case.json", stem + ".norn", false};
}

std::string stem_of(const SimOptions& options, const std::string& out_dir) {
  std::string name = options.scenario;
  if (!options.variant.empty()) name += "-" + options.variant;
  return (fs::path(out_dir) / (name + "-" + std::to_string(options.seed))).string();
}

// Whether the file holds this very case; the place of its trace apart.
bool holds(const std::string& path, const Case& failing) {
  Result<Case> there = load_case(path);
  if (!there) return false;
  there->trace_file = failing.trace_file;
  return to_json(*there) == to_json(failing);
}

Names choose_names(const Case& failing, const std::string& out_dir, bool overwrite) {
  const std::string stem = stem_of(failing.options, out_dir);
  for (unsigned number = 1;; ++number) {
    Names names = names_of(number == 1 ? stem : stem + "-" + std::to_string(number));
    names.has_same_case = exists(names.case_path) && holds(names.case_path, failing);
    const bool is_taken = exists(names.case_path) || exists(names.trace_path) ||
                          exists(names.trace_path + ".partial");
    if (overwrite || names.has_same_case || !is_taken) return names;
  }
}

void tell(const Result<trace::Reader>& reader, Failure& failure) {
  if (!reader) {
    failure.file_problem = reader.error().message;
  } else if (failure.run.violation) {
    failure.story = failure_story(*reader, *failure.run.violation);
  }
}

void record_without_files(const Scenario& scenario, const SimOptions& options, Failure& failure) {
  const RunSummary again = record_in_memory(scenario, options);
  failure.repeated = again.trace_hash == failure.run.trace_hash;
  tell(reader_of(again, "the recording"), failure);
}

void record_file(const Scenario& scenario, const SimOptions& options, const std::string& path,
                 bool overwrite, Failure& failure) {
  const Result<RunSummary> again = record_to_file(scenario, options, path, overwrite);
  if (!again) {
    failure.file_problem = again.error().message;
    return record_without_files(scenario, options, failure);
  }
  failure.repeated = again->trace_hash == failure.run.trace_hash;
  failure.trace_path = path;
  tell(trace::Reader::open(path), failure);
}

std::string relative_to(const std::string& path, const std::string& folder) {
  std::error_code problem;
  const fs::path relative = fs::relative(path, folder, problem);
  return problem || relative.empty() ? path : relative.string();
}

}  // namespace

void keep_failure(const Scenario& scenario, const SimOptions& options, const KeepOptions& keep,
                  Failure& failure) {
  if (!keep.trace_path.empty()) {
    failure.trace_path = keep.trace_path;
    tell(trace::Reader::open(keep.trace_path), failure);
  }
  const bool record = keep.trace_path.empty() && keep.with_trace;
  if (keep.out_dir.empty()) {
    if (record) record_without_files(scenario, options, failure);
    return;
  }
  if (const Result<void> made = make_directories(keep.out_dir); !made) {
    if (record) record_without_files(scenario, options, failure);
    failure.file_problem = made.error().message;
    return;
  }
  Case failing = make_case(options, failure.run);
  const Names names = choose_names(failing, keep.out_dir, keep.overwrite);
  if (record && names.has_same_case && exists(names.trace_path) && !keep.overwrite) {
    failure.trace_path = names.trace_path;
    tell(trace::Reader::open(names.trace_path), failure);
  } else if (record) {
    record_file(scenario, options, names.trace_path, keep.overwrite, failure);
  }
  failure.case_path = names.case_path;
  if (names.has_same_case && !keep.overwrite) return;
  if (!failure.trace_path.empty())
    failing.trace_file = relative_to(failure.trace_path, keep.out_dir);
  const Result<void> saved = save_case(failing, names.case_path, keep.overwrite);
  if (saved) return;
  failure.case_path.clear();
  failure.file_problem = saved.error().message;
}

}  // namespace norn::explore
