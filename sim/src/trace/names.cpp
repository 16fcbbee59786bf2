#include <cstddef>
#include <iterator>

#include "norn/trace/event.hpp"

namespace norn::trace {

namespace {

// Values that a file brings may be none of the enumerators.
constexpr std::string_view kUnknown = "unknown";

template <std::size_t N>
std::string_view name_in(const std::string_view (&names)[N], std::size_t value) {
  return value < N ? names[value] : kUnknown;
}

constexpr std::string_view kKinds[] = {
    "none",        "node_start", "node_exit",   "node_crash", "fiber_start", "fiber_end",
    "fiber_block", "timer",      "send",        "deliver",    "drop",        "duplicate",
    "hold",        "file_op",    "fault_begin", "fault_end",  "choice",      "log",
    "state",       "op_call",    "op_return",   "property",   "violation",   "disk_loss",
    "run_end",     "connection"};
static_assert(std::size(kKinds) == kEventKinds);

constexpr std::string_view kDropReasons[] = {
    "loss",      "partition",  "dead_peer", "full_queue", "unknown_peer", "dead_sender",
    "corrupted", "congestion", "too_large", "rule",       "filtered"};
constexpr std::string_view kFileOps[] = {"open",   "read",     "write", "sync",           "rename",
                                         "remove", "truncate", "list",  "sync_directory", "close"};
constexpr std::string_view kConnectionOps[] = {"listen", "connect", "accept", "close",
                                               "reset",  "refused", "timeout"};
constexpr std::string_view kLogLevels[] = {"debug", "info", "warning", "error"};
constexpr std::string_view kOpOutcomes[] = {"ok", "failed", "unknown"};
constexpr std::string_view kPropertyResults[] = {"held", "violated", "seen", "never_seen",
                                                 "not_judged"};
constexpr std::string_view kBlockReasons[] = {
    "sleep",      "receive", "call",    "mutex", "condition", "channel_send", "channel_receive",
    "join",       "file",    "yield",   "other", "select",    "semaphore",    "rw_lock",
    "wait_group", "once",    "barrier", "cpu",   "mailbox",   "socket"};
constexpr std::string_view kFiberEnds[] = {"returned", "killed", "threw", "cancelled"};
constexpr std::string_view kRunEnds[] = {"completed", "violation", "limit", "stopped"};

}  // namespace

std::string_view name(EventKind kind) {
  return name_in(kKinds, static_cast<std::size_t>(kind));
}
std::string_view name(DropReason reason) {
  return name_in(kDropReasons, static_cast<std::size_t>(reason));
}
std::string_view name(FileOp op) {
  return name_in(kFileOps, static_cast<std::size_t>(op));
}
std::string_view name(ConnectionOp op) {
  return name_in(kConnectionOps, static_cast<std::size_t>(op));
}
std::string_view name(LogLevel level) {
  return name_in(kLogLevels, static_cast<std::size_t>(level));
}
std::string_view name(OpOutcome outcome) {
  return name_in(kOpOutcomes, static_cast<std::size_t>(outcome));
}
std::string_view name(PropertyResult result) {
  return name_in(kPropertyResults, static_cast<std::size_t>(result));
}
std::string_view name(BlockReason reason) {
  return name_in(kBlockReasons, static_cast<std::size_t>(reason));
}
std::string_view name(FiberEnd end) {
  return name_in(kFiberEnds, static_cast<std::size_t>(end));
}
std::string_view name(RunEnd end) {
  return name_in(kRunEnds, static_cast<std::size_t>(end));
}

}  // namespace norn::trace
