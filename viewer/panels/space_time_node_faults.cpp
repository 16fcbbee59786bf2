// Layer: what a machine suffers alone, on its lane: pauses, slow disks, weak links, and its wrong
// clock as a curve.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/time_text.hpp"
#include "panels/frame.hpp"

namespace norn::viewer {
namespace {

constexpr float kPausedBar = 9;
constexpr float kClockShare = 0.36F;  // of the row's height, above the lane's line and below
constexpr float kLeastClockRow = 12;
constexpr float kClockPiecePx = 4;

bool is_drawn_otherwise(const Fault& fault) {
  const bool has_band = fault.form == FaultForm::cut || fault.form == FaultForm::hold;
  return has_band || fault.kind == "crash" || fault.kind == "kill" ||
         fault.form == FaultForm::clock || fault.nodes.empty();
}

// What is written on the lane: of a fault of links also which they are.
std::string lane_label(const Fault& fault) {
  if (fault.form == FaultForm::pause) return "paused";
  if (fault.form == FaultForm::link) return fault.label;
  std::string label = fault.kind;
  std::replace(label.begin(), label.end(), '_', ' ');
  return label;
}

void draw_node_fault(Frame& frame, const Fault& fault, trace::NodeId node, float x0, float x1) {
  const Theme& theme = frame.theme;
  const float top = frame.y(frame.layout.top(node));
  const float bottom = top + frame.layout.row_height();
  const bool is_shared =
      frame.context.nav.unfolding().is_folded(frame.model().lanes().of(node).zone);
  std::string label = is_shared ? fault.label : lane_label(fault);
  if (fault.form == FaultForm::pause) {
    // A machine that stands still: upright bars over the whole lane.
    const float centre = frame.y(frame.layout.centre(node));
    frame.list.AddRectFilled({x0, centre - 10}, {x1, centre + 10}, faded(theme.fault_other, 0.18F));
    for (float x = x0; x < x1; x += 12)
      frame.list.AddRectFilled({x, centre - kPausedBar}, {std::min(x + 4, x1), centre + kPausedBar},
                               faded(theme.fault_other, 0.55F));
  } else {
    frame.list.AddRectFilled({x0, bottom - 5}, {x1, bottom - 1}, faded(theme.fault_other, 0.7F));
  }
  const ImVec2 size = frame.labels.size_of(label, false);
  if (frame.layout.row_height() < 40) return;
  const float x = std::max(x0, frame.lanes.x0) + 3;
  frame.labels.add({.rank = LabelRank::crash,
                    .text = std::move(label),
                    .colour = theme.text_dim,
                    .places = {{x, bottom - size.y - 6}, {x, top + 2}}});
}

// ---- clocks

// The curve of one node: how far its clock is ahead, upwards; the lane's own line is true time.
class ClockCurve {
 public:
  ClockCurve(Frame& frame, trace::NodeId node)
      : frame_(frame),
        node_(node),
        middle_(frame.y(frame.layout.centre(node))),
        reach_(frame.layout.row_height() * kClockShare),
        // Of the view's stretch of time, not the axis': that may be of a single moment.
        stretches_(frame.model().clocks().within(node, frame.context.nav.view().begin_ns(),
                                                 frame.context.nav.view().end_ns())) {
    for (const ClockStretch& stretch : stretches_)
      most_ = std::max({most_, std::abs(stretch.begin_ahead_ns), std::abs(stretch.end_ahead_ns)});
  }

  void draw() {
    if (stretches_.empty() || reach_ < kLeastClockRow * kClockShare) return;
    const ImU32 colour = frame_.theme.clock;
    float last_x = -1e9F;
    for (std::size_t i = 0; i < stretches_.size(); ++i) {
      const ClockStretch& stretch = stretches_[i];
      const float x0 = frame_.clipped(frame_.x(stretch.begin_ns));
      const float x1 = frame_.clipped(frame_.x(stretch.end_ns));
      // What lies within one pixel is seen once.
      if (x1 - last_x < 1 && i + 1 < stretches_.size()) continue;
      last_x = x1;
      draw_pieces(stretch, x0, x1, colour);
      const bool is_step = i == 0 || stretches_[i - 1].end_ns != stretch.begin_ns ||
                           differs(stretches_[i - 1].end_ahead_ns, stretch.begin_ahead_ns);
      if (is_step) draw_step(i, x0, colour);
      const bool ends = i + 1 == stretches_.size() || stretches_[i + 1].begin_ns != stretch.end_ns;
      if (ends && differs(stretch.end_ahead_ns, 0) && x1 < frame_.lanes.x1)
        frame_.list.AddLine({x1, y(stretch.end_ahead_ns)}, {x1, middle_}, colour, 1.5F);
      label(i, x0, x1);
    }
  }

 private:
  static bool differs(double a, double b) { return std::abs(a - b) >= 0.5; }
  float y(double ahead_ns) const {
    return middle_ - reach_ * static_cast<float>(ahead_ns / std::max(most_, 1.0));
  }

  // What is straight in time bends at every event on an axis of steps: it is drawn piece by piece.
  void draw_pieces(const ClockStretch& stretch, float x0, float x1, ImU32 colour) {
    const bool is_level = !differs(stretch.begin_ahead_ns, stretch.end_ahead_ns);
    if (!frame_.scale.ordinal() || is_level) return draw_stretch(stretch, x0, x1, colour);
    ClockStretch piece = stretch;
    for (float x = x0; x < x1; x += kClockPiecePx) {
      const float to = std::min(x + kClockPiecePx, x1);
      // At its very end the next stretch may have begun with a jump.
      const double t = std::clamp(frame_.moment_at(to).t_ns, stretch.begin_ns,
                                  std::max(stretch.begin_ns, stretch.end_ns - 1));
      piece.end_ahead_ns =
          to < x1 ? frame_.model().clocks().ahead_ns(node_, t) : stretch.end_ahead_ns;
      draw_stretch(piece, x, to, colour);
      piece.begin_ahead_ns = piece.end_ahead_ns;
    }
  }

  // Filled between the clock and true time; where it crosses true time there are two triangles.
  void draw_stretch(const ClockStretch& stretch, float x0, float x1, ImU32 colour) {
    const float y0 = y(stretch.begin_ahead_ns);
    const float y1 = y(stretch.end_ahead_ns);
    const ImU32 fill = faded(colour, 0.20F);
    if ((y0 - middle_) * (y1 - middle_) < 0) {
      const float cross = x0 + (x1 - x0) * (y0 - middle_) / (y0 - y1);
      frame_.list.AddTriangleFilled({x0, middle_}, {x0, y0}, {cross, middle_}, fill);
      frame_.list.AddTriangleFilled({cross, middle_}, {x1, y1}, {x1, middle_}, fill);
    } else {
      frame_.list.AddQuadFilled({x0, middle_}, {x0, y0}, {x1, y1}, {x1, middle_}, fill);
    }
    frame_.list.AddLine({x0, y0}, {x1, y1}, colour, 1.5F);
  }

  void draw_step(std::size_t i, float x, ImU32 colour) {
    const bool follows = i > 0 && stretches_[i - 1].end_ns == stretches_[i].begin_ns;
    const float from = follows ? y(stretches_[i - 1].end_ahead_ns) : middle_;
    if (x > frame_.lanes.x0)
      frame_.list.AddLine({x, from}, {x, y(stretches_[i].begin_ahead_ns)}, colour, 1.5F);
  }

  // Values stand where the curve bends or leaves the view.
  void label(std::size_t i, float x0, float x1) {
    if (frame_.layout.row_height() < 34) return;
    const ClockStretch& stretch = stretches_[i];
    // The end of a slope has told already what goes on from there.
    const ClockStretch* const before = i > 0 ? &stretches_[i - 1] : nullptr;
    const bool is_told = before != nullptr && before->end_ns == stretch.begin_ns &&
                         differs(before->begin_ahead_ns, before->end_ahead_ns) &&
                         !differs(before->end_ahead_ns, stretch.begin_ahead_ns);
    if (!is_told) add_label(stretch.begin_ahead_ns, x0, false);
    const bool bends = differs(stretch.begin_ahead_ns, stretch.end_ahead_ns);
    if (bends || x1 - x0 > frame_.lanes.width() / 2) add_label(stretch.end_ahead_ns, x1, true);
  }
  void add_label(double ahead_ns, float x, bool to_the_left) {
    if (!differs(ahead_ns, 0)) return;
    std::string text = clock_text(ahead_ns);
    const ImVec2 size = frame_.labels.size_of(text, true);
    const float left =
        to_the_left ? std::min(x, frame_.lanes.x1) - size.x - 2 : std::max(x, frame_.lanes.x0) + 2;
    const float at = y(ahead_ns);
    const float above = at - size.y - 1;
    const float below = at + 1;
    const bool is_ahead = ahead_ns > 0;
    frame_.labels.add(
        {.rank = LabelRank::crash,
         .text = std::move(text),
         .colour = frame_.theme.clock,
         .places = {{left, is_ahead ? above : below}, {left, is_ahead ? below : above}},
         .bold = true});
  }

  Frame& frame_;
  trace::NodeId node_;
  float middle_;
  float reach_;
  std::vector<ClockStretch> stretches_;
  double most_ = 0;
};

}  // namespace

std::string clock_text(double ahead_ns) {
  return (ahead_ns < 0 ? "\xE2\x88\x92" : "+") + format_duration(std::abs(ahead_ns));
}

void draw_clocks(Frame& frame) {
  for (trace::NodeId node = frame.layout.first_visible(); node <= frame.layout.last_visible();
       ++node) {
    // In a folded zone the curves of several nodes would lie over one another.
    if (frame.model().clocks().of(node).empty() ||
        frame.context.nav.unfolding().is_folded(frame.model().lanes().of(node).zone))
      continue;
    ClockCurve(frame, node).draw();
  }
}

void draw_node_faults(Frame& frame) {
  constexpr std::size_t kMost = 200;
  std::size_t drawn = 0;
  const EventTable& events = frame.events();
  for (const Fault& fault : frame.model().faults()) {
    if (is_drawn_otherwise(fault)) continue;
    const Index end = fault.instant        ? fault.begin
                      : fault.end == kNone ? events.size() - 1
                                           : fault.end;
    if (fault.begin >= frame.end_event) break;
    if (end < frame.first_event) continue;
    if (++drawn > kMost) return;
    const float x0 = frame.clipped_x_of(fault.begin);
    const float x1 = std::max(x0 + 2, frame.clipped_x_of(end));
    // Nodes of a folded zone share a row, and what is said of them.
    std::set<std::uint32_t> rows;
    for (const trace::NodeId node : fault.nodes) {
      if (rows.insert(frame.layout.row_of(node)).second)
        draw_node_fault(frame, fault, node, x0, x1);
    }
  }
}

}  // namespace norn::viewer
