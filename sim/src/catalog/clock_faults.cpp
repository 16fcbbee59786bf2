// The faults of clocks.
#include "catalog/families.hpp"

namespace norn::faults {
namespace {

constexpr std::int64_t kYear = std::int64_t{365} * 24 * 3600 * 1'000'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;

constexpr Bite kWrongReads[] = {Bite::wrong_reads};
constexpr Bite kReadsAndTimers[] = {Bite::wrong_reads, Bite::timers_moved};
constexpr Bite kSet[] = {Bite::clocks_set};
constexpr Bite kSlewBites[] = {Bite::wrong_reads, Bite::timers_moved, Bite::clocks_set};
constexpr Bite kLeapBites[] = {Bite::wrong_reads, Bite::clocks_set};
constexpr std::string_view kLeapWords[] = {"smear", "step"};

constexpr FaultParameter kSkew[] = {
    {.name = "by",
     .standard = "500ms",
     .meaning = "how far the wall clock is ahead; negative: behind",
     .least = -100 * kYear,
     .most = 100 * kYear},
};
constexpr FaultParameter kJump[] = {
    {.name = "by",
     .standard = "1s",
     .meaning = "how far the wall clock jumps forward; negative: back",
     .least = -100 * kYear,
     .most = 100 * kYear},
};
constexpr FaultParameter kDrift[] = {
    {.name = "ppm",
     .type = FaultValueType::number,
     .unit = "ppm",
     .standard = "200",
     .meaning =
         "how much faster both clocks run; negative: slower. Quartz is within 100, a virtual "
         "machine off by hundreds, a broken one by thousands",
     .least = -500'000,
     .most = 500'000},
};
constexpr FaultParameter kSlew[] = {
    {.name = "ppm",
     .type = FaultValueType::number,
     .unit = "ppm",
     .standard = "500",
     .meaning = "how fast the error is taken away; 500 is what adjtime() of Linux does at most",
     .least = 1,
     .most = 500'000},
};
constexpr FaultParameter kLeap[] = {
    {.name = "by",
     .standard = "1s",
     .meaning = "what is put in; negative: taken out",
     .least = -kSecond,
     .most = kSecond},
    {.name = "how",
     .type = FaultValueType::word,
     .standard = "smear",
     .meaning = "smear: spread evenly over the time that the fault lasts; step: all of it at the "
                "end, where the second is repeated",
     .words = kLeapWords},
};

constexpr FaultSpec kFaults[] = {
    {.kind = FaultKind::clock_skew,
     .name = "clock_skew",
     .family = FaultFamily::clock,
     .meaning =
         "The wall clocks of the nodes of side_a are off by `by`, and right again at the end. "
         "Their timers do not notice.",
     .parameters = kSkew,
     .bites = kWrongReads,
     .example = R"({"kind": "clock_skew", "at": "1s", "lasts": "5s", "by": "-2s",)"
                R"( "side_a": ["n1"]})"},
    {.kind = FaultKind::clock_drift,
     .name = "clock_drift",
     .family = FaultFamily::clock,
     .meaning = "Both clocks of the nodes of side_a run faster or slower by `ppm`, and so their "
                "timers fire early or late. At the end they run right again; what they have gained "
                "stays.",
     .parameters = kDrift,
     .bites = kReadsAndTimers,
     .example = R"({"kind": "clock_drift", "at": "1s", "lasts": "10s", "ppm": -300,)"
                R"( "side_a": ["n1"]})"},
    {.kind = FaultKind::clock_jump,
     .name = "clock_jump",
     .family = FaultFamily::clock,
     .lasts = FaultLasts::none,
     .meaning =
         "The wall clocks of the nodes of side_a jump, for good. Their timers do not notice.",
     .parameters = kJump,
     .bites = kSet,
     .example = R"({"kind": "clock_jump", "at": "2s", "by": "-60m", "side_a": ["n1"]})"},
    {.kind = FaultKind::clock_slew,
     .name = "clock_slew",
     .family = FaultFamily::clock,
     .meaning = "The nodes of side_a correct their wall clocks as NTP does: both clocks run slower "
                "or faster by `ppm` until the wall clock is right, or until the end.",
     .parameters = kSlew,
     .bites = kSlewBites,
     .example = R"({"kind": "clock_slew", "at": "3s", "ppm": 500, "side_a": ["n1"]})",
     .exclusive = true},
    {.kind = FaultKind::leap_second,
     .name = "leap_second",
     .family = FaultFamily::clock,
     .lasts = FaultLasts::required,
     .meaning =
         "The wall clocks of the nodes of side_a put in a leap second while the fault lasts, "
         "and are behind by it from then on.",
     .parameters = kLeap,
     .bites = kLeapBites,
     .example = R"({"kind": "leap_second", "at": "1s", "lasts": "10s", "how": "smear",)"
                R"( "side_a": ["n1", "n2"]})"},
};

}  // namespace

std::span<const FaultSpec> clock_faults() {
  return kFaults;
}

}  // namespace norn::faults
