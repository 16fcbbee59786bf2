// Layers: the strip of faults, the bands they cast over the lanes, and the walls of partitions.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "panels/frame.hpp"

namespace norn::viewer {
namespace {

// Beyond this many faults in view their bands would only be a stain.
constexpr std::size_t kMostBands = 200;
constexpr float kBarInset = 3;
constexpr float kDash = 9;
constexpr float kDashGap = 5;
constexpr float kFaint = 0.45F;  // of what the case of the trace has changed
constexpr int kMostLetters = 26;
constexpr float kRingWidth = 22;
constexpr std::size_t kMostRing = 32;

struct Span {
  float x0 = 0;
  float x1 = 0;
  bool visible = false;
};

Span span_of(const Frame& frame, const Fault& fault) {
  const double begin = frame.x_of(fault.begin);
  const double end = fault.end != kNone ? frame.x_of(fault.end)
                     : fault.instant    ? begin
                                        : frame.x_of(frame.events().size() - 1);
  const auto left = static_cast<double>(frame.lanes.x0);
  const auto right = static_cast<double>(frame.lanes.x1);
  return {.x0 = static_cast<float>(std::max(begin, left - 4)),
          .x1 = static_cast<float>(std::min(end, right + 4)),
          .visible = end >= left && begin <= right};
}

std::vector<const Fault*> faults_in_view(const Frame& frame) {
  std::vector<const Fault*> out;
  for (const Fault& fault : frame.model().faults()) {
    if (span_of(frame, fault).visible) out.push_back(&fault);
  }
  return out;
}

// Whether the fault is drawn over the lanes concerned.
bool has_band(const Fault& fault) {
  return (fault.form == FaultForm::cut || fault.form == FaultForm::hold) && !fault.nodes.empty();
}

// The rows of the nodes that the fault names, each once, in order.
std::vector<trace::NodeId> first_of_rows(const Frame& frame, const Fault& fault) {
  std::vector<trace::NodeId> nodes = fault.nodes;
  const auto row = [&](trace::NodeId node) { return frame.layout.row_of(node); };
  std::sort(nodes.begin(), nodes.end(), [&](trace::NodeId a, trace::NodeId b) {
    return std::pair(row(a), a) < std::pair(row(b), b);
  });
  nodes.erase(std::unique(nodes.begin(), nodes.end(),
                          [&](trace::NodeId a, trace::NodeId b) { return row(a) == row(b); }),
              nodes.end());
  return nodes;
}

// Dashed sides of the band beside rows that follow one another.
void draw_band_ends(Frame& frame, const Span& span, float top, float bottom, ImU32 colour) {
  for (const float x : {span.x0, span.x1}) {
    draw_dashed(frame.list,
                {.x0 = x,
                 .y0 = std::max(top, frame.lanes.y0),
                 .x1 = x,
                 .y1 = std::min(bottom, frame.lanes.y1)},
                {.colour = colour, .thickness = 1}, 4, 4);
  }
}

// A letter at the begin of a lane tells its side where walls alone do not: sides that lie between
// one another would look like more than there are.
void draw_side_letters(Frame& frame, const Fault& fault, const Span& span,
                       const std::vector<trace::NodeId>& rows) {
  const std::size_t walls = Paths::walls_of(fault, frame.layout).size();
  if (fault.with_all || fault.sides.size() < 2 || walls < fault.sides.size()) return;
  const compat::Face& face = frame.context.fonts.small_bold;
  const float x = std::max(span.x0, frame.lanes.x0) + 3;
  if (span.x1 - x < 30 || frame.layout.row_height() < face.size + 4) return;
  for (const trace::NodeId node : rows) {
    const int side = fault.side_of(node);
    if (side < 0 || side >= kMostLetters) continue;
    const std::string letter(1, static_cast<char>('A' + side));
    const float y = frame.y(frame.layout.top(node)) + 3;
    const ImVec2 size = text_size(face, letter);
    const Rect box{.x0 = x, .y0 = y, .x1 = x + size.x + 8, .y1 = y + size.y + 2};
    frame.list.AddRectFilled(box.min(), box.max(), frame.theme.partition_wall, 3);
    draw_text(frame.list, face, {x + 4, y}, frame.theme.background, letter);
    frame.labels.keep_free(box);
  }
}

// Who still sees whom in a ring: bows between the lanes, at the begin of the band.
void draw_ring(Frame& frame, const Fault& fault, const Span& span) {
  const auto& ring = fault.sides.front();
  const float x = std::max(span.x0, frame.lanes.x0) + 4;
  if (span.x1 - x < 3 * kRingWidth || ring.size() > kMostRing) return;
  const ImU32 colour = frame.theme.partition_wall;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    for (std::size_t k = i + 1; k < ring.size(); ++k) {
      if (fault.concerns(ring[i], ring[k])) continue;
      const float y0 = frame.y(frame.layout.centre(ring[i]));
      const float y1 = frame.y(frame.layout.centre(ring[k]));
      const float apart = std::abs(y1 - y0) / std::max(1.0F, frame.layout.row_height());
      const float out = std::min(kRingWidth * (0.7F + 0.45F * apart), 3 * kRingWidth);
      frame.list.AddBezierCubic({x, y0}, {x + out, y0}, {x + out, y1}, {x, y1}, colour, 2);
    }
    frame.list.AddCircleFilled({x, frame.y(frame.layout.centre(ring[i]))}, 3.5F, colour);
  }
}

void draw_band(Frame& frame, const Fault& fault) {
  const Span span = span_of(frame, fault);
  const Theme::FaultLook look = frame.theme.of(fault.form);
  const auto rows = first_of_rows(frame, fault);
  float top = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const float y = frame.y(frame.layout.top(rows[i]));
    const float bottom = frame.y(frame.layout.bottom(rows[i]));
    frame.list.AddRectFilled({span.x0, y}, {span.x1, bottom},
                             fault.comes_and_goes ? faded(look.fill, 0.5F) : look.fill);
    const bool follows =
        i > 0 && frame.layout.row_of(rows[i]) == frame.layout.row_of(rows[i - 1]) + 1;
    if (!follows) top = y;
    const bool goes_on =
        i + 1 < rows.size() && frame.layout.row_of(rows[i + 1]) == frame.layout.row_of(rows[i]) + 1;
    if (!goes_on) draw_band_ends(frame, span, top, bottom, faded(look.edge, 0.7F));
  }
  // When it was seen to be shut.
  for (const auto& [first, last] : fault.seen_shut) {
    const float x0 = frame.clipped_x_of(first);
    const float x1 = frame.clipped_x_of(last);
    if (x1 < frame.lanes.x0 || x0 > frame.lanes.x1) continue;
    for (const trace::NodeId node : rows) {
      frame.list.AddRectFilled({x0, frame.y(frame.layout.top(node))},
                               {std::max(x1, x0 + 1), frame.y(frame.layout.bottom(node))},
                               look.fill);
    }
  }
}

// The label stands in the bar, or beside it when there is room until `next_x`, where the row's next
// bar begins.
void draw_bar(Frame& frame, const Fault& fault, const Rect& bar, float next_x) {
  Theme::FaultLook look = frame.theme.of(fault.form);
  const PlannedFault* const planned = planned_of(frame.context, fault);
  if (planned != nullptr && planned->changed())
    look = {faded(look.fill, kFaint), faded(look.edge, kFaint)};
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
    // In the last row bars may lie over one another, their labels may not.
    draw_fitted(list, face, {x, y}, look.edge, fault.label, std::min(bar.x1, next_x) - x - 4);
  }
}

// What waits at a wall goes on later: that of a hold is thin.
void draw_wall(Frame& frame, const Paths::Wall& wall, float x0, float x1) {
  const bool holds = wall.fault->form == FaultForm::hold;
  const ImU32 colour = frame.theme.of(wall.fault->form).edge;
  const float y = std::round(frame.y(frame.layout.top(wall.below)));
  draw_dashed(frame.list, {.x0 = x0, .y0 = y, .x1 = x1, .y1 = y},
              {.colour = colour, .thickness = holds ? 1.5F : 2.5F}, holds ? 3 : kDash,
              holds ? 4 : kDashGap);
  if (wall.blocks_down && wall.blocks_up) return;
  // A one-way wall shows which way is shut: teeth on the side from which nothing passes.
  const float tooth = wall.blocks_down ? -6.0F : 6.0F;
  for (float x = x0 + 8; x < x1; x += 28)
    frame.list.AddTriangleFilled({x - 4, y + tooth}, {x + 4, y + tooth}, {x, y}, colour);
}

// Where a wall comes and goes: thin, and as long as it may come.
void draw_gate(Frame& frame, const Paths::Wall& wall, const Span& span) {
  const double y = std::round(static_cast<double>(frame.y(frame.layout.top(wall.below))));
  draw_dashed(frame.list, {.x0 = span.x0, .y0 = y, .x1 = span.x1, .y1 = y},
              {.colour = frame.theme.of(wall.fault->form).edge, .thickness = 1}, 2, 6);
}

}  // namespace

Rect bar_of(const Frame& frame, const Fault& fault) {
  const Span span = span_of(frame, fault);
  const auto rows = static_cast<float>(frame.model().fault_rows());
  const float height = (frame.faults.height() - 2 * kBarInset) / rows;
  const float y = frame.faults.y0 + kBarInset + static_cast<float>(fault.row) * height;
  return {.x0 = span.x0, .y0 = y, .x1 = std::max(span.x1, span.x0 + 4), .y1 = y + height - 2};
}

void draw_fault_strip(Frame& frame) {
  const auto faults = faults_in_view(frame);
  std::array<float, Faults::kMostRows> next_x{};
  next_x.fill(frame.faults.x1);
  for (auto fault = faults.rbegin(); fault != faults.rend(); ++fault) {
    const Rect bar = bar_of(frame, **fault);
    float& next = next_x.at((*fault)->row);
    draw_bar(frame, **fault, bar, next);
    next = bar.x0;
  }
}

void draw_fault_bands(Frame& frame) {
  const auto faults = faults_in_view(frame);
  if (faults.size() > kMostBands) return;
  frame.list.PushClipRect(frame.lanes.min(), frame.lanes.max(), true);
  for (const Fault* fault : faults) {
    if (has_band(*fault)) draw_band(frame, *fault);
  }
  frame.list.PopClipRect();
}

void draw_walls(Frame& frame) {
  const auto faults = faults_in_view(frame);
  if (faults.size() > kMostBands) return;
  for (const Fault* fault : faults) {
    if (!has_band(*fault) || fault->links == FaultLinks::none) continue;
    const Span span = span_of(frame, *fault);
    for (const Paths::Wall& wall : Paths::walls_of(*fault, frame.layout)) {
      if (!fault->comes_and_goes) {
        draw_wall(frame, wall, span.x0, span.x1);
        continue;
      }
      draw_gate(frame, wall, span);
      for (const auto& [first, last] : fault->seen_shut) {
        const float x0 = frame.clipped_x_of(first);
        const float x1 = frame.clipped_x_of(last);
        if (x1 > frame.lanes.x0 && x0 < frame.lanes.x1) draw_wall(frame, wall, x0, x1 + 1);
      }
    }
    if (fault->links == FaultLinks::ring) draw_ring(frame, *fault, span);
    draw_side_letters(frame, *fault, span, first_of_rows(frame, *fault));
  }
}

}  // namespace norn::viewer
