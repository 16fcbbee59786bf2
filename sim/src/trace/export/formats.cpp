#include "trace/export/formats.hpp"

#include <algorithm>
#include <array>

namespace norn::trace {

namespace {

constexpr std::array kExportFormats = {
    ExportFormat{.name = "jsonl",
                 .what = "JSON lines, one object an event (docs/trace-json.md)",
                 .ending = ".jsonl",
                 .binary = false,
                 .diagram = false,
                 .write = export_json_lines},
    ExportFormat{.name = "html",
                 .what = "one page for a browser, without a network",
                 .ending = ".html",
                 .binary = false,
                 .diagram = false,
                 .write = export_html},
    ExportFormat{.name = "pcapng",
                 .what = "packets, one interface a node (Wireshark, tshark)",
                 .ending = ".pcapng",
                 .binary = true,
                 .diagram = false,
                 .write = export_pcapng},
    ExportFormat{.name = "chrome",
                 .what = "Chrome trace JSON, for ui.perfetto.dev and chrome://tracing",
                 .ending = ".json",
                 .binary = false,
                 .diagram = false,
                 .write = export_chrome},
    ExportFormat{.name = "perfetto",
                 .what = "Perfetto's protocol buffers, for ui.perfetto.dev and its trace processor",
                 .ending = ".pftrace",
                 .binary = true,
                 .diagram = false,
                 .write = export_perfetto},
    ExportFormat{.name = "shiviz",
                 .what = "a log with vector clocks for ShiViz",
                 .ending = ".log",
                 .binary = false,
                 .diagram = false,
                 .write = export_shiviz},
    ExportFormat{.name = "otlp",
                 .what = "OpenTelemetry spans, an OTLP JSON request a line",
                 .ending = ".otlp.jsonl",
                 .binary = false,
                 .diagram = false,
                 .write = export_otlp},
    ExportFormat{.name = "mermaid",
                 .what = "a Mermaid sequence diagram",
                 .ending = ".mmd",
                 .binary = false,
                 .diagram = true,
                 .write = export_mermaid},
    ExportFormat{.name = "svg",
                 .what = "a space-time diagram as a picture",
                 .ending = ".svg",
                 .binary = false,
                 .diagram = true,
                 .write = export_svg},
    ExportFormat{.name = "dot",
                 .what = "happens-before as a graph for Graphviz",
                 .ending = ".dot",
                 .binary = false,
                 .diagram = true,
                 .write = export_dot},
};

}  // namespace

std::span<const ExportFormat> export_formats() {
  return kExportFormats;
}

const ExportFormat* find_export_format(std::string_view name) {
  const auto* const found =
      std::find_if(kExportFormats.begin(), kExportFormats.end(),
                   [&](const ExportFormat& each) { return each.name == name; });
  return found == kExportFormats.end() ? nullptr : found;
}

}  // namespace norn::trace
