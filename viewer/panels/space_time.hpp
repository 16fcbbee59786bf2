// The space-time diagram: a lane a node, time to the right, messages as slanted lines.
#pragma once

#include "panels/paint.hpp"
#include "panels/panel_context.hpp"

namespace norn::viewer {

// draw_space_time() draws the diagram inside `area` of the current window and handles the mouse in
// it.
void draw_space_time(PanelContext& context, const Rect& area);

// How wide the column of the nodes' names is.
float names_width(const PanelContext& context);

}  // namespace norn::viewer
