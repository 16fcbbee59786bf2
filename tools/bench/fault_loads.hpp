// What faults of the network cost the messages that they let pass.
#pragma once

#include <cstdint>
#include <vector>

#include "load.hpp"
#include "norn/sim/fault_plan.hpp"

namespace norn::bench {

// A load of messages as engine_messages(), with faults that are asked about every message and never
// (or once in a thousand million) do anything, so that the traffic is the same with and without.
struct NamedFaults {
  std::string name;
  std::vector<Fault> faults{};  // of all nodes but the two that do nothing: "idle1", "idle2"
  std::uint32_t rules = 0;      // between neighbours, each for one pair
};

std::unique_ptr<Load> faulty_messages(std::uint32_t nodes, const NamedFaults& what);
// Each kind of fault that looks at single messages.
std::vector<NamedFaults> single_faults(std::uint32_t nodes);
// What a large cluster may have at one time.
std::vector<NamedFaults> many_faults(std::uint32_t nodes);

}  // namespace norn::bench
