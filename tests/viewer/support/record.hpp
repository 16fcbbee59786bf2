// Writes a trace made in memory as a file.
#pragma once

#include <string>

#include "viewer/support/trace_builder.hpp"

namespace norn::viewer::test {

// record() writes the events with the recorder that simulations use; a failure fails the test.
void record(const MemorySource& source, const std::string& path);

}  // namespace norn::viewer::test
