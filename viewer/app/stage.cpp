#include "app/stage.hpp"

#include <GL/gl.h>

#include <chrono>
#include <thread>
#include <utility>

#include "app/imgui_backends.hpp"
#include "app/letters.hpp"

namespace norn::viewer {
namespace {

// ImGui needs a few frames to settle: sizes of what is auto-sized come from the frame before. What
// a panel computes a slice a frame needs more.
constexpr int kLeastFrames = 3;
constexpr int kMostFrames = 600;
// A picture has time: it shows more messages one by one than a window would.
constexpr std::size_t kMostMessages = 2500;

}  // namespace

Result<std::unique_ptr<Stage>> Stage::create(PixelSize size, float scale, Settings settings,
                                             int samples) {
  auto stage = std::make_unique<Stage>(size, scale, samples);
  auto offscreen = Offscreen::create(size, samples);
  if (!offscreen) return offscreen.error();
  stage->offscreen_ = std::move(offscreen).value();
  stage->gui_ = std::make_unique<Gui>(scale);
  compat::init_keys();
  stage->session_ = std::make_unique<Session>(stage->gui_->fonts(), std::move(settings));
  if (!ImGui_ImplOpenGL3_Init("#version 330 core"))
    return {Errc::io_error, "OpenGL 3.3 is needed to draw"};
  stage->renderer_ready_ = true;
  stage->move(-1e4F, -1e4F);
  return stage;
}

Stage::~Stage() {
  if (renderer_ready_) ImGui_ImplOpenGL3_Shutdown();
}

Result<void> Stage::resize(PixelSize size) {
  // The context of the renderer goes with its framebuffer: both are made again.
  ImGui_ImplOpenGL3_Shutdown();
  renderer_ready_ = false;
  offscreen_.reset();
  auto offscreen = Offscreen::create(size, samples_);
  if (!offscreen) return offscreen.error();
  offscreen_ = std::move(offscreen).value();
  size_ = size;
  if (!ImGui_ImplOpenGL3_Init("#version 330 core"))
    return {Errc::io_error, "OpenGL 3.3 is needed to draw"};
  renderer_ready_ = true;
  return {};
}

void Stage::frame() {
  ImGuiIO& io = ImGui::GetIO();
  const float scale = layout_scale(scale_ * session_->scale(), size_.width, size_.height);
  follow_scale(*gui_, *session_, scale);
  io.DisplaySize = {static_cast<float>(size_.width) / scale,
                    static_cast<float>(size_.height) / scale};
  io.DisplayFramebufferScale = {scale, scale};
  io.DeltaTime = 1.0F / 60;
  session_->context().most_messages = kMostMessages;
  ImGui_ImplOpenGL3_NewFrame();
  ImGui::NewFrame();
  session_->draw();
  ImGui::Render();
#if IMGUI_VERSION_NUM >= 19200
  draw_pixels();  // which makes the textures that the next frame needs
#endif
}

void Stage::draw_pixels() {
  offscreen_->bind();
  const ImVec4 back = ImGui::ColorConvertU32ToFloat4(session_->context().theme->panel);
  glClearColor(back.x, back.y, back.z, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
}

void Stage::settle() {
  for (int i = 0; i < kMostFrames; ++i) {
    frame();
    if (i + 1 < kLeastFrames) continue;
    if (!session_->wants_frame()) return;
    // What is waited for is computed by another thread, or plays.
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

// Pixels cost a software renderer far more than the frame itself: only what is looked at is drawn.
Image Stage::picture() {
  draw_pixels();
  return offscreen_->read();
}

void Stage::move(float x, float y) {
  compat::set_mouse(x, y);
}
void Stage::button(int which, bool down) {
  compat::set_mouse_button(which, down);
}
void Stage::wheel(float steps) {
  compat::add_wheel(steps);
}
void Stage::type(const std::string& text) {
  ImGui::GetIO().AddInputCharactersUTF8(text.c_str());
}

void Stage::tap(ImGuiKey key) {
  compat::set_key(key, true);
  frame();
  compat::set_key(key, false);
  frame();
}

void Stage::hold(Modifiers modifiers) {
  compat::set_control(modifiers.control);
  compat::set_shift(modifiers.shift);
}

}  // namespace norn::viewer
