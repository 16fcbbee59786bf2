#include "event_json.hpp"

#include <optional>
#include <string_view>

#include "norn/trace/describe.hpp"

namespace norn::command {

namespace {

using Json = nlohmann::ordered_json;
using trace::Event;
using trace::EventKind;
using trace::NodeId;
using trace::Reader;

std::string text_of(const Event& event) {
  return {reinterpret_cast<const char*>(event.payload.data()), event.payload.size()};
}

// What should be JSON, as JSON if it is. Deeper levels than anyone reads are left out: printing
// them would need more stack than there is.
Json value_of(const std::string& text) {
  const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= 200; };
  Json value = Json::parse(text, shallow, false);
  return value.is_discarded() ? Json(text) : value;
}

template <class Enum>
std::string_view enum_name(std::uint64_t value) {
  return trace::name(static_cast<Enum>(value < 256 ? value : 255));
}

std::string node_name(const Reader& reader, std::uint64_t node) {
  return reader.node_name(static_cast<NodeId>(node));
}

void add_message(Json& json, const Reader& reader, const Event& send) {
  json["from"] = node_name(reader, send.node);
  json["to"] = node_name(reader, send.a);
  json["class"] = reader.string(send.text);
  json["bytes"] = send.b;
}

void add_send_of(Json& json, const Reader& reader, trace::Seq seq) {
  json["send"] = seq;
  const auto send = reader.event(seq);
  if (send.ok() && send->kind == EventKind::send) add_message(json, reader, *send);
}

void add_send(Json& json, const Reader& reader, const Event& event) {
  add_message(json, reader, event);
  if (event.payload.empty()) return;
  const auto decoded = event.c == 1 ? trace::cbor_json(event.payload) : std::nullopt;
  if (decoded) {
    json["payload"] = value_of(*decoded);
  } else {
    json["payload_hex"] = trace::hex_text(event.payload, event.payload.size());
  }
}

void add_fiber(Json& json, const Event& event, const Reader& reader) {
  switch (event.kind) {
    case EventKind::fiber_start:
      json["started"] = event.a;
      json["parent"] = event.b;
      json["name"] = reader.string(event.text);
      break;
    case EventKind::fiber_end:
      json["ended"] = event.a;
      json["how"] = enum_name<trace::FiberEnd>(event.b);
      break;
    case EventKind::fiber_block:
      json["blocked"] = event.a;
      json["on"] = enum_name<trace::BlockReason>(event.b);
      break;
    default:
      json["woken"] = event.a;
  }
}

void add_file_op(Json& json, const Reader& reader, const Event& event) {
  json["operation"] = enum_name<trace::FileOp>(event.a);
  json["path"] = reader.string(event.text);
  json["offset"] = event.b;
  json["size"] = event.c;
  json["errno"] = event.d;
}

void add_connection(Json& json, const Reader& reader, const Event& event) {
  json["operation"] = enum_name<trace::ConnectionOp>(event.a);
  json["port"] = event.b;
  if (event.c == 0) return;
  json["peer"] = node_name(reader, event.c);
  json["peer_port"] = event.d;
}

void add_operation(Json& json, const Reader& reader, const Event& event) {
  json["client"] = event.a;
  json["operation"] = event.b;
  if (event.kind == EventKind::op_call) {
    json["function"] = reader.string(event.text);
    json["arguments"] = value_of(text_of(event));
  } else {
    json["outcome"] = enum_name<trace::OpOutcome>(event.c);
    json["result"] = value_of(text_of(event));
  }
}

void add_fault(Json& json, const Reader& reader, const Event& event) {
  json["fault"] = event.a;
  json["fault_kind"] = reader.string(event.text);
  if (event.kind == EventKind::fault_begin) {
    json["detail"] = value_of(text_of(event));
  } else {
    json["bit"] = event.b;
  }
}

void add_choice(Json& json, const Reader& reader, const Event& event) {
  json["label"] = reader.string(event.text);
  json["key"] = std::to_string(event.a);  // 64 bits: more than a JSON number holds everywhere
  json["options"] = event.b;
  json["taken"] = event.c;
}

void add_property(Json& json, const Reader& reader, const Event& event) {
  json["name"] = reader.string(event.text);
  if (event.kind == EventKind::property) json["result"] = enum_name<trace::PropertyResult>(event.a);
  json["detail"] = text_of(event);
}

void add_detail(Json& json, const Reader& reader, const Event& event) {
  switch (event.kind) {
    case EventKind::send:
      return add_send(json, reader, event);
    case EventKind::drop:
      json["reason"] = enum_name<trace::DropReason>(event.b);
      return add_send_of(json, reader, event.a);
    case EventKind::deliver:
    case EventKind::duplicate:
    case EventKind::hold:
      return add_send_of(json, reader, event.a);
    case EventKind::fiber_start:
    case EventKind::fiber_end:
    case EventKind::fiber_block:
    case EventKind::timer:
      return add_fiber(json, event, reader);
    case EventKind::file_op:
      return add_file_op(json, reader, event);
    case EventKind::connection:
      return add_connection(json, reader, event);
    case EventKind::fault_begin:
    case EventKind::fault_end:
      return add_fault(json, reader, event);
    case EventKind::choice:
      return add_choice(json, reader, event);
    case EventKind::log:
      json["level"] = enum_name<trace::LogLevel>(event.a);
      json["text"] = text_of(event);
      return;
    case EventKind::state:
      json["key"] = reader.string(event.text);
      json["value"] = value_of(text_of(event));
      return;
    case EventKind::op_call:
    case EventKind::op_return:
      return add_operation(json, reader, event);
    case EventKind::property:
    case EventKind::violation:
      return add_property(json, reader, event);
    case EventKind::disk_loss:
      json["writes"] = event.a;
      json["bytes"] = event.b;
      return;
    case EventKind::run_end:
      json["how"] = enum_name<trace::RunEnd>(event.a);
      return;
    case EventKind::none:
    case EventKind::node_start:
    case EventKind::node_exit:
    case EventKind::node_crash:
      return;
  }
}

}  // namespace

nlohmann::ordered_json event_json(const Reader& reader, const Event& event) {
  Json json = {{"seq", event.seq},
               {"time_ns", event.time_ns},
               {"kind", trace::name(event.kind)},
               {"node", event.node == 0 ? Json() : Json(node_name(reader, event.node))},
               {"incarnation", event.incarnation},
               {"fiber", event.fiber},
               {"cause", event.cause}};
  add_detail(json, reader, event);
  return json;
}

std::string json_fields_help() {
  return R"(With --json each line is an object with these fields:
  seq, time_ns, kind, node (name; null: the simulation itself), incarnation, fiber (number; 0: none),
  cause (seq of the event that brought it about; 0: none), and, by kind:
  send                   from, to, class, bytes; payload (if it is CBOR) or payload_hex
  deliver, hold, duplicate, drop   send (seq), from, to, class, bytes; drop: reason
  timer                  woken (fiber)
  fiber_start            started, parent, name      fiber_end  ended, how      fiber_block  blocked, on
  file_op                operation, path, offset, size, errno
  connection             operation, port, peer, peer_port
  fault_begin, fault_end fault (index in the plan), fault_kind; detail or bit
  choice                 label, key (a string), options, taken
  log                    level, text                state      key, value
  op_call, op_return     client, operation; function, arguments or outcome, result
  property, violation    name, detail; property: result
  disk_loss              writes, bytes              run_end    how)";
}

std::string to_line(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace norn::command
