// What lies above everything for a moment: going to an event or a time, writing a note, a notice.
#pragma once

#include "panels/panel_context.hpp"

namespace norn::viewer {

// draw_popups() draws those that are open.
void draw_popups(PanelContext& context);

// press_popup() opens them by their keys and closes them by Esc; false when the key means nothing
// here.
bool press_popup(PanelContext& context, Key key, Modifiers modifiers = {});
// open_filter() opens the one in which the filter is written.
void open_filter(PanelContext& context);

// draw_notice() draws the line that says what went wrong, with a button to close it; nothing
// without one.
void draw_notice(PanelContext& context, const Rect& area);

// draw_welcome() is shown while no trace is open: what to do, and what was opened before.
void draw_welcome(PanelContext& context, const Rect& area);

// draw_loading() tells how much of the trace has been read.
void draw_loading(PanelContext& context, const Rect& area);

}  // namespace norn::viewer
