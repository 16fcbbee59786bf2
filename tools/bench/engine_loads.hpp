// The same work as that of the limit loops, done by node code on the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "load.hpp"
#include "norn/sim/sim_options.hpp"

namespace norn::bench {

using TraceMode = trace::RecorderOptions::Mode;

// Messages as message_load.hpp says, through the simulated network, each node one fiber.
std::unique_ptr<Load> engine_messages(std::uint32_t nodes, TraceMode mode);
// Fibers of one node that sleep.
std::unique_ptr<Load> engine_sleep(std::uint32_t fibers);
// Two fibers of one node that yield to each other; an operation is one switch.
std::unique_ptr<Load> engine_yield();
// A fiber that sends to another over a Channel; an operation is one value.
std::unique_ptr<Load> engine_channel(std::size_t capacity);
// Whole runs of the Raft scenario, one seed after the other, with the faults it has by itself; null
// if it is not built.
std::unique_ptr<Load> raft_seeds();
// The same; an operation is a simulated second.
std::unique_ptr<Load> raft_seconds();

// What a fiber costs that is made, parks, is woken and ends.
struct FiberCost {
  double create_ns;       // made, run for the first time, parked
  double end_ns;          // woken and ended
  double resident_bytes;  // while it is parked
};
FiberCost fiber_cost(std::uint32_t fibers);

}  // namespace norn::bench
