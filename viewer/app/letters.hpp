// Letters and everything else as large as a person wants them.
#pragma once

#include "app/gui.hpp"
#include "app/session.hpp"

namespace norn::viewer {

// layout_scale() is how many pixels of the picture one unit of layout takes: what is wanted, but so
// that a small window still has room for the panels.
float layout_scale(float wanted, int width, int height);

// follow_scale() makes the letters again when the pixels of a unit have changed. Call it between
// two frames, with the renderer's context current.
void follow_scale(Gui& gui, Session& session, float pixels_per_unit);

}  // namespace norn::viewer
