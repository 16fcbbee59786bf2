// The faults of the network that keep messages from passing, or keep them back.
#include "catalog/families.hpp"

namespace norn::faults {
namespace {

constexpr Bite kDropped[] = {Bite::messages_dropped};
constexpr Bite kHeld[] = {Bite::messages_held};
constexpr Bite kReset[] = {Bite::connections_reset};
constexpr Bite kHung[] = {Bite::connects_hung};
constexpr Bite kRefused[] = {Bite::connects_refused};

constexpr std::int64_t kManyNodes = 1'000'000;

constexpr FaultParameter kIsolate[] = {
    {.name = "way",
     .type = FaultValueType::word,
     .standard = "both",
     .meaning = "What is lost: what reaches them, what they send, or both.",
     .words = kWays},
};
constexpr FaultParameter kSplit[] = {
    {.name = "minority",
     .type = FaultValueType::number,
     .unit = "nodes",
     .standard = "0",
     .meaning = "How many nodes are in the smaller part; 0: drawn, from 1 to less than half.",
     .most = kManyNodes},
};
constexpr FaultParameter kRandomPartition[] = {
    {.name = "parts",
     .type = FaultValueType::number,
     .unit = "parts",
     .standard = "2",
     .meaning = "Into how many parts at most.",
     .least = 2,
     .most = kManyNodes},
};
constexpr FaultParameter kRing[] = {
    {.name = "reach",
     .type = FaultValueType::number,
     .unit = "nodes",
     .standard = "1",
     .meaning = "How many neighbours each node sees on either side.",
     .least = 1,
     .most = kManyNodes},
};
constexpr FaultParameter kFlapping[] = {
    {.name = "cut",
     .standard = "200ms",
     .meaning = "How long nothing passes each time: half of it up to one and a half, drawn.",
     .least = 1'000},
    {.name = "open",
     .standard = "300ms",
     .meaning = "How long all passes in between: half of it up to one and a half, drawn.",
     .least = 1'000},
};
constexpr FaultParameter kSwizzle[] = {
    {.name = "share",
     .type = FaultValueType::share,
     .standard = "1/2",
     .meaning = "How likely each node is among those that are clogged; one at least is."},
};

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
    {.kind = FaultKind::isolate,
     .name = "isolate",
     .family = FaultFamily::network,
     .meaning = "Each node of side_a is cut off from every other node, also of side_a.",
     .parameters = kIsolate,
     .bites = kDropped,
     .example = R"({"kind": "isolate", "at": "1s", "lasts": "500ms", "side_a": ["n1"],)"
                R"( "way": "in"})"},
    {.kind = FaultKind::split,
     .name = "split",
     .family = FaultFamily::network,
     .meaning = "The nodes of side_a fall into a majority and a minority that do not see each "
                "other; who is in which is drawn. Nodes that are not named see both.",
     .parameters = kSplit,
     .bites = kDropped,
     .example = R"({"kind": "split", "at": "1s", "lasts": "2s",)"
                R"( "side_a": ["n1", "n2", "n3", "n4", "n5"], "minority": 2})"},
    {.kind = FaultKind::random_partition,
     .name = "random_partition",
     .family = FaultFamily::network,
     .meaning = "Each node of side_a is in a part that is drawn, and sees no other part. Nodes "
                "that are not named see all.",
     .parameters = kRandomPartition,
     .bites = kDropped,
     .example = R"({"kind": "random_partition", "at": "1s", "lasts": "2s",)"
                R"( "side_a": ["n1", "n2", "n3", "n4", "n5"], "parts": 3})"},
    {.kind = FaultKind::ring,
     .name = "ring",
     .family = FaultFamily::network,
     .meaning = "The nodes of side_a, in this order, are a ring: each sees its neighbours only. "
                "Nodes that are not named see all.",
     .parameters = kRing,
     .bites = kDropped,
     .example = R"({"kind": "ring", "at": "1s", "lasts": "2s",)"
                R"( "side_a": ["n1", "n2", "n3", "n4", "n5"]})"},
    {.kind = FaultKind::flapping,
     .name = "flapping",
     .family = FaultFamily::network,
     .sides = FaultSides::two,
     .meaning = "Again and again nothing passes between side_a and side_b for a while, either "
                "way.",
     .parameters = kFlapping,
     .bites = kDropped,
     .example = R"({"kind": "flapping", "at": "1s", "lasts": "5s", "side_a": ["n1"],)"
                R"( "side_b": ["n2", "n3"], "cut": "100ms", "open": "150ms"})"},
    {.kind = FaultKind::clog,
     .name = "clog",
     .family = FaultFamily::network,
     .sides = FaultSides::one_or_two,
     .meaning = "Messages between side_a and side_b (or every node) wait, either way; at the end "
                "all go on, in the order in which they were sent.",
     .bites = kHeld,
     .example = R"({"kind": "clog", "at": "1s", "lasts": "400ms", "side_a": ["n1"]})"},
    {.kind = FaultKind::swizzle,
     .name = "swizzle",
     .family = FaultFamily::network,
     .lasts = FaultLasts::required,
     .meaning = "Some nodes of side_a, drawn, are clogged one after another in the first half of "
                "its time, and freed in another order in the second half.",
     .parameters = kSwizzle,
     .bites = kHeld,
     .example = R"({"kind": "swizzle", "at": "1s", "lasts": "2s",)"
                R"( "side_a": ["n1", "n2", "n3"]})"},
    {.kind = FaultKind::reset_connections,
     .name = "reset_connections",
     .family = FaultFamily::network,
     .sides = FaultSides::one_or_two,
     .lasts = FaultLasts::none,
     .meaning = "Every TCP connection between side_a and side_b (or every node) that is "
                "established is reset, at both ends.",
     .bites = kReset,
     .example = R"({"kind": "reset_connections", "at": "1s", "side_a": ["n1"]})"},
    {.kind = FaultKind::connect_hang,
     .name = "connect_hang",
     .family = FaultFamily::network,
     .sides = FaultSides::one_or_two,
     .meaning = "Requests of side_a for a TCP connection to side_b (or any node) are lost: a "
                "connect hangs until it is given up.",
     .bites = kHung,
     .example = R"({"kind": "connect_hang", "at": "1s", "lasts": "3s", "side_a": ["n1"],)"
                R"( "side_b": ["n2"]})"},
    {.kind = FaultKind::connect_refused,
     .name = "connect_refused",
     .family = FaultFamily::network,
     .sides = FaultSides::one_or_two,
     .meaning = "Requests of side_a for a TCP connection to side_b (or any node) are refused, "
                "though somebody listens there.",
     .bites = kRefused,
     .example = R"({"kind": "connect_refused", "at": "1s", "lasts": "3s", "side_a": ["n1"],)"
                R"( "side_b": ["n2"]})"},
};

}  // namespace

std::span<const FaultSpec> network_faults() {
  return kFaults;
}

}  // namespace norn::faults
