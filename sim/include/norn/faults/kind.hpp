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
  isolate,
  split,
  random_partition,
  ring,
  flapping,
  clog,
  swizzle,
  slow_node,
  slow_link,
  delay,
  loss,
  loss_burst,
  duplicate,
  reorder,
  corrupt,
  truncate,
  bandwidth,
  mtu,
  reset_connections,
  connect_hang,
  connect_refused,
  rule,
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
  // ---- names
  dns_stale,
  // ---- disks
  torn_writes,
  lost_write,
  misdirected_write,
  bit_rot,
  read_error,
  write_error,
  sync_error,
  disk_full,
  disk_quota,
  disk_slow,
  disk_stall,
  read_only,
  // ---- clocks
  clock_skew,
  clock_drift,
  clock_jump,
  clock_slew,
  leap_second,
};

}  // namespace norn
