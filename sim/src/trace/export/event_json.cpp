#include "norn/trace/event_json.hpp"

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "norn/trace/describe.hpp"
#include "trace/bytes.hpp"
#include "trace/export/json_fields.hpp"

namespace norn::trace {

namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr int kDeepestValue = 200;

std::string one_line(const OrderedJson& value) {
  return value.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

// JSON text as one line, if it is JSON. Deeper levels than anyone reads are left out: printing them
// would need more stack than there is.
std::string json_of_text(std::string_view text) {
  const auto shallow = [](int depth, OrderedJson::parse_event_t, OrderedJson&) {
    return depth <= kDeepestValue;
  };
  OrderedJson value = OrderedJson::parse(text, shallow, false);
  return one_line(value.is_discarded() ? OrderedJson(text) : value);
}

template <class Enum>
std::string_view enum_name(std::uint64_t value) {
  return name(static_cast<Enum>(value < 256 ? value : 255));
}

// EventLine writes the members of one event's object.
class EventLine {
 public:
  EventLine(std::string& out, const Reader& reader, const Event& event, bool exact)
      : out_(out), reader_(reader), event_(event), exact_(exact) {}

  void write() {
    out_ += "{\"seq\":";
    append_number(out_, event_.seq);
    key("time_ns");
    append_number(out_, event_.time_ns);
    word("kind", name(event_.kind));
    key("node");
    if (event_.node == 0) {
      out_ += "null";
    } else {
      append_json_string(out_, reader_.node_name(event_.node));
    }
    number("incarnation", event_.incarnation);
    number("fiber", event_.fiber);
    number("cause", event_.cause);
    detail();
    if (exact_) raw();
    out_ += '}';
  }

 private:
  void key(std::string_view member) {
    out_ += ",\"";
    out_ += member;
    out_ += "\":";
  }
  void number(std::string_view member, std::uint64_t value) {
    key(member);
    append_number(out_, value);
  }
  void word(std::string_view member, std::string_view value) {
    key(member);
    out_ += '"';
    out_ += value;
    out_ += '"';
  }
  void text(std::string_view member, std::string_view value) {
    key(member);
    append_json_string(out_, value);
  }
  void node(std::string_view member, std::uint64_t number) {
    text(member, reader_.node_name(static_cast<NodeId>(number)));
  }
  template <class Enum>
  void enumerator(std::string_view member, std::uint64_t value) {
    word(member, enum_name<Enum>(value));
    if (enum_name<Enum>(value) == "unknown" && !(std::is_same_v<Enum, OpOutcome> && value == 2))
      is_odd_ = true;
  }
  void hex(std::string_view member) {
    word(member, hex_text(event_.payload, event_.payload.size()));
  }

  void payload_as_text(std::string_view member) {
    const std::string_view payload = as_text(event_.payload);
    const std::size_t before = out_.size();
    text(member, payload);
    if (exact_ && std::string_view(out_).substr(before).find("\xEF\xBF\xBD") != std::string::npos)
      hex("payload_hex");
  }
  void payload_as_value(std::string_view member) {
    const std::string_view payload = as_text(event_.payload);
    const std::string value = json_of_text(payload);
    key(member);
    out_ += value;
    if (!exact_ || value == payload) return;
    if (value.find("\xEF\xBF\xBD") == std::string::npos) {
      text("payload_text", payload);
    } else {
      hex("payload_hex");
    }
  }
  void message(const Event& send) {
    node("from", send.node);
    node("to", send.a);
    text("class", reader_.string(send.text));
    number("bytes", send.b);
  }
  void send() {
    message(event_);
    if (event_.payload.size() != event_.b || event_.c > 1 || event_.a > reader_.node_count())
      is_odd_ = true;
    if (event_.payload.empty()) {
      if (exact_ && event_.c == 1) word("payload_form", "cbor");
      return;
    }
    if (exact_ && event_.c == 1) return exact_cbor();
    if (const auto decoded = event_.c == 1 ? cbor_json(event_.payload) : std::nullopt) {
      key("payload");
      out_ += *decoded;
    } else {
      hex("payload_hex");
    }
  }
  // The order of members is kept, so that the same bytes come of it again, mostly.
  void exact_cbor() {
    OrderedJson value(OrderedJson::value_t::discarded);
    if (cbor_json(event_.payload)) {
      const auto* data = reinterpret_cast<const std::uint8_t*>(event_.payload.data());
      value = OrderedJson::from_cbor(data, data + event_.payload.size(), true, false,
                                     OrderedJson::cbor_tag_handler_t::ignore);
    }
    if (value.is_discarded()) {
      hex("payload_hex");
      return word("payload_form", "cbor");
    }
    key("payload");
    const std::string line = one_line(value);
    out_ += line;
    // What JSON cannot say (bytes, text that is not UTF-8, floats that are whole) is found by
    // making the bytes of the text again.
    const auto again = OrderedJson::to_cbor(OrderedJson::parse(line, nullptr, false));
    if (as_text(std::as_bytes(std::span(again))) != as_text(event_.payload)) hex("payload_hex");
  }
  void send_of() {
    number("send", event_.a);
    const auto found = reader_.event(event_.a);
    if (!found.ok() || found->kind != EventKind::send) {
      is_odd_ = true;
      return;
    }
    message(*found);
    const bool arrives = event_.kind == EventKind::deliver;
    if (arrives ? event_.b != found->b || event_.text != found->text : event_.text != 0)
      is_odd_ = true;
  }
  void fiber() {
    switch (event_.kind) {
      case EventKind::fiber_start:
        number("started", event_.a);
        number("parent", event_.b);
        return text("name", reader_.string(event_.text));
      case EventKind::fiber_end:
        number("ended", event_.a);
        return enumerator<FiberEnd>("how", event_.b);
      case EventKind::fiber_block:
        number("blocked", event_.a);
        return enumerator<BlockReason>("on", event_.b);
      default:
        return number("woken", event_.a);
    }
  }
  void file_op() {
    enumerator<FileOp>("operation", event_.a);
    text("path", reader_.string(event_.text));
    number("offset", event_.b);
    number("size", event_.c);
    number("errno", event_.d);
  }
  void connection() {
    enumerator<ConnectionOp>("operation", event_.a);
    number("port", event_.b);
    if (event_.c == 0) {
      is_odd_ = is_odd_ || event_.d != 0;
      return;
    }
    is_odd_ = is_odd_ || event_.c > reader_.node_count();
    node("peer", event_.c);
    number("peer_port", event_.d);
  }
  void operation() {
    number("client", event_.a);
    number("operation", event_.b);
    if (event_.kind == EventKind::op_call) {
      text("function", reader_.string(event_.text));
      return payload_as_value("arguments");
    }
    enumerator<OpOutcome>("outcome", event_.c);
    payload_as_value("result");
  }
  void fault() {
    number("fault", event_.a);
    text("fault_kind", reader_.string(event_.text));
    if (event_.kind == EventKind::fault_begin) {
      payload_as_value("detail");
    } else {
      number("bit", event_.b);
    }
  }
  void choice() {
    text("label", reader_.string(event_.text));
    word("key", std::to_string(event_.a));  // 64 bits: more than a JSON number holds everywhere
    number("options", event_.b);
    number("taken", event_.c);
  }
  void property() {
    text("name", reader_.string(event_.text));
    if (event_.kind == EventKind::property) enumerator<PropertyResult>("result", event_.a);
    payload_as_text("detail");
  }
  void detail();
  void raw();

  std::string& out_;
  const Reader& reader_;
  const Event& event_;
  bool exact_;
  bool is_odd_ = false;  // the readable fields do not tell all
};

void EventLine::detail() {
  switch (event_.kind) {
    case EventKind::send:
      return send();
    case EventKind::drop:
      enumerator<DropReason>("reason", event_.b);
      return send_of();
    case EventKind::deliver:
    case EventKind::duplicate:
    case EventKind::hold:
      return send_of();
    case EventKind::fiber_start:
    case EventKind::fiber_end:
    case EventKind::fiber_block:
    case EventKind::timer:
      return fiber();
    case EventKind::file_op:
      return file_op();
    case EventKind::connection:
      return connection();
    case EventKind::fault_begin:
    case EventKind::fault_end:
      return fault();
    case EventKind::choice:
      return choice();
    case EventKind::log:
      enumerator<LogLevel>("level", event_.a);
      return payload_as_text("text");
    case EventKind::state:
      text("key", reader_.string(event_.text));
      return payload_as_value("value");
    case EventKind::op_call:
    case EventKind::op_return:
      return operation();
    case EventKind::property:
    case EventKind::violation:
      return property();
    case EventKind::disk_loss:
      number("writes", event_.a);
      return number("bytes", event_.b);
    case EventKind::run_end:
      is_odd_ = reader_.string(event_.text) != enum_name<RunEnd>(event_.a);
      return enumerator<RunEnd>("how", event_.a);
    case EventKind::node_start:
    case EventKind::node_crash:
      is_odd_ = event_.a != event_.incarnation;
      return;
    case EventKind::none:
    case EventKind::node_exit:
      return;
  }
}

// Fields that this kind does not use, or values that have no name, as decimal text: a JSON number
// does not hold 64 bits everywhere.
void EventLine::raw() {
  const unsigned told = told_fields(event_.kind);
  const bool untold =
      ((told & kTellsA) == 0 && event_.a != 0) || ((told & kTellsB) == 0 && event_.b != 0) ||
      ((told & kTellsC) == 0 && event_.c != 0) || ((told & kTellsD) == 0 && event_.d != 0) ||
      ((told & kTellsText) == 0 && event_.text != 0);
  if ((told & kTellsPayload) == 0 && !event_.payload.empty()) hex("payload_hex");
  if (!untold && !is_odd_) return;
  key("raw");
  out_ += "{\"a\":\"" + std::to_string(event_.a) + "\",\"b\":\"" + std::to_string(event_.b) +
          "\",\"c\":\"" + std::to_string(event_.c) + "\",\"d\":\"" + std::to_string(event_.d) +
          "\"";
  text("text", reader_.string(event_.text));
  out_ += '}';
}

}  // namespace

void append_event_json(std::string& out, const Reader& reader, const Event& event) {
  EventLine(out, reader, event, false).write();
}

void append_exact_event_json(std::string& out, const Reader& reader, const Event& event) {
  EventLine(out, reader, event, true).write();
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;  // from here on nothing needs care
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\') {
      ++i;
      continue;
    }
    if (byte >= 0x80 || byte < 0x20 || byte == '"' || byte == '\\') {
      out += text.substr(plain, i - plain);
      // The rare characters: as the JSON library writes them.
      std::size_t end = i;
      while (end < text.size() && (static_cast<unsigned char>(text[end]) >= 0x80 ||
                                   static_cast<unsigned char>(text[end]) < 0x20 ||
                                   text[end] == '"' || text[end] == '\\'))
        ++end;
      const std::string quoted = one_line(OrderedJson(text.substr(i, end - i)));
      out.append(quoted, 1, quoted.size() - 2);
      i = plain = end;
    }
  }
  out += text.substr(plain);
  out += '"';
}

}  // namespace norn::trace
