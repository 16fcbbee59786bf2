#include "panels/shell.hpp"

#include <algorithm>

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
// Narrower windows have no room for the inspector.
constexpr float kNarrow = 760;

// How long a frame looks for events that pass the filter.
constexpr double kFilterSliceMs = 6;

constexpr ImGuiWindowFlags kPlaced =
    ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoCollapse |
    ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
    ImGuiWindowFlags_NoBringToFrontOnFocus | ImGuiWindowFlags_NoNav;
constexpr ImGuiWindowFlags kFixed =
    kPlaced | ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse;
constexpr ImGuiWindowFlags kScrolling = kPlaced;

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
  if (context.filter != nullptr && !context.filter->done()) {
    context.filter->advance(kFilterSliceMs);
    ++context.picture_version;
  }
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
      draw_space_time(context, areas.diagram);
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

  if (areas.inspector.width() > 0) {
    ImGui::SetNextWindowPos(areas.inspector.min());
    ImGui::SetNextWindowSize({areas.inspector.width(), areas.inspector.height()});
    if (ImGui::Begin("inspector", nullptr, kScrolling)) {
      ImGui::GetWindowDrawList()->AddLine(
          areas.inspector.min(), {areas.inspector.x0, areas.inspector.y1}, context.theme->border);
      draw_inspector(context);
    }
    ImGui::End();
  }
  draw_notice(context, areas.diagram);
  draw_popups(context);
  draw_help(context);
  ImGui::PopFont();
}

}  // namespace norn::viewer
