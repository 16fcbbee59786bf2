#include "trace/export/diagram.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "norn/trace/describe.hpp"
#include "trace/bytes.hpp"
#include "trace/export/flows.hpp"
#include "trace/export/selection.hpp"
#include "trace/json_text.hpp"

namespace norn::trace {

namespace {

constexpr std::array kStoryKinds = {
    EventKind::node_start, EventKind::node_exit,   EventKind::node_crash, EventKind::send,
    EventKind::deliver,    EventKind::drop,        EventKind::duplicate,  EventKind::hold,
    EventKind::log,        EventKind::state,       EventKind::op_call,    EventKind::op_return,
    EventKind::disk_loss,  EventKind::fault_begin, EventKind::fault_end,  EventKind::violation};

// Where the first violation is; 0: nowhere. It ends most traces, so the search begins at the end.
Result<Seq> find_violation(const Reader& reader) {
  Seq found = 0;
  Chunk chunk;
  for (std::size_t i = reader.chunk_count(); i-- > 0 && found == 0;) {
    if (auto decoded = reader.decode(i, chunk); !decoded.ok()) return decoded.error();
    for (const Event& event : chunk.events()) {
      if (event.kind == EventKind::violation && found == 0) found = event.seq;
    }
  }
  return found;
}

// What is known of an event before it is chosen.
struct Candidate {
  Seq seq = 0;
  Seq flow = 0;  // the copy of a message that it begins or ends
  bool needs_arrival = false;
};

// The events of the selection, without messages that a past sent to nobody in it.
Result<std::vector<Candidate>> diagram_candidates(const Reader& reader, const Selection& selection,
                                                  bool past) {
  auto flows = Flows::make(reader, selection);
  if (!flows.ok()) return flows.error();
  std::vector<Candidate> candidates;
  auto walked = reader.for_each(
      [&](const Event& event) {
        if (selection.is_behind(event)) return false;
        const bool selected = selection.has(event);
        const Seq flow = flows->next(event, selected);
        const bool begins = event.kind == EventKind::send || event.kind == EventKind::duplicate;
        if (selected && !(past && begins && flow == 0))
          candidates.push_back({.seq = event.seq, .flow = flow});
        return true;
      },
      selection.first_chunk());
  if (!walked.ok()) return walked.error();
  return candidates;
}

std::string joined_names(const nlohmann::json& names) {
  std::string text;
  for (const auto& each : names) {
    if (each.is_string()) text += (text.empty() ? "" : ", ") + each.get<std::string>();
  }
  return text;
}

// "partition n1 | n2, n3 for 20ms", of a fault's JSON as plans have it.
std::string fault_words(const Reader& reader, const Event& event) {
  std::string words = printable(reader.string(event.text));
  const auto json = parse_json(as_text(event.payload));
  if (!json || !json->is_object()) return words;
  for (const auto& [member, before] : {std::pair("side_a", " "), std::pair("side_b", " | ")}) {
    const auto found = json->find(member);
    if (found != json->end() && found->is_array() && !found->empty())
      words += before + joined_names(*found);
  }
  const auto lasts = json->find("lasts");
  if (lasts != json->end() && lasts->is_string()) words += " for " + lasts->get<std::string>();
  return printable(words);
}

// Faults between the first and the last event belong to the story though nothing need follow from
// them, and so do those that began earlier and had not ended.
Result<void> add_faults(const Reader& reader, std::vector<Candidate>& candidates,
                        std::vector<DiagramFault>& faults) {
  const Seq first = candidates.front().seq;
  const Seq last = candidates.back().seq;
  std::vector<Candidate> found;
  auto walked = reader.for_each([&](const Event& event) {
    if (event.seq > last) return false;
    if (event.kind != EventKind::fault_begin && event.kind != EventKind::fault_end) return true;
    if (event.kind == EventKind::fault_begin) {
      faults.push_back({.index = event.a, .text = fault_words(reader, event), .begin = event.seq});
    } else if (event.seq < first) {
      std::erase_if(faults, [&](const DiagramFault& fault) { return fault.index == event.a; });
    }
    if (event.seq >= first) found.push_back({.seq = event.seq});
    return true;
  });
  if (!walked.ok()) return walked;
  candidates.insert(candidates.end(), found.begin(), found.end());
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.seq != b.seq ? a.seq < b.seq : a.flow > b.flow;
  });
  candidates.erase(
      std::unique(candidates.begin(), candidates.end(),
                  [](const Candidate& a, const Candidate& b) { return a.seq == b.seq; }),
      candidates.end());
  return {};
}

// "term=3 granted=true entries[2]": members that are short first, in their order.
std::string short_payload(const Event& event) {
  using Json = nlohmann::ordered_json;
  if (event.c != 1 || !cbor_json(event.payload)) return "";
  const auto* data = reinterpret_cast<const std::uint8_t*>(event.payload.data());
  const Json json = Json::from_cbor(data, data + event.payload.size(), true, false,
                                    Json::cbor_tag_handler_t::ignore);
  if (!json.is_object()) return payload_text(event);
  std::string words;
  for (const bool structured : {false, true}) {
    for (const auto& [key, value] : json.items()) {
      if (value.is_structured() != structured) continue;
      words += (words.empty() ? "" : " ") + key;
      if (structured) {
        words += (value.is_array() ? "[" : "{") + std::to_string(value.size()) +
                 (value.is_array() ? "]" : "}");
      } else {
        words += "=" + value.dump(-1, ' ', false, Json::error_handler_t::replace);
      }
    }
  }
  return printable(words);
}

std::string fault_label(const Diagram& diagram, const Reader& reader, const Event& event) {
  const auto known =
      std::find_if(diagram.faults.begin(), diagram.faults.end(),
                   [&](const DiagramFault& fault) { return fault.index == event.a; });
  if (event.kind == EventKind::fault_begin) return "fault begins: " + fault_words(reader, event);
  return "fault ends: " +
         (known == diagram.faults.end() ? printable(reader.string(event.text)) : known->text);
}

// The message of an event, by its send.
std::string message_class(const Reader& reader, const Event& event) {
  if (event.kind == EventKind::send || event.kind == EventKind::deliver)
    return printable(reader.string(event.text));
  const auto send = reader.event(event.a);
  return send.ok() && send->kind == EventKind::send ? printable(reader.string(send->text))
                                                    : "message";
}

std::string diagram_label(const Reader& reader, const Event& event) {
  switch (event.kind) {
    case EventKind::send: {
      const std::string payload = short_payload(event);
      return message_class(reader, event) + (payload.empty() ? "" : " " + payload);
    }
    case EventKind::deliver:
      return message_class(reader, event);
    case EventKind::drop: {
      const auto reason = static_cast<DropReason>(std::min<std::uint64_t>(event.b, 255));
      return message_class(reader, event) + " lost: " + std::string(name(reason));
    }
    case EventKind::duplicate:
      return message_class(reader, event) + " duplicated";
    case EventKind::hold:
      return message_class(reader, event) + " held back";
    case EventKind::state:
      return printable(reader.string(event.text)) + " = " + payload_text(event);
    case EventKind::log:
      return payload_text(event);
    case EventKind::op_call:
      return "call " + printable(reader.string(event.text)) + " " + payload_text(event);
    case EventKind::op_return: {
      const auto outcome = static_cast<OpOutcome>(std::min<std::uint64_t>(event.c, 255));
      return "return " + std::string(name(outcome)) + " " + payload_text(event);
    }
    case EventKind::node_start:
      return event.a > 1 ? "restarts, life " + std::to_string(event.a) : "starts";
    case EventKind::node_crash:
      return "crashes";
    case EventKind::violation:
      return "violation: " + printable(reader.string(event.text));
    default:
      return describe(reader, event);
  }
}

NodeId peer_of(const Reader& reader, const Event& event) {
  std::uint64_t peer = 0;
  if (event.kind == EventKind::send) {
    peer = event.a;
  } else if (event.kind == EventKind::deliver || event.kind == EventKind::drop) {
    const auto send = reader.event(event.a);
    if (send.ok() && send->kind == EventKind::send) peer = send->node;
  }
  return static_cast<NodeId>(peer);
}

Result<void> fill_diagram(const Reader& reader, const std::vector<Candidate>& candidates,
                          Diagram& diagram) {
  std::unordered_map<Seq, std::size_t> begun;  // copies of messages: where they begin
  auto next = candidates.begin();
  auto walked = reader.for_each(
      [&](const Event& event) {
        if (next == candidates.end()) return false;
        if (event.seq != next->seq) return true;
        DiagramEvent& added = diagram.events.emplace_back();
        added.event = event;
        added.event.payload = {};
        added.node = event.node;
        added.peer = peer_of(reader, event);
        added.label = event.kind == EventKind::fault_begin || event.kind == EventKind::fault_end
                          ? fault_label(diagram, reader, event)
                          : diagram_label(reader, event);
        added.detail = describe(reader, event);
        if (event.kind == EventKind::violation) added.detail += ": " + payload_text(event);
        diagram.nodes.push_back(event.node);
        if (next->flow == event.seq) {
          begun[event.seq] = diagram.events.size();
        } else if (const auto from = begun.find(next->flow); from != begun.end()) {
          added.from = from->second;
          diagram.events[from->second - 1].arrives = true;
        }
        ++next;
        return true;
      },
      reader.chunk_of(candidates.front().seq));
  if (!walked.ok()) return walked;
  std::sort(diagram.nodes.begin(), diagram.nodes.end());
  diagram.nodes.erase(std::unique(diagram.nodes.begin(), diagram.nodes.end()), diagram.nodes.end());
  return {};
}

std::string diagram_title(const Reader& reader, Seq past_of) {
  std::string title;
  const auto& header = reader.header();
  if (const auto found = header.find("scenario"); found != header.end() && found->is_string())
    title += printable(found->get<std::string>());
  if (const auto found = header.find("seed"); found != header.end())
    title += ", seed " + printable(to_line(*found));
  if (title.empty()) title = "trace";
  if (past_of != 0) title += ": what led to event " + std::to_string(past_of);
  return title;
}

}  // namespace

Result<Diagram> make_diagram(const Reader& reader, const ExportOptions& options, bool faults) {
  ExportOptions part = options;
  if (part.past_of == 0 && part.last == 0 && !part.from_ns && !part.until_ns) {
    const auto violation = find_violation(reader);
    if (!violation.ok()) return violation.error();
    part.past_of = *violation;
    if (*violation != 0) part.last = kUsualDiagramEvents;
  }
  if (part.kinds.empty()) part.kinds.assign(kStoryKinds.begin(), kStoryKinds.end());
  const std::uint64_t last = part.last;
  part.last = 0;  // counted when it is known what is left out
  const auto selection = Selection::make(reader, part);
  if (!selection.ok()) return selection.error();
  auto candidates = diagram_candidates(reader, *selection, part.past_of != 0);
  if (!candidates.ok()) return candidates.error();
  if (last != 0 && candidates->size() > last)
    candidates->erase(candidates->begin(), candidates->end() - static_cast<std::ptrdiff_t>(last));
  if (candidates->empty())
    return Error{Errc::invalid, reader.name() + ": there is no such event to draw"};
  if (candidates->size() > kMostDiagramEvents) {
    return Error{Errc::invalid,
                 reader.name() + ": a diagram of " + std::to_string(candidates->size()) +
                     " events cannot be read (the most is " + std::to_string(kMostDiagramEvents) +
                     "): choose a part with --past-of, --last, --from and --until, "
                     "--node or --kind"};
  }
  Diagram diagram;
  diagram.title = diagram_title(reader, part.past_of);
  if (faults && options.nodes.empty() && options.kinds.empty()) {
    if (auto added = add_faults(reader, *candidates, diagram.faults); !added.ok())
      return added.error();
  }
  if (auto filled = fill_diagram(reader, *candidates, diagram); !filled.ok()) return filled.error();
  return diagram;
}

std::string shortened(std::string_view text, std::size_t most) {
  std::size_t at = 0;
  for (std::size_t count = 0; at < text.size(); ++count) {
    if (count + 1 == most) {
      std::size_t next = at + 1;
      while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0U) == 0x80U)
        ++next;
      if (next < text.size()) return std::string(text.substr(0, at)) + "…";
    }
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
  }
  return std::string(text);
}

}  // namespace norn::trace
