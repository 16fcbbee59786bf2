#include "panels/help.hpp"

#include <array>

namespace norn::viewer {
namespace {

struct Line {
  const char* keys;
  const char* what;
};

constexpr std::array<Line, 32> kLines = {{
    {"wheel, W S", "zoom at the cursor (Ctrl: finer, Shift: coarser)"},
    {"right drag, A D", "move"},
    {"left drag", "measure"},
    {"middle drag", "show just that stretch"},
    {"Home", "show everything"},
    {"X", "true time, or one step an event"},
    {"click", "select an event or a message"},
    {"Left, Right", "previous, next event on the lane"},
    {"Up, Down", "the nearest event on the lane above, below"},
    {"Shift + arrows", "the same, also to what does not pass the filter"},
    {"F", "focus on what is selected, or on the violation"},
    {"[ ]", "go to the cause, to the first effect"},
    {"O", "only what led to the selected event"},
    {"Shift + click", "the way between the selected event and this one"},
    {", .", "previous, next fault"},
    {"V", "go to the violation"},
    {"drag a fault of the strip", "move it in time, for What if (Esc: leave it)"},
    {"Delete", "switch the fault under the mouse off or on, for What if"},
    {"Space", "play the cluster's picture, or pause"},
    {"L", "play what the diagram shows again and again"},
    {"Ctrl + Left, Right", "previous, next message (in Topology)"},
    {"T", "light or dark"},
    {"Ctrl + plus, minus, 0", "larger, smaller, as it was"},
    {"click on a name, U", "unfold a node into its fibers"},
    {"Shift + click on a name, Z", "fold a zone into one lane, all zones"},
    {"M", "note on the selected event, or at the cursor"},
    {"Ctrl + F", "filter what all views show"},
    {"Ctrl + Shift + F, Ctrl + G", "search in the log, go to an event or a time"},
    {"Alt + Left, Right", "back to where you were, forward again"},
    {"wheel over the names", "scroll the lanes"},
    {"Esc", "clear the selection, close this"},
    {"?", "this help"},
}};

}  // namespace

void draw_help(PanelContext& context) {
  if (!context.nav.help_open()) return;
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({size.x / 2, size.y / 2}, ImGuiCond_Always, {0.5F, 0.5F});
  ImGui::SetNextWindowFocus();
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(22, 18));
  ImGui::PushStyleColor(ImGuiCol_WindowBg, context.theme->background);
  if (ImGui::Begin("Keys", nullptr,
                   ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_AlwaysAutoResize |
                       ImGuiWindowFlags_NoSavedSettings)) {
    compat::push_font(context.fonts.bold);
    ImGui::TextUnformatted("Keys and mouse");
    ImGui::PopFont();
    ImGui::Dummy({0, 4});
    if (ImGui::BeginTable("keys", 2, ImGuiTableFlags_SizingFixedFit)) {
      for (const Line& line : kLines) {
        ImGui::TableNextRow();
        ImGui::TableNextColumn();
        compat::push_font(context.fonts.bold);
        ImGui::TextUnformatted(line.keys);
        ImGui::PopFont();
        ImGui::TableNextColumn();
        ImGui::TextUnformatted(line.what);
      }
      ImGui::EndTable();
    }
  }
  ImGui::End();
  ImGui::PopStyleColor();
  ImGui::PopStyleVar(2);
}

}  // namespace norn::viewer
