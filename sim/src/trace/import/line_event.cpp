#include "trace/import/line_event.hpp"

#include <charconv>

#include "norn/trace/encoding.hpp"
#include "trace/bytes.hpp"
#include "trace/export/json_fields.hpp"

namespace norn::trace {

namespace {

using LineJson = nlohmann::ordered_json;

// LineParser takes the fields of one line. After the first thing that is wrong it goes on without
// effect, and problem() says what that was.
class LineParser {
 public:
  explicit LineParser(const LineJson& line) : line_(line) {}

  Result<LineEvent> parse();

 private:
  void fail(const std::string& problem) {
    if (problem_.empty()) problem_ = problem;
  }
  const LineJson* find(const char* member, bool needed) {
    const auto found = line_.find(member);
    if (found != line_.end()) return &*found;
    if (needed) fail("\"" + std::string(member) + "\" is missing");
    return nullptr;
  }

  std::uint64_t number(const char* member, bool needed = false, std::uint64_t most = ~0ULL) {
    const LineJson* const value = find(member, needed);
    if (value == nullptr) return 0;
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() > most) {
      fail("\"" + std::string(member) + "\" is not a whole number from 0 to " +
           std::to_string(most));
      return 0;
    }
    return value->get<std::uint64_t>();
  }
  std::string word(const char* member, bool needed = false) {
    const LineJson* const value = find(member, needed);
    if (value == nullptr) return "";
    if (!value->is_string()) fail("\"" + std::string(member) + "\" is not a string");
    return value->is_string() ? value->get<std::string>() : "";
  }
  // The value of an enumerator by its name. An unknown one is no error if "raw" says it.
  template <class Enum>
  std::uint64_t enumerator(const char* member) {
    const std::string name_of = word(member, true);
    for (unsigned value = 0; value < 64; ++value) {
      if (name(static_cast<Enum>(value)) == name_of) return value;
    }
    if (!line_.contains("raw"))
      fail("\"" + std::string(member) + "\": '" + name_of + "' is not known");
    return 0;
  }

  void head();
  void detail();
  void fiber();
  void message();
  void send();
  void world();  // what the simulated world did
  void told();   // what node code and checks said
  void payload(const char* member, bool is_text);
  void exact_payload();
  void raw();

  std::vector<std::byte> bytes_of_hex(const std::string& hex);
  std::uint64_t decimal(const LineJson& raw, const char* member);

  const LineJson& line_;
  LineEvent parsed_;
  std::string problem_;
};

void LineParser::head() {
  Event& event = parsed_.event;
  if (line_.contains("seq")) parsed_.seq = number("seq");
  if (parsed_.seq == Seq{0}) fail("\"seq\" is 0: events are numbered from 1");
  event.time_ns =
      static_cast<std::int64_t>(number("time_ns", true, static_cast<std::uint64_t>(INT64_MAX)));
  const std::string kind = word("kind", true);
  for (int i = 1; i < kEventKinds; ++i) {
    if (name(static_cast<EventKind>(i)) == kind) event.kind = static_cast<EventKind>(i);
  }
  if (event.kind == EventKind::none) fail("\"kind\": there is no kind '" + kind + "'");
  const LineJson* const node = find("node", false);
  if (node != nullptr && !node->is_null()) parsed_.node = word("node");
  event.incarnation = static_cast<std::uint32_t>(number("incarnation", false, UINT32_MAX - 1));
  event.fiber = static_cast<FiberId>(number("fiber", false, UINT32_MAX));
  event.cause = number("cause");
}

void LineParser::payload(const char* member, bool is_text) {
  const LineJson* const value = find(member, false);
  if (value == nullptr) return;
  if (is_text && !value->is_string())
    return fail("\"" + std::string(member) + "\" is not a string");
  const std::string text = is_text
                               ? value->get<std::string>()
                               : value->dump(-1, ' ', false, LineJson::error_handler_t::replace);
  append_bytes(parsed_.payload, as_bytes(text));
}

void LineParser::send() {
  Event& event = parsed_.event;
  parsed_.other_node = word("to", true);
  parsed_.has_other = true;
  parsed_.text = word("class");
  if (const LineJson* const value = find("payload", false)) {
    for (const std::uint8_t byte : LineJson::to_cbor(*value))
      parsed_.payload.push_back(std::byte{byte});
    event.c = 1;
  }
  if (word("payload_form") == "cbor") event.c = 1;
}

void LineParser::fiber() {
  Event& event = parsed_.event;
  switch (event.kind) {
    case EventKind::fiber_start:
      event.a = number("started", true);
      event.b = number("parent");
      parsed_.text = word("name");
      return;
    case EventKind::fiber_end:
      event.a = number("ended", true);
      event.b = enumerator<FiberEnd>("how");
      return;
    case EventKind::fiber_block:
      event.a = number("blocked", true);
      event.b = enumerator<BlockReason>("on");
      return;
    default:
      event.a = number("woken");
  }
}

void LineParser::message() {
  Event& event = parsed_.event;
  if (event.kind == EventKind::send) return send();
  event.a = number("send", true);
  if (event.kind == EventKind::drop) {
    event.b = enumerator<DropReason>("reason");
  } else if (event.kind == EventKind::deliver) {
    parsed_.text = word("class");
    event.b = number("bytes");
  }
}

void LineParser::world() {
  Event& event = parsed_.event;
  switch (event.kind) {
    case EventKind::file_op:
      event.a = enumerator<FileOp>("operation");
      parsed_.text = word("path");
      event.b = number("offset");
      event.c = number("size");
      event.d = number("errno");
      return;
    case EventKind::connection:
      event.a = enumerator<ConnectionOp>("operation");
      event.b = number("port");
      parsed_.other_node = word("peer");
      parsed_.has_other = line_.contains("peer");
      event.d = number("peer_port");
      return;
    case EventKind::fault_begin:
    case EventKind::fault_end:
      event.a = number("fault");
      parsed_.text = word("fault_kind", true);
      if (event.kind == EventKind::fault_begin) return payload("detail", false);
      event.b = number("bit");
      return;
    case EventKind::choice:
      parsed_.text = word("label");
      event.a = decimal(line_, "key");
      event.b = number("options");
      event.c = number("taken");
      return;
    case EventKind::disk_loss:
      event.a = number("writes");
      event.b = number("bytes");
      return;
    case EventKind::run_end:
      event.a = enumerator<RunEnd>("how");
      parsed_.text = word("how");
      return;
    default:
      return;
  }
}

void LineParser::told() {
  Event& event = parsed_.event;
  switch (event.kind) {
    case EventKind::log:
      event.a = line_.contains("level") ? enumerator<LogLevel>("level")
                                        : static_cast<std::uint64_t>(LogLevel::info);
      return payload("text", true);
    case EventKind::state:
      parsed_.text = word("key", true);
      return payload("value", false);
    case EventKind::op_call:
      event.a = number("client", true);
      event.b = number("operation");
      parsed_.text = word("function", true);
      return payload("arguments", false);
    case EventKind::op_return:
      event.a = number("client", true);
      event.b = number("operation");
      event.c = enumerator<OpOutcome>("outcome");
      return payload("result", false);
    default:
      if (event.kind == EventKind::property) event.a = enumerator<PropertyResult>("result");
      parsed_.text = word("name", true);
      return payload("detail", true);
  }
}

void LineParser::detail() {
  Event& event = parsed_.event;
  switch (event.kind) {
    case EventKind::node_start:
    case EventKind::node_crash:
      event.a = event.incarnation;
      return;
    case EventKind::fiber_start:
    case EventKind::fiber_end:
    case EventKind::fiber_block:
    case EventKind::timer:
      return fiber();
    case EventKind::send:
    case EventKind::deliver:
    case EventKind::drop:
    case EventKind::duplicate:
    case EventKind::hold:
      return message();
    case EventKind::file_op:
    case EventKind::connection:
    case EventKind::fault_begin:
    case EventKind::fault_end:
    case EventKind::choice:
    case EventKind::disk_loss:
    case EventKind::run_end:
      return world();
    case EventKind::log:
    case EventKind::state:
    case EventKind::op_call:
    case EventKind::op_return:
    case EventKind::property:
    case EventKind::violation:
      return told();
    case EventKind::none:
    case EventKind::node_exit:
      return;
  }
}

std::vector<std::byte> LineParser::bytes_of_hex(const std::string& hex) {
  std::vector<std::byte> bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
    std::uint8_t byte = 0;
    const auto [end, error] = std::from_chars(hex.data() + at, hex.data() + at + 2, byte, 16);
    if (error != std::errc() || end != hex.data() + at + 2) break;
    bytes.push_back(std::byte{byte});
  }
  if (bytes.size() * 2 != hex.size()) fail("\"payload_hex\" is not hexadecimal");
  return bytes;
}

void LineParser::exact_payload() {
  if (line_.contains("payload_hex")) {
    parsed_.payload = bytes_of_hex(word("payload_hex"));
  } else if (line_.contains("payload_text")) {
    parsed_.payload.clear();
    append_bytes(parsed_.payload, as_bytes(word("payload_text")));
  }
  if (parsed_.payload.size() > encoding::kMaxPayload) fail("the payload is longer than 16 MiB");
  if (parsed_.event.kind == EventKind::send) {
    parsed_.event.b = line_.contains("bytes") ? number("bytes") : parsed_.payload.size();
  }
}

std::uint64_t LineParser::decimal(const LineJson& object, const char* member) {
  const auto found = object.find(member);
  if (found == object.end()) return 0;
  const std::string text = found->is_string() ? found->get<std::string>() : "";
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size())
    fail("\"" + std::string(member) + "\" is not a whole number as text");
  return value;
}

void LineParser::raw() {
  const LineJson* const raw = find("raw", false);
  if (raw == nullptr) return;
  if (!raw->is_object()) return fail("\"raw\" is not an object");
  Event& event = parsed_.event;
  if (!encoding::refers_back(event.kind)) event.a = decimal(*raw, "a");
  event.b = decimal(*raw, "b");
  event.c = decimal(*raw, "c");
  event.d = decimal(*raw, "d");
  const auto text = raw->find("text");
  if (text != raw->end() && text->is_string()) parsed_.text = text->get<std::string>();
  parsed_.has_raw = true;
  parsed_.has_other = false;  // it is named by its number now
}

Result<LineEvent> LineParser::parse() {
  head();
  if (problem_.empty()) detail();
  if (problem_.empty()) exact_payload();
  if (problem_.empty()) raw();
  const Event& event = parsed_.event;
  if (event.kind == EventKind::node_start && event.a >= UINT32_MAX)
    fail("\"incarnation\" is too large");
  if (!problem_.empty()) return Error{Errc::invalid, problem_};
  return std::move(parsed_);
}

}  // namespace

Result<LineEvent> line_event_of(const nlohmann::ordered_json& line) {
  return LineParser(line).parse();
}

}  // namespace norn::trace
