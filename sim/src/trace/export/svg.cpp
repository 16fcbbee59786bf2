// A space-time diagram as SVG: a column a node, a row an event, time downwards, an arrow a message.
#include <map>

#include "norn/trace/describe.hpp"
#include "trace/export/diagram.hpp"
#include "trace/export/formats.hpp"

namespace norn::trace {

namespace {

// Pixels.
constexpr int kMargin = 16;
constexpr int kRow = 20;
constexpr int kLabelRoom = 10;  // above or below a row whose label does not stand in it
constexpr int kColumn = 260;
constexpr int kTimeWidth = 92;
constexpr int kFaultBar = 9;
constexpr int kTitle = 30;
constexpr int kNodeBox = 26;
constexpr int kLegend = 30;
constexpr int kLaneInset = 12;            // of the node's line in its column
constexpr std::size_t kColumnLabel = 36;  // characters
constexpr int kCharacter = 6;             // their width

// Okabe and Ito's palette, which colour-blind people can tell apart (2008).
constexpr std::string_view kBlue = "#0072B2";
constexpr std::string_view kVermillion = "#D55E00";
constexpr std::string_view kGreen = "#009E73";
constexpr std::string_view kPurple = "#AA4499";
constexpr std::string_view kOrange = "#E69F00";

std::string xml_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) out += c;
    }
  }
  return out;
}

struct Bar {
  Seq begin = 0;
  int from = 0;
  int to = 0;
  int column = 0;
  std::string text;
};

class SvgWriter {
 public:
  SvgWriter(const Reader& reader, const Diagram& diagram, std::ostream& out)
      : reader_(reader), diagram_(diagram), out_(out) {
    lay_out();
  }

  void write() {
    begin();
    shade_instants();
    draw_bars();
    for (const auto& [node, column] : columns_) draw_lane(node);
    for (std::size_t i = 0; i < diagram_.events.size(); ++i) draw_message(i);
    for (std::size_t i = 0; i < diagram_.events.size(); ++i) draw_event(i);
    draw_times();
    draw_legend();
    out_ << "</svg>\n";
  }

 private:
  bool is_earlier(const DiagramFault& fault) const {
    return fault.begin < diagram_.events.front().event.seq;
  }
  int count_earlier() const {
    return static_cast<int>(
        std::count_if(diagram_.faults.begin(), diagram_.faults.end(),
                      [&](const DiagramFault& fault) { return is_earlier(fault); }));
  }
  int y_of(std::size_t row) const { return rows_[row]; }
  int x_of(NodeId node) const { return left_ + columns_.at(node) * kColumn + kLaneInset; }
  // Whether the other end of a message is to the right of this one, or not drawn.
  bool goes_right(const DiagramEvent& each) const {
    return each.peer == 0 || columns_.at(each.peer) > columns_.at(each.node);
  }

  void begin();
  void lay_out();
  void place_rows();
  void place_bars();
  void shade_instants();
  void draw_bars();
  void draw_lane(NodeId node);
  void draw_message(std::size_t row);
  void draw_event(std::size_t row);
  void draw_band(std::size_t row);
  void draw_symbol(const Event& event, int x, int y);
  void draw_times();
  void draw_legend();

  void line(int x1, int y1, int x2, int y2, std::string_view style) {
    out_ << "<line x1=\"" << x1 << "\" y1=\"" << y1 << "\" x2=\"" << x2 << "\" y2=\"" << y2 << "\" "
         << style << "/>\n";
  }
  void text(int x, int y, std::string_view style, std::string_view text) {
    out_ << "<text x=\"" << x << "\" y=\"" << y << "\" " << style << ">" << xml_text(text)
         << "</text>\n";
  }
  void rectangle(int x, int y, int width, int height, std::string_view style) {
    out_ << "<rect x=\"" << x << "\" y=\"" << y << "\" width=\"" << width << "\" height=\""
         << height << "\" " << style << "/>\n";
  }
  std::string row_label(const DiagramEvent& each) const;
  int label_shift(const DiagramEvent& each) const;

  const Reader& reader_;
  const Diagram& diagram_;
  std::ostream& out_;
  std::map<NodeId, int> columns_;
  std::vector<int> rows_;   // by event: the middle of its row
  std::vector<int> edges_;  // by event: the upper edge of its row, and the end of the last
  std::vector<Bar> bars_;   // faults
  int bar_columns_ = 0;
  int top_ = 0;
  int bottom_ = 0;
  int left_ = 0;
  int width_ = 0;
};

void SvgWriter::begin() {
  const int height = bottom_ + kLegend + kMargin;
  out_ << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << width_ << "\" height=\"" << height
       << "\" viewBox=\"0 0 " << width_ << " " << height
       << "\" font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" font-size=\"11\">\n"
          "<defs>\n"
          "<marker id=\"arrives\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" "
          "markerHeight=\"8\" orient=\"auto\"><path d=\"M0,0.8 L8,4 L0,7.2 Z\" fill=\""
       << kBlue
       << "\"/></marker>\n"
          "<pattern id=\"dead\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
          "patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" fill=\"#FFFFFF\"/>"
          "<line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\" stroke=\"#B0B0B0\" stroke-width=\"2\"/>"
          "</pattern>\n"
          "<style>.label{paint-order:stroke;stroke:#FFFFFF;stroke-width:3px;stroke-linejoin:round}"
          "</style>\n</defs>\n"
          "<title>"
       << xml_text(diagram_.title) << "</title>\n";
  rectangle(0, 0, width_, height, "fill=\"#FFFFFF\"");
  text(kMargin, kMargin + 14, "font-size=\"16\" font-weight=\"bold\"",
       shortened(diagram_.title, static_cast<std::size_t>(width_ / 9)));
  int y = kMargin + kTitle + 8;
  for (const DiagramFault& fault : diagram_.faults) {
    if (!is_earlier(fault)) continue;
    text(kMargin, y, "fill=\"#7A5200\"",
         shortened("a fault lasts: " + fault.text, static_cast<std::size_t>(width_ / kCharacter)));
    y += kRow;
  }
}

void SvgWriter::lay_out() {
  for (const DiagramEvent& each : diagram_.events) {
    columns_[each.node] = 0;
    columns_[each.peer] = 0;
  }
  columns_.erase(0);
  int count = 0;
  for (auto& [node, column] : columns_) column = count++;
  top_ = kMargin + kTitle + count_earlier() * kRow + kNodeBox + kRow / 2;
  place_rows();
  place_bars();
  left_ = kMargin + kTimeWidth + bar_columns_ * kFaultBar + 8;
  width_ = left_ + std::max(count, 2) * kColumn + kMargin;
}

void SvgWriter::place_rows() {
  int y = top_;
  for (const DiagramEvent& each : diagram_.events) {
    const int shift = label_shift(each);
    edges_.push_back(y);
    y += shift < 0 ? kLabelRoom : 0;
    rows_.push_back(y + kRow / 2);
    y += kRow + (shift > kLabelRoom ? kLabelRoom : 0);
  }
  edges_.push_back(y);
  bottom_ = y;
}

// Bars that last at the same time stand side by side.
void SvgWriter::place_bars() {
  for (const DiagramFault& fault : diagram_.faults) {
    if (is_earlier(fault))
      bars_.push_back({.begin = fault.index, .from = top_, .to = bottom_, .text = fault.text});
  }
  for (std::size_t row = 0; row < diagram_.events.size(); ++row) {
    const DiagramEvent& each = diagram_.events[row];
    if (each.event.kind == EventKind::fault_begin) {
      bars_.push_back(
          {.begin = each.event.a, .from = y_of(row), .to = bottom_, .text = each.detail});
    } else if (each.event.kind == EventKind::fault_end) {
      const auto open = std::find_if(bars_.rbegin(), bars_.rend(), [&](const Bar& bar) {
        return bar.begin == each.event.a && bar.to == bottom_;
      });
      if (open != bars_.rend()) open->to = y_of(row);
    }
  }
  std::vector<int> free_from;  // by column of bars
  for (Bar& bar : bars_) {
    std::size_t column = 0;
    while (column < free_from.size() && free_from[column] > bar.from) ++column;
    if (column == free_from.size()) free_from.push_back(0);
    free_from[column] = bar.to;
    bar.column = static_cast<int>(column);
  }
  bar_columns_ = static_cast<int>(free_from.size());
}

void SvgWriter::draw_bars() {
  for (const Bar& bar : bars_) {
    out_ << "<g><title>" << xml_text(bar.text) << "</title>";
    rectangle(kMargin + kTimeWidth + bar.column * kFaultBar, bar.from, kFaultBar - 3,
              std::max(bar.to - bar.from, 3), "rx=\"2\" fill=\"" + std::string(kOrange) + "\"");
    out_ << "</g>\n";
  }
}

// Every second instant has a shade: what happened at the same time stands on the same ground.
void SvgWriter::shade_instants() {
  bool shaded = false;
  std::size_t first = 0;
  for (std::size_t row = 1; row <= diagram_.events.size(); ++row) {
    if (row < diagram_.events.size() &&
        diagram_.events[row].event.time_ns == diagram_.events[first].event.time_ns)
      continue;
    if (shaded) {
      rectangle(kMargin, edges_[first], width_ - 2 * kMargin, edges_[row] - edges_[first],
                "fill=\"#F4F6F8\"");
    }
    shaded = !shaded;
    first = row;
  }
}

void SvgWriter::draw_lane(NodeId node) {
  const int x = x_of(node);
  rectangle(x - kLaneInset, top_ - kNodeBox - 4, kColumn - 24, kNodeBox - 4,
            "rx=\"4\" fill=\"#E8EDF2\" stroke=\"#7A8793\"");
  text(x - kLaneInset + 8, top_ - kNodeBox + 11, "font-weight=\"bold\" font-size=\"12\"",
       shortened(printable(reader_.node_name(node)), 30));
  const auto dead = [&](int from, int to) {
    if (to > from) rectangle(x - 4, from, 8, to - from, "fill=\"url(#dead)\" stroke=\"#B0B0B0\"");
  };
  line(x, top_ - 8, x, bottom_, "stroke=\"#7A8793\" stroke-width=\"1.5\"");
  int dead_from = -1;
  bool seen = false;
  for (std::size_t row = 0; row < diagram_.events.size(); ++row) {
    const DiagramEvent& each = diagram_.events[row];
    if (each.node != node || !ordered_by_node(each.event.kind)) continue;
    if (each.event.kind == EventKind::node_start) dead(seen ? dead_from : top_ - 8, y_of(row));
    if (each.event.kind == EventKind::node_start) dead_from = -1;
    if (each.event.kind == EventKind::node_crash || each.event.kind == EventKind::node_exit)
      dead_from = y_of(row);
    seen = true;
  }
  if (dead_from >= 0) dead(dead_from, bottom_);
}

void SvgWriter::draw_message(std::size_t row) {
  const DiagramEvent& each = diagram_.events[row];
  const int y = y_of(row);
  if (each.event.kind == EventKind::send && !each.arrives) {
    // On its way when the diagram ends, or to an event that is not part of it.
    if (each.node == 0) return;
    const int x = x_of(each.node);
    line(x, y, x + (goes_right(each) ? 34 : -34), y + 7,
         "stroke=\"#0072B2\" stroke-dasharray=\"2 3\" stroke-width=\"1.2\"");
    return;
  }
  if (each.node == 0) return;
  if (each.from == 0) {
    if (each.event.kind == EventKind::deliver) {
      const int x = x_of(each.node);
      const int side = goes_right(each) ? 1 : -1;
      line(x + side * 34, y - 7, x + side * 4, y,
           "stroke=\"#0072B2\" stroke-dasharray=\"2 3\" stroke-width=\"1.2\"");
    }
    return;
  }
  const DiagramEvent& begin = diagram_.events[each.from - 1];
  if (begin.node == 0) return;
  const int from = x_of(begin.node);
  const int to = x_of(each.node);
  if (each.event.kind == EventKind::drop) {
    const int end = to + (from < to ? -16 : 16);
    line(from, y_of(each.from - 1), end, y,
         "stroke=\"#D55E00\" stroke-dasharray=\"5 3\" stroke-width=\"1.3\"");
    out_ << "<path d=\"M" << end - 4 << "," << y - 4 << " l8,8 m0,-8 l-8,8\" stroke=\""
         << kVermillion << "\" stroke-width=\"2\" fill=\"none\"/>\n";
    return;
  }
  const bool copy = begin.event.kind == EventKind::duplicate;
  line(from, y_of(each.from - 1),
       to + (from < to   ? -4
             : from > to ? 4
                         : 0),
       y,
       std::string("stroke=\"#0072B2\" stroke-width=\"1.3\" marker-end=\"url(#arrives)\"") +
           (copy ? " stroke-dasharray=\"8 3\"" : ""));
}

std::string SvgWriter::row_label(const DiagramEvent& each) const {
  const std::string peer = printable(reader_.node_name(each.peer));
  if (each.event.kind == EventKind::send) return "→ " + peer + " " + each.label;
  if (each.event.kind != EventKind::deliver) return each.label;
  const bool copy =
      each.from != 0 && diagram_.events[each.from - 1].event.kind == EventKind::duplicate;
  return "← " + peer + " " + each.label + (copy ? " (duplicate)" : "");
}

// Where the label stands so that the event's own arrow does not run through it: above what leaves
// to the right, below what comes from there.
int SvgWriter::label_shift(const DiagramEvent& each) const {
  const EventKind kind = each.event.kind;
  const bool arrives = kind == EventKind::deliver || kind == EventKind::drop;
  if (each.node == 0 || (kind != EventKind::send && !arrives) || !goes_right(each)) return 4;
  return arrives ? 13 : -4;
}

void SvgWriter::draw_symbol(const Event& event, int x, int y) {
  const auto circle = [&](std::string_view fill, std::string_view stroke) {
    out_ << "<circle cx=\"" << x << "\" cy=\"" << y << "\" r=\"3.5\" fill=\"" << fill
         << "\" stroke=\"" << stroke << "\" stroke-width=\"1.5\"/>";
  };
  const auto path = [&](std::string_view shape, std::string_view fill) {
    out_ << "<path transform=\"translate(" << x << "," << y << ")\" d=\"" << shape << "\" fill=\""
         << fill << "\" stroke=\"#FFFFFF\" stroke-width=\"0.8\"/>";
  };
  switch (event.kind) {
    case EventKind::send:
    case EventKind::duplicate:
    case EventKind::hold:
      return circle(kBlue, kBlue);
    case EventKind::deliver:
      return circle("#FFFFFF", kBlue);
    case EventKind::drop:
      return;
    case EventKind::state:
      return path("M-4.5,-4.5 h9 v9 h-9 Z", kGreen);
    case EventKind::op_call:
    case EventKind::op_return:
      return path("M0,-6 L6,0 L0,6 L-6,0 Z", kPurple);
    case EventKind::node_crash:
    case EventKind::node_exit:
    case EventKind::disk_loss:
      return path("M-6,-4 L-4,-6 L0,-2 L4,-6 L6,-4 L2,0 L6,4 L4,6 L0,2 L-4,6 L-6,4 L-2,0 Z",
                  kVermillion);
    case EventKind::node_start:
      return path("M-5,5 L0,-6 L5,5 Z", kGreen);
    default:
      return circle("#FFFFFF", "#555555");
  }
}

// What the simulation does concerns all nodes.
void SvgWriter::draw_band(std::size_t row) {
  const DiagramEvent& each = diagram_.events[row];
  const bool violation = each.event.kind == EventKind::violation;
  const int y = y_of(row) - kRow / 2 + 1;
  rectangle(left_ - 6, y, width_ - left_ - kMargin + 6, kRow - 2,
            violation ? "rx=\"3\" fill=\"#D55E00\"" : "rx=\"3\" fill=\"#FBEBC8\"");
  text(left_ + 4, y + 13, violation ? "font-weight=\"bold\" fill=\"#FFFFFF\"" : "fill=\"#7A5200\"",
       shortened(violation ? each.detail : each.label,
                 static_cast<std::size_t>((width_ - left_ - kMargin) / (kCharacter + 1))));
}

void SvgWriter::draw_event(std::size_t row) {
  const DiagramEvent& each = diagram_.events[row];
  out_ << "<g><title>"
       << xml_text(std::to_string(each.event.seq) + "  " + time_text(each.event.time_ns) + "  " +
                   each.detail)
       << "</title>\n";
  if (each.node == 0) {
    draw_band(row);
  } else {
    const int x = x_of(each.node);
    const int y = y_of(row);
    draw_symbol(each.event, x, y);
    const bool bad = each.event.kind == EventKind::drop || each.event.kind == EventKind::node_crash;
    text(x + 10, y + label_shift(each),
         bad ? "class=\"label\" fill=\"#B04A00\"" : "class=\"label\" fill=\"#1B1F23\"",
         shortened(row_label(each), kColumnLabel));
  }
  out_ << "</g>\n";
}

void SvgWriter::draw_times() {
  for (std::size_t row = 0; row < diagram_.events.size(); ++row) {
    const std::int64_t time_ns = diagram_.events[row].event.time_ns;
    if (row > 0 && diagram_.events[row - 1].event.time_ns == time_ns) continue;
    text(kMargin + 4, y_of(row) + 4, "fill=\"#555F69\" font-size=\"10.5\"", time_text(time_ns));
  }
}

void SvgWriter::draw_legend() {
  const int y = bottom_ + kLegend / 2 + 8;
  int x = kMargin;
  const auto entry = [&](EventKind kind, std::string_view words) {
    draw_symbol({.kind = kind}, x + 6, y - 4);
    text(x + 16, y, "fill=\"#555F69\"", words);
    x += 26 + static_cast<int>(words.size()) * kCharacter;
  };
  entry(EventKind::send, "send");
  entry(EventKind::deliver, "receive");
  entry(EventKind::state, "state");
  entry(EventKind::op_call, "client operation");
  entry(EventKind::node_crash, "crash");
  entry(EventKind::node_start, "start");
  line(x, y - 4, x + 20, y - 4, "stroke=\"#D55E00\" stroke-dasharray=\"5 3\" stroke-width=\"1.3\"");
  text(x + 25, y, "fill=\"#555F69\"", "lost");
  x += 60;
  rectangle(x, y - 8, 20, 8, "fill=\"url(#dead)\" stroke=\"#B0B0B0\"");
  text(x + 25, y, "fill=\"#555F69\"", "down");
  if (bars_.empty()) return;
  rectangle(x + 64, y - 9, kFaultBar - 3, 11, "rx=\"2\" fill=\"" + std::string(kOrange) + "\"");
  text(x + 76, y, "fill=\"#555F69\"", "a fault lasts");
}

}  // namespace

Result<void> export_svg(const Reader& reader, const ExportOptions& options, std::ostream& out) {
  const auto diagram = make_diagram(reader, options, true);
  if (!diagram.ok()) return diagram.error();
  SvgWriter(reader, *diagram, out).write();
  return {};
}

}  // namespace norn::trace
