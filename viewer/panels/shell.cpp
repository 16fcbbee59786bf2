#include "panels/shell.hpp"

#include <algorithm>

#include "panels/help.hpp"
#include "panels/inspector.hpp"
#include "panels/overview.hpp"
#include "panels/paint.hpp"
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

constexpr ImGuiWindowFlags kFixed = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                    ImGuiWindowFlags_NoSavedSettings |
                                    ImGuiWindowFlags_NoBringToFrontOnFocus |
                                    ImGuiWindowFlags_NoNav | ImGuiWindowFlags_NoScrollWithMouse;

}  // namespace

void draw_shell(PanelContext& context) {
  refresh_inspector(context);
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  const bool narrow = size.x < kNarrow;
  const float inspector =
      narrow ? 0 : std::clamp(size.x * kInspectorShare, kInspectorLeast, kInspectorMost);
  const float right = size.x - inspector;

  compat::push_font(context.fonts.body);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize({right, size.y});
  if (ImGui::Begin("diagram", nullptr, kFixed)) {
    const float overview = kTitleHeight + kOverviewHeight;
    const float bottom = std::max(overview + 40, size.y - kStatusHeight);
    draw_title_bar(context, {.x0 = 0, .y0 = 0, .x1 = right, .y1 = kTitleHeight});
    draw_overview(
        context,
        {.x0 = names_width(context), .y0 = kTitleHeight, .x1 = right - kMargin, .y1 = overview});
    draw_space_time(context, {.x0 = 0, .y0 = overview + kMargin, .x1 = right, .y1 = bottom});
    draw_status_bar(context, {.x0 = 0, .y0 = bottom, .x1 = right, .y1 = size.y});
  }
  ImGui::End();
  ImGui::PopStyleVar();

  if (!narrow) {
    ImGui::SetNextWindowPos({right, 0});
    ImGui::SetNextWindowSize({inspector, size.y});
    if (ImGui::Begin(
            "inspector", nullptr,
            kFixed & ~(ImGuiWindowFlags_NoScrollWithMouse | ImGuiWindowFlags_NoScrollbar))) {
      ImGui::GetWindowDrawList()->AddLine({right, 0}, {right, size.y}, context.theme->border);
      draw_inspector(context);
    }
    ImGui::End();
  }
  draw_help(context);
  ImGui::PopFont();
}

}  // namespace norn::viewer
