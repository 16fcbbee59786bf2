// The faults of the network.
#include "catalog/families.hpp"

namespace norn::faults {
namespace {

constexpr Bite kDropped[] = {Bite::messages_dropped};
constexpr Bite kHeld[] = {Bite::messages_held};

constexpr FaultSpec kFaults[] = {
    {.kind = FaultKind::partition,
     .name = "partition",
     .family = FaultFamily::network,
     .sides = FaultSides::two,
     .meaning = "Nothing passes between side_a and side_b, either way. A node on neither side sees "
                "both: a bridge.",
     .bites = kDropped,
     .example = R"({"kind": "partition", "at": "1s", "lasts": "500ms",)"
                R"( "side_a": ["n1"], "side_b": ["n2", "n3"]})"},
    {.kind = FaultKind::partition_one_way,
     .name = "partition_one_way",
     .family = FaultFamily::network,
     .sides = FaultSides::two,
     .meaning = "Nothing passes from side_a to side_b; the other way is open.",
     .bites = kDropped,
     .example = R"({"kind": "partition_one_way", "at": "1s", "lasts": "500ms",)"
                R"( "side_a": ["n1"], "side_b": ["n2"]})"},
    {.kind = FaultKind::hold,
     .name = "hold",
     .family = FaultFamily::network,
     .sides = FaultSides::two,
     .meaning = "Messages from side_a to side_b are kept back, and go on at the end.",
     .bites = kHeld,
     .example = R"({"kind": "hold", "at": "1s", "lasts": "200ms",)"
                R"( "side_a": ["n1"], "side_b": ["n2"]})"},
};

}  // namespace

std::span<const FaultSpec> network_faults() {
  return kFaults;
}

}  // namespace norn::faults
