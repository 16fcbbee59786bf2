// The parts of the catalogue, one file a family.
#pragma once

#include <span>
#include <string_view>

#include "norn/faults/catalog.hpp"

namespace norn::faults {

// Directions of links, from the nodes of side_a.
inline constexpr std::string_view kWays[] = {"both", "out", "in"};

std::span<const FaultSpec> network_faults();
std::span<const FaultSpec> link_faults();
std::span<const FaultSpec> process_faults();
std::span<const FaultSpec> name_faults();
std::span<const FaultSpec> disk_faults();
std::span<const FaultSpec> clock_faults();

}  // namespace norn::faults
