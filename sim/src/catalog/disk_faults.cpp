// The faults of disks.
#include "catalog/families.hpp"

namespace norn::faults {
namespace {

constexpr Bite kFailed[] = {Bite::file_calls_failed};
constexpr Bite kDelayed[] = {Bite::file_calls_delayed};
constexpr Bite kKept[] = {Bite::writes_kept, Bite::writes_torn, Bite::names_kept};
constexpr Bite kLost[] = {Bite::writes_lost};
constexpr Bite kMisdirected[] = {Bite::writes_misdirected};
constexpr Bite kRotten[] = {Bite::sectors_rotten};

constexpr FaultParameter kPath = {
    .name = "path",
    .type = FaultValueType::word,
    .meaning = "Only files and directories whose path begins like this; empty: the whole disk.",
    .may_be_empty = true};

constexpr FaultParameter kKeepCopies = {
    .name = "keep_copies",
    .type = FaultValueType::number,
    .unit = "nodes",
    .standard = "0",
    .meaning =
        "Of each block of 4096 bytes, by path and place, this many of the nodes of side_a "
        "are spared: with a majority of them, a system whose nodes hold the same files "
        "never loses all good copies of a quorum."};

constexpr FaultParameter share(std::string_view standard, std::string_view meaning) {
  return {.name = "share", .type = FaultValueType::share, .standard = standard, .meaning = meaning};
}

constexpr FaultParameter kTornParameters[] = {
    {.name = "keeps",
     .type = FaultValueType::share,
     .standard = "2/3",
     .meaning = "Of the calls that were not synced: they survive. One crash in ten keeps all of "
                "them, and one in ten none."},
    {.name = "torn",
     .type = FaultValueType::share,
     .standard = "1/4",
     .meaning = "Of the writes that survive: only some of their sectors do, or the new size "
                "without the bytes."},
    {.name = "grain",
     .type = FaultValueType::number,
     .unit = "bytes",
     .standard = "512",
     .meaning = "What is written whole: a sector of 512 bytes, or up to a page of 4096.",
     .least = 512,
     .most = 4096},
};
constexpr FaultParameter kLostParameters[] = {
    share("1/10", "Of the writes that a sync takes along."), kKeepCopies, kPath};
constexpr FaultParameter kRotParameters[] = {share("1/100", "Of the sectors of 512 bytes."),
                                             kKeepCopies, kPath};
constexpr std::string_view kBy[] = {"block", "call"};
constexpr FaultParameter kReadErrorParameters[] = {
    share("1/10", "Of the blocks of 4096 bytes, or of the calls."),
    {.name = "by",
     .type = FaultValueType::word,
     .standard = "block",
     .meaning = "block: a bad block fails each time. call: each read has its own luck.",
     .words = kBy},
    kKeepCopies,
    kPath};
constexpr FaultParameter kErrorParameters[] = {share("1/10", "Of the calls."), kPath};
constexpr FaultParameter kFullParameters[] = {
    {.name = "free",
     .type = FaultValueType::number,
     .unit = "bytes",
     .standard = "0",
     .meaning = "How much more can be written than is on the disk when the fault begins."}};
constexpr FaultParameter kQuotaParameters[] = {
    {.name = "most",
     .type = FaultValueType::number,
     .unit = "bytes",
     .standard = "65536",
     .meaning = "How much content the disk may hold in all, in whole blocks of 4096 bytes."}};
constexpr FaultParameter kSlowParameters[] = {
    {.name = "iops",
     .type = FaultValueType::number,
     .unit = "operations a second",
     .standard = "5000",
     .meaning = "Reads and syncs are done one after the other, so many a second.",
     .least = 1,
     .most = 1'000'000'000},
    {.name = "bandwidth",
     .type = FaultValueType::number,
     .unit = "bytes a second",
     .standard = "50000000",
     .meaning = "What is read, and what a sync has to write, passes at this rate.",
     .least = 1,
     .most = 1'000'000'000'000},
    {.name = "sync_min",
     .type = FaultValueType::duration,
     .standard = "5ms",
     .meaning = "A sync takes at least this long on top."},
    {.name = "sync_max",
     .type = FaultValueType::duration,
     .standard = "15ms",
     .meaning = "And at most this long; evenly between."},
};
constexpr FaultParameter kPathOnly[] = {kPath};

constexpr FaultSpec kFaults[] = {
    {.kind = FaultKind::torn_writes,
     .name = "torn_writes",
     .family = FaultFamily::disk,
     .meaning = "A crash of a node of side_a meanwhile keeps a part of what was not synced: writes "
                "out of order, by the sector, sizes without bytes, names without content. "
                "Otherwise a crash keeps nothing of it.",
     .parameters = kTornParameters,
     .bites = kKept,
     .example = R"({"kind": "torn_writes", "at": "0s", "lasts": "10s", "side_a": ["n1"],)"
                R"( "keeps": "2/3", "torn": "1/4", "grain": 512})",
     .exclusive = true},
    {.kind = FaultKind::lost_write,
     .name = "lost_write",
     .family = FaultFamily::disk,
     .meaning = "A sync says that it succeeded, but a write never reached the medium: once synced, "
                "the file reads as if it had not been made (its new size remains).",
     .parameters = kLostParameters,
     .bites = kLost,
     .example = R"({"kind": "lost_write", "at": "1s", "lasts": "1s", "side_a": ["n1"],)"
                R"( "share": "1/10", "path": "wal"})"},
    {.kind = FaultKind::misdirected_write,
     .name = "misdirected_write",
     .family = FaultFamily::disk,
     .meaning = "A sync says that it succeeded, but a write went to another sector of its file: "
                "one place keeps what it had, another is overwritten. Files of one sector are "
                "spared.",
     .parameters = kLostParameters,
     .bites = kMisdirected,
     .example = R"({"kind": "misdirected_write", "at": "1s", "lasts": "1s", "side_a": ["n1"],)"
                R"( "share": "1/10"})"},
    {.kind = FaultKind::bit_rot,
     .name = "bit_rot",
     .family = FaultFamily::disk,
     .meaning = "Sectors read back with one bit turned, the same one each time, until they are "
                "written with other content or the fault ends. What is not synced does not rot.",
     .parameters = kRotParameters,
     .bites = kRotten,
     .example = R"({"kind": "bit_rot", "at": "1s", "side_a": ["n1", "n2", "n3"],)"
                R"( "share": "1/50", "keep_copies": 2})"},
    {.kind = FaultKind::read_error,
     .name = "read_error",
     .family = FaultFamily::disk,
     .meaning = "Reads fail with EIO.",
     .parameters = kReadErrorParameters,
     .bites = kFailed,
     .example = R"({"kind": "read_error", "at": "1s", "lasts": "1s", "side_a": ["n1"],)"
                R"( "share": "1/10", "by": "block"})"},
    {.kind = FaultKind::write_error,
     .name = "write_error",
     .family = FaultFamily::disk,
     .meaning = "Writes fail with EIO, and write nothing.",
     .parameters = kErrorParameters,
     .bites = kFailed,
     .example = R"({"kind": "write_error", "at": "1s", "lasts": "1s", "side_a": ["n1"],)"
                R"( "share": "1/10"})"},
    {.kind = FaultKind::sync_error,
     .name = "sync_error",
     .family = FaultFamily::disk,
     .meaning = "Syncs of files and directories fail with EIO. As on Linux, the pages of the file "
                "count as written afterwards: they read back, the next sync succeeds without "
                "writing them, and a crash takes them.",
     .parameters = kErrorParameters,
     .bites = kFailed,
     .example = R"({"kind": "sync_error", "at": "1s", "lasts": "1s", "side_a": ["n1"],)"
                R"( "share": "1/10"})"},
    {.kind = FaultKind::disk_full,
     .name = "disk_full",
     .family = FaultFamily::disk,
     .meaning = "Writes that need new blocks fail with ENOSPC, or are cut short.",
     .parameters = kFullParameters,
     .bites = kFailed,
     .example = R"({"kind": "disk_full", "at": "1s", "lasts": "1s", "side_a": ["n1"],)"
                R"( "free": 8192})"},
    {.kind = FaultKind::disk_quota,
     .name = "disk_quota",
     .family = FaultFamily::disk,
     .meaning = "Writes that need new blocks beyond the quota fail with EDQUOT, or are cut short.",
     .parameters = kQuotaParameters,
     .bites = kFailed,
     .example = R"({"kind": "disk_quota", "at": "1s", "lasts": "1s", "side_a": ["n1"],)"
                R"( "most": 65536})"},
    {.kind = FaultKind::disk_slow,
     .name = "disk_slow",
     .family = FaultFamily::disk,
     .meaning = "Reads and syncs queue for a disk that does so much a second and no more. The "
                "defaults are those of FoundationDB's simulator.",
     .parameters = kSlowParameters,
     .bites = kDelayed,
     .example = R"({"kind": "disk_slow", "at": "1s", "lasts": "5s", "side_a": ["n1"],)"
                R"( "iops": 200, "bandwidth": 1000000, "sync_min": "5ms", "sync_max": "15ms"})",
     .exclusive = true},
    {.kind = FaultKind::disk_stall,
     .name = "disk_stall",
     .family = FaultFamily::disk,
     .meaning = "No read, write or sync goes on before the end.",
     .parameters = kPathOnly,
     .bites = kDelayed,
     .example = R"({"kind": "disk_stall", "at": "1s", "lasts": "2s", "side_a": ["n1"]})"},
    {.kind = FaultKind::read_only,
     .name = "read_only",
     .family = FaultFamily::disk,
     .meaning = "As after Linux remounts a file system whose journal failed: every call that "
                "changes something fails with EROFS, a sync too if there is something to write.",
     .parameters = kPathOnly,
     .bites = kFailed,
     .example = R"({"kind": "read_only", "at": "1s", "lasts": "2s", "side_a": ["n1"]})"},
};

}  // namespace

std::span<const FaultSpec> disk_faults() {
  return kFaults;
}

}  // namespace norn::faults
