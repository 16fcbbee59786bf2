// The whole viewer without a display: a session drawn into memory, with a mouse and keys that a
// script or a test moves.
#pragma once

#include <memory>
#include <string>

#include "app/gui.hpp"
#include "app/offscreen.hpp"
#include "app/session.hpp"

namespace norn::viewer {

class Stage {
 public:
  // Errors: no way to draw without a display, a size that the renderer refuses.
  static Result<std::unique_ptr<Stage>> create(PixelSize size, float scale, Settings settings,
                                               int samples = Offscreen::kSmooth);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  Session& session() { return *session_; }
  // resize() makes the picture another size.
  Result<void> resize(PixelSize size);

  // frame() draws once; settle() draws until nothing moves, which takes ImGui a few frames.
  void frame();
  void settle();
  // picture() is what the last frame drew.
  // draw_pixels() is what picture() does before it reads them.
  void draw_pixels();
  Image picture();

  void move(float x, float y);
  void button(int which, bool down);
  void wheel(float steps);
  void type(const std::string& text);
  // tap() presses and lets go one of the keys that write into text fields.
  void tap(ImGuiKey key);
  void hold(Modifiers modifiers);

  // For create() alone.
  Stage(PixelSize size, float scale, int samples) : size_(size), scale_(scale), samples_(samples) {}

 private:
  PixelSize size_;
  float scale_;
  int samples_;
  std::unique_ptr<Offscreen> offscreen_;
  std::unique_ptr<Gui> gui_;
  std::unique_ptr<Session> session_;
  bool renderer_ready_ = false;
};

}  // namespace norn::viewer
