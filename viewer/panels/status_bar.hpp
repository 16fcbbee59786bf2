// The lines at the top and at the bottom of the window: what run this is, what the signs mean, how
// much is shown.
#pragma once

#include "panels/paint.hpp"
#include "panels/panel_context.hpp"

namespace norn::viewer {

void draw_title_bar(PanelContext& context, const Rect& area);
// passing_text() says how many of the events pass, "12 of 2,565 events pass".
std::string passing_text(const EventFilter& filter, Index events);

void draw_status_bar(PanelContext& context, const Rect& area);

}  // namespace norn::viewer
