// The dock: which panels there are, their tabs, and the edge that is dragged.
#include <algorithm>
#include <utility>

#include "panels/difference_panel.hpp"
#include "panels/history_panel.hpp"
#include "panels/log_panel.hpp"
#include "panels/paint.hpp"
#include "panels/panel.hpp"
#include "panels/plots_panel.hpp"
#include "panels/runs_panel.hpp"
#include "panels/topology_panel.hpp"
#include "panels/what_if_panel.hpp"

namespace norn::viewer {
namespace {

constexpr float kTabsHeight = 30;
constexpr float kEdgeHeight = 6;
// The diagram keeps at least this share of the window.
constexpr float kMostShare = 0.7F;

bool draw_tab(PanelContext& context, const Panel& panel, bool shown) {
  const Theme& theme = *context.theme;
  const std::string title(panel.title());
  const compat::Face& face = shown ? context.fonts.bold : context.fonts.body;
  const ImVec2 size{text_size(face, title).x + 24, kTabsHeight - 4};
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const bool pressed = ImGui::InvisibleButton(title.c_str(), size);
  context.spots.note("dock." + std::string(panel.id()));
  ImDrawList& list = *ImGui::GetWindowDrawList();
  if (shown || ImGui::IsItemHovered()) {
    list.AddRectFilled(at, {at.x + size.x, at.y + size.y}, faded(theme.accent, 0.12F), 3);
  }
  if (shown) {
    list.AddRectFilled({at.x, at.y + size.y - 2}, {at.x + size.x, at.y + size.y}, theme.accent);
  }
  draw_text(list, face, {at.x + 12, at.y + (size.y - face.size) / 2 - 1},
            shown ? theme.text : theme.text_dim, title);
  return pressed;
}

void drag_edge(PanelContext& context, const Rect& area) {
  PanelSet& panels = *context.panels;
  ImGui::SetCursorScreenPos(area.min());
  ImGui::InvisibleButton("dock-edge", {area.width(), kEdgeHeight});
  context.spots.note("dock.edge");
  if (ImGui::IsItemHovered() || ImGui::IsItemActive())
    ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeNS);
  if (ImGui::IsItemActive() && !panels.shown.empty()) {
    panels.height = std::clamp(panels.height - ImGui::GetIO().MouseDelta.y, PanelSet::kLeastHeight,
                               ImGui::GetIO().DisplaySize.y * kMostShare);
  }
  ImGui::GetWindowDrawList()->AddLine(area.min(), {area.x1, area.y0}, context.theme->border);
}

}  // namespace

bool Panel::press(PanelContext& /*context*/, Key /*key*/, Modifiers /*modifiers*/) {
  return false;
}

Panel* PanelSet::find(std::string_view id) const {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const std::unique_ptr<Panel>& p) { return p->id() == id; });
  return found == all.end() ? nullptr : found->get();
}

std::shared_ptr<PanelSet> make_panels() {
  auto set = std::make_shared<PanelSet>();
  set->all.push_back(std::make_unique<LogPanel>());
  set->all.push_back(std::make_unique<PlotsPanel>());
  set->all.push_back(std::make_unique<HistoryPanel>());
  set->all.push_back(std::make_unique<TopologyPanel>());
  set->all.push_back(std::make_unique<DifferencePanel>());
  set->all.push_back(std::make_unique<RunsPanel>());
  set->all.push_back(std::make_unique<WhatIfPanel>());
  return set;
}

bool show_panel(PanelContext& context, std::string_view id) {
  if (context.panels == nullptr || context.panels->find(id) == nullptr) return false;
  context.panels->shown = id;
  return true;
}

float dock_height(const PanelContext& context, float window_height) {
  if (context.panels == nullptr || context.panels->all.empty()) return 0;
  if (context.panels->shown.empty()) return kTabsHeight;
  return std::clamp(context.panels->height, PanelSet::kLeastHeight,
                    std::max(PanelSet::kLeastHeight, window_height * kMostShare));
}

void draw_dock(PanelContext& context, const Rect& area) {
  PanelSet& panels = *context.panels;
  drag_edge(context, area);
  ImGui::SetCursorScreenPos({area.x0 + 8, area.y0 + 4});
  for (const auto& panel : panels.all) {
    const bool shown = panel->id() == panels.shown;
    if (draw_tab(context, *panel, shown)) {
      panels.shown = shown ? std::string() : std::string(panel->id());
    }
    ImGui::SameLine(0, 2);
  }
  Panel* const shown = panels.find(panels.shown);
  if (shown == nullptr || area.height() <= kTabsHeight) return;
  ImGui::SetCursorScreenPos({area.x0 + 8, area.y0 + kTabsHeight + 4});
  compat::begin_child(panels.shown.c_str(), {area.width() - 16, area.height() - kTabsHeight - 8},
                      false);
  // The window around the dock has no padding; what opens from a panel (a tooltip, a list) has.
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(10, 8));
  shown->draw(context);
  ImGui::PopStyleVar();
  ImGui::EndChild();
}

}  // namespace norn::viewer
