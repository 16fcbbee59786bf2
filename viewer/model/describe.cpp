#include "model/describe.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "model/time_text.hpp"
#include "norn/trace/describe.hpp"

namespace norn::viewer {
namespace {

using nlohmann::json;
using trace::Event;
using trace::EventKind;

constexpr std::size_t kMaxPayloadShown = 16 * 1024;
constexpr std::size_t kMaxTitle = 200;
constexpr std::size_t kMaxLabel = 48;
constexpr std::size_t kMaxHexShown = 1024;
constexpr std::size_t kHexRow = 16;

template <class Enum>
std::string name_of(std::uint64_t value) {
  return std::string(trace::name(static_cast<Enum>(value)));
}

std::string with_spaces(std::string text) {
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::string as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Takes away what a cut in the middle of a UTF-8 sequence left (continuation bytes are 10xxxxxx).
void drop_half_letter(std::string& text) {
  const auto last = [&] { return static_cast<unsigned char>(text.back()); };
  while (!text.empty() && (last() & 0xC0U) == 0x80U) text.pop_back();
  if (!text.empty() && last() >= 0xC0U) text.pop_back();
}

// JSON on several lines; nothing when it is no object, list or string, or nested too deep to be
// shown.
std::optional<std::string> indented(std::string_view text) {
  constexpr int kMostNested = 100;
  if (text.empty() || std::string_view("{[\"").find(text.front()) == std::string_view::npos)
    return {};
  bool too_deep = false;
  const auto watch = [&](int depth, json::parse_event_t, json&) {
    too_deep = too_deep || depth > kMostNested;
    return !too_deep;
  };
  const json value = json::parse(text, watch, false);
  if (too_deep || value.is_discarded()) return {};
  return value.dump(2, ' ', false, json::error_handler_t::replace);
}

// Whether a person can read it: no control characters, and UTF-8 throughout.
bool is_readable(const std::string& text) {
  const bool has_controls = std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && c != '\n' && c != '\t' && c != '\r';
  });
  if (has_controls) return false;
  try {
    return !json(text).dump().empty();
  } catch (const json::exception&) {
    return false;
  }
}

std::string hex_rows(std::span<const std::byte> all) {
  const auto bytes = all.first(std::min(all.size(), kMaxHexShown));
  std::string out;
  std::array<char, 24> cell{};
  for (std::size_t row = 0; row < bytes.size(); row += kHexRow) {
    std::snprintf(cell.data(), cell.size(), "%04zx ", row);
    out += cell.data();
    std::string letters;
    for (std::size_t i = row; i < row + kHexRow; ++i) {
      if (i % 8 == 0) out += ' ';
      if (i >= bytes.size()) {
        out += "   ";
        continue;
      }
      const auto byte = std::to_integer<unsigned>(bytes[i]);
      std::snprintf(cell.data(), cell.size(), "%02x ", byte);
      out += cell.data();
      letters += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
    }
    out += " " + letters + "\n";
  }
  if (all.size() > bytes.size())
    out += "\xE2\x80\xA6 " + format_count(all.size() - bytes.size()) + " more bytes\n";
  return out;
}

// A small fixed-size message is most likely a struct of integers: show its words too.
std::string words_of(std::span<const std::byte> bytes) {
  constexpr std::size_t kWord = 8;
  constexpr std::size_t kMostWords = 8;
  if (bytes.empty() || bytes.size() % kWord != 0 || bytes.size() / kWord > kMostWords) return {};
  std::string out = "as 64-bit words:";
  for (std::size_t at = 0; at < bytes.size(); at += kWord) {
    std::uint64_t word = 0;
    for (std::size_t i = kWord; i > 0; --i) {
      word = (word << 8U) | std::to_integer<std::uint64_t>(bytes[at + i - 1]);
    }
    out += " " + std::to_string(static_cast<std::int64_t>(word));
  }
  return out;
}

// Describer collects the words of one event.
class Describer {
 public:
  Describer(const TraceModel& model, const Event& event) : model_(model), event_(event) {}

  std::string title() const;
  void fields(EventText& out) const;

 private:
  std::string text() const { return std::string(model_.source().string(event_.text)); }
  std::string node(std::uint64_t id) const {
    if (id == 0 || id > model_.lanes().node_count()) return "an unknown node";
    return std::string(model_.node_name(static_cast<trace::NodeId>(id)));
  }
  std::string fiber(std::uint64_t id) const {
    const std::string name(model_.source().fiber_name(static_cast<trace::FiberId>(id)));
    return name.empty() ? "fiber " + std::to_string(id) : name;
  }
  std::string message_class() const;
  std::string sender() const;
  std::string world_title() const;
  std::string client_title() const;

  const TraceModel& model_;
  const Event& event_;
};

std::string Describer::message_class() const {
  if (event_.text != 0) return text();
  const Index send = model_.events().index_of(event_.a);
  if (send == kNone) return "message";
  const std::string name(model_.source().string(model_.events().text(send)));
  return name.empty() ? "message" : name;
}

std::string Describer::sender() const {
  const Index send = model_.events().index_of(event_.a);
  return send == kNone ? "an unknown node" : node(model_.events().node(send));
}

std::string Describer::client_title() const {
  const std::string client = "client " + std::to_string(event_.a);
  std::string value = " #" + std::to_string(event_.b);
  if (!event_.payload.empty()) value += ": " + as_text(event_.payload);
  if (event_.kind == EventKind::op_call) return client + " calls " + text() + value;
  return client + " gets " + name_of<trace::OpOutcome>(event_.c) + " for" + value;
}

std::string Describer::world_title() const {
  switch (event_.kind) {
    case EventKind::fault_begin:
      return text() + " begins";
    case EventKind::fault_end:
      return (event_.text == 0 ? "fault" : text()) + " ends";
    case EventKind::choice:
      return "choice " + text();
    case EventKind::property:
      return "property " + text() + ": " + with_spaces(name_of<trace::PropertyResult>(event_.a));
    case EventKind::violation:
      return "violation: " + text();
    case EventKind::run_end:
      return "the run ended: " + name_of<trace::RunEnd>(event_.a);
    case EventKind::op_call:
    case EventKind::op_return:
      return client_title();
    default:
      return with_spaces(std::string(trace::name(event_.kind)));
  }
}

std::string Describer::title() const {
  switch (event_.kind) {
    case EventKind::node_start:
      return "starts, incarnation " + std::to_string(event_.a);
    case EventKind::node_exit:
      return "ends by itself";
    case EventKind::node_crash:
      return "crashes, incarnation " + std::to_string(event_.a);
    case EventKind::fiber_start:
      return "fiber " + (event_.text == 0 ? fiber(event_.a) : text()) + " starts";
    case EventKind::fiber_end:
      return "fiber " + fiber(event_.a) + " ends: " + name_of<trace::FiberEnd>(event_.b);
    case EventKind::fiber_block:
      return "fiber " + fiber(event_.a) +
             " blocks: " + with_spaces(name_of<trace::BlockReason>(event_.b));
    case EventKind::timer:
      return event_.a == 0 ? "a deadline passes" : "timer wakes " + fiber(event_.a);
    case EventKind::send:
      return "send " + message_class() + " to " + node(event_.a);
    case EventKind::deliver:
      return "receive " + message_class() + " from " + sender();
    case EventKind::drop:
      return message_class() + " from " + sender() +
             " lost: " + with_spaces(name_of<trace::DropReason>(event_.b));
    case EventKind::duplicate:
      return message_class() + " duplicated";
    case EventKind::hold:
      return message_class() + " held back";
    case EventKind::file_op:
      return with_spaces(name_of<trace::FileOp>(event_.a)) + " " + text() +
             (event_.d == 0 ? "" : ": failed");
    case EventKind::connection:
      return name_of<trace::ConnectionOp>(event_.a) + " :" + std::to_string(event_.b) +
             (event_.c == 0 ? "" : " with " + node(event_.c) + ":" + std::to_string(event_.d));
    case EventKind::log:
      return as_text(event_.payload);
    case EventKind::state:
      return text() + " = " + as_text(event_.payload);
    case EventKind::disk_loss:
      return "crash loses " + std::to_string(event_.a) + " unsynced writes";
    default:
      return world_title();
  }
}

void Describer::fields(EventText& out) const {
  const auto add = [&](const char* name, std::string value) {
    out.fields.emplace_back(name, std::move(value));
  };
  add("kind", with_spaces(std::string(trace::name(event_.kind))));
  add("time", format_exact(event_.time_ns));
  if (event_.node != 0) {
    add("node", node(event_.node) + "  (incarnation " + std::to_string(event_.incarnation) + ")");
  }
  if (event_.fiber != 0) add("fiber", fiber(event_.fiber));
  switch (event_.kind) {
    case EventKind::send:
    case EventKind::deliver:
      add("size", format_count(event_.b) + " bytes");
      break;
    case EventKind::drop:
      add("lost by", with_spaces(name_of<trace::DropReason>(event_.b)));
      break;
    case EventKind::file_op:
      add("offset", format_count(event_.b));
      add("size", format_count(event_.c) + " bytes");
      if (event_.d != 0) add("errno", std::to_string(event_.d));
      break;
    case EventKind::fault_end:
      add("it bit", format_count(event_.b));
      break;
    case EventKind::choice:
      add("key", std::to_string(event_.a));
      add("options", event_.b == 0 ? "a number" : std::to_string(event_.b));
      add("taken", std::to_string(event_.c));
      break;
    case EventKind::log:
      add("level", name_of<trace::LogLevel>(event_.a));
      break;
    case EventKind::disk_loss:
      add("bytes lost", format_count(event_.b));
      break;
    default:
      break;
  }
}

std::string one_line(std::string text, std::size_t limit) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t' || c == '\r'; }, ' ');
  if (text.size() <= limit) return text;
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "\xE2\x80\xA6";
}

void add_latency(const TraceModel& model, Index event, EventText& out) {
  const auto found = model.message_of(event);
  if (!found) return;
  const auto& events = model.events();
  const Message& m = *found.message;
  if (m.end != kNone) {
    const std::int64_t took = events.time_ns(m.end) - events.time_ns(m.send);
    out.fields.emplace_back(m.fate == Fate::lost ? "lost after" : "latency",
                            format_duration(static_cast<double>(took)));
  } else {
    out.fields.emplace_back("fate", "still under way when the trace ends");
  }
  if (m.duplicate) out.fields.emplace_back("copy", "a duplicate");
  if (m.held) out.fields.emplace_back("held", "yes, by a hold on the link");
}

}  // namespace

DecodedPayload decode_payload(std::span<const std::byte> bytes, bool is_cbor) {
  if (bytes.empty()) return {};
  if (is_cbor) {
    if (auto text = indented(trace::cbor_text(bytes))) return {std::move(*text), "CBOR"};
    return {hex_rows(bytes), "bytes"};
  }
  std::string text = as_text(bytes.first(std::min(bytes.size(), kMaxPayloadShown)));
  if (auto json = indented(text)) return {std::move(*json), "JSON"};
  if (bytes.size() > text.size()) drop_half_letter(text);
  if (is_readable(text)) return {std::move(text), "text"};
  return {hex_rows(bytes) + words_of(bytes), "bytes"};
}

namespace {

std::string names_of(const TraceModel& model, const std::vector<trace::NodeId>& nodes) {
  constexpr std::size_t kShown = 8;
  std::string out;
  for (std::size_t i = 0; i < nodes.size() && i < kShown; ++i)
    out += (i == 0 ? "" : " ") + std::string(model.node_name(nodes[i]));
  if (nodes.size() > kShown) out += " and " + std::to_string(nodes.size() - kShown) + " more";
  return out;
}

std::string words_of_sides(const TraceModel& model, const Fault& fault) {
  const std::string what = fault.form == FaultForm::cut    ? "nothing passes "
                           : fault.form == FaultForm::hold ? "messages wait "
                                                           : "messages ";
  const std::string a = names_of(model, fault.sides.front());
  const std::string b = fault.with_all ? "any other node" : names_of(model, fault.sides.back());
  if (fault.forth && fault.back) return what + "between " + a + " and " + b;
  return what + "from " + (fault.forth ? a : b) + " to " + (fault.forth ? b : a) +
         ", the other way is open";
}

}  // namespace

std::string fault_words(const TraceModel& model, const Fault& fault) {
  std::string words;
  switch (fault.links) {
    case FaultLinks::none:
      return {};
    case FaultLinks::sides:
      words = words_of_sides(model, fault);
      if (fault.comes_and_goes) words += "; it comes and goes";
      return words;
    case FaultLinks::ring:
      return "each sees " + std::to_string(fault.reach) +
             (fault.reach == 1 ? " neighbour" : " neighbours") +
             " on either side, in the order of the names";
    case FaultLinks::parts:
      if (fault.sides.size() < 2) return "no message tells who was apart from whom";
      for (const auto& side : fault.sides)
        words += (words.empty() ? "" : " | ") + names_of(model, side);
      return words + ", as the messages tell";
  }
  return {};
}

EventText describe(const TraceModel& model, Index event) {
  EventText out;
  const auto show_payload = [&](const Event& e) {
    DecodedPayload decoded = decode_payload(e.payload, e.kind == EventKind::send && e.c != 0);
    out.payload = std::move(decoded.text);
    out.payload_form = std::move(decoded.form);
  };
  std::optional<trace::Seq> carried;
  const auto& faults = model.faults();
  const auto fault = std::lower_bound(faults.begin(), faults.end(), event,
                                      [](const Fault& f, Index at) { return f.begin < at; });
  model.source().with_event(model.events().seq(event), [&](const Event& e) {
    const Describer describer(model, e);
    out.title = one_line(describer.title(), kMaxTitle);
    describer.fields(out);
    show_payload(e);
    if (e.kind == EventKind::deliver || e.kind == EventKind::drop) carried = e.a;
  });
  // A delivery carries what its send carried.
  if (carried && out.payload.empty()) model.source().with_event(*carried, show_payload);
  add_latency(model, event, out);
  if (fault != faults.end() && fault->begin == event) {
    if (std::string words = fault_words(model, *fault); !words.empty())
      out.fields.emplace_back("concerns", std::move(words));
  }
  out.fields.emplace_back("event", "#" + format_count(model.events().seq(event)));
  return out;
}

std::string label_of(const TraceModel& model, Index event) {
  std::string label;
  model.source().with_event(model.events().seq(event), [&](const Event& e) {
    if (e.kind == EventKind::op_call) {
      label = model.source().string(e.text);
    } else if (e.kind == EventKind::op_return) {
      label = name_of<trace::OpOutcome>(e.c);
    } else {
      label = one_line(Describer(model, e).title(), kMaxLabel);
    }
  });
  return label;
}

std::string title_of(const TraceModel& model, Index event) {
  std::string title;
  model.source().with_event(model.events().seq(event), [&](const Event& e) {
    title = one_line(Describer(model, e).title(), kMaxTitle);
  });
  return title;
}

std::string full_title(const TraceModel& model, const Event& event) {
  return Describer(model, event).title();
}

bool has_payload_in_title(EventKind kind) {
  return kind == EventKind::log || kind == EventKind::state;
}

std::string_view searched_payload(const Event& event, std::string& room) {
  constexpr std::size_t kMostSearched = 4096;
  if (event.kind == EventKind::send && event.c != 0 && !event.payload.empty()) {
    room = trace::cbor_text(event.payload);
    return std::string_view(room).substr(0, kMostSearched);
  }
  const auto bytes = event.payload.first(std::min(event.payload.size(), kMostSearched));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace norn::viewer
