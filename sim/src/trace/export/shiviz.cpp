// Logs for ShiViz (Beschastnikh, Wang, Brun, Ernst: Debugging distributed systems, 2016): the first
// line is the regular expression that reads it, the second one that would part several executions.
#include "norn/trace/describe.hpp"
#include "norn/trace/event_json.hpp"
#include "trace/export/clocks.hpp"
#include "trace/export/formats.hpp"
#include "trace/export/json_fields.hpp"
#include "trace/export/selection.hpp"

namespace norn::trace {

namespace {

constexpr std::string_view kShivizFirstLines =
    R"((?<seq>\d+) (?<time>\S+) (?<kind>\S+) (?<host>\S+) (?<clock>\{.*\})\n(?<event>.*))"
    "\n\n";

// Names of hosts have no blanks.
std::vector<std::string> host_names(const Lanes& lanes) {
  std::vector<std::string> names;
  for (Lane lane = 0; lane < lanes.count(); ++lane) {
    std::string& name = names.emplace_back(printable(lanes.name(lane)));
    std::replace(name.begin(), name.end(), ' ', '_');
  }
  return names;
}

}  // namespace

Result<void> export_shiviz(const Reader& reader, const ExportOptions& options, std::ostream& out) {
  const auto selection = Selection::make(reader, options);
  if (!selection.ok()) return selection.error();
  const auto lanes = Lanes::make(reader);
  if (!lanes.ok()) return lanes.error();
  const std::vector<std::string> hosts = host_names(*lanes);
  std::vector<std::string> keys;
  for (const std::string& host : hosts) {
    append_json_string(keys.emplace_back(), host);
    keys.back() += ':';
  }
  TextBatch batch(out);
  batch.text() += kShivizFirstLines;
  VectorClocks clocks(*lanes);
  return reader.for_each(
      [&](const Event& event) {
        if (selection->is_behind(event)) return false;
        const bool selected = selection->has(event);
        clocks.next(event, selected);
        if (!selected) return true;
        std::string& text = batch.text();
        append_number(text, event.seq);
        text += ' ' + time_text(event.time_ns) + ' ';
        text += name(event.kind);
        text += ' ' + hosts[clocks.lane()] + ' ';
        char before = '{';
        for (Lane lane = 0; lane < clocks.lanes(); ++lane) {
          const std::uint32_t count = clocks.of(lane);
          if (count == 0) continue;
          text += before;
          before = ',';
          text += keys[lane];
          append_number(text, count);
        }
        text += "}\n" + describe(reader, event) + '\n';
        return batch.keep_going();
      },
      selection->first_chunk());
}

}  // namespace norn::trace
