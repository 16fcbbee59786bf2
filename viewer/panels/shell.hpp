// The whole window: places the panels and draws them.
#pragma once

#include "panels/paint.hpp"
#include "panels/panel_context.hpp"

namespace norn::viewer {

// Where the panels are in a window of that size.
struct ShellAreas {
  Rect title;
  Rect overview;
  Rect diagram;
  Rect dock;  // of no height when there are no panels
  Rect status;
  Rect inspector;  // of no width when the window is too narrow for it
};
ShellAreas shell_areas(const PanelContext& context, const ImVec2& size);

// place_of() is where the diagram draws an event, as far as it is in view.
ImVec2 place_of(PanelContext& context, Index event);

// draw_shell() draws one frame between ImGui::NewFrame() and ImGui::Render().
void draw_shell(PanelContext& context);

}  // namespace norn::viewer
