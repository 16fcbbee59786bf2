// What is kept of a run that broke a property: the case, the trace, and the story in the trace.
#pragma once

#include <string>

#include "norn/sim/run_seeds.hpp"

namespace norn::explore {

// keep_failure() fills in all of `failure` but its run. What goes wrong with files is said in
// file_problem: it must not hide the violation. With `record`, the seed is run again with the
// recorder on, for the trace and the story.
//
// Names are SCENARIO[-VARIANT]-SEED.case.json and .norn. Files of the very same case are kept as
// they are; where another case has the name, a number is added (...-17-2.case.json), unless
// RunOptions::overwrite is set.
void keep_failure(const Scenario& scenario, const RunOptions& options, bool record,
                  Failure& failure);
// The same for a run that is not just that of a seed.
void keep_failure(const Scenario& scenario, const RunOptions& options, const SimOptions& run,
                  bool record, Failure& failure);

}  // namespace norn::explore
