// Happens-before as a graph for Graphviz (graphviz.org, "DOT language"): a cluster a node, an arrow
// for each pair of events with nothing between them.
#include "norn/trace/describe.hpp"
#include "trace/export/diagram.hpp"
#include "trace/export/formats.hpp"

namespace norn::trace {

namespace {

constexpr std::size_t kDotLabel = 48;

std::string dot_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string_view dot_style(EventKind kind) {
  switch (kind) {
    case EventKind::violation:
      return ",fillcolor=\"#D55E00\",fontcolor=white";
    case EventKind::node_crash:
    case EventKind::drop:
      return ",fillcolor=\"#F2C9AE\"";
    case EventKind::fault_begin:
    case EventKind::fault_end:
      return ",fillcolor=\"#F7DFA9\"";
    case EventKind::send:
    case EventKind::deliver:
      return ",fillcolor=\"#D6E8F4\"";
    default:
      return "";
  }
}

using ClockOf = std::vector<std::vector<std::uint32_t>>;  // by event of the diagram, by lane

// The clocks of the diagram's events, by a walk over the trace up to the last of them.
Result<ClockOf> clocks_of(const Reader& reader, const Lanes& lanes, Diagram& diagram) {
  ClockOf clocks;
  VectorClocks running(lanes);
  auto walked = reader.for_each([&](const Event& event) {
    const std::size_t at = clocks.size();
    if (at == diagram.events.size()) return false;
    const bool drawn = diagram.events[at].event.seq == event.seq;
    running.next(event, drawn);
    if (!drawn) return true;
    diagram.events[at].lane = running.lane();
    auto& clock = clocks.emplace_back(running.lanes());
    for (Lane lane = 0; lane < clock.size(); ++lane) clock[lane] = running.of(lane);
    return true;
  });
  if (!walked.ok()) return walked.error();
  return clocks;
}

class DotWriter {
 public:
  DotWriter(const Lanes& lanes, const Diagram& diagram, const ClockOf& clocks, std::ostream& out)
      : lanes_(lanes), diagram_(diagram), clocks_(clocks), out_(out) {
    by_lane_.resize(lanes.count());
    for (std::size_t i = 0; i < diagram.events.size(); ++i)
      by_lane_[diagram.events[i].lane].push_back(i);
  }

  void write() {
    out_ << "digraph happens_before {\n  label=" << dot_quoted(diagram_.title)
         << "; labelloc=t; rankdir=TB; newrank=true;\n"
            "  fontname=\"Helvetica\";\n"
            "  node [shape=box,style=\"rounded,filled\",fillcolor=white,fontname=\"Helvetica\","
            "fontsize=10,height=0.2,margin=\"0.08,0.03\"];\n"
            "  edge [arrowsize=0.6];\n";
    for (Lane lane = 0; lane < by_lane_.size(); ++lane) {
      if (!by_lane_[lane].empty()) write_cluster(lane);
    }
    for (std::size_t i = 0; i < diagram_.events.size(); ++i) write_arrows(i);
    out_ << "}\n";
  }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};

  void write_cluster(Lane lane) {
    out_ << "  subgraph cluster_" << lane
         << " {\n    label=" << dot_quoted(printable(lanes_.name(lane)))
         << "; style=rounded; color=\"#888888\";\n";
    for (const std::size_t i : by_lane_[lane]) {
      const DiagramEvent& each = diagram_.events[i];
      out_ << "    e" << each.event.seq << " [label="
           << dot_quoted(std::to_string(each.event.seq) + " " + std::string(name(each.event.kind)) +
                         "\n" + shortened(each.label, kDotLabel))
           << ",tooltip=" << dot_quoted(time_text(each.event.time_ns) + " " + each.detail)
           << dot_style(each.event.kind) << "];\n";
    }
    out_ << "  }\n";
  }

  // Nothing orders what the simulation did, nor what befell messages on their way.
  bool is_ordered(Lane lane) const { return lane != 0 && lane != lanes_.network(); }

  // The last event of a lane that happened before event i; kNone if there is none.
  std::size_t before(std::size_t i, Lane lane) const {
    const std::uint32_t count = clocks_[i][lane];
    return count == 0 ? kNone : by_lane_[lane][count - 1];
  }

  void write_arrows(std::size_t i) {
    const Lane own = diagram_.events[i].lane;
    std::size_t previous = kNone;
    if (is_ordered(own) && clocks_[i][own] > 1) {
      previous = by_lane_[own][clocks_[i][own] - 2];
      out_ << "  e" << diagram_.events[previous].event.seq << " -> e"
           << diagram_.events[i].event.seq << " [color=\"#888888\",weight=10];\n";
    }
    std::vector<std::size_t> candidates;
    for (Lane lane = 0; lane < by_lane_.size(); ++lane) {
      if (lane == own) continue;
      const std::size_t from = before(i, lane);
      if (from == kNone) continue;
      if (lane == 0 && diagram_.events[from].event.seq != diagram_.events[i].event.cause) continue;
      if (previous != kNone && clocks_[previous][lane] >= clocks_[i][lane]) continue;
      candidates.push_back(from);
    }
    for (const std::size_t from : candidates) {
      const Lane lane = diagram_.events[from].lane;
      const bool implied =
          std::any_of(candidates.begin(), candidates.end(), [&](std::size_t other) {
            return other != from && clocks_[other][lane] >= clocks_[from][lane];
          });
      if (implied) continue;
      out_ << "  e" << diagram_.events[from].event.seq << " -> e" << diagram_.events[i].event.seq
           << (diagram_.events[i].event.kind == EventKind::drop
                   ? " [color=\"#D55E00\",style=dashed]"
                   : " [color=\"#0072B2\"]")
           << ";\n";
    }
  }

  const Lanes& lanes_;
  const Diagram& diagram_;
  const ClockOf& clocks_;
  std::ostream& out_;
  std::vector<std::vector<std::size_t>> by_lane_;  // events, in order
};

}  // namespace

Result<void> export_dot(const Reader& reader, const ExportOptions& options, std::ostream& out) {
  auto diagram = make_diagram(reader, options, false);
  if (!diagram.ok()) return diagram.error();
  const auto lanes = Lanes::make(reader);
  if (!lanes.ok()) return lanes.error();
  const auto clocks = clocks_of(reader, *lanes, *diagram);
  if (!clocks.ok()) return clocks.error();
  DotWriter(*lanes, *diagram, *clocks, out).write();
  return {};
}

}  // namespace norn::trace
