// The faults of the network that let messages pass, but not as they should.
#include "catalog/families.hpp"

namespace norn::faults {
namespace {

constexpr Bite kDropped[] = {Bite::messages_dropped};
constexpr Bite kDelayed[] = {Bite::messages_delayed};
constexpr Bite kCopied[] = {Bite::messages_copied};
constexpr Bite kReordered[] = {Bite::messages_reordered};
constexpr Bite kCorrupted[] = {Bite::messages_dropped, Bite::messages_corrupted};
constexpr Bite kTruncated[] = {Bite::messages_dropped, Bite::messages_truncated};
constexpr Bite kQueued[] = {Bite::messages_delayed, Bite::messages_dropped};
constexpr Bite kTooLarge[] = {Bite::messages_dropped, Bite::segments_cut};
constexpr Bite kRuled[] = {Bite::messages_dropped, Bite::messages_delayed, Bite::messages_copied,
                           Bite::messages_corrupted, Bite::messages_passed};

constexpr std::int64_t kDayNs = 86'400'000'000'000;
constexpr std::int64_t kManyBytes = 1'000'000'000'000;

constexpr std::string_view kQueues[] = {"link", "sender", "receiver"};
constexpr std::string_view kDisciplines[] = {"drop_tail", "codel"};
constexpr std::string_view kVerdicts[] = {"drop", "pass", "deliver_after", "duplicate", "corrupt"};

constexpr FaultParameter kWay = {
    .name = "way",
    .type = FaultValueType::word,
    .standard = "both",
    .meaning = "Which messages: out, from side_a to side_b; in, from side_b to side_a; both.",
    .words = kWays};
constexpr FaultParameter kUndetected = {
    .name = "undetected",
    .type = FaultValueType::share,
    .standard = "0/1",
    .meaning =
        "Share of the damaged messages that arrive all the same; the receiver's checksum "
        "finds the others, which are dropped."};

constexpr FaultParameter share(std::string_view standard, std::string_view meaning) {
  return {.name = "share", .type = FaultValueType::share, .standard = standard, .meaning = meaning};
}

constexpr FaultParameter kSlowNode[] = {
    {.name = "factor",
     .type = FaultValueType::number,
     .unit = "times",
     .standard = "10",
     .meaning = "How many times as long messages to and from it take.",
     .least = 2,
     .most = 100'000},
};
constexpr FaultParameter kSlowLink[] = {
    {.name = "factor",
     .type = FaultValueType::number,
     .unit = "times",
     .standard = "10",
     .meaning = "How many times as long messages take.",
     .least = 2,
     .most = 100'000},
    kWay,
};
constexpr FaultParameter kDelay[] = {
    {.name = "extra",
     .standard = "100ms",
     .meaning = "How much longer each message takes.",
     .most = kDayNs},
    {.name = "jitter",
     .standard = "0ns",
     .meaning = "Up to so much more, uniform.",
     .most = kDayNs},
    kWay,
};
constexpr FaultParameter kLoss[] = {
    share("1/10", "Share of the messages that are lost, each for itself."),
    kWay,
};
constexpr FaultParameter kLossBurst[] = {
    {.name = "begins",
     .type = FaultValueType::share,
     .standard = "1/100",
     .meaning = "Chance at each message that a good link turns bad."},
    {.name = "ends",
     .type = FaultValueType::share,
     .standard = "1/10",
     .meaning = "Chance at each message that a bad link turns good."},
    share("1/1", "Share of the messages that are lost while a link is bad."),
    kWay,
};
constexpr FaultParameter kDuplicate[] = {
    share("1/10", "Share of the messages that arrive twice, each after a delay of its own."),
    kWay,
};
constexpr FaultParameter kReorder[] = {
    share("1/10", "Share of the messages that are kept back for a while."),
    {.name = "by", .standard = "10ms", .meaning = "For how long at most, uniform.", .most = kDayNs},
    kWay,
};
constexpr FaultParameter kCorrupt[] = {
    share("1/100", "Share of the messages of which one bit is flipped."),
    kUndetected,
    kWay,
};
constexpr FaultParameter kTruncate[] = {
    share("1/100", "Share of the messages that lose their end."),
    kUndetected,
    kWay,
};
constexpr FaultParameter kBandwidth[] = {
    {.name = "rate",
     .type = FaultValueType::number,
     .unit = "bytes a second",
     .standard = "125000",
     .meaning = "How many bytes pass in a second, headers included.",
     .least = 1,
     .most = kManyBytes},
    {.name = "queue",
     .type = FaultValueType::number,
     .unit = "bytes",
     .standard = "64000",
     .meaning = "How many bytes may wait or be under transmission; what finds no room is lost.",
     .least = 1,
     .most = kManyBytes},
    {.name = "discipline",
     .type = FaultValueType::word,
     .standard = "drop_tail",
     .meaning = "codel: also what has waited too long is lost (RFC 8289).",
     .words = kDisciplines},
    {.name = "shared_by",
     .type = FaultValueType::word,
     .standard = "link",
     .meaning = "Whose messages share one queue: those of a link, of a sender, of a receiver.",
     .words = kQueues},
    kWay,
};
constexpr FaultParameter kMtu[] = {
    {.name = "bytes",
     .type = FaultValueType::number,
     .unit = "bytes",
     .standard = "576",
     .meaning = "Of a message on the wire, headers included. Larger datagrams are lost; TCP cuts "
                "its segments to it.",
     .least = 68,  // RFC 791: what every link carries
     .most = 1'000'000'000},
    kWay,
};
constexpr FaultParameter kRule[] = {
    {.name = "verdict",
     .type = FaultValueType::word,
     .standard = "drop",
     .meaning = "What is done with the messages that all the rest fits. The rule that is oldest "
                "decides alone.",
     .words = kVerdicts},
    {.name = "delay", .standard = "1s", .meaning = "Of the verdict deliver_after.", .most = kDayNs},
    {.name = "message",
     .type = FaultValueType::word,
     .meaning = "The type of the message, as in a trace; empty: any.",
     .may_be_empty = true},
    {.name = "content",
     .type = FaultValueType::word,
     .meaning = "A text that is somewhere in the payload; empty: any.",
     .may_be_empty = true},
    {.name = "nth",
     .type = FaultValueType::number,
     .unit = "messages",
     .standard = "0",
     .meaning = "Only the nth of the messages that all the rest fits, from 1; 0: each."},
    {.name = "way",
     .type = FaultValueType::word,
     .standard = "out",
     .meaning = "Which messages: out, from side_a to side_b; in, from side_b to side_a; both.",
     .words = kWays},
};

constexpr FaultSpec kFaults[] = {
    {.kind = FaultKind::slow_node,
     .name = "slow_node",
     .family = FaultFamily::network,
     .meaning = "Messages to and from the nodes of side_a take many times as long.",
     .parameters = kSlowNode,
     .bites = kDelayed,
     .example = R"({"kind": "slow_node", "at": "1s", "lasts": "5s", "side_a": ["n1"],)"
                R"( "factor": 20})"},
    {.kind = FaultKind::slow_link,
     .name = "slow_link",
     .family = FaultFamily::network,
     .sides = FaultSides::two,
     .meaning = "Messages between side_a and side_b take many times as long.",
     .parameters = kSlowLink,
     .bites = kDelayed,
     .example = R"({"kind": "slow_link", "at": "1s", "lasts": "5s", "side_a": ["n1"],)"
                R"( "side_b": ["n2"], "factor": 20})"},
    {.kind = FaultKind::delay,
     .name = "delay",
     .family = FaultFamily::network,
     .sides = FaultSides::one_or_two,
     .meaning = "Messages between side_a and side_b (or every node) take so much longer.",
     .parameters = kDelay,
     .bites = kDelayed,
     .example = R"({"kind": "delay", "at": "1s", "lasts": "5s", "side_a": ["n1"],)"
                R"( "extra": "50ms", "jitter": "20ms"})"},
    {.kind = FaultKind::loss,
     .name = "loss",
     .family = FaultFamily::network,
     .sides = FaultSides::one_or_two,
     .meaning = "A share of the messages between side_a and side_b (or every node) is lost.",
     .parameters = kLoss,
     .bites = kDropped,
     .example = R"({"kind": "loss", "at": "1s", "lasts": "5s", "side_a": ["n1"],)"
                R"( "share": "1/5"})"},
    {.kind = FaultKind::loss_burst,
     .name = "loss_burst",
     .family = FaultFamily::network,
     .sides = FaultSides::one_or_two,
     .meaning = "Links between side_a and side_b (or every node) lose messages in bursts, after "
                "Gilbert and Elliott, each link for itself.",
     .parameters = kLossBurst,
     .bites = kDropped,
     .example = R"({"kind": "loss_burst", "at": "1s", "lasts": "5s", "side_a": ["n1"],)"
                R"( "begins": "1/50", "ends": "1/5"})"},
    {.kind = FaultKind::duplicate,
     .name = "duplicate",
     .family = FaultFamily::network,
     .sides = FaultSides::one_or_two,
     .meaning = "A share of the messages between side_a and side_b (or every node) arrives twice.",
     .parameters = kDuplicate,
     .bites = kCopied,
     .example = R"({"kind": "duplicate", "at": "1s", "lasts": "5s", "side_a": ["n1"],)"
                R"( "share": "1/4"})"},
    {.kind = FaultKind::reorder,
     .name = "reorder",
     .family = FaultFamily::network,
     .sides = FaultSides::one_or_two,
     .meaning = "A share of the messages between side_a and side_b (or every node) is kept back "
                "for a while, so that later ones overtake it.",
     .parameters = kReorder,
     .bites = kReordered,
     .example = R"({"kind": "reorder", "at": "1s", "lasts": "5s", "side_a": ["n1"],)"
                R"( "share": "1/4", "by": "50ms"})"},
    {.kind = FaultKind::corrupt,
     .name = "corrupt",
     .family = FaultFamily::network,
     .sides = FaultSides::one_or_two,
     .meaning = "A share of the messages between side_a and side_b (or every node) has one bit "
                "flipped. Of TCP segments only the data is ever damaged unseen.",
     .parameters = kCorrupt,
     .bites = kCorrupted,
     .example = R"({"kind": "corrupt", "at": "1s", "lasts": "5s", "side_a": ["n1"],)"
                R"( "share": "1/10", "undetected": "1/100"})"},
    {.kind = FaultKind::truncate,
     .name = "truncate",
     .family = FaultFamily::network,
     .sides = FaultSides::one_or_two,
     .meaning = "A share of the messages between side_a and side_b (or every node) loses its "
                "end. Of TCP segments only the data is ever cut unseen.",
     .parameters = kTruncate,
     .bites = kTruncated,
     .example = R"({"kind": "truncate", "at": "1s", "lasts": "5s", "side_a": ["n1"],)"
                R"( "share": "1/10", "undetected": "1/2"})"},
    {.kind = FaultKind::bandwidth,
     .name = "bandwidth",
     .family = FaultFamily::network,
     .sides = FaultSides::one_or_two,
     .meaning = "Links between side_a and side_b (or every node) carry only so many bytes a "
                "second; the rest waits in a queue, each direction of each link in its own.",
     .parameters = kBandwidth,
     .bites = kQueued,
     .example = R"({"kind": "bandwidth", "at": "1s", "lasts": "5s", "side_a": ["n1"],)"
                R"( "rate": 10000, "discipline": "codel"})"},
    {.kind = FaultKind::mtu,
     .name = "mtu",
     .family = FaultFamily::network,
     .sides = FaultSides::one_or_two,
     .meaning = "Links between side_a and side_b (or every node) carry no larger messages.",
     .parameters = kMtu,
     .bites = kTooLarge,
     .example = R"({"kind": "mtu", "at": "1s", "lasts": "5s", "side_a": ["n1"],)"
                R"( "bytes": 576})"},
    {.kind = FaultKind::rule,
     .name = "rule",
     .family = FaultFamily::network,
     .sides = FaultSides::one_or_two,
     .meaning = "Decides about messages between side_a and side_b (or every node) by their type, "
                "content and number.",
     .parameters = kRule,
     .bites = kRuled,
     .example = R"({"kind": "rule", "at": "1s", "side_a": ["n1"], "message": "RequestVote",)"
                R"( "nth": 3, "verdict": "deliver_after", "delay": "250ms"})"},
};

}  // namespace

std::span<const FaultSpec> link_faults() {
  return kFaults;
}

}  // namespace norn::faults
