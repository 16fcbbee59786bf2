// The whole window: places the panels and draws them.
#pragma once

#include "panels/panel_context.hpp"

namespace norn::viewer {

// draw_shell() draws one frame between ImGui::NewFrame() and ImGui::Render().
void draw_shell(PanelContext& context);

}  // namespace norn::viewer
