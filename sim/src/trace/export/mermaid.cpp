// Mermaid's sequence diagrams (mermaid.js.org, "Sequence diagrams"): text that wikis and code hosts
// draw. A message stands where it arrived.
#include "norn/trace/describe.hpp"
#include "trace/export/diagram.hpp"
#include "trace/export/formats.hpp"

namespace norn::trace {

namespace {

constexpr std::size_t kMermaidLabel = 70;

// Characters that end a statement or begin an entity are written as entities.
std::string mermaid_text(std::string_view text) {
  std::string out;
  for (const char c : shortened(text, kMermaidLabel)) {
    if (c == '#') {
      out += "#35;";
    } else if (c == ';') {
      out += "#59;";
    } else if (c == '<') {
      out += "#lt;";
    } else if (c == '>') {
      out += "#gt;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string participant(NodeId node) {
  return "L" + std::to_string(node);
}

class MermaidWriter {
 public:
  MermaidWriter(const Reader& reader, const Diagram& diagram, std::ostream& out)
      : reader_(reader), diagram_(diagram), out_(out) {}

  void write() {
    out_ << "---\ntitle: \"";
    for (const char c : diagram_.title) out_ << (c == '"' || c == '\\' ? ' ' : c);
    out_ << "\"\n---\nsequenceDiagram\n";
    std::vector<NodeId> nodes = diagram_.nodes;
    for (const DiagramEvent& each : diagram_.events) {
      if (is_message_from(each)) nodes.push_back(each.peer);
    }
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    for (const NodeId node : nodes) {
      if (node != 0) drawn_.push_back(node);
    }
    if (drawn_.empty()) drawn_.push_back(0);
    for (const NodeId node : drawn_) {
      out_ << "  participant " << participant(node) << " as "
           << mermaid_text(printable(reader_.node_name(node))) << "\n";
    }
    for (const DiagramFault& fault : diagram_.faults) {
      if (fault.begin < diagram_.events.front().event.seq) note_over_all("lasting: " + fault.text);
    }
    for (const DiagramEvent& each : diagram_.events) write(each);
  }

 private:
  // A send of which no arrival is drawn has an arrow of its own.
  static bool is_message_from(const DiagramEvent& each) {
    return each.event.kind == EventKind::send && !each.arrives && each.peer != 0;
  }

  void note_over_all(const std::string& text) {
    out_ << "  Note over " << participant(drawn_.front());
    if (drawn_.size() > 1) out_ << "," << participant(drawn_.back());
    out_ << ": " << mermaid_text(text) << "\n";
  }
  void note(const DiagramEvent& each, const std::string& text) {
    out_ << "  Note over " << participant(each.node) << ": " << mermaid_text(text) << "\n";
  }
  void arrow(NodeId from, const char* how, NodeId to, const std::string& label) {
    out_ << "  " << participant(from) << how << participant(to) << ": " << mermaid_text(label)
         << "\n";
  }

  void write(const DiagramEvent& each) {
    const EventKind kind = each.event.kind;
    if (each.node == 0) return note_over_all(each.label);
    if (kind == EventKind::send) {
      if (is_message_from(each)) arrow(each.node, "--)", each.peer, each.label + " (on its way)");
      return;
    }
    const bool lost = kind == EventKind::drop;
    if (kind != EventKind::deliver && !lost) return note(each, each.label);
    if (each.from == 0) {
      return note(
          each, each.label + " from " + printable(reader_.node_name(each.peer)) + ", sent earlier");
    }
    const DiagramEvent& begin = diagram_.events[each.from - 1];
    const std::string copy = begin.event.kind == EventKind::duplicate ? " (duplicate)" : "";
    arrow(begin.node, lost ? "-x" : "->>", each.node,
          (lost                                  ? each.label
           : begin.event.kind == EventKind::send ? begin.label
                                                 : each.label) +
              copy);
  }

  const Reader& reader_;
  const Diagram& diagram_;
  std::ostream& out_;
  std::vector<NodeId> drawn_;
};

}  // namespace

Result<void> export_mermaid(const Reader& reader, const ExportOptions& options, std::ostream& out) {
  const auto diagram = make_diagram(reader, options, true);
  if (!diagram.ok()) return diagram.error();
  MermaidWriter(reader, *diagram, out).write();
  return {};
}

}  // namespace norn::trace
