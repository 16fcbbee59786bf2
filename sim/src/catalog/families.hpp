// The parts of the catalogue, one file a family.
#pragma once

#include <span>

#include "norn/faults/catalog.hpp"

namespace norn::faults {

std::span<const FaultSpec> network_faults();
std::span<const FaultSpec> process_faults();
std::span<const FaultSpec> name_faults();
std::span<const FaultSpec> disk_faults();

}  // namespace norn::faults
