// What the mouse does in the diagram, and what is left of it on the screen: stretches that are
// measured or chosen, and notes.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "model/marks.hpp"
#include "model/time_text.hpp"
#include "panels/frame.hpp"

namespace norn::viewer {
namespace {

constexpr float kClickSlackPx = 4;
// A stretch chosen by less than this was a slip of the hand.
constexpr float kLeastChosenPx = 4;

bool has_moved(ImGuiMouseButton button) {
  const ImVec2 drag = ImGui::GetMouseDragDelta(button, 0);
  return std::abs(drag.x) >= kClickSlackPx || std::abs(drag.y) >= kClickSlackPx;
}

bool is_click(ImGuiMouseButton button) {
  return ImGui::IsMouseReleased(button) && !has_moved(button);
}

Stretch dragged(const Frame& frame, ImGuiMouseButton button) {
  const float to = ImGui::GetIO().MousePos.x;
  const Moment first = frame.moment_at(to - ImGui::GetMouseDragDelta(button, 0).x);
  const Moment last = frame.moment_at(to);
  return {.from_ns = first.t_ns, .to_ns = last.t_ns, .from_step = first.step, .to_step = last.step};
}

void zoom_by_wheel(Frame& frame, bool over_names) {
  const ImGuiIO& io = ImGui::GetIO();
  Navigator& nav = frame.context.nav;
  if (over_names) {
    nav.set_scroll(nav.scroll() - io.MouseWheel * frame.layout.row_height());
    return;
  }
  const auto anchor = static_cast<double>((io.MousePos.x - frame.lanes.x0) / frame.lanes.width());
  nav.wheel(io.MouseWheel, anchor, {.shift = io.KeyShift, .control = io.KeyCtrl});
}

void drag(Frame& frame) {
  const ImGuiIO& io = ImGui::GetIO();
  Navigator& nav = frame.context.nav;
  PanelContext& context = frame.context;
  if (ImGui::IsMouseDragging(ImGuiMouseButton_Right, 0)) {
    nav.pan(static_cast<double>(-io.MouseDelta.x / frame.lanes.width()));
    nav.set_scroll(nav.scroll() - io.MouseDelta.y);
  }
  if (ImGui::IsMouseDown(ImGuiMouseButton_Left) && has_moved(ImGuiMouseButton_Left))
    context.measured = dragged(frame, ImGuiMouseButton_Left);
  if (ImGui::IsMouseDown(ImGuiMouseButton_Middle) && has_moved(ImGuiMouseButton_Middle))
    context.chosen = dragged(frame, ImGuiMouseButton_Middle);
}

void show_chosen(Frame& frame) {
  if (!ImGui::IsMouseReleased(ImGuiMouseButton_Middle)) return;
  const auto chosen = std::exchange(frame.context.chosen, std::nullopt);
  if (!chosen) return;
  if (std::abs(frame.x(chosen->to()) - frame.x(chosen->from())) <
      static_cast<double>(kLeastChosenPx))
    return;
  frame.context.nav.remember();
  frame.context.nav.show(chosen->from(), chosen->to());
}

// A click on a name unfolds the node into its fibers; with Shift, or on a folded zone, it folds the
// zone.
void click_name(Frame& frame, trace::NodeId node, bool shift) {
  if (node == 0) return;
  Unfolding& unfolding = frame.context.nav.unfolding();
  const std::string& zone = frame.model().lanes().of(node).zone;
  if (shift || unfolding.is_folded(zone)) {
    unfolding.toggle_zone(zone);
  } else {
    unfolding.toggle_fibers(node);
  }
}

void draw_stretch(Frame& frame, const Stretch& stretch, bool is_measure) {
  Moment from = stretch.from();
  Moment to = stretch.to();
  if (frame.x(to) < frame.x(from)) std::swap(from, to);
  const float x0 = frame.clipped(frame.x(from));
  const float x1 = frame.clipped(frame.x(to));
  const float bottom = frame.lanes.y0 + frame.layout.used_height();
  const Theme& theme = frame.theme;
  ImDrawList& list = frame.list;
  list.AddRectFilled({x0, frame.lanes.y0}, {x1, bottom},
                     faded(theme.accent, is_measure ? 0.10F : 0.20F));
  for (const float x : {x0, x1})
    list.AddLine({x, frame.lanes.y0}, {x, bottom}, faded(theme.accent, 0.8F));
  const Index count = frame.scale.count_between(from, to);
  const std::string text = format_duration(to.t_ns - from.t_ns) + "   " + format_count(count) +
                           (count == 1 ? " event" : " events");
  const compat::Face& face = frame.context.fonts.small_bold;
  const ImVec2 size = text_size(face, text);
  const float x = std::clamp((x0 + x1 - size.x) / 2, frame.lanes.x0 + 8,
                             std::max(frame.lanes.x0 + 8, frame.lanes.x1 - size.x - 8));
  const float y = frame.lanes.y0 + 8;
  list.AddRectFilled({x - 6, y - 3}, {x + size.x + 6, y + size.y + 4}, theme.accent, 3);
  draw_text(list, face, {x, y}, theme.background, text);
}

double mark_x(const Frame& frame, const Mark& mark) {
  const Index event = mark.event == 0 ? kNone : frame.events().index_of(mark.event);
  return event != kNone ? frame.x_of(event) : frame.x(static_cast<double>(mark.time_ns));
}

// A flag on the axis; a note's text stands beside it as far as there is room until the next.
void draw_mark(Frame& frame, const Mark& mark, float x, float next_x) {
  const Theme& theme = frame.theme;
  ImDrawList& list = frame.list;
  const float top = frame.axis.y0;
  list.AddLine({x, top}, {x, frame.lanes.y0 + frame.layout.used_height()}, faded(theme.late, 0.55F),
               1.5F);
  list.AddTriangleFilled({x, top}, {x + 9, top + 4.5F}, {x, top + 9}, theme.late);
  const compat::Face& face = frame.context.fonts.small_bold;
  const float room = std::min(next_x, frame.lanes.x1) - x - 16;
  const float width = std::min(text_size(face, mark.note).x, room);
  if (width < 12) return;
  list.AddRectFilled({x + 10, top}, {x + 14 + width, top + face.size + 2}, theme.background, 2);
  draw_fitted(list, face, {x + 12, top}, theme.late, mark.note, room);
}

}  // namespace

void handle_mouse(Frame& frame, bool hovered, bool active) {
  const ImGuiIO& io = ImGui::GetIO();
  PanelContext& context = frame.context;
  const bool over_names = io.MousePos.x < frame.lanes.x0;
  if (hovered && io.MouseWheel != 0) zoom_by_wheel(frame, over_names);
  const bool moves_fault = drag_fault(frame, hovered);
  if (active && !moves_fault) drag(frame);
  show_chosen(frame);
  frame.scale = context.nav.axis();
  context.hovered = kNone;
  if (!hovered) return;
  context.nav.hover_cursor(over_names ? std::optional<Moment>() : frame.moment_at(io.MousePos.x));
  context.hovered = event_at(frame, io.MousePos);
  if (moves_fault || !is_click(ImGuiMouseButton_Left)) return;
  context.measured.reset();
  if (over_names) {
    click_name(frame, frame.layout.node_at(io.MousePos.y - frame.lanes.y0), io.KeyShift);
  } else if (io.KeyShift) {
    context.nav.select_second(context.hovered);
  } else {
    context.nav.select(context.hovered);
  }
}

void draw_stretches(Frame& frame) {
  if (frame.context.measured) draw_stretch(frame, *frame.context.measured, true);
  if (frame.context.chosen) draw_stretch(frame, *frame.context.chosen, false);
}

void draw_marks(Frame& frame) {
  if (frame.context.marks == nullptr) return;
  const auto& marks = frame.context.marks->all();
  frame.list.PushClipRect({frame.lanes.x0, frame.axis.y0}, frame.lanes.max(), true);
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const double x = mark_x(frame, marks[i]);
    if (x < static_cast<double>(frame.lanes.x0) - 1 || x > static_cast<double>(frame.lanes.x1))
      continue;
    const double next = i + 1 < marks.size() ? mark_x(frame, marks[i + 1]) : 1e9;
    draw_mark(frame, marks[i], static_cast<float>(x), static_cast<float>(std::min(next, 1e9)));
  }
  frame.list.PopClipRect();
}

}  // namespace norn::viewer
