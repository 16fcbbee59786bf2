// What one simulation recorded, event by event.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace norn::trace {

// Strings of a trace (node names, message classes, paths, fault kinds) are numbered in order of
// first use; 0 is the empty string.
using StringId = std::uint32_t;
// Nodes are numbered from 1 in the order in which the scenario made them; 0 is "the simulation
// itself".
using NodeId = std::uint32_t;
// Fibers are numbered from 1 in the order of their start, over all nodes; 0 is "no fiber" (the
// host).
using FiberId = std::uint32_t;
// Events are numbered from 1 in the order in which they were recorded; 0 is "no event".
using Seq = std::uint64_t;

inline constexpr int kSchemaVersion = 1;

// The values are part of the file format: never renumber, only append.
enum class EventKind : std::uint8_t {
  none = 0,
  node_start = 1,   // node, a: incarnation (from 1)
  node_exit = 2,    // the node's main function and all its fibers ended by themselves
  node_crash = 3,   // a: incarnation that died; cause: the fault or call that killed it
  fiber_start = 4,  // a: FiberId of the new fiber, b: parent FiberId, text: name
  fiber_end = 5,    // a: FiberId, b: FiberEnd
  fiber_block = 6,  // a: FiberId, b: BlockReason (recorded only at detail level `fibers`)
  timer = 7,  // a: FiberId woken because its time came (0: an alarm rings: a deadline, a Ticker)
  send = 8,   // node: sender, a: receiver NodeId, b: bytes, text: message class, payload: the bytes
  deliver = 9,       // node: receiver, a: Seq of the send, b: bytes, text: message class
  drop = 10,         // node: receiver, a: Seq of the send, b: DropReason
  duplicate = 11,    // node: sender, a: Seq of the send: one more copy is on its way
  hold = 12,         // node: sender, a: Seq of the send: kept back until the link is released
  file_op = 13,      // a: FileOp, b: offset, c: size, d: errno value (0 = success), text: path
  fault_begin = 14,  // a: index in the fault plan, text: kind, payload: the fault as JSON
  fault_end = 15,    // a: index in the fault plan, b: how much it bit (messages, writes, nodes)
  choice = 16,       // a: key, b: options (0 = a number, not one of n), c: taken, text: label
  log = 17,          // a: LogLevel, payload: text
  state = 18,        // text: key, payload: value as JSON ("term" = 3)
  op_call =
      19,  // a: client process, b: operation number, text: function, payload: arguments as JSON
  op_return = 20,   // a: client process, b: operation number, c: OpOutcome, payload: result as JSON
  property = 21,    // text: name, a: PropertyResult, payload: detail
  violation = 22,   // text: name of the property, payload: what went wrong. Ends the trace, mostly.
  disk_loss = 23,   // node, a: unsynced writes lost, b: bytes lost: what a crash took from the disk
  run_end = 24,     // a: RunEnd
  connection = 25,  // a: ConnectionOp, b: local port, c: peer NodeId, d: its port (0: no peer yet)
};
inline constexpr int kEventKinds = 26;

enum class FiberEnd : std::uint8_t { returned = 0, killed = 1, threw = 2, cancelled = 3 };
enum class BlockReason : std::uint8_t {
  sleep = 0,
  receive = 1,
  call = 2,
  mutex = 3,
  condition = 4,
  channel_send = 5,
  channel_receive = 6,
  join = 7,
  file = 8,
  yield = 9,
  other = 10,
  select = 11,
  semaphore = 12,
  rw_lock = 13,
  wait_group = 14,
  once = 15,
  barrier = 16,
  cpu = 17,
  mailbox = 18,
  socket = 19,
};
enum class DropReason : std::uint8_t {
  loss = 0,
  partition = 1,
  dead_peer = 2,
  full_queue = 3,
  unknown_peer = 4,
  dead_sender = 5,
  corrupted = 6,   // the receiver's checksum does not match
  congestion = 7,  // the queue of a link
  too_large = 8,   // for the link's MTU
  rule = 9,
  filtered = 10,  // something on the way takes no new connections
};
enum class FileOp : std::uint8_t {
  open = 0,
  read = 1,
  write = 2,
  sync = 3,
  rename = 4,
  remove = 5,
  truncate = 6,
  list = 7,
  sync_directory = 8,
  close = 9,
};
enum class ConnectionOp : std::uint8_t {
  listen = 0,
  connect = 1,  // the handshake is done, at the end that asked for it
  accept = 2,   // node code took it from its listener
  close = 3,    // at this end
  reset = 4,    // by the peer
  refused = 5,
  timeout = 6,  // given up
};
enum class LogLevel : std::uint8_t { debug = 0, info = 1, warning = 2, error = 3 };
enum class OpOutcome : std::uint8_t { ok = 0, failed = 1, unknown = 2 };
enum class PropertyResult : std::uint8_t {
  held = 0,
  violated = 1,
  seen = 2,
  never_seen = 3,
  not_judged = 4
};
enum class RunEnd : std::uint8_t { completed = 0, violation = 1, limit = 2, stopped = 3 };

// One decoded event. `payload` points into the reader's chunk and lives as long as the reader says.
struct Event {
  Seq seq = 0;
  std::int64_t time_ns = 0;  // virtual time since the start of the simulation
  EventKind kind = EventKind::none;
  NodeId node = 0;                // where it happened
  std::uint32_t incarnation = 0;  // which life of that node (from 1; 0 for the simulation itself)
  FiberId fiber = 0;              // which fiber did it (0: the world did)
  Seq cause = 0;                  // the event that brought it about (0: a root)
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  std::uint64_t c = 0;
  std::uint64_t d = 0;
  StringId text = 0;
  std::span<const std::byte> payload = {};
};

std::string_view name(EventKind kind);
std::string_view name(DropReason reason);
std::string_view name(FileOp op);
std::string_view name(ConnectionOp op);
std::string_view name(LogLevel level);
std::string_view name(OpOutcome outcome);
std::string_view name(PropertyResult result);
std::string_view name(BlockReason reason);
std::string_view name(FiberEnd end);
std::string_view name(RunEnd end);

}  // namespace norn::trace
