#include "norn/trace/describe.hpp"

#include <array>

#include "trace/bytes.hpp"

namespace norn::trace {

namespace {

using Describe = std::string (*)(const Reader&, const Event&);

std::string node_text(const Reader& reader, std::uint64_t node) {
  return printable(reader.node_name(static_cast<NodeId>(node)));
}

std::string name_text(const Reader& reader, const Event& event) {
  return printable(reader.string(event.text));
}

std::string fiber_text(const Reader& reader, std::uint64_t fiber) {
  if (fiber == 0) return "no fiber";
  std::string text = "fiber " + std::to_string(fiber);
  const auto info = reader.fiber(static_cast<FiberId>(fiber));
  if (info && info->name != 0) text += " '" + printable(reader.string(info->name)) + "'";
  return text;
}

std::string bytes_text(std::uint64_t bytes) {
  return std::to_string(bytes) + " B";
}

// The message that an event is about, by the number of its send.
std::string message_of(const Reader& reader, Seq send) {
  const auto found = reader.event(send);
  if (!found.ok() || found->kind != EventKind::send)
    return "message of event " + std::to_string(send);
  return message_text(reader, *found);
}

// An enumerator in an integer that a file brought.
template <class Enum>
std::string enum_text(std::uint64_t value) {
  return std::string(name(static_cast<Enum>(value < 256 ? value : 255)));
}

std::string quoted_payload(const Event& event) {
  const std::string text = payload_text(event);
  return text.empty() ? text : ": " + text;
}

std::string describe_node_start(const Reader& reader, const Event& event) {
  return node_text(reader, event.node) + (event.a > 1 ? " restarts, life " : " starts, life ") +
         std::to_string(event.a);
}
std::string describe_node_exit(const Reader& reader, const Event& event) {
  return node_text(reader, event.node) + " ends by itself";
}
std::string describe_node_crash(const Reader& reader, const Event& event) {
  return node_text(reader, event.node) + " crashes, life " + std::to_string(event.a);
}
std::string describe_fiber_start(const Reader& reader, const Event& event) {
  std::string text = "fiber " + std::to_string(event.a);
  if (event.text != 0) text += " '" + name_text(reader, event) + "'";
  text += " starts";
  return event.b == 0 ? text : text + ", child of " + fiber_text(reader, event.b);
}
std::string describe_fiber_end(const Reader& reader, const Event& event) {
  return fiber_text(reader, event.a) + " ends: " + enum_text<FiberEnd>(event.b);
}
std::string describe_fiber_block(const Reader& reader, const Event& event) {
  return fiber_text(reader, event.a) + " blocks: " + enum_text<BlockReason>(event.b);
}
std::string describe_timer(const Reader& reader, const Event& event) {
  return event.a == 0 ? "a deadline passes" : "wakes " + fiber_text(reader, event.a);
}
std::string describe_deliver(const Reader& reader, const Event& event) {
  const auto send = reader.event(event.a);
  const std::string from =
      send.ok() ? node_text(reader, send->node) : "event " + std::to_string(event.a);
  return node_text(reader, event.node) + " ← " + from + " " + name_text(reader, event) + " " +
         bytes_text(event.b);
}
std::string describe_drop(const Reader& reader, const Event& event) {
  return message_of(reader, event.a) + " dropped: " + enum_text<DropReason>(event.b);
}
std::string describe_duplicate(const Reader& reader, const Event& event) {
  return message_of(reader, event.a) + " duplicated";
}
std::string describe_hold(const Reader& reader, const Event& event) {
  return message_of(reader, event.a) + " held back";
}
std::string describe_file_op(const Reader& reader, const Event& event) {
  const auto op = static_cast<FileOp>(event.a);
  std::string text = enum_text<FileOp>(event.a) + " " + name_text(reader, event);
  if (op == FileOp::read || op == FileOp::write) {
    text += " " + bytes_text(event.c) + " at " + std::to_string(event.b);
  } else if (op == FileOp::truncate) {
    text += " to " + bytes_text(event.c);
  }
  return event.d == 0 ? text : text + " failed: errno " + std::to_string(event.d);
}
std::string describe_connection(const Reader& reader, const Event& event) {
  std::string text = enum_text<ConnectionOp>(event.a) + " :" + std::to_string(event.b);
  if (event.c == 0) return text;
  return text + " ↔ " + node_text(reader, event.c) + ":" + std::to_string(event.d);
}
std::string describe_fault_begin(const Reader& reader, const Event& event) {
  return "fault " + std::to_string(event.a) + " begins: " + name_text(reader, event) + " " +
         payload_text(event);
}
std::string describe_fault_end(const Reader&, const Event& event) {
  return "fault " + std::to_string(event.a) + " ends, it bit " + std::to_string(event.b) +
         (event.b == 1 ? " time" : " times");
}
std::string describe_choice(const Reader& reader, const Event& event) {
  std::string text = "choice " + name_text(reader, event) + ": " + std::to_string(event.c);
  return event.b == 0 ? text : text + " of " + std::to_string(event.b);
}
std::string describe_log(const Reader&, const Event& event) {
  return enum_text<LogLevel>(event.a) + quoted_payload(event);
}
std::string describe_state(const Reader& reader, const Event& event) {
  return name_text(reader, event) + " = " + payload_text(event);
}
std::string describe_op_call(const Reader& reader, const Event& event) {
  return "client " + std::to_string(event.a) + " calls " + name_text(reader, event) + " #" +
         std::to_string(event.b) + quoted_payload(event);
}
std::string describe_op_return(const Reader&, const Event& event) {
  return "client " + std::to_string(event.a) + " gets #" + std::to_string(event.b) + ", " +
         enum_text<OpOutcome>(event.c) + quoted_payload(event);
}
std::string describe_property(const Reader& reader, const Event& event) {
  return "'" + name_text(reader, event) + "' " + enum_text<PropertyResult>(event.a) +
         quoted_payload(event);
}
std::string describe_violation(const Reader& reader, const Event& event) {
  return "'" + name_text(reader, event) + "' is violated" + quoted_payload(event);
}
std::string describe_disk_loss(const Reader& reader, const Event& event) {
  return "the disk of " + node_text(reader, event.node) + " loses " + std::to_string(event.a) +
         " unsynced writes, " + bytes_text(event.b);
}
std::string describe_run_end(const Reader&, const Event& event) {
  return "the run ends: " + enum_text<RunEnd>(event.a);
}
std::string describe_send(const Reader& reader, const Event& event) {
  return message_text(reader, event);
}
std::string describe_none(const Reader&, const Event&) {
  return "nothing";
}

constexpr std::array<Describe, kEventKinds> kDescriptions = {
    describe_none,        describe_node_start, describe_node_exit,   describe_node_crash,
    describe_fiber_start, describe_fiber_end,  describe_fiber_block, describe_timer,
    describe_send,        describe_deliver,    describe_drop,        describe_duplicate,
    describe_hold,        describe_file_op,    describe_fault_begin, describe_fault_end,
    describe_choice,      describe_log,        describe_state,       describe_op_call,
    describe_op_return,   describe_property,   describe_violation,   describe_disk_loss,
    describe_run_end,     describe_connection};

}  // namespace

std::string message_text(const Reader& reader, const Event& send) {
  return node_text(reader, send.node) + " → " + node_text(reader, send.a) + " " +
         name_text(reader, send) + " " + bytes_text(send.b);
}

std::string describe(const Reader& reader, const Event& event) {
  const auto kind = static_cast<std::size_t>(event.kind);
  return kind < kDescriptions.size() ? kDescriptions[kind](reader, event) : "unknown";
}

std::string payload_text(const Event& event, std::size_t limit) {
  std::string text;
  if (event.kind == EventKind::send && event.c == 0) {
    text = hex_text(event.payload);
  } else if (event.kind == EventKind::send) {
    text = cbor_text(event.payload);
  } else {
    text = printable(as_text(event.payload.first(std::min(event.payload.size(), limit + 1))));
  }
  if (text.size() <= limit) return text;
  // Not in the middle of a UTF-8 sequence (continuation bytes are 10xxxxxx).
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
  text.resize(limit);
  return text + "…";
}

std::string time_text(std::int64_t time_ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  std::string fraction = std::to_string(time_ns % kSecond);
  fraction.insert(0, 9 - fraction.size(), '0');
  return std::to_string(time_ns / kSecond) + "." + fraction + "s";
}

}  // namespace norn::trace
