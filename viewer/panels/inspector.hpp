// The panel at the right: the selected event with its payload and causes, or the run as a whole.
#pragma once

#include "panels/panel_context.hpp"

namespace norn::viewer {

// refresh_inspector() decodes the selected event when it has changed. Call it once a frame, before
// the diagram.
void refresh_inspector(PanelContext& context);

// draw_inspector() fills the current window.
void draw_inspector(PanelContext& context);

}  // namespace norn::viewer
