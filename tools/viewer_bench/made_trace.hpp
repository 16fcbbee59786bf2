// Traces of any size for measuring the viewer.
#pragma once

#include <cstdint>
#include <string>

#include "norn/runtime/result.hpp"

namespace norn::viewer_bench {

struct MadeTrace {
  std::uint64_t events = 1'000'000;
  std::uint32_t nodes = 8;
};

// make_trace() writes the recording of a cluster that never was: heartbeats and answers between all
// pairs of nodes, timers, published roles, terms and commit indexes, logs, operations of clients,
// fibers that block, and every second of virtual time a crash or a partition that makes messages
// die. About 30 microseconds of virtual time pass from one event to the next. An existing file is
// an error.
Result<void> make_trace(const MadeTrace& what, const std::string& path);

}  // namespace norn::viewer_bench
