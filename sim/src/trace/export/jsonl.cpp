#include <nlohmann/json.hpp>

#include "norn/trace/event_json.hpp"
#include "trace/export/formats.hpp"
#include "trace/export/json_fields.hpp"
#include "trace/export/selection.hpp"
#include "trace/json_text.hpp"

namespace norn::trace {

namespace {

// The first line: what the trace is about.
void append_first_line(std::string& out, const Reader& reader, bool everything) {
  out += "{\"norn_trace\":";
  append_number(out, kSchemaVersion);
  out += everything ? ",\"whole\":true" : ",\"whole\":false";
  out += reader.complete() ? ",\"finished\":true" : ",\"finished\":false";
  out += ",\"nodes\":[";
  for (NodeId node = 1; node <= reader.node_count(); ++node) {
    if (node > 1) out += ',';
    append_json_string(out, reader.node_name(node));
  }
  out += "],\"header\":" + to_line(reader.header()) + "}\n";
}

void append_last_line(std::string& out, const Reader& reader, std::uint64_t events) {
  out += "{\"end\":true,\"events\":";
  append_number(out, events);
  out += ",\"result\":" + to_line(reader.result()) + "}\n";
}

}  // namespace

Result<void> export_json_lines(const Reader& reader, const ExportOptions& options,
                               std::ostream& out) {
  const auto selection = Selection::make(reader, options);
  if (!selection.ok()) return selection.error();
  TextBatch batch(out);
  append_first_line(batch.text(), reader, selection->everything());
  std::uint64_t events = 0;
  auto walked = selection->walk(reader, [&](const Event& event) {
    append_exact_event_json(batch.text(), reader, event);
    batch.text() += '\n';
    ++events;
    return batch.keep_going();
  });
  if (!walked.ok()) return walked;
  append_last_line(batch.text(), reader, events);
  return {};
}

}  // namespace norn::trace
