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
};

}  // namespace norn
