#include "app/keys.hpp"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

namespace norn::viewer {

Key key_of(int glfw_key, int glfw_mods) {
  if ((glfw_mods & GLFW_MOD_CONTROL) != 0) {
    if (glfw_key == GLFW_KEY_F) return Key::find;
    if (glfw_key == GLFW_KEY_G) return Key::go_to;
    // + is Shift and = on many keyboards.
    if (glfw_key == GLFW_KEY_EQUAL || glfw_key == GLFW_KEY_KP_ADD) return Key::larger;
    if (glfw_key == GLFW_KEY_MINUS || glfw_key == GLFW_KEY_KP_SUBTRACT) return Key::smaller;
    if (glfw_key == GLFW_KEY_0 || glfw_key == GLFW_KEY_KP_0) return Key::normal_size;
  }
  if ((glfw_mods & GLFW_MOD_ALT) != 0) {
    if (glfw_key == GLFW_KEY_LEFT) return Key::back;
    if (glfw_key == GLFW_KEY_RIGHT) return Key::forward;
  }
  switch (glfw_key) {
    case GLFW_KEY_SPACE:
      return Key::play;
    case GLFW_KEY_BACKSPACE:
      return Key::back;
    case GLFW_KEY_LEFT:
      return Key::left;
    case GLFW_KEY_RIGHT:
      return Key::right;
    case GLFW_KEY_UP:
      return Key::up;
    case GLFW_KEY_DOWN:
      return Key::down;
    case GLFW_KEY_HOME:
      return Key::home;
    case GLFW_KEY_DELETE:
      return Key::remove;
    case GLFW_KEY_ESCAPE:
      return Key::escape;
    // WASD is a place on the keyboard, whatever letters are there.
    case GLFW_KEY_W:
      return Key::w;
    case GLFW_KEY_A:
      return Key::a;
    case GLFW_KEY_S:
      return Key::s;
    case GLFW_KEY_D:
      return Key::d;
    default:
      return Key::none;
  }
}

Key character_key(unsigned int codepoint) {
  switch (codepoint) {
    case '?':
      return Key::help;
    case 'f':
    case 'F':
      return Key::f;
    case 'v':
    case 'V':
      return Key::violation;
    case 't':
    case 'T':
      return Key::theme;
    case 'o':
    case 'O':
      return Key::only_past;
    case 'm':
    case 'M':
      return Key::mark;
    case 'x':
    case 'X':
      return Key::axis;
    case 'u':
    case 'U':
      return Key::unfold;
    case 'z':
    case 'Z':
      return Key::zones;
    case 'l':
    case 'L':
      return Key::loop;
    case '[':
      return Key::next_cause;
    case ']':
      return Key::next_effect;
    case ',':
      return Key::previous_fault;
    case '.':
      return Key::next_fault;
    default:
      return Key::none;
  }
}

Modifiers modifiers_of(int glfw_mods) {
  return {.shift = (glfw_mods & GLFW_MOD_SHIFT) != 0,
          .control = (glfw_mods & GLFW_MOD_CONTROL) != 0};
}

}  // namespace norn::viewer
