// From the window library's keys and characters to ours.
#pragma once

#include "model/navigator.hpp"

namespace norn::viewer {

// key_of() is what a GLFW key stands for by its place (arrows, WASD) and with Ctrl or Alt; the
// others are told by character_key(), so that they follow the layout of the keyboard.
Key key_of(int glfw_key, int glfw_mods);
Key character_key(unsigned int codepoint);
Modifiers modifiers_of(int glfw_mods);

}  // namespace norn::viewer
