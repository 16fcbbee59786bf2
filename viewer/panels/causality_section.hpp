// The part of the inspector that says how the selected event stands to all others.
#pragma once

#include "panels/panel_context.hpp"

namespace norn::viewer {

// draw_causality_section() draws into the current window, below what is there.
void draw_causality_section(PanelContext& context);

}  // namespace norn::viewer
