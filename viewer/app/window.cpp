#include "app/window.hpp"

#define GLFW_INCLUDE_NONE
#include <GL/gl.h>
#include <GLFW/glfw3.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/gui.hpp"
#include "app/imgui_backends.hpp"
#include "app/keys.hpp"
#include "app/letters.hpp"
#include "app/session.hpp"
#include "panels/panel.hpp"

namespace norn::viewer {
namespace {

// After any event ImGui needs a few frames to settle; then nothing is drawn until the next event.
constexpr int kFramesPerEvent = 3;
constexpr int kSamples = 4;
constexpr double kLoadingStepSeconds = 0.1;

std::string& glfw_problem() {
  static std::string text;
  return text;
}

// ImGui before 1.87 sees only which keys are down when a frame begins. A key that was pressed and
// released since the last one is shown to it for this frame, or Enter would be lost where frames
// are slow.
void show_keys([[maybe_unused]] const std::vector<int>& pressed, [[maybe_unused]] bool down) {
#if IMGUI_VERSION_NUM < 18700
  ImGuiIO& io = ImGui::GetIO();
  GLFWwindow* const window = glfwGetCurrentContext();
  for (const int key : pressed) {
    if (key < 0 || key >= IM_ARRAYSIZE(io.KeysDown)) continue;
    io.KeysDown[key] = down || glfwGetKey(window, key) == GLFW_PRESS;
  }
#endif
}

bool draws_in_software(GLFWwindow* window) {
  glfwMakeContextCurrent(window);
  const auto* const name = reinterpret_cast<const char*>(glGetString(GL_RENDERER));
  const std::string renderer = name == nullptr ? "" : name;
  return renderer.find("llvmpipe") != std::string::npos ||
         renderer.find("softpipe") != std::string::npos ||
         renderer.find("SwiftShader") != std::string::npos;
}

class Window {
 public:
  Window() = default;
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  Result<void> open(const Options& options);
  void show();

 private:
  Result<void> make_window(const Settings& settings);
  void install_callbacks();
  void press(Key key, int mods);
  void drop(const char* path);
  void set_title();
  float find_scale() const;
  void apply_scale();
  void draw();
  void remember() const;
  static Window& of(GLFWwindow* window) {
    return *static_cast<Window*>(glfwGetWindowUserPointer(window));
  }

  GLFWwindow* window_ = nullptr;
  std::unique_ptr<Gui> gui_;
  std::unique_ptr<Session> session_;
  bool glfw_ready_ = false;
  bool backends_ready_ = false;
  bool settings_readable_ = true;
  std::vector<int> pressed_;  // keys since the last frame
  int last_mods_ = 0;
  float scale_ = 1;               // the window's units in one of layout
  int frames_ = kFramesPerEvent;  // that are still to be drawn
};

Window::~Window() {
  session_.reset();
  if (backends_ready_) {
    ImGui_ImplOpenGL3_Shutdown();
    ImGui_ImplGlfw_Shutdown();
  }
  gui_.reset();
  if (window_ != nullptr) glfwDestroyWindow(window_);
  if (glfw_ready_) glfwTerminate();
}

Result<void> Window::make_window(const Settings& settings) {
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
  int width = settings.width;
  int height = settings.height;
  if (GLFWmonitor* const monitor = glfwGetPrimaryMonitor(); monitor != nullptr) {
    int x = 0;
    int y = 0;
    int room_width = 0;
    int room_height = 0;
    glfwGetMonitorWorkarea(monitor, &x, &y, &room_width, &room_height);
    if (room_width > 0) width = std::min(width, room_width);
    if (room_height > 0) height = std::min(height, room_height);
  }
  window_ = glfwCreateWindow(width, height, "Norn", nullptr, nullptr);
  if (window_ != nullptr && draws_in_software(window_)) {
    // Several samples a pixel cost a software renderer more than half of its pictures.
    glfwDestroyWindow(window_);
    glfwWindowHint(GLFW_SAMPLES, 0);
    window_ = glfwCreateWindow(width, height, "Norn", nullptr, nullptr);
  }
  if (window_ == nullptr)
    return {Errc::io_error, "cannot open a window with OpenGL 3.3 (" + glfw_problem() + ")"};
  glfwMakeContextCurrent(window_);
  glfwSwapInterval(1);
  return {};
}

Result<void> Window::open(const Options& options) {
  Settings settings;
  std::string problem;
  if (auto loaded = Settings::load(Settings::path())) {
    settings = std::move(loaded).value();
  } else {
    problem = loaded.error().message;
    settings_readable_ = false;
  }
  if (options.view.dark) settings.dark = true;
  if (auto made = make_window(settings); !made) return made;
  gui_ = std::make_unique<Gui>(1.0F);  // apply_scale() makes the letters that fit
  // Ours come first, so that ImGui's callbacks call them too: a key that is pressed and released
  // between two frames would otherwise be lost.
  install_callbacks();
  if (!ImGui_ImplGlfw_InitForOpenGL(window_, true) ||
      !ImGui_ImplOpenGL3_Init("#version 330 core")) {
    return {Errc::io_error, "OpenGL 3.3 is needed to draw"};
  }
  backends_ready_ = true;
#if IMGUI_VERSION_NUM >= 18700
  // Takes the place of the back end's own, which the others still are.
  glfwSetCursorPosCallback(window_, [](GLFWwindow* window, double x, double y) {
    ImGui_ImplGlfw_CursorPosCallback(window, x / of(window).scale_, y / of(window).scale_);
  });
#endif
  session_ = std::make_unique<Session>(gui_->fonts(), settings, [] { glfwPostEmptyEvent(); });
  session_->context().notice = problem;
  if (options.file.empty()) return {};
  if (auto opened = session_->open(options.file); !opened) return opened;
  if (!options.view.beside.empty()) {
    if (auto opened = session_->open_beside(options.view.beside); !opened) return opened;
  }
  if (!options.view.panel.empty() && !show_panel(session_->context(), options.view.panel))
    return {Errc::invalid, "--panel: there is no panel '" + options.view.panel + "'"};
  set_title();
  return place_view(session_->nav(), options.view);
}

void Window::install_callbacks() {
  glfwSetWindowUserPointer(window_, this);
  glfwSetKeyCallback(window_, [](GLFWwindow* window, int key, int, int action, int mods) {
    of(window).last_mods_ = mods;
    if (action == GLFW_PRESS) of(window).pressed_.push_back(key);
    if (action != GLFW_RELEASE) of(window).press(key_of(key, mods), mods);
  });
  glfwSetCharCallback(window_, [](GLFWwindow* window, unsigned int codepoint) {
    of(window).press(character_key(codepoint), of(window).last_mods_);
  });
  glfwSetDropCallback(window_, [](GLFWwindow* window, int count, const char** paths) {
    if (count > 0) of(window).drop(paths[0]);
  });
}

// How large one unit of layout is, in the window's own units: what the person wants on top of what
// the display is set to. Some systems (macOS, Wayland) enlarge windows themselves.
float Window::find_scale() const {
  int width = 1;
  int height = 1;
  int pixels = 1;
  int ignored = 1;
  float display = 1;
  float display_y = 1;
  glfwGetWindowSize(window_, &width, &height);
  glfwGetFramebufferSize(window_, &pixels, &ignored);
  glfwGetWindowContentScale(window_, &display, &display_y);
  if (width <= 0 || pixels <= 0) return 1;
  const float enlarged = static_cast<float>(pixels) / static_cast<float>(width);
  return layout_scale(session_->scale() * display / enlarged, width, height);
}

// The back end speaks in the window's units; from here on everything is in units of layout.
void Window::apply_scale() {
  const float scale = find_scale();
  if (scale != scale_) {
    scale_ = scale;
    frames_ = kFramesPerEvent;
  }
  ImGuiIO& io = ImGui::GetIO();
  follow_scale(*gui_, *session_, scale * io.DisplayFramebufferScale.x);
  io.DisplaySize = {io.DisplaySize.x / scale, io.DisplaySize.y / scale};
  io.DisplayFramebufferScale = {io.DisplayFramebufferScale.x * scale,
                                io.DisplayFramebufferScale.y * scale};
#if IMGUI_VERSION_NUM < 18700
  if (ImGui::IsMousePosValid(&io.MousePos))
    io.MousePos = {io.MousePos.x / scale, io.MousePos.y / scale};
#else
  // While the mouse is outside the back end tells its place by itself, in the window's units.
  if (scale == 1 || glfwGetWindowAttrib(window_, GLFW_FOCUSED) == GLFW_FALSE) return;
  double x = 0;
  double y = 0;
  glfwGetCursorPos(window_, &x, &y);
  io.AddMousePosEvent(static_cast<float>(x) / scale, static_cast<float>(y) / scale);
#endif
}

void Window::press(Key key, int mods) {
  if (key != Key::none && session_ != nullptr) session_->press(key, modifiers_of(mods));
}

void Window::drop(const char* path) {
  session_->try_open(path);
  set_title();
  frames_ = kFramesPerEvent;
}

void Window::set_title() {
  const std::string& scenario = session_->model().facts().scenario;
  const std::string title = scenario.empty() ? "Norn" : scenario + " \xE2\x80\x94 Norn";
  glfwSetWindowTitle(window_, title.c_str());
}

void Window::draw() {
  ImGui_ImplOpenGL3_NewFrame();
  ImGui_ImplGlfw_NewFrame();
  apply_scale();
  show_keys(pressed_, true);
  ImGui::NewFrame();
  show_keys(pressed_, false);
  pressed_.clear();
  session_->draw();
  ImGui::Render();
  int width = 0;
  int height = 0;
  glfwGetFramebufferSize(window_, &width, &height);
  glViewport(0, 0, width, height);
  const ImVec4 back = ImGui::ColorConvertU32ToFloat4(session_->context().theme->panel);
  glClearColor(back.x, back.y, back.z, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
  glfwSwapBuffers(window_);
}

void Window::show() {
  std::string path = session_->path();
  while (glfwWindowShouldClose(window_) == GLFW_FALSE) {
    if (frames_ > 0 || session_->wants_frame()) {
      glfwPollEvents();
      draw();
      frames_ = std::max(0, frames_ - 1);
    } else if (session_->loading()) {
      // The bar that tells how much has been read moves a few times a second.
      glfwWaitEventsTimeout(kLoadingStepSeconds);
      frames_ = 1;
    } else {
      glfwWaitEvents();
      frames_ = kFramesPerEvent;
    }
    if (path != session_->path()) {
      path = session_->path();
      set_title();
    }
  }
  remember();
}

void Window::remember() const {
  // A file that could not be read is not ours to overwrite.
  if (!settings_readable_) return;
  Settings settings = session_->settings();
  glfwGetWindowSize(window_, &settings.width, &settings.height);
  if (const auto saved = settings.save(Settings::path()); !saved)
    std::fprintf(stderr, "norn-viewer: %s\n", saved.error().message.c_str());
}

}  // namespace

Result<void> run_window(const Options& options) {
  Window window;
  if (auto opened = window.open(options); !opened) return opened;
  window.show();
  return {};
}

}  // namespace norn::viewer
