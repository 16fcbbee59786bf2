// The space-time diagram: a lane a node, time to the right, messages as slanted lines.
#pragma once

#include "panels/paint.hpp"
#include "panels/panel_context.hpp"

namespace norn::viewer {

// The parts of the diagram.
struct DiagramAreas {
  Rect names;    // left: the nodes' names
  Rect faults;   // top: what is broken when
  Rect axis;     // below that: the time
  Rect lanes;    // the diagram itself
  Rect verdict;  // below it, when a property was broken: what went wrong
};
DiagramAreas diagram_areas(const PanelContext& context, const Rect& area);

// draw_space_time() draws the diagram inside `area` of the current window and handles the mouse in
// it.
void draw_space_time(PanelContext& context, const Rect& area);

// switch_fault() switches off the fault of the case that is under the mouse, or else selected, or
// on again: for What if. When the trace has no case it says so in the window. False when there is
// no fault there.
bool switch_fault(PanelContext& context);

// How wide the column of the nodes' names is.
float names_width(const PanelContext& context);

}  // namespace norn::viewer
