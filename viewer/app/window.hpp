// The window, its keys and its loop.
#pragma once

#include "app/screenshot.hpp"
#include "model/trace_model.hpp"
#include "norn/runtime/result.hpp"

namespace norn::viewer {

// run_window() shows the trace until the window is closed. It draws only when something has
// changed. Error: no display.
Result<void> run_window(const TraceModel& model, const ScreenshotOptions& first_view);

}  // namespace norn::viewer
