// The window, its keys and its loop.
#pragma once

#include "app/options.hpp"
#include "norn/runtime/result.hpp"

namespace norn::viewer {

// run_window() shows what the options name until the window is closed. It draws only when something
// has changed. What was set is remembered (Settings). Errors: no display; a file on the command
// line that cannot be opened.
Result<void> run_window(const Options& options);

}  // namespace norn::viewer
