// What is kept of a run that broke a property: the case, the trace, and the story in the trace.
#pragma once

#include <string>

#include "norn/sim/run_seeds.hpp"

namespace norn::explore {

struct KeepOptions {
  std::string out_dir;  // empty: no files
  bool overwrite = false;
  bool with_trace = true;  // run the seed again with the recorder on: for the trace and the story
  std::string trace_path;  // the run was recorded here already
};

// keep_failure() fills in all of `failure` but its run and its line to replay. What goes wrong with
// files is said in file_problem: it must not hide the violation.
//
// Names are SCENARIO[-VARIANT]-SEED.case.json and .norn. Files of the very same case are kept as
// they are; where another case has the name, a number is added (...-17-2.case.json), unless
// `overwrite` is set.
void keep_failure(const Scenario& scenario, const SimOptions& options, const KeepOptions& keep,
                  Failure& failure);

}  // namespace norn::explore
