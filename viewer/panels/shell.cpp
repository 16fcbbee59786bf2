#include "panels/shell.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "panels/difference_panel.hpp"
#include "panels/frame.hpp"
#include "panels/help.hpp"
#include "panels/inspector.hpp"
#include "panels/overview.hpp"
#include "panels/paint.hpp"
#include "panels/panel.hpp"
#include "panels/popups.hpp"
#include "panels/space_time.hpp"
#include "panels/status_bar.hpp"

namespace norn::viewer {
namespace {

constexpr float kTitleHeight = 34;
constexpr float kOverviewHeight = 52;
constexpr float kStatusHeight = 30;
constexpr float kInspectorShare = 0.24F;
constexpr float kInspectorLeast = 290;
constexpr float kInspectorMost = 460;
constexpr float kMargin = 8;
constexpr float kHeadingHeight = 22;
// Narrower windows have no room for the inspector.
constexpr float kNarrow = 760;

// How long a frame looks for events that pass the filter.
constexpr double kFilterSliceMs = 4;

constexpr ImGuiWindowFlags kPlaced =
    ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoCollapse |
    ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
    ImGuiWindowFlags_NoBringToFrontOnFocus | ImGuiWindowFlags_NoNav;
constexpr ImGuiWindowFlags kFixed =
    kPlaced | ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse;
constexpr ImGuiWindowFlags kScrolling = kPlaced;

void refresh_filter_of(PanelContext& context) {
  context.nav.set_filter(context.filter);
  if (context.filter == nullptr) return;
  const bool moved = context.filter->advance(kFilterSliceMs);
  if (moved || context.filter_version != context.filter->version()) ++context.picture_version;
  context.filter_version = context.filter->version();
}

// The filter goes on searching; that of the trace beside this one asks for the same. Moving through
// the events keeps to it.
void refresh_filter(PanelContext& context) {
  if (context.other != nullptr && (context.filter != nullptr || context.other->filter != nullptr)) {
    shared_filter(*context.other).set(shared_filter(context).spec());
    refresh_filter_of(*context.other);
  }
  refresh_filter_of(context);
}

// A line above a diagram that says which trace it is, when there are two.
void draw_heading(PanelContext& context, PanelContext& shown, const Rect& area) {
  const Theme& theme = *context.theme;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(area.min(), area.max(), theme.panel);
  const float y = (area.y0 + area.y1 - context.fonts.small_bold.size) / 2 - 1;
  const RunFacts& facts = shown.model().facts();
  std::string text = shown.name;
  if (facts.seed) text += "     seed " + std::to_string(*facts.seed);
  const bool broken = !shown.model().violations().empty();
  text += broken ? "     violation" : shown.model().run_end() == kNone ? "" : "     passed";
  draw_fitted(list, context.fonts.small_bold, {area.x0 + 12, y},
              broken ? theme.violation : theme.text, text, area.width() - 100);
  if (&shown == &context) return;
  ImGui::SetCursorScreenPos({area.x1 - 76, area.y0 + 1});
  compat::push_font(context.fonts.small);
  if (ImGui::SmallButton("Close##beside"))
    context.ask({.what = Request::What::close_beside, .path = {}});
  ImGui::PopFont();
  context.spots.note("beside.close");
}

// One diagram, or two. Until they are compared both show the same stretch of time; then
// refresh_difference() leads them by what is the same in both.
void draw_diagrams(PanelContext& context, const Rect& area) {
  if (context.other == nullptr) {
    draw_space_time(context, area);
    return;
  }
  PanelContext& other = *context.other;
  other.spots.next_frame();
  refresh_inspector(other);
  refresh(other.causal, other.model(), other.nav.selected(), other.nav.second());
  const float middle = std::round((area.y0 + area.y1) / 2);
  const Rect above{.x0 = area.x0, .y0 = area.y0, .x1 = area.x1, .y1 = middle};
  const Rect below{.x0 = area.x0, .y0 = middle, .x1 = area.x1, .y1 = area.y1};
  const Index before = context.nav.selected();
  const Index other_before = other.nav.selected();
  const TimeView shown = other.nav.view();
  const auto body = [](Rect rect) {
    rect.y0 += kHeadingHeight;
    return rect;
  };
  const auto heading = [](Rect rect) {
    rect.y1 = rect.y0 + kHeadingHeight;
    return rect;
  };
  draw_heading(context, context, heading(above));
  draw_space_time(context, body(above));
  draw_heading(context, other, heading(below));
  ImGui::PushID("beside");
  draw_space_time(other, body(below));
  ImGui::PopID();
  if (context.nav.selected() != before) context.inspects_other = false;
  if (other.nav.selected() != other_before) context.inspects_other = other.nav.selected() != kNone;
  const auto& difference = context.difference.difference;
  if (difference != nullptr && difference->ready()) return;
  if (other.nav.view() == shown) {
    other.nav.view().show(context.nav.view().begin_ns(), context.nav.view().end_ns());
  } else {
    context.nav.view().show(other.nav.view().begin_ns(), other.nav.view().end_ns());
  }
}

}  // namespace

ShellAreas shell_areas(const PanelContext& context, const ImVec2& size) {
  const bool narrow = size.x < kNarrow;
  const float inspector =
      narrow ? 0 : std::clamp(size.x * kInspectorShare, kInspectorLeast, kInspectorMost);
  const float right = size.x - inspector;
  const float overview = kTitleHeight + kOverviewHeight;
  const float dock = dock_height(context, size.y);
  const float bottom = std::max(overview + 80, size.y - kStatusHeight - dock);
  return {.title = {.x0 = 0, .y0 = 0, .x1 = right, .y1 = kTitleHeight},
          .overview = {.x0 = names_width(context),
                       .y0 = kTitleHeight,
                       .x1 = right - kMargin,
                       .y1 = overview},
          .diagram = {.x0 = 0, .y0 = overview + kMargin, .x1 = right, .y1 = bottom},
          .dock = {.x0 = 0, .y0 = bottom, .x1 = right, .y1 = bottom + dock},
          .status = {.x0 = 0, .y0 = bottom + dock, .x1 = right, .y1 = size.y},
          .inspector = {.x0 = right, .y0 = 0, .x1 = size.x, .y1 = size.y}};
}

ImVec2 place_of(PanelContext& context, Index event) {
  const ShellAreas areas = shell_areas(context, ImGui::GetIO().DisplaySize);
  ImDrawList nowhere(ImGui::GetDrawListSharedData());
  const Frame frame(context, areas.diagram, nowhere);
  return anchor_of(frame, event);
}

void draw_shell(PanelContext& context) {
  context.spots.next_frame();
  refresh_inspector(context);
  refresh(context.causal, context.model(), context.nav.selected(), context.nav.second());
  refresh_difference(context);
  refresh_filter(context);
  const ShellAreas areas = shell_areas(context, ImGui::GetIO().DisplaySize);
  compat::push_font(context.fonts.body);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize({areas.diagram.x1, areas.status.y1});
  if (ImGui::Begin("diagram", nullptr, kFixed)) {
    draw_title_bar(context, areas.title);
    draw_overview(context, areas.overview);
    if (context.model().events().empty() && context.model().lanes().node_count() == 0) {
      draw_welcome(context, areas.diagram);
    } else {
      draw_diagrams(context, areas.diagram);
    }
    draw_loading(context, {.x0 = areas.overview.x0,
                           .y0 = areas.overview.y1 + 2,
                           .x1 = areas.overview.x1,
                           .y1 = areas.overview.y1 + 6});
    if (areas.dock.height() > 0) draw_dock(context, areas.dock);
    draw_status_bar(context, areas.status);
  }
  ImGui::End();
  ImGui::PopStyleVar();

  PanelContext& inspected =
      context.other != nullptr && context.inspects_other ? *context.other : context;
  if (areas.inspector.width() > 0) {
    ImGui::SetNextWindowPos(areas.inspector.min());
    ImGui::SetNextWindowSize({areas.inspector.width(), areas.inspector.height()});
    if (ImGui::Begin("inspector", nullptr, kScrolling)) {
      ImGui::GetWindowDrawList()->AddLine(
          areas.inspector.min(), {areas.inspector.x0, areas.inspector.y1}, context.theme->border);
      draw_inspector(inspected);
    }
    ImGui::End();
  }
  draw_notice(context, areas.diagram);
  draw_popups(context);
  draw_help(context);
  ImGui::PopFont();
}

}  // namespace norn::viewer
