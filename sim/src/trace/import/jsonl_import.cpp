#include <algorithm>
#include <limits>
#include <unordered_map>

#include "norn/trace/import.hpp"
#include "trace/bytes.hpp"
#include "trace/import/line_event.hpp"
#include "trace/import/recording.hpp"
#include "trace/json_text.hpp"

namespace norn::trace {

namespace {

class JsonLinesImport {
 public:
  JsonLinesImport(const std::string& name, const RecorderOptions& options)
      : name_(name), options_(options) {}

  Result<ImportReport> run(std::istream& in);

 private:
  Error at_line(const std::string& problem) const {
    return {Errc::invalid, name_ + ": line " + std::to_string(line_) + ": " + problem};
  }

  Result<void> take(const std::string& text);
  Result<void> begin(const nlohmann::json& header);
  Result<void> take_head(const nlohmann::ordered_json& line);
  Result<void> take_event(const nlohmann::ordered_json& line);
  Result<void> place_nodes(LineEvent& parsed);
  Seq renumbered(Seq seq);
  void record(const LineEvent& parsed);

  std::string name_;
  RecorderOptions options_;
  std::uint64_t line_ = 0;
  std::unique_ptr<ImportRecording> recording_;
  nlohmann::json result_ = nullptr;
  bool ended_ = false;
  std::int64_t last_time_ns_ = 0;
  Seq last_seq_ = 0;  // as the file numbers events
  // Numbers of the file and of the trace, from the first event on for which they differ.
  Seq first_different_ = std::numeric_limits<Seq>::max();
  std::unordered_map<Seq, Seq> new_seqs_;
  std::uint64_t lost_references_ = 0;
};

// The trace's number of an event of the file; 0: the file has not had it.
Seq JsonLinesImport::renumbered(Seq seq) {
  if (seq == 0) return 0;
  if (seq < std::min(first_different_, recording_->recorder().next_seq())) return seq;
  const auto found = new_seqs_.find(seq);
  if (found != new_seqs_.end()) return found->second;
  ++lost_references_;
  return 0;
}

Result<void> JsonLinesImport::begin(const nlohmann::json& header) {
  auto opened = ImportRecording::open(options_, header);
  if (!opened.ok()) return opened.error();
  recording_ = std::move(*opened);
  return {};
}

Result<void> JsonLinesImport::take_head(const nlohmann::ordered_json& line) {
  const auto& version = line["norn_trace"];
  if (!version.is_number_unsigned() || version.get<std::uint64_t>() != kSchemaVersion)
    return at_line("\"norn_trace\" is not " + std::to_string(kSchemaVersion) +
                   ": another version of Norn wrote this");
  const auto header = line.find("header");
  if (header != line.end() && !header->is_object()) return at_line("\"header\" is not an object");
  auto begun = begin(header == line.end() ? nlohmann::json::object()
                                          : nlohmann::json::parse(header->dump()));
  if (!begun.ok()) return begun;
  const auto nodes = line.find("nodes");
  if (nodes == line.end()) return {};
  if (!nodes->is_array()) return at_line("\"nodes\" is not an array");
  for (const auto& each : *nodes) {
    if (!each.is_string() || each.get_ref<const std::string&>().empty())
      return at_line("\"nodes\" has something that is not a name");
    if (!recording_->node(each.get<std::string>())) return at_line("there are too many nodes");
  }
  return {};
}

Result<void> JsonLinesImport::place_nodes(LineEvent& parsed) {
  const auto node = recording_->node(parsed.node);
  if (!node) return at_line("there are too many nodes");
  parsed.event.node = *node;
  if (!parsed.has_other) return {};
  const auto other = recording_->node(parsed.other_node);
  if (!other) return at_line("there are too many nodes");
  (parsed.event.kind == EventKind::send ? parsed.event.a : parsed.event.c) = *other;
  return {};
}

Result<void> JsonLinesImport::take_event(const nlohmann::ordered_json& line) {
  auto parsed = line_event_of(line);
  if (!parsed.ok()) return at_line(parsed.error().message);
  Event& event = parsed->event;
  Recorder& recorder = recording_->recorder();
  const Seq seq = parsed->seq.value_or(last_seq_ + 1);
  if (seq <= last_seq_) {
    return at_line("\"seq\" " + std::to_string(seq) + " does not come after " +
                   std::to_string(last_seq_));
  }
  if (event.time_ns < last_time_ns_) {
    return at_line("\"time_ns\" goes back, from " + std::to_string(last_time_ns_) + " to " +
                   std::to_string(event.time_ns) + ": sort the lines by time");
  }
  const bool refers_back = encoding::refers_back(event.kind);
  const bool meaningless = refers_back && event.a >= seq;
  if (event.cause >= seq || (meaningless && !parsed->has_raw))
    return at_line(std::string(event.cause >= seq ? "\"cause\"" : "\"send\"") +
                   " does not name an earlier event");
  if (auto placed = place_nodes(*parsed); !placed.ok()) return placed;
  event.cause = renumbered(event.cause);
  if (refers_back && !meaningless) event.a = renumbered(event.a);
  event.text = recorder.intern(parsed->text);
  event.payload = parsed->payload;
  if (seq != recorder.next_seq()) {
    first_different_ = std::min(first_different_, recorder.next_seq());
    new_seqs_.emplace(seq, recorder.next_seq());
  }
  last_seq_ = seq;
  last_time_ns_ = event.time_ns;
  recorder.set_time(event.time_ns);
  record(*parsed);
  return {};
}

// In the short forms where they say the same.
void JsonLinesImport::record(const LineEvent& parsed) {
  const Event& event = parsed.event;
  Recorder& recorder = recording_->recorder();
  recorder.set_context(event.node, event.fiber, event.cause);
  if (event.kind == EventKind::send && event.a <= UINT32_MAX && event.c <= 1 &&
      event.b == event.payload.size() && event.d == 0) {
    recorder.send(static_cast<NodeId>(event.a), event.text, event.payload, event.c == 1);
  } else if (event.kind == EventKind::timer && event.fiber == 0 && event.a <= UINT32_MAX &&
             event.b == 0 && event.c == 0 && event.d == 0 && event.text == 0 &&
             event.payload.empty()) {
    recorder.timer(event.node, static_cast<FiberId>(event.a), event.cause);
  } else {
    recorder.record(event);
  }
}

Result<void> JsonLinesImport::take(const std::string& text) {
  ++line_;
  if (text.find_first_not_of(" \t\r") == std::string::npos) return {};
  if (ended_) return at_line("the line before said that it is the last");
  const auto line = parse_ordered_json(text);
  if (!line || !line->is_object()) return at_line("this is not a JSON object");
  if (line->contains("norn_trace")) {
    if (recording_ != nullptr) return at_line("a first line in the middle");
    return take_head(*line);
  }
  if (recording_ == nullptr) {
    if (auto begun = begin({{"imported_from", name_}}); !begun.ok()) return begun;
  }
  if (line->contains("end")) {
    ended_ = true;
    if (line->contains("result")) result_ = nlohmann::json::parse((*line)["result"].dump());
    return {};
  }
  return take_event(*line);
}

Result<ImportReport> JsonLinesImport::run(std::istream& in) {
  std::string text;
  while (std::getline(in, text)) {
    if (auto taken = take(text); !taken.ok()) return taken.error();
  }
  if (in.bad()) return Error{Errc::io_error, name_ + ": cannot be read"};
  if (last_seq_ == 0) return Error{Errc::invalid, name_ + ": there is no event in it"};
  auto report = recording_->finish(result_);
  if (report.ok()) report->lost_references = lost_references_;
  return report;
}

}  // namespace

Result<ImportReport> import_json_lines(std::istream& in, const std::string& name,
                                       const RecorderOptions& options) {
  return JsonLinesImport(name, options).run(in);
}

}  // namespace norn::trace
