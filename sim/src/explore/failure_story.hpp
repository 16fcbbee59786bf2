// The last events before a violation, as a person would want to read them.
#pragma once

#include <string>

#include "norn/sim/sim_options.hpp"
#include "norn/trace/reader.hpp"

namespace norn::explore {

// failure_story() lists, in order of time: the chain of causes back from the violation (marked with
// *), the last events on each node concerned, and the last faults. A few dozen lines at most. Empty
// when the trace cannot be read.
std::string failure_story(const trace::Reader& reader, const Violation& violation);

}  // namespace norn::explore
