// The strip above the diagram: the whole trace at once, with what is shown marked in it.
#pragma once

#include "panels/paint.hpp"
#include "panels/panel_context.hpp"

namespace norn::viewer {

// draw_overview() draws the strip; clicking or dragging in it moves what the diagram shows.
void draw_overview(PanelContext& context, const Rect& area);

}  // namespace norn::viewer
