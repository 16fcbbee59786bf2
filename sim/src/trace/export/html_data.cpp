#include "trace/export/html_data.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "norn/trace/describe.hpp"
#include "trace/bytes.hpp"
#include "trace/json_text.hpp"

namespace norn::trace {

namespace {

// RFC 4648, 4.
std::string base64(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 3; ++k)
      word = word << 8U | (i + k < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i + k]) : 0);
    const std::size_t digits = std::min<std::size_t>(bytes.size() - i, 3) + 1;
    for (std::size_t k = 0; k < 4; ++k)
      out += k < digits ? kDigits[word >> (18 - 6 * k) & 63U] : '=';
  }
  return out;
}

// JSON that can stand inside of an HTML element: nothing in it ends or begins one.
std::string inert_json(const nlohmann::json& value) {
  std::string out;
  for (const char c : to_line(value)) {
    if (c == '<' || c == '>' || c == '&') {
      out += c == '<' ? "\\u003c" : c == '>' ? "\\u003e" : "\\u0026";
    } else {
      out += c;
    }
  }
  return out;
}

template <class Enum>
nlohmann::json names_of(std::size_t count) {
  nlohmann::json names = nlohmann::json::array();
  for (std::size_t i = 0; i < count; ++i) names.push_back(name(static_cast<Enum>(i)));
  return names;
}

std::string cut(std::string text) {
  if (text.size() <= kMostPagePayload) return text;
  std::size_t end = kMostPagePayload;
  // Not in the middle of a UTF-8 sequence (continuation bytes are 10xxxxxx).
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
  return text + "…";
}

// A letter for the form, then the text: C CBOR (as JSON), B bytes (as hexadecimal digits), T text.
std::string page_payload(const Event& event) {
  if (event.payload.empty()) return {};
  if (event.kind != EventKind::send) {
    const std::size_t most = std::min(event.payload.size(), kMostPagePayload + 4);
    return "T" + cut(std::string(as_text(event.payload.first(most))));
  }
  if (event.c != 0) {
    if (auto json = cbor_json(event.payload)) return "C" + cut(std::move(*json));
  }
  return "B" + hex_text(event.payload, kMostPagePayload / 2);
}

}  // namespace

std::uint32_t PageTexts::number(std::string text) {
  if (texts_.empty()) texts_.push_back(nullptr);
  if (text.empty()) return 0;
  const auto [found, is_new] =
      numbers_.try_emplace(std::move(text), static_cast<std::uint32_t>(texts_.size()));
  if (!is_new) return found->second;
  bytes_ += found->first.size();
  texts_.push_back(&found->first);
  make_room();
  return found->second;
}

void PageTexts::make_room() {
  while (bytes_ > kMostPagePayloads) {
    const std::string*& text = texts_[++oldest_];
    bytes_ -= text->size();
    numbers_.erase(*text);
    text = nullptr;
    ++left_out_;
  }
}

void PageTexts::write(std::ostream& out) const {
  out << "[\"\"";
  for (std::size_t i = 1; i < texts_.size(); ++i) {
    out << ",\n";
    if (texts_[i] == nullptr) {
      out << "null";
    } else {
      out << inert_json(*texts_[i]);
    }
  }
  out << "]";
}

Result<void> PageData::collect(const ExportOptions& options) {
  ExportOptions wanted = options;
  const auto whole = Selection::make(reader_, wanted);
  if (!whole.ok()) return whole.error();
  const auto count = whole->count(reader_);
  if (!count.ok()) return count.error();
  wanted_ = *count;
  everything_ = whole->everything();
  if (wanted_ > kMostPageEvents) wanted.last = kMostPageEvents;
  const auto part = Selection::make(reader_, wanted);
  if (!part.ok()) return part.error();
  ExportOptions always;
  always.nodes = options.nodes;
  always.kinds = options.kinds;
  const auto earlier = Selection::make(reader_, always);
  if (!earlier.ok()) return earlier.error();
  bool begun = false;
  return reader_.for_each([&](const Event& event) {
    if (part->is_behind(event)) return false;
    if (event.kind == EventKind::fiber_start && event.text != 0)
      fiber_names_[static_cast<FiberId>(event.a)] = event.text;
    if (part->has(event)) {
      if (!begun) add_earlier();
      begun = true;
      add(event);
    } else if (!begun && earlier->has(event)) {
      remember(event);
    }
    return true;
  });
}

void PageData::remember(const Event& event) {
  const auto keep = [&] { return Earlier{event, {event.payload.begin(), event.payload.end()}, 1}; };
  switch (event.kind) {
    case EventKind::node_start:
      lives_[event.node] = keep();
      ends_.erase(event.node);
      break;
    case EventKind::node_crash:
    case EventKind::node_exit:
      ends_[event.node] = keep();
      break;
    case EventKind::state:
      states_[{event.node, event.text}] = keep();
      break;
    case EventKind::fault_begin:
      faults_[event.a] = keep();
      break;
    case EventKind::fault_end:
      faults_.erase(event.a);
      break;
    case EventKind::send:
      messages_[event.seq] = keep();
      break;
    default:
      remember_message(event);
      break;
  }
}

void PageData::remember_message(const Event& event) {
  const bool ends = event.kind == EventKind::deliver || event.kind == EventKind::drop;
  if (!ends && event.kind != EventKind::duplicate) return;
  const auto message = messages_.find(event.a);
  if (message == messages_.end()) return;
  if (event.kind == EventKind::duplicate) {
    ++message->second.copies;
  } else if (--message->second.copies == 0) {
    messages_.erase(message);
  }
}

void PageData::add_earlier() {
  std::vector<const Earlier*> all;
  for (const auto& [node, each] : lives_) all.push_back(&each);
  for (const auto& [node, each] : ends_) all.push_back(&each);
  for (const auto& [key, each] : states_) all.push_back(&each);
  for (const auto& [index, each] : faults_) all.push_back(&each);
  for (const auto& [sent, each] : messages_) all.push_back(&each);
  std::sort(all.begin(), all.end(),
            [](const Earlier* x, const Earlier* y) { return x->event.seq < y->event.seq; });
  for (const Earlier* each : all) {
    Event event = each->event;
    event.payload = each->payload;
    add(event);
  }
  earlier_count_ = count_;
  messages_.clear();
}

void PageData::put(Column column, std::uint64_t value) {
  append_varint(columns_[static_cast<std::size_t>(column)], value);
}

std::uint64_t PageData::text_number(StringId id) {
  const auto [found, is_new] =
      text_numbers_.try_emplace(id, static_cast<std::uint32_t>(texts_.size()));
  if (is_new) texts_.push_back(id);
  return found->second;
}

std::uint64_t PageData::payload_number(const Event& event) {
  return payloads_.number(page_payload(event));
}

void PageData::add(const Event& event) {
  ++count_;
  put(Column::seq, event.seq - std::exchange(last_seq_, event.seq));
  put(Column::time,
      static_cast<std::uint64_t>(event.time_ns - std::exchange(last_time_ns_, event.time_ns)));
  put(Column::kind, static_cast<std::uint64_t>(event.kind));
  put(Column::node, event.node);
  put(Column::fiber, event.fiber);
  put(Column::cause, event.cause == 0 ? 0 : event.seq - event.cause);
  const bool refers = encoding::refers_back(event.kind) && event.a < event.seq;
  put(Column::a, refers ? event.seq - event.a : event.a);
  put(Column::b, event.b);
  put(Column::c, event.c);
  put(Column::d, event.d);
  put(Column::text, text_number(event.text));
  put(Column::payload, payload_number(event));
}

nlohmann::json PageData::facts() const {
  nlohmann::json facts = {{"finished", reader_.complete()},
                          {"unfinished", reader_.incomplete_reason()},
                          {"events", reader_.events()},
                          {"wanted", wanted_},
                          {"whole", everything_},
                          {"hash", std::to_string(reader_.hash())},
                          {"has_payloads", reader_.has_payloads()},
                          {"payloads_left_out", payloads_.left_out()},
                          {"last_time_ns", std::to_string(reader_.last_time_ns())}};
  const nlohmann::json& header = reader_.header();
  if (!header.is_object()) return facts;
  for (const char* const key : {"scenario", "build", "replay"}) {
    if (const auto found = header.find(key); found != header.end() && found->is_string())
      facts[key] = *found;
  }
  // A number of 64 bits is no number of JavaScript.
  if (const auto seed = header.find("seed"); seed != header.end() && seed->is_number_integer())
    facts["seed"] = to_line(*seed);
  const auto options = header.find("options");
  if (options == header.end() || !options->is_object()) return facts;
  if (const auto variant = options->find("variant");
      variant != options->end() && variant->is_string())
    facts["variant"] = *variant;
  return facts;
}

// What the page calls nodes, fibers, and the values of the event's enumerations.
void PageData::write_names(std::ostream& out) const {
  nlohmann::json nodes = nlohmann::json::array();
  for (NodeId each = 0; each <= reader_.node_count(); ++each)
    nodes.push_back(reader_.node_name(each));
  nlohmann::json texts = nlohmann::json::array();
  for (const StringId each : texts_) texts.push_back(each == 0 ? "" : reader_.string(each));
  nlohmann::json fibers = nlohmann::json::object();
  for (const auto& [number, text_id] : fiber_names_)
    fibers[std::to_string(number)] = reader_.string(text_id);
  const nlohmann::json enums = {{"kind", names_of<EventKind>(kEventKinds)},
                                {"drop", names_of<DropReason>(11)},
                                {"file", names_of<FileOp>(10)},
                                {"connection", names_of<ConnectionOp>(7)},
                                {"level", names_of<LogLevel>(4)},
                                {"outcome", names_of<OpOutcome>(3)},
                                {"result", names_of<PropertyResult>(5)},
                                {"block", names_of<BlockReason>(20)},
                                {"fiber_end", names_of<FiberEnd>(4)},
                                {"run_end", names_of<RunEnd>(4)}};
  out << ",\n\"nodes\":" << inert_json(nodes) << ",\n\"texts\":" << inert_json(texts)
      << ",\n\"fibers\":" << inert_json(fibers) << ",\n\"names\":" << inert_json(enums);
}

void PageData::write(std::ostream& out) const {
  constexpr std::array<const char*, kColumns> kNames = {
      "seq", "time", "kind", "node", "fiber", "cause", "a", "b", "c", "d", "text", "payload"};
  out << "{\"facts\":" << inert_json(facts()) << ",\n\"count\":" << count_
      << ",\n\"earlier\":" << earlier_count_;
  write_names(out);
  for (std::size_t i = 0; i < kColumns; ++i)
    out << ",\n\"" << kNames[i] << "\":\"" << base64(columns_[i]) << "\"";
  out << ",\n\"payloads\":";
  payloads_.write(out);
  out << "}";
}

}  // namespace norn::trace
