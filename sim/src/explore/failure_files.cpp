#include "explore/failure_files.hpp"

#include <filesystem>
#include <utility>

#include "norn/sim/case_file.hpp"

#include "explore/failure_story.hpp"
#include "explore/output_file.hpp"
#include "explore/recording.hpp"
#include "explore/report_text.hpp"
#include "explore/shrink/shrunk_files.hpp"

namespace norn::explore {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCaseEnding = ".case.json";

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
  return {stem + std::string(kCaseEnding), stem + ".norn", false};
}

// `seed`: as the campaign knows it.
std::string stem_of(const SimOptions& options, std::uint64_t seed, const std::string& out_dir) {
  std::string name = options.scenario;
  if (!options.variant.empty()) name += "-" + options.variant;
  return (fs::path(out_dir) / (name + "-" + std::to_string(seed))).string();
}

Names choose_names(const Case& failing, const std::string& stem, bool overwrite) {
  for (unsigned number = 1;; ++number) {
    Names names = names_of(number == 1 ? stem : stem + "-" + std::to_string(number));
    names.has_same_case = holds_case(names.case_path, failing);
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

std::string relative_to(const std::string& path, const std::string& folder) {
  std::error_code problem;
  const fs::path relative = fs::relative(path, folder, problem);
  return problem || relative.empty() ? path : relative.string();
}

// Keeper makes what is kept of one failure.
class Keeper {
 public:
  Keeper(const Scenario& scenario, const RunOptions& options, SimOptions run, Failure& failure)
      : scenario_(scenario), options_(options), failure_(failure), run_(std::move(run)) {}

  void without_files(bool record);
  void with_files(bool record);

 private:
  void set_replay(const std::string& case_path) {
    failure_.replay = replay_line(scenario_, options_, failure_.run.seed, case_path);
    run_.replay = failure_.replay;
  }
  void record_in(const std::string& path);
  void shrink(const Case& failing, const std::string& case_path);

  const Scenario& scenario_;
  const RunOptions& options_;
  Failure& failure_;
  SimOptions run_;
};

void Keeper::without_files(bool record) {
  set_replay({});
  if (!record) return;
  const RunSummary again = record_in_memory(scenario_, run_);
  failure_.repeated = again.trace_hash == failure_.run.trace_hash;
  tell(reader_of(again, "the recording"), failure_);
}

void Keeper::record_in(const std::string& path) {
  const Result<RunSummary> again = record_to_file(scenario_, run_, path, options_.overwrite);
  if (!again) {
    failure_.file_problem = again.error().message;
    return without_files(true);
  }
  failure_.repeated = again->trace_hash == failure_.run.trace_hash;
  failure_.trace_path = path;
  tell(trace::Reader::open(path), failure_);
}

void Keeper::with_files(bool record) {
  if (const Result<void> made = make_directories(options_.out_dir); !made) {
    without_files(record);
    failure_.file_problem = made.error().message;
    return;
  }
  Case failing = make_case(run_, failure_.run);
  const Names names =
      choose_names(failing, stem_of(run_, failure_.run.seed, options_.out_dir), options_.overwrite);
  set_replay(names.case_path);
  const bool keep = names.has_same_case && !options_.overwrite;
  if (record && keep && exists(names.trace_path)) {
    failure_.trace_path = names.trace_path;
    tell(trace::Reader::open(names.trace_path), failure_);
  } else if (record) {
    record_in(names.trace_path);
  }
  failure_.case_path = names.case_path;
  if (record && failure_.run.violation) shrink(failing, names.case_path);
  if (keep) return;
  if (!failure_.trace_path.empty()) {
    failing.trace_file = relative_to(failure_.trace_path, options_.out_dir);
  }
  const Result<void> saved = save_case(failing, names.case_path, options_.overwrite);
  if (saved) {
    set_replay(names.case_path);
    return;
  }
  failure_.case_path.clear();
  failure_.file_problem = saved.error().message;
  set_replay({});
}

void Keeper::shrink(const Case& failing, const std::string& case_path) {
  if (options_.shrink_replays == 0) return;
  const Result<Shrunk> shrunk = shrink_case(failing, {.replays = options_.shrink_replays,
                                                      .jobs = options_.jobs,
                                                      .on_progress = options_.on_shrink,
                                                      .interrupted = options_.interrupted});
  if (!shrunk) {
    failure_.file_problem = shrunk.error().message;
    return;
  }
  const std::string stem = case_path.substr(0, case_path.size() - kCaseEnding.size());
  failure_.shrunk = keep_shrunk(scenario_, *shrunk, stem, options_.program, options_.overwrite);
}

}  // namespace

void keep_failure(const Scenario& scenario, const RunOptions& options, bool record,
                  Failure& failure) {
  keep_failure(scenario, options, options_for(scenario, options, failure.run.seed), record,
               failure);
}

void keep_failure(const Scenario& scenario, const RunOptions& options, const SimOptions& run,
                  bool record, Failure& failure) {
  Keeper keeper(scenario, options, run, failure);
  const bool recorded = !options.trace_path.empty();
  if (recorded) {
    failure.trace_path = options.trace_path;
    tell(trace::Reader::open(options.trace_path), failure);
  }
  if (options.out_dir.empty()) {
    keeper.without_files(record && !recorded);
  } else {
    keeper.with_files(record && !recorded);
  }
}

}  // namespace norn::explore
