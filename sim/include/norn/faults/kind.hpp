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
};

}  // namespace norn
