#include "app/window.hpp"

#define GLFW_INCLUDE_NONE
#include <GL/gl.h>
#include <GLFW/glfw3.h>

#include <algorithm>
#include <memory>
#include <string>

#include "app/gui.hpp"
#include "app/imgui_backends.hpp"
#include "app/keys.hpp"
#include "panels/shell.hpp"

namespace norn::viewer {
namespace {

// After any event ImGui needs a few frames to settle; then nothing is drawn until the next event.
constexpr int kFramesPerEvent = 3;
constexpr int kSamples = 4;

std::string& glfw_problem() {
  static std::string text;
  return text;
}

class Window {
 public:
  Window(const TraceModel& model, const ScreenshotOptions& first);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  Result<void> open(const std::string& title);
  Result<void> show(const ScreenshotOptions& first);

 private:
  void install_callbacks();
  void press(Key key, int mods);
  void draw();
  static Window& of(GLFWwindow* window) {
    return *static_cast<Window*>(glfwGetWindowUserPointer(window));
  }

  Navigator nav_;
  const Theme* theme_;
  GLFWwindow* window_ = nullptr;
  std::unique_ptr<Gui> gui_;
  std::unique_ptr<PanelContext> context_;
  bool glfw_ready_ = false;
  bool backends_ready_ = false;
  int last_mods_ = 0;
};

Window::Window(const TraceModel& model, const ScreenshotOptions& first)
    : nav_(model), theme_(first.dark ? &dark_theme() : &light_theme()) {}

Window::~Window() {
  if (backends_ready_) {
    ImGui_ImplOpenGL3_Shutdown();
    ImGui_ImplGlfw_Shutdown();
  }
  gui_.reset();
  if (window_ != nullptr) glfwDestroyWindow(window_);
  if (glfw_ready_) glfwTerminate();
}

Result<void> Window::open(const std::string& title) {
  glfwSetErrorCallback([](int, const char* text) { glfw_problem() = text; });
  if (glfwInit() == GLFW_FALSE) {
    return {Errc::io_error, "cannot open a window (" + glfw_problem() +
                                "): --screenshot makes a picture without a display"};
  }
  glfw_ready_ = true;
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
  glfwWindowHint(GLFW_SAMPLES, kSamples);
  int width = 1600;
  int height = 900;
  if (GLFWmonitor* const monitor = glfwGetPrimaryMonitor(); monitor != nullptr) {
    int x = 0;
    int y = 0;
    int room_width = 0;
    int room_height = 0;
    glfwGetMonitorWorkarea(monitor, &x, &y, &room_width, &room_height);
    if (room_width > 0) width = std::min(width, room_width);
    if (room_height > 0) height = std::min(height, room_height);
  }
  window_ = glfwCreateWindow(width, height, title.c_str(), nullptr, nullptr);
  if (window_ == nullptr)
    return {Errc::io_error, "cannot open a window with OpenGL 3.3 (" + glfw_problem() + ")"};
  glfwMakeContextCurrent(window_);
  glfwSwapInterval(1);
  gui_ = std::make_unique<Gui>(1.0F);
  // Ours come first, so that ImGui's callbacks call them too: a key that is pressed and released
  // between two frames would otherwise be lost.
  install_callbacks();
  if (!ImGui_ImplGlfw_InitForOpenGL(window_, true) ||
      !ImGui_ImplOpenGL3_Init("#version 330 core")) {
    return {Errc::io_error, "OpenGL 3.3 is needed to draw"};
  }
  backends_ready_ = true;
  context_ = std::make_unique<PanelContext>(
      PanelContext{.nav = nav_, .theme = theme_, .fonts = gui_->fonts()});
  apply(*theme_);
  return {};
}

void Window::install_callbacks() {
  glfwSetWindowUserPointer(window_, this);
  glfwSetKeyCallback(window_, [](GLFWwindow* window, int key, int, int action, int mods) {
    of(window).last_mods_ = mods;
    if (action != GLFW_RELEASE) of(window).press(key_of(key), mods);
  });
  glfwSetCharCallback(window_, [](GLFWwindow* window, unsigned int codepoint) {
    of(window).press(character_key(codepoint), of(window).last_mods_);
  });
}

void Window::press(Key key, int mods) {
  if (key == Key::theme) {
    theme_ = theme_->dark ? &light_theme() : &dark_theme();
    context_->theme = theme_;
    apply(*theme_);
    return;
  }
  nav_.press(key, modifiers_of(mods));
}

void Window::draw() {
  ImGui_ImplOpenGL3_NewFrame();
  ImGui_ImplGlfw_NewFrame();
  ImGui::NewFrame();
  draw_shell(*context_);
  ImGui::Render();
  int width = 0;
  int height = 0;
  glfwGetFramebufferSize(window_, &width, &height);
  glViewport(0, 0, width, height);
  const ImVec4 back = ImGui::ColorConvertU32ToFloat4(theme_->panel);
  glClearColor(back.x, back.y, back.z, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
  glfwSwapBuffers(window_);
}

Result<void> Window::show(const ScreenshotOptions& first) {
  if (auto placed = place_view(nav_, first); !placed) return placed;
  int frames = kFramesPerEvent;
  while (glfwWindowShouldClose(window_) == GLFW_FALSE) {
    if (frames > 0) {
      glfwPollEvents();
      draw();
      --frames;
    } else {
      glfwWaitEvents();
      frames = kFramesPerEvent;
    }
  }
  return {};
}

}  // namespace

Result<void> run_window(const TraceModel& model, const ScreenshotOptions& first_view) {
  Window window(model, first_view);
  const std::string& scenario = model.facts().scenario;
  if (auto opened = window.open(scenario.empty() ? "Norn" : scenario + " \xE2\x80\x94 Norn");
      !opened)
    return opened;
  return window.show(first_view);
}

}  // namespace norn::viewer
