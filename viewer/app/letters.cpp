#include "app/letters.hpp"

#include <algorithm>

#include "app/imgui_backends.hpp"

namespace norn::viewer {
namespace {

// The room that panels need at least, in units of layout.
constexpr float kLeastWidth = 720;
constexpr float kLeastHeight = 440;
constexpr float kLeastScale = 0.5F;

}  // namespace

float layout_scale(float wanted, int width, int height) {
  const float most =
      std::min(static_cast<float>(width) / kLeastWidth, static_cast<float>(height) / kLeastHeight);
  return std::max(kLeastScale, std::min(wanted, std::max(most, 1.0F)));
}

void follow_scale(Gui& gui, Session& session, float pixels_per_unit) {
  if (gui.pixels_per_point() == pixels_per_unit) return;
  gui.set_pixels_per_point(pixels_per_unit);
#if IMGUI_VERSION_NUM < 19200
  ImGui_ImplOpenGL3_DestroyFontsTexture();
  ImGui_ImplOpenGL3_CreateFontsTexture();
#endif
  session.set_fonts(gui.fonts());
}

}  // namespace norn::viewer
