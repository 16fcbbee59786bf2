// The names of the kinds of faults, as plans and traces spell them.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "norn/sim/fault_plan.hpp"

namespace norn::sim {

inline constexpr std::array<std::pair<FaultKind, std::string_view>, 4> kFaultKinds = {{
    {FaultKind::partition, "partition"},
    {FaultKind::partition_one_way, "partition_one_way"},
    {FaultKind::hold, "hold"},
    {FaultKind::crash, "crash"},
}};

}  // namespace norn::sim
