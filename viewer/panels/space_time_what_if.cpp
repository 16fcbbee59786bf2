// Layers and mouse: faults of the strip that the case of the trace moves or switches off (What if).
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "model/time_text.hpp"
#include "panels/frame.hpp"
#include "panels/panel.hpp"
#include "panels/what_if_panel.hpp"

namespace norn::viewer {
namespace {

constexpr float kDragSlackPx = 4;
constexpr std::size_t kMostNamed = 50;

// The case of the trace, if somebody has asked for it already.
const WhatIf* known_case(const PanelContext& context) {
  return context.what_if_of == context.model().facts().path ? context.what_if.get() : nullptr;
}

// Only the trace that the panels are about is edited in its diagram.
bool can_edit(const PanelContext& context) {
  return context.panels != nullptr;
}

Rect bar_at(const Frame& frame, const Fault& fault, const PlannedFault& planned,
            std::int64_t at_ns) {
  Rect bar = bar_of(frame, fault);
  const double end = fault.instant && !planned.lasts_ns
                         ? static_cast<double>(at_ns)
                         : static_cast<double>(at_ns) +
                               static_cast<double>(planned.lasts_ns.value_or(
                                   std::max<std::int64_t>(0, frame.model().end_ns() - at_ns)));
  bar.x0 = frame.clipped(frame.x(static_cast<double>(at_ns)));
  bar.x1 = std::max(bar.x0 + 4, frame.clipped(frame.x(end)));
  return bar;
}

void draw_moved_bar(Frame& frame, const Fault& fault, const Rect& bar, std::int64_t at_ns,
                    bool is_on) {
  const Theme& theme = frame.theme;
  const Theme::FaultLook look = theme.of(fault.form);
  ImDrawList& list = frame.list;
  list.AddRectFilled(bar.min(), bar.max(), theme.background, 3);
  list.AddRectFilled(bar.min(), bar.max(), look.fill, 3);
  list.AddRect(bar.min(), bar.max(), theme.accent, 3, 0, 2);
  const compat::Face& face = frame.context.fonts.small_bold;
  if (bar.height() < face.size) return;
  const std::string text = plan_time(at_ns) + "   " + fault.label;
  const ImVec2 size = text_size(face, text);
  const float y = (bar.y0 + bar.y1 - face.size) / 2 - 1;
  const float inside = std::max(bar.x0, frame.faults.x0) + 6;
  float x = inside;
  if (inside + size.x > bar.x1 - 4) {
    // Beside it, on ground of its own; not over its old place, if there is room elsewhere.
    const Rect old = bar_of(frame, fault);
    const float left_x = bar.x0 - 6 - size.x;
    const float right_x = bar.x1 + 6;
    const bool right_fits = right_x + size.x < frame.faults.x1;
    const bool right_covers = right_x < old.x1 && old.x0 < right_x + size.x;
    const bool left_fits = left_x > frame.faults.x0;
    x = right_fits && !(right_covers && left_fits) ? right_x
                                                   : std::max(frame.faults.x0 + 2, left_x);
    list.AddRectFilled({x - 3, bar.y0}, {x + size.x + 3, bar.y1}, theme.label_back, 3);
  }
  draw_text(list, face, {x, y}, theme.accent, text);
  if (!is_on)
    list.AddLine({x, y + face.size / 2 + 1}, {x + size.x, y + face.size / 2 + 1}, theme.accent, 2);
}

// A switched-off fault is struck through from end to end.
void strike(Frame& frame, const Fault& fault) {
  const Rect bar = bar_of(frame, fault);
  const float y = std::round((bar.y0 + bar.y1) / 2);
  frame.list.AddLine({bar.x0 - 5, y}, {bar.x1 + 5, y}, frame.theme.text, 2);
}

// The time under the mouse, as exact as the picture is: "1.35 s" and not "1.3498271 s".
std::int64_t rounded(double ns, double ns_per_px) {
  const double step = std::pow(10.0, std::floor(std::log10(std::max(1.0, ns_per_px * 2))));
  return static_cast<std::int64_t>(std::llround(ns / step) * std::llround(step));
}

void let_go(Frame& frame) {
  PanelContext& context = frame.context;
  const FaultDrag drag = *std::exchange(context.fault_drag, std::nullopt);
  WhatIf* const model = what_if(context);
  if (!drag.moved || drag.cancelled || model == nullptr) return;
  model->move(drag.planned, drag.to_ns);
  show_panel(context, "what_if");
}

// Takes the fault under the mouse, when the case of the trace has it.
void take(Frame& frame, const ImVec2& mouse) {
  PanelContext& context = frame.context;
  const Fault* const fault = fault_under(frame, mouse);
  WhatIf* const model = fault == nullptr ? nullptr : what_if(context);
  if (model == nullptr) return;
  const auto planned = model->fault_of(fault->plan_index, fault->kind);
  if (!planned) return;
  const std::int64_t at_ns = model->faults()[*planned].at_ns;
  context.fault_drag = FaultDrag{.plan_index = fault->plan_index,
                                 .planned = *planned,
                                 .grabbed_ns = frame.moment_at(mouse.x).t_ns,
                                 .from_ns = at_ns,
                                 .to_ns = at_ns};
}

const Fault* fault_meant(PanelContext& context) {
  const auto& faults = context.model().faults();
  for (const Index event : {context.hovered, context.nav.selected()}) {
    const auto found =
        std::lower_bound(faults.begin(), faults.end(), event,
                         [](const Fault& fault, Index at) { return fault.begin < at; });
    if (event != kNone && found != faults.end() && found->begin == event) return &*found;
  }
  return nullptr;
}

}  // namespace

const PlannedFault* planned_of(const PanelContext& context, const Fault& fault) {
  const WhatIf* const model = known_case(context);
  if (model == nullptr || !can_edit(context)) return nullptr;
  const auto planned = model->fault_of(fault.plan_index, fault.kind);
  return planned ? &model->faults()[*planned] : nullptr;
}

std::optional<Rect> moved_bar_of(const Frame& frame, const Fault& fault) {
  const PlannedFault* const planned = planned_of(frame.context, fault);
  if (planned == nullptr || (planned->at_ns == planned->original_at_ns &&
                             planned->lasts_ns == planned->original_lasts_ns))
    return std::nullopt;
  return bar_at(frame, fault, *planned, planned->at_ns);
}

const Fault* fault_under(const Frame& frame, const ImVec2& mouse) {
  if (!frame.faults.contains(mouse)) return nullptr;
  const auto is_on = [&](const Rect& bar) {
    return mouse.x >= bar.x0 - kDragSlackPx && mouse.x <= bar.x1 + kDragSlackPx &&
           mouse.y >= bar.y0 - 1 && mouse.y <= bar.y1 + 1;
  };
  const Fault* found = nullptr;
  for (const Fault& fault : frame.model().faults()) {
    if (is_on(bar_of(frame, fault))) found = &fault;
  }
  const WhatIf* const model = known_case(frame.context);
  if (model == nullptr || !model->changed()) return found;
  // What was moved lies above the rest.
  for (const Fault& fault : frame.model().faults()) {
    const auto moved = moved_bar_of(frame, fault);
    if (moved && is_on(*moved)) found = &fault;
  }
  return found;
}

bool drag_fault(Frame& frame, bool hovered) {
  PanelContext& context = frame.context;
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  if (!context.fault_drag) {
    if (hovered && can_edit(context) && ImGui::IsMouseClicked(ImGuiMouseButton_Left))
      take(frame, mouse);
    return false;
  }
  FaultDrag& drag = *context.fault_drag;
  const ImVec2 way = ImGui::GetMouseDragDelta(ImGuiMouseButton_Left, 0);
  if (ImGui::IsMouseDown(ImGuiMouseButton_Left)) {
    drag.moved = drag.moved || std::abs(way.x) >= kDragSlackPx;
    // Nothing may begin after the run's end.
    const double to =
        static_cast<double>(drag.from_ns) + frame.moment_at(mouse.x).t_ns - drag.grabbed_ns;
    drag.to_ns = rounded(std::clamp(to, 0.0, static_cast<double>(frame.model().end_ns())),
                         frame.ns_per_px());
  }
  const bool moves = drag.moved || drag.cancelled;
  if (!ImGui::IsMouseDown(ImGuiMouseButton_Left)) let_go(frame);
  return moves;
}

void draw_moved_faults(Frame& frame) {
  const WhatIf* const model = known_case(frame.context);
  if (model == nullptr || !model->changed()) return;
  for (const Fault& fault : frame.model().faults()) {
    const PlannedFault* const planned = planned_of(frame.context, fault);
    if (planned == nullptr || !planned->changed()) continue;
    const auto moved = moved_bar_of(frame, fault);
    if (moved) {
      draw_moved_bar(frame, fault, *moved, planned->at_ns, planned->on);
    } else {
      strike(frame, fault);
    }
  }
}

void draw_dragged_fault(Frame& frame) {
  PanelContext& context = frame.context;
  frame.list.PushClipRect({frame.faults.x0, frame.faults.y0}, frame.lanes.max(), true);
  std::size_t named = 0;
  for (const Fault& fault : frame.model().faults()) {
    if (fault.begin >= frame.end_event || named == kMostNamed) break;
    if (fault.end < frame.first_event) continue;
    ++named;
    context.spots.note("fault." + std::to_string(fault.plan_index), bar_of(frame, fault));
    if (const auto moved = moved_bar_of(frame, fault))
      context.spots.note("fault." + std::to_string(fault.plan_index) + ".moved", *moved);
  }
  const bool draws =
      context.fault_drag && context.fault_drag->moved && !context.fault_drag->cancelled;
  for (const Fault& fault : frame.model().faults()) {
    if (!draws || fault.plan_index != context.fault_drag->plan_index) continue;
    const PlannedFault* const planned = planned_of(context, fault);
    if (planned == nullptr) continue;
    const std::int64_t at_ns = context.fault_drag->to_ns;
    const Rect bar = bar_at(frame, fault, *planned, at_ns);
    draw_moved_bar(frame, fault, bar, at_ns, planned->on);
    frame.list.AddLine({bar.x0, bar.y1}, {bar.x0, frame.lanes.y0 + frame.layout.used_height()},
                       faded(frame.theme.accent, 0.6F), 1);
  }
  frame.list.PopClipRect();
}

bool switch_fault(PanelContext& context) {
  const Fault* const fault = can_edit(context) ? fault_meant(context) : nullptr;
  if (fault == nullptr) return false;
  WhatIf* const model = what_if(context);
  const auto planned =
      model == nullptr ? std::nullopt : model->fault_of(fault->plan_index, fault->kind);
  if (!planned) {
    context.notice = model == nullptr ? context.what_if_problem
                                      : "the case of this trace has no such fault in its plan";
    return true;
  }
  model->set_on(*planned, !model->faults()[*planned].on);
  show_panel(context, "what_if");
  return true;
}

}  // namespace norn::viewer
