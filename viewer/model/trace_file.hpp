// A recorded file as a source of events.
#pragma once

#include <memory>
#include <string>

#include "model/event_source.hpp"
#include "norn/runtime/result.hpp"

namespace norn::viewer {

// open_trace_file() opens a .norn file. Errors are one line that names the file and what is wrong
// with it.
Result<std::unique_ptr<EventSource>> open_trace_file(const std::string& path);

}  // namespace norn::viewer
