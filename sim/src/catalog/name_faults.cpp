// The faults of names and their addresses.
#include "catalog/families.hpp"

namespace norn::faults {
namespace {

constexpr Bite kStale[] = {Bite::stale_answers};

constexpr FaultParameter kParameters[] = {
    {.name = "name",
     .type = FaultValueType::word,
     .standard = "",
     .meaning = "The name that is concerned; empty: every name that the scenario gave by hand.",
     .may_be_empty = true},
};

constexpr FaultSpec kFaults[] = {
    {.kind = FaultKind::dns_stale,
     .name = "dns_stale",
     .family = FaultFamily::network,
     .meaning = "The nodes of side_a go on with the addresses they had for a name, however old "
                "they are, and who asks anew is told where it was before it was moved last.",
     .parameters = kParameters,
     .bites = kStale,
     .example = R"({"kind": "dns_stale", "at": "1s", "lasts": "20s", "side_a": ["n1"],)"
                R"( "name": "database"})"},
};

}  // namespace

std::span<const FaultSpec> name_faults() {
  return kFaults;
}

}  // namespace norn::faults
