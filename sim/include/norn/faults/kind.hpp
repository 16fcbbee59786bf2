// FaultKind: the kinds of faults.
#pragma once

#include <cstdint>

namespace norn {

// What each kind does, its parameters and an example: catalog.hpp.
enum class FaultKind : std::uint8_t {
  // ---- network
  partition,
  partition_one_way,
  hold,
  // ---- processes
  crash,
  kill,
  pause,
  slow_cpu,
  crash_loop,
  crash_in_recovery,
  shutdown,
  upgrade,
  wipe_disk,
  swap_disk,
  memory_limit,
  // ---- clocks
  clock_skew,
  clock_drift,
  clock_jump,
  clock_slew,
  leap_second,
  // ---- names
  dns_stale,
};

}  // namespace norn
