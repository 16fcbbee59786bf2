// Lines that several commands print.
#pragma once

#include <string>

#include "program/settings.hpp"

namespace norn::program {

// complain() prints one line on standard error, under the name of the program, and returns
// kExitUsage.
int complain(const Invocation& invocation, const std::string& what);

// view_line() is the command that opens a trace in the viewer.
std::string view_line(const Invocation& invocation, const std::string& trace_path);

// seeds_text() is "seed 17" or "seeds 1..100".
std::string seeds_text(SeedRange seeds);

// same_run_options() is what makes another call run the same simulations, seeds apart: " NAME
// --time 5s --faults harsh".
std::string same_run_options(const Settings& settings);

}  // namespace norn::program
