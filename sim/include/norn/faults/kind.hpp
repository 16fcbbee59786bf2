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
};

}  // namespace norn
