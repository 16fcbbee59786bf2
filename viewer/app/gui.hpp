// An ImGui context with fonts and theme, without a window.
#pragma once

#include <string>

#include "panels/panel_context.hpp"

namespace norn::viewer {

// Gui owns an ImGui context, which is the current one while the Gui lives; then the one before is
// current again. No file is read or written for settings.
class Gui {
 public:
  // `pixels_per_point` is how many pixels of the picture one unit of layout has (2 on a dense
  // display).
  explicit Gui(float pixels_per_point);
  ~Gui();
  Gui(const Gui&) = delete;
  Gui& operator=(const Gui&) = delete;

  const Fonts& fonts() const { return fonts_; }
  float pixels_per_point() const { return pixels_per_point_; }
  // set_pixels_per_point() makes the letters again, between two frames. Fonts from before are no
  // more; before ImGui 1.92 the renderer's texture has to be made again too.
  void set_pixels_per_point(float pixels_per_point);

 private:
  void load_fonts();

  ImGuiContext* previous_;
  ImGuiContext* context_;
  Fonts fonts_;
  float pixels_per_point_;
};

// font_file() is the path of an installed font of the DejaVu family, "" when it is not there.
std::string font_file(const std::string& name);

}  // namespace norn::viewer
