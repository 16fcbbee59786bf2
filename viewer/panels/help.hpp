// The overlay that lists all keys.
#pragma once

#include "panels/panel_context.hpp"

namespace norn::viewer {

// draw_help() does nothing while help is closed.
void draw_help(PanelContext& context);

}  // namespace norn::viewer
