#include "explore/event_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include <nlohmann/json.hpp>

namespace norn::explore {

namespace {

using trace::Event;
using trace::EventKind;

constexpr std::size_t kPayloadShown = 100;

template <class Enum>
std::string enum_text(std::uint64_t value) {
  std::string text(trace::name(static_cast<Enum>(value)));
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::string as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_readable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f;
  });
}

std::string in_hex(std::span<const std::byte> bytes, std::size_t limit) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes.first(std::min(bytes.size(), limit / 2))) {
    text += kDigits[std::to_integer<unsigned>(byte) >> 4U];
    text += kDigits[std::to_integer<unsigned>(byte) & 15U];
  }
  return text;
}

std::string cut(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  text.resize(limit - 3);
  // Not in the middle of a UTF-8 sequence.
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0U) == 0x80U)
    text.pop_back();
  if (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80U) != 0) text.pop_back();
  return text + "...";
}

// A name for the fiber: its own, or its number.
std::string fiber_text(const trace::Reader& reader, std::uint64_t fiber) {
  const auto info = reader.fiber(static_cast<trace::FiberId>(fiber));
  const std::string_view name = info ? reader.string(info->name) : std::string_view{};
  return name.empty() ? "fiber " + std::to_string(fiber) : "fiber " + std::string(name);
}

std::string sender_text(const trace::Reader& reader, const Event& event) {
  const auto send = reader.event(event.a);
  return send ? reader.node_name(send->node) : "?";
}

std::string message_text(const trace::Reader& reader, const Event& event) {
  if (event.text != 0) return std::string(reader.string(event.text));
  const auto send = reader.event(event.a);
  return send ? std::string(reader.string(send->text)) : "a message";
}

std::string with_payload(std::string text, const Event& event) {
  if (event.payload.empty()) return text;
  return text + " " + payload_text(event.payload, kPayloadShown);
}

std::string network_text(const trace::Reader& reader, const Event& event) {
  switch (event.kind) {
    case EventKind::send:
      return with_payload("send " + message_text(reader, event) + " to " +
                              reader.node_name(static_cast<trace::NodeId>(event.a)),
                          event);
    case EventKind::deliver:
      return "receive " + message_text(reader, event) + " from " + sender_text(reader, event);
    case EventKind::drop:
      return message_text(reader, event) + " from " + sender_text(reader, event) +
             " lost: " + enum_text<trace::DropReason>(event.b);
    case EventKind::duplicate:
      return message_text(reader, event) + " duplicated";
    default:
      return message_text(reader, event) + " held back";
  }
}

std::string file_text(const trace::Reader& reader, const Event& event) {
  std::string text =
      enum_text<trace::FileOp>(event.a) + " " + std::string(reader.string(event.text));
  const auto op = static_cast<trace::FileOp>(event.a);
  if (op == trace::FileOp::read || op == trace::FileOp::write) {
    text += ", " + std::to_string(event.c) + " bytes at " + std::to_string(event.b);
  }
  if (event.d != 0) text += std::string(": ") + std::strerror(static_cast<int>(event.d));
  return text;
}

std::string node_text(const trace::Reader& reader, const Event& event) {
  switch (event.kind) {
    case EventKind::node_start:
      return "starts, incarnation " + std::to_string(event.a);
    case EventKind::node_exit:
      return "ends by itself";
    case EventKind::node_crash:
      return "crashes, incarnation " + std::to_string(event.a);
    case EventKind::disk_loss:
      return "the crash loses " + std::to_string(event.a) + " unsynced writes, " +
             std::to_string(event.b) + " bytes";
    case EventKind::fiber_start:
      return fiber_text(reader, event.a) + " starts";
    case EventKind::fiber_end:
      return fiber_text(reader, event.a) + " ends: " + enum_text<trace::FiberEnd>(event.b);
    case EventKind::fiber_block:
      return fiber_text(reader, event.a) + " blocks: " + enum_text<trace::BlockReason>(event.b);
    default:
      return "time wakes " + fiber_text(reader, event.a);
  }
}

std::string world_text(const trace::Reader& reader, const Event& event) {
  const std::string text(reader.string(event.text));
  const std::string operation =
      "client " + std::to_string(event.a) + " operation " + std::to_string(event.b);
  switch (event.kind) {
    case EventKind::fault_begin:
      return with_payload(text + " begins:", event);
    case EventKind::fault_end:
      return text + " ends, bit " + std::to_string(event.b);
    case EventKind::choice:
      return "choice " + text + " took " + std::to_string(event.c);
    case EventKind::log:
      return "log " + enum_text<trace::LogLevel>(event.a) + ": " +
             payload_text(event.payload, 4 * kPayloadShown);
    case EventKind::state:
      return text + " = " + payload_text(event.payload, kPayloadShown);
    case EventKind::op_call:
      return with_payload(operation + " calls " + text, event);
    case EventKind::op_return:
      return with_payload(operation + " returns " + enum_text<trace::OpOutcome>(event.c), event);
    case EventKind::property:
      return with_payload("property \"" + text + "\": " + enum_text<trace::PropertyResult>(event.a),
                          event);
    case EventKind::violation:
      return with_payload("VIOLATION of \"" + text + "\":", event);
    case EventKind::run_end:
      return "the run ends: " + enum_text<trace::RunEnd>(event.a);
    default:
      return std::string(trace::name(event.kind));
  }
}

}  // namespace

std::string payload_text(std::span<const std::byte> bytes, std::size_t limit) {
  const std::string text = as_text(bytes);
  if (is_readable(text)) return cut(text, limit);
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const nlohmann::json cbor =
      nlohmann::json::from_cbor(data, data + bytes.size(), true, /*allow_exceptions=*/false);
  // A plain struct may look like a CBOR number by chance; hardly like a whole object.
  if (cbor.is_object() || cbor.is_array()) {
    return cut(cbor.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), limit);
  }
  const std::string hex = in_hex(bytes, limit);
  return "0x" + hex + (hex.size() < 2 * bytes.size() ? "..." : "");
}

trace::Seq cause_of(const Event& event) {
  switch (event.kind) {
    case EventKind::deliver:
    case EventKind::drop:
    case EventKind::duplicate:
    case EventKind::hold:
      return event.a;
    default:
      return event.cause;
  }
}

std::string event_text(const trace::Reader& reader, const Event& event) {
  switch (event.kind) {
    case EventKind::send:
    case EventKind::deliver:
    case EventKind::drop:
    case EventKind::duplicate:
    case EventKind::hold:
      return network_text(reader, event);
    case EventKind::file_op:
      return file_text(reader, event);
    case EventKind::node_start:
    case EventKind::node_exit:
    case EventKind::node_crash:
    case EventKind::disk_loss:
    case EventKind::fiber_start:
    case EventKind::fiber_end:
    case EventKind::fiber_block:
    case EventKind::timer:
      return node_text(reader, event);
    default:
      return world_text(reader, event);
  }
}

}  // namespace norn::explore
