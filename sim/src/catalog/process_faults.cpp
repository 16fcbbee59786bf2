// The faults of processes and machines.
#include "catalog/families.hpp"

namespace norn::faults {
namespace {

constexpr Bite kKilled[] = {Bite::nodes_killed};

constexpr Bite kKilledAndStarted[] = {Bite::nodes_killed, Bite::nodes_started};
constexpr Bite kHeldUp[] = {Bite::wakes_held_up};
constexpr Bite kHeldUpAndMoved[] = {Bite::wakes_held_up, Bite::timers_moved};
constexpr std::string_view kTimersWords[] = {"late", "stop"};
constexpr std::string_view kByWords[] = {"kill", "crash"};

constexpr FaultParameter kPause[] = {
    {.name = "timers",
     .type = FaultValueType::word,
     .standard = "late",
     .meaning =
         "late: the clocks go on, and timers that are due fire at the end, as after a long "
         "garbage collection; stop: the monotonic clock stands still, and only the wall clock "
         "shows the pause, as when a virtual machine is moved",
     .words = kTimersWords},
};
constexpr FaultParameter kSlowCpu[] = {
    {.name = "factor",
     .type = FaultValueType::number,
     .unit = "times",
     .standard = "10",
     .meaning = "how many times longer consume() takes",
     .least = 1,
     .most = 1000},
    {.name = "wake_cost",
     .standard = "50us",
     .meaning = "what each wake-up of a fiber costs; the node's fibers wait for each other",
     .least = 1000},
};
constexpr FaultParameter kLoopBy = {.name = "by",
                                    .type = FaultValueType::word,
                                    .standard = "kill",
                                    .meaning = "kill: the process dies; crash: the machine does",
                                    .words = kByWords};
constexpr FaultParameter kCrashLoop[] = {
    {.name = "up_for", .standard = "300ms", .meaning = "mean time from a start to the next crash"},
    {.name = "down_for", .standard = "100ms", .meaning = "mean time from a crash to the start"},
    kLoopBy,
};
constexpr FaultParameter kInRecovery[] = {
    {.name = "times",
     .type = FaultValueType::number,
     .unit = "crashes",
     .standard = "2",
     .meaning = "how often it crashes again",
     .least = 1,
     .most = 1000},
    {.name = "within",
     .standard = "20ms",
     .meaning = "it crashes again at a time uniform up to this after each start",
     .least = 1},
    {.name = "down_for", .standard = "50ms", .meaning = "mean time from a crash to the start"},
    kLoopBy,
};

constexpr Bite kStopped[] = {Bite::nodes_stopped};
constexpr Bite kUpgraded[] = {Bite::nodes_stopped, Bite::nodes_upgraded};
constexpr Bite kDisksLost[] = {Bite::disks_lost};
constexpr Bite kAllocations[] = {Bite::allocations_failed};

constexpr FaultParameter kShutdown[] = {
    {.name = "grace",
     .standard = "1s",
     .meaning = "time to end by themselves; then they are killed. A node that does not ask whether "
                "it is to stop has none"},
};
constexpr FaultParameter kUpgrade[] = {
    {.name = "grace", .standard = "50ms", .meaning = "as of a shutdown; at most as it lasts"},
};
constexpr FaultParameter kMemory[] = {
    {.name = "bytes",
     .type = FaultValueType::number,
     .unit = "bytes",
     .standard = "1048576",
     .meaning = "what a node may have in use of memory()"},
    {.name = "fails",
     .type = FaultValueType::share,
     .standard = "0/1",
     .meaning = "the share of allocations from memory() that fail besides"},
};

constexpr FaultSpec kFaults[] = {
    {.kind = FaultKind::crash,
     .name = "crash",
     .family = FaultFamily::process,
     .meaning =
         "The nodes of side_a die, and start again at the end; without an end they stay dead.",
     .bites = kKilled,
     .example = R"({"kind": "crash", "at": "2s", "lasts": "300ms", "side_a": ["n1"]})"},
    {.kind = FaultKind::kill,
     .name = "kill",
     .family = FaultFamily::process,
     .meaning =
         "The processes of side_a die as by SIGKILL, and start again at the end; without an "
         "end they stay dead. Their machines live: what they wrote and did not sync is there "
         "at the start, and their sockets are closed.",
     .bites = kKilled,
     .example = R"({"kind": "kill", "at": "2s", "lasts": "300ms", "side_a": ["n1"]})"},
    {.kind = FaultKind::pause,
     .name = "pause",
     .family = FaultFamily::process,
     .meaning =
         "The nodes of side_a stand still: none of their fibers runs, and messages queue up.",
     .parameters = kPause,
     .bites = kHeldUpAndMoved,
     .example = R"({"kind": "pause", "at": "2s", "lasts": "1500ms", "side_a": ["n1"]})"},
    {.kind = FaultKind::slow_cpu,
     .name = "slow_cpu",
     .family = FaultFamily::process,
     .meaning = "The processors of side_a are slow.",
     .parameters = kSlowCpu,
     .bites = kHeldUp,
     .example = R"({"kind": "slow_cpu", "at": "2s", "lasts": "3s", "factor": 20,)"
                R"( "wake_cost": "1ms", "side_a": ["n1"]})",
     .exclusive = true},
    {.kind = FaultKind::crash_loop,
     .name = "crash_loop",
     .family = FaultFamily::process,
     .lasts = FaultLasts::required,
     .meaning = "Each node of side_a crashes and starts, again and again; at the end it is up.",
     .parameters = kCrashLoop,
     .bites = kKilledAndStarted,
     .example = R"({"kind": "crash_loop", "at": "2s", "lasts": "2s", "up_for": "200ms",)"
                R"( "side_a": ["n1"]})",
     .exclusive = true},
    {.kind = FaultKind::crash_in_recovery,
     .name = "crash_in_recovery",
     .family = FaultFamily::process,
     .lasts = FaultLasts::required,
     .meaning =
         "Each node of side_a crashes, and crashes again soon after it has started: while it "
         "recovers. At the end it is up.",
     .parameters = kInRecovery,
     .bites = kKilledAndStarted,
     .example = R"({"kind": "crash_in_recovery", "at": "2s", "lasts": "1s", "times": 3,)"
                R"( "by": "crash", "side_a": ["n1"]})",
     .exclusive = true},
    {.kind = FaultKind::shutdown,
     .name = "shutdown",
     .family = FaultFamily::process,
     .meaning = "The nodes of side_a are asked to stop, as by SIGTERM, and start again at the end; "
                "without an end they stay down.",
     .parameters = kShutdown,
     .bites = kStopped,
     .example = R"({"kind": "shutdown", "at": "2s", "lasts": "3s", "grace": "500ms",)"
                R"( "side_a": ["n1"]})"},
    {.kind = FaultKind::upgrade,
     .name = "upgrade",
     .family = FaultFamily::process,
     .lasts = FaultLasts::required,
     .meaning = "The nodes of side_a are shut down, and start at the end with their next version. "
                "Several of these, one node after the other, are a rolling upgrade.",
     .parameters = kUpgrade,
     .bites = kUpgraded,
     .example = R"({"kind": "upgrade", "at": "2s", "lasts": "300ms", "side_a": ["n1"]})",
     .exclusive = true},
    {.kind = FaultKind::wipe_disk,
     .name = "wipe_disk",
     .family = FaultFamily::process,
     .meaning = "The machines of side_a die, and start at the end with empty disks.",
     .bites = kDisksLost,
     .example = R"({"kind": "wipe_disk", "at": "2s", "lasts": "1s", "side_a": ["n1"]})"},
    {.kind = FaultKind::swap_disk,
     .name = "swap_disk",
     .family = FaultFamily::process,
     .meaning = "The machines of side_a die, and start at the end with each other's disks: each "
                "with that of the one named before it, the first with that of the last.",
     .bites = kDisksLost,
     .example = R"({"kind": "swap_disk", "at": "2s", "lasts": "1s", "side_a": ["n1", "n2"]})"},
    {.kind = FaultKind::memory_limit,
     .name = "memory_limit",
     .family = FaultFamily::process,
     .meaning = "The nodes of side_a have little memory: memory() refuses what is more.",
     .parameters = kMemory,
     .bites = kAllocations,
     .example = R"({"kind": "memory_limit", "at": "2s", "lasts": "3s", "bytes": 65536,)"
                R"( "fails": "1/100", "side_a": ["n1"]})",
     .exclusive = true},
};

}  // namespace

std::span<const FaultSpec> process_faults() {
  return kFaults;
}

}  // namespace norn::faults
