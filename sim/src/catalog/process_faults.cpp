// The faults of processes and machines.
#include "catalog/families.hpp"

namespace norn::faults {
namespace {

constexpr Bite kKilled[] = {Bite::nodes_killed};

constexpr FaultSpec kFaults[] = {
    {.kind = FaultKind::crash,
     .name = "crash",
     .family = FaultFamily::process,
     .meaning =
         "The nodes of side_a die, and start again at the end; without an end they stay dead.",
     .bites = kKilled,
     .example = R"({"kind": "crash", "at": "2s", "lasts": "300ms", "side_a": ["n1"]})"},
};

}  // namespace

std::span<const FaultSpec> process_faults() {
  return kFaults;
}

}  // namespace norn::faults
