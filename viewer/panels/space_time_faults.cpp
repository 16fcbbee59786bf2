// Layers: the strip of faults, the bands they cast over the lanes, and the walls of partitions.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "panels/frame.hpp"

namespace norn::viewer {
namespace {

// Beyond this many faults in view their bands would only be a stain.
constexpr std::size_t kMostBands = 200;
constexpr float kBarInset = 3;
constexpr float kDash = 9;
constexpr float kDashGap = 5;

struct Span {
  float x0 = 0;
  float x1 = 0;
  bool visible = false;
};

Span span_of(const Frame& frame, const Fault& fault) {
  const double begin = frame.x_of(fault.begin);
  const double end = fault.end != kNone ? frame.x_of(fault.end)
                     : fault.instant    ? begin
                                        : frame.x(static_cast<double>(frame.events().end_ns()));
  const auto left = static_cast<double>(frame.lanes.x0);
  const auto right = static_cast<double>(frame.lanes.x1);
  return {.x0 = static_cast<float>(std::max(begin, left - 4)),
          .x1 = static_cast<float>(std::min(end, right + 4)),
          .visible = end >= left && begin <= right};
}

struct Look {
  ImU32 fill = 0;
  ImU32 edge = 0;
};

Look look_of(const Frame& frame, const Fault& fault) {
  const Theme& theme = frame.theme;
  if (fault.is_partition()) return {theme.partition_fill, theme.partition_wall};
  if (fault.kind == "hold") return {theme.hold_fill, theme.hold_edge};
  return {faded(theme.fault_other, 0.18F), theme.fault_other};
}

std::vector<const Fault*> faults_in_view(const Frame& frame) {
  std::vector<const Fault*> out;
  for (const Fault& fault : frame.model().faults()) {
    if (span_of(frame, fault).visible) out.push_back(&fault);
  }
  return out;
}

void draw_band(Frame& frame, const Fault& fault) {
  if (fault.nodes.empty()) return;
  const Span span = span_of(frame, fault);
  const Look look = look_of(frame, fault);
  ImDrawList& list = frame.list;
  const float top = frame.y(frame.layout.top(fault.nodes.front()));
  const float bottom = frame.y(frame.layout.bottom(fault.nodes.back()));
  for (const trace::NodeId node : fault.nodes) {
    const float y = frame.y(frame.layout.top(node));
    list.AddRectFilled({span.x0, y}, {span.x1, frame.y(frame.layout.bottom(node))}, look.fill);
  }
  for (const float x : {span.x0, span.x1}) {
    draw_dashed(list,
                {.x0 = x,
                 .y0 = std::max(top, frame.lanes.y0),
                 .x1 = x,
                 .y1 = std::min(bottom, frame.lanes.y1)},
                {.colour = faded(look.edge, 0.7F), .thickness = 1}, 4, 4);
  }
}

// The label stands in the bar, or beside it when there is room until `next_x`, where the row's next
// bar begins.
void draw_bar(Frame& frame, const Fault& fault, const Rect& bar, float next_x) {
  const Look look = look_of(frame, fault);
  ImDrawList& list = frame.list;
  list.AddRectFilled(bar.min(), bar.max(), look.fill, 3);
  list.AddRectFilled(bar.min(), bar.max(), faded(look.edge, 0.16F), 3);
  list.AddRect(bar.min(), bar.max(), look.edge, 3);
  const compat::Face& face = frame.context.fonts.small_bold;
  if (bar.height() < face.size) return;
  const float x = std::max(bar.x0, frame.faults.x0) + 6;
  const float y = (bar.y0 + bar.y1 - face.size) / 2 - 1;
  const float width = text_size(face, fault.label).x;
  const float beside = std::max(bar.x1, frame.faults.x0) + 5;
  if (x + width > bar.x1 - 4 && beside + width < next_x - 4) {
    draw_text(list, face, {beside, y}, look.edge, fault.label);
  } else {
    draw_fitted(list, face, {x, y}, look.edge, fault.label, bar.x1 - x - 4);
  }
}

}  // namespace

void draw_fault_strip(Frame& frame) {
  const auto faults = faults_in_view(frame);
  const auto rows = static_cast<float>(frame.model().fault_rows());
  const float height = (frame.faults.height() - 2 * kBarInset) / rows;
  std::array<float, Faults::kMostRows> next_x{};
  next_x.fill(frame.faults.x1);
  for (auto fault = faults.rbegin(); fault != faults.rend(); ++fault) {
    const Span span = span_of(frame, **fault);
    const float y = frame.faults.y0 + kBarInset + static_cast<float>((*fault)->row) * height;
    float& next = next_x.at((*fault)->row);
    draw_bar(frame, **fault,
             {.x0 = span.x0, .y0 = y, .x1 = std::max(span.x1, span.x0 + 4), .y1 = y + height - 2},
             next);
    next = span.x0;
  }
}

void draw_fault_bands(Frame& frame) {
  const auto faults = faults_in_view(frame);
  if (faults.size() > kMostBands) return;
  frame.list.PushClipRect(frame.lanes.min(), frame.lanes.max(), true);
  for (const Fault* fault : faults) {
    if (fault->is_partition() || fault->kind == "hold") draw_band(frame, *fault);
  }
  frame.list.PopClipRect();
}

void draw_walls(Frame& frame) {
  const auto faults = faults_in_view(frame);
  if (faults.size() > kMostBands) return;
  const Stroke stroke{.colour = frame.theme.partition_wall, .thickness = 2.5F};
  for (const Fault* fault : faults) {
    if (!fault->is_partition()) continue;
    const Span span = span_of(frame, *fault);
    for (const Paths::Wall& wall : Paths::walls_of(*fault, frame.layout.nodes())) {
      // Within a folded zone there is no place for a wall.
      if (frame.layout.row_of(wall.below) == frame.layout.row_of(wall.below - 1)) continue;
      const double y = std::round(static_cast<double>(frame.y(frame.layout.top(wall.below))));
      draw_dashed(frame.list, {.x0 = span.x0, .y0 = y, .x1 = span.x1, .y1 = y}, stroke, kDash,
                  kDashGap);
      if (wall.blocks_down && wall.blocks_up) continue;
      // A one-way wall shows which way is shut: teeth on the side from which nothing passes.
      const float tooth = wall.blocks_down ? -6.0F : 6.0F;
      for (float x = span.x0 + 8; x < span.x1; x += 28) {
        frame.list.AddTriangleFilled({x - 4, static_cast<float>(y) + tooth},
                                     {x + 4, static_cast<float>(y) + tooth},
                                     {x, static_cast<float>(y)}, stroke.colour);
      }
    }
  }
}

}  // namespace norn::viewer
