#include "app/screenshot.hpp"

#include <GL/gl.h>

#include <string>

#include "app/gui.hpp"
#include "app/imgui_backends.hpp"
#include "model/time_text.hpp"
#include "panels/shell.hpp"

namespace norn::viewer {
namespace {

// ImGui needs a few frames to settle: sizes of what is auto-sized come from the frame before.
constexpr int kFrames = 3;
// A picture has time: it shows more messages one by one than a window would.
constexpr std::size_t kMostMessages = 2500;

void clear(const Theme& theme) {
  const ImVec4 back = ImGui::ColorConvertU32ToFloat4(theme.panel);
  glClearColor(back.x, back.y, back.z, 1);
  glClear(GL_COLOR_BUFFER_BIT);
}

void draw_frames(PanelContext& context, const ScreenshotOptions& options, Offscreen& offscreen) {
  ImGuiIO& io = ImGui::GetIO();
  io.DisplaySize = {static_cast<float>(options.size.width) / options.scale,
                    static_cast<float>(options.size.height) / options.scale};
  io.DisplayFramebufferScale = {options.scale, options.scale};
  for (int frame = 0; frame < kFrames; ++frame) {
    io.DeltaTime = 1.0F / 60;
    compat::set_mouse(-1e4F, -1e4F);
    ImGui_ImplOpenGL3_NewFrame();
    ImGui::NewFrame();
    draw_shell(context);
    ImGui::Render();
    offscreen.bind();
    clear(*context.theme);
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
  }
}

}  // namespace

Result<void> place_view(Navigator& nav, const ScreenshotOptions& options) {
  const auto from = options.from_ns ? static_cast<double>(*options.from_ns) : nav.view().begin_ns();
  const auto to = options.to_ns ? static_cast<double>(*options.to_ns) : nav.view().end_ns();
  const std::int64_t last = nav.model().events().end_ns();
  if (options.from_ns && *options.from_ns > last) {
    return {Errc::invalid, "--from: the trace ends at " + format_exact(last)};
  }
  nav.view().show(from, to);
  if (!options.select) return {};
  const Index event = nav.model().events().index_of(*options.select);
  if (event == kNone)
    return {Errc::not_found, "--select: the trace has no event " + std::to_string(*options.select)};
  nav.select(event);
  return {};
}

Result<Image> take_screenshot(const TraceModel& model, const ScreenshotOptions& options) {
  Navigator nav(model);
  if (auto placed = place_view(nav, options); !placed) return placed.error();
  auto offscreen = Offscreen::create(options.size);
  if (!offscreen) return offscreen.error();
  const Gui gui(options.scale);
  PanelContext context{
      .nav = nav, .theme = options.dark ? &dark_theme() : &light_theme(), .fonts = gui.fonts()};
  context.most_messages = kMostMessages;
  apply(*context.theme);
  if (!ImGui_ImplOpenGL3_Init("#version 330 core"))
    return {Errc::io_error, "OpenGL 3.3 is needed to draw"};
  draw_frames(context, options, **offscreen);
  Image image = (*offscreen)->read();
  ImGui_ImplOpenGL3_Shutdown();
  return image;
}

}  // namespace norn::viewer
