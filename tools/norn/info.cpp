#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "commands.hpp"
#include "duration.hpp"
#include "norn/trace/describe.hpp"

namespace norn::command {

namespace {

using Json = nlohmann::ordered_json;
using trace::Event;
using trace::EventKind;
using trace::Reader;

struct FaultSeen {
  std::string kind;
  std::int64_t begin_ns = 0;
  std::optional<std::int64_t> end_ns;
  std::uint64_t bit = 0;
};

struct ViolationSeen {
  trace::Seq seq = 0;
  std::int64_t time_ns = 0;
  std::string property;
  std::string detail;
};

// What only a walk over all events tells.
struct Summary {
  std::array<std::uint64_t, trace::kEventKinds> kinds{};
  std::map<std::string, std::uint64_t> drops;
  std::map<std::uint64_t, FaultSeen> faults;  // by index in the plan
  std::optional<ViolationSeen> violation;     // the first
  std::uint64_t payload_bytes = 0;
};

void note_fault(Summary& summary, const Reader& reader, const Event& event) {
  FaultSeen& fault = summary.faults[event.a];
  fault.kind = reader.string(event.text);
  if (event.kind == EventKind::fault_begin) {
    fault.begin_ns = event.time_ns;
  } else {
    fault.end_ns = event.time_ns;
    fault.bit = event.b;
  }
}

void note(Summary& summary, const Reader& reader, const Event& event) {
  ++summary.kinds[static_cast<std::size_t>(event.kind)];
  summary.payload_bytes += event.payload.size();
  if (event.kind == EventKind::drop) {
    const auto reason = static_cast<trace::DropReason>(event.b < 255 ? event.b : 255);
    ++summary.drops[std::string(trace::name(reason))];
  } else if (event.kind == EventKind::fault_begin || event.kind == EventKind::fault_end) {
    note_fault(summary, reader, event);
  } else if (event.kind == EventKind::violation && !summary.violation) {
    summary.violation = ViolationSeen{.seq = event.seq,
                                      .time_ns = event.time_ns,
                                      .property = std::string(reader.string(event.text)),
                                      .detail = trace::payload_text(event)};
  }
}

double bytes_an_event(const Reader& reader) {
  return reader.events() == 0
             ? 0
             : static_cast<double>(reader.encoded_bytes()) / static_cast<double>(reader.events());
}

Json json_of(const std::map<std::uint64_t, FaultSeen>& faults) {
  Json list = Json::array();
  for (const auto& [index, fault] : faults) {
    list.push_back({{"fault", index},
                    {"kind", fault.kind},
                    {"begin_ns", fault.begin_ns},
                    {"end_ns", fault.end_ns ? Json(*fault.end_ns) : Json()},
                    {"bit", fault.bit}});
  }
  return list;
}

Json info_json(const Reader& reader, const Summary& summary) {
  Json json = {{"file", reader.name()},
               {"file_bytes", reader.file_bytes()},
               {"complete", reader.complete()},
               {"header", reader.header()},
               {"nodes", Json::array()},
               {"first_time_ns", reader.first_time_ns()},
               {"last_time_ns", reader.last_time_ns()},
               {"events", reader.events()},
               {"chunks", reader.chunk_count()},
               {"bytes_an_event", bytes_an_event(reader)},
               {"payload_bytes", summary.payload_bytes},
               {"payloads_stored", reader.has_payloads()},
               {"hash", hash_text(reader.hash())},
               {"verified", true}};
  for (trace::NodeId node = 1; node <= reader.node_count(); ++node)
    json["nodes"].push_back(reader.node_name(node));
  json["kinds"] = Json::object();
  for (std::size_t i = 1; i < summary.kinds.size(); ++i) {
    if (summary.kinds[i] != 0)
      json["kinds"][std::string(trace::name(static_cast<EventKind>(i)))] = summary.kinds[i];
  }
  json["drops"] = summary.drops.empty() ? Json::object() : Json(summary.drops);
  json["faults"] = json_of(summary.faults);
  json["violation"] = nullptr;
  if (summary.violation) {
    json["violation"] = {{"property", summary.violation->property},
                         {"detail", summary.violation->detail},
                         {"time_ns", summary.violation->time_ns},
                         {"event", summary.violation->seq}};
  }
  json["result"] = reader.result();
  if (!reader.complete()) json["incomplete_reason"] = reader.incomplete_reason();
  return json;
}

std::string size_text(std::uint64_t bytes) {
  if (bytes < 10'000) return std::to_string(bytes) + " B";
  if (bytes < 10'000'000) return std::to_string(bytes / 1000) + " KB";
  return std::to_string(bytes / 1'000'000) + " MB";
}

std::string one_decimal(double value) {
  const auto tenths = static_cast<std::uint64_t>(std::llround(value * 10));
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

std::string plain(const nlohmann::json& value) {
  return trace::printable(value.is_string() ? value.get<std::string>() : to_line(value));
}

std::string counted(const std::vector<std::pair<std::string, std::uint64_t>>& counts) {
  std::string text;
  for (const auto& [what, count] : counts) {
    text += (text.empty() ? "" : ", ") + trace::printable(what) + " " + std::to_string(count);
  }
  return text.empty() ? "none" : text;
}

void print_header(const Reader& reader, std::ostream& out) {
  out << "trace      " << reader.name() << ", " << size_text(reader.file_bytes()) << ", "
      << (reader.complete() ? "finished" : "interrupted") << "\n";
  for (const char* key : {"scenario", "seed", "build", "options", "replay"}) {
    const auto found = reader.header().find(key);
    if (found == reader.header().end()) continue;
    std::string label = key;
    label.resize(10, ' ');
    out << label << " " << plain(*found) << "\n";
  }
  constexpr trace::NodeId kShown = 20;
  out << "nodes      " << reader.node_count();
  for (trace::NodeId node = 1; node <= std::min(reader.node_count(), kShown); ++node) {
    out << (node == 1 ? ": " : " ") << trace::printable(reader.node_name(node));
  }
  out << (reader.node_count() > kShown ? " …\n" : "\n");
}

void print_events(const Reader& reader, const Summary& summary, std::ostream& out) {
  out << "time       " << duration_text(reader.first_time_ns()) << " to "
      << duration_text(reader.last_time_ns()) << "\n";
  out << "events     " << reader.events() << " in " << reader.chunk_count() << " chunks, "
      << one_decimal(bytes_an_event(reader)) << " B each; payloads "
      << (reader.has_payloads() ? size_text(summary.payload_bytes) : "not stored") << "\n";
  out << "hash       " << hash_text(reader.hash()) << ", verified\n";
  std::vector<std::pair<std::string, std::uint64_t>> kinds;
  for (std::size_t i = 1; i < summary.kinds.size(); ++i) {
    if (summary.kinds[i] != 0)
      kinds.emplace_back(trace::name(static_cast<EventKind>(i)), summary.kinds[i]);
  }
  out << "kinds      " << counted(kinds) << "\n";
  out << "drops      " << counted({summary.drops.begin(), summary.drops.end()}) << "\n";
}

struct FaultTotal {
  std::uint64_t asked = 0;  // known from the result only
  std::uint64_t begun = 0;
  std::uint64_t bit = 0;
};

// A member that may be anything: the file is not to be trusted.
std::uint64_t count_in(const nlohmann::json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

// The engine's own account, if the recording was finished: it knows also faults that never began,
// and rates of loss and duplication, which have no begin and end.
std::map<std::string, FaultTotal> totals_of_result(const nlohmann::json& result) {
  std::map<std::string, FaultTotal> totals;
  const auto faults = result.is_object() ? result.find("faults") : result.end();
  if (!result.is_object() || faults == result.end() || !faults->is_array()) return totals;
  for (const auto& each : *faults) {
    if (!each.is_object() || !each.contains("kind") || !each["kind"].is_string()) continue;
    totals[each["kind"].get<std::string>()] = {.asked = count_in(each, "asked"),
                                               .begun = count_in(each, "begun"),
                                               .bit = count_in(each, "bit")};
  }
  return totals;
}

void print_faults(const Reader& reader, const Summary& summary, std::ostream& out) {
  std::map<std::string, FaultTotal> totals = totals_of_result(reader.result());
  const bool account = !totals.empty();
  for (const auto& [index, fault] : summary.faults) {
    if (account) break;
    ++totals[fault.kind].begun;
    totals[fault.kind].bit += fault.bit;
  }
  out << (totals.empty() ? "faults     none\n" : "faults\n");
  for (const auto& [kind, total] : totals) {
    if (account && total.asked == 0 && total.bit == 0) continue;
    out << "  " << trace::printable(kind) << ": ";
    if (account) out << "asked " << total.asked << ", ";
    out << "begun " << total.begun << ", bit " << total.bit
        << (total.bit == 0 ? " (no effect)\n" : "\n");
  }
}

}  // namespace

std::string to_line(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string hash_text(std::uint64_t hash) {
  std::string text = "0x";
  for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[hash >> shift & 15U];
  return text;
}

Result<void> print_info(const Reader& reader, bool json, std::ostream& out) {
  Summary summary;
  // Decoding compares every hash: when it ends well, the trace is verified.
  if (auto walked = reader.for_each([&](const Event& event) { note(summary, reader, event); });
      !walked.ok()) {
    return walked;
  }
  if (json) {
    out << to_line(info_json(reader, summary)) << "\n";
    return {};
  }
  print_header(reader, out);
  print_events(reader, summary, out);
  print_faults(reader, summary, out);
  if (summary.violation) {
    out << "violation  '" << trace::printable(summary.violation->property) << "' at "
        << trace::time_text(summary.violation->time_ns) << ", event " << summary.violation->seq
        << ": " << summary.violation->detail << "\n";
  } else {
    out << "violation  none\n";
  }
  return {};
}

Result<void> print_verification(const Reader& reader, std::ostream& out) {
  if (auto verified = reader.verify(); !verified.ok()) return verified;
  out << reader.name() << ": " << reader.events() << " events, hash " << hash_text(reader.hash())
      << ", verified\n";
  return {};
}

}  // namespace norn::command
