#include "app/gui.hpp"

#include <array>
#include <filesystem>
#include <system_error>

namespace norn::viewer {
namespace {

constexpr float kBodySize = 15;
constexpr float kSmallSize = 13;
constexpr float kMonoSize = 13;

// Where distributions put DejaVu (package fonts-dejavu-core on Debian and Ubuntu).
constexpr std::array<const char*, 5> kFontFolders = {
    "/usr/share/fonts/truetype/dejavu/",
    "/usr/share/fonts/dejavu/",
    "/usr/share/fonts/TTF/",
    "/usr/share/fonts/dejavu-sans-fonts/",
    "/usr/local/share/fonts/dejavu/",
};

// Latin, Greek, Cyrillic, punctuation, arrows, mathematics, boxes and signs: what names and
// messages use.
constexpr std::array<ImWchar, 15> kGlyphs = {
    0x0020, 0x024F, 0x0370, 0x052F, 0x2010, 0x205E, 0x2190, 0x21FF,
    0x2200, 0x22FF, 0x25A0, 0x25FF, 0x2700, 0x27BF, 0,
};

compat::Face load(const char* name, float size, float pixels_per_point) {
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  const std::string file = font_file(name);
  ImFont* font = nullptr;
  if (!file.empty()) {
    ImFontConfig config;
    config.OversampleH = 2;
    config.PixelSnapH = true;
    font = atlas.AddFontFromFileTTF(file.c_str(), size * pixels_per_point, &config, kGlyphs.data());
  }
  if (font == nullptr) {
    ImFontConfig config;
    config.SizePixels = 13 * pixels_per_point;
    font = atlas.AddFontDefault(&config);
    size = 13;
  }
  return {.font = font, .size = size};
}

}  // namespace

std::string font_file(const std::string& name) {
  for (const char* folder : kFontFolders) {
    std::string path = folder + name;
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path, ignored)) return path;
  }
  return {};
}

Gui::Gui(float pixels_per_point)
    : previous_(ImGui::GetCurrentContext()),
      context_(ImGui::CreateContext()),
      pixels_per_point_(pixels_per_point) {
  IMGUI_CHECKVERSION();
  ImGui::SetCurrentContext(context_);
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.LogFilename = nullptr;
  load_fonts();
}

Gui::~Gui() {
  ImGui::DestroyContext(context_);
  ImGui::SetCurrentContext(previous_);
}

void Gui::set_pixels_per_point(float pixels_per_point) {
  if (pixels_per_point == pixels_per_point_) return;
  pixels_per_point_ = pixels_per_point;
#if IMGUI_VERSION_NUM < 19200
  ImGui::GetIO().Fonts->Clear();
  load_fonts();
#endif
}

void Gui::load_fonts() {
#if IMGUI_VERSION_NUM >= 19200
  const float pixels_per_point = 1;  // letters are made in the size that they are drawn in
#else
  const float pixels_per_point = pixels_per_point_;
  ImGui::GetIO().FontGlobalScale = 1 / pixels_per_point;
#endif
  fonts_.body = load("DejaVuSans.ttf", kBodySize, pixels_per_point);
  fonts_.bold = load("DejaVuSans-Bold.ttf", kBodySize, pixels_per_point);
  fonts_.small = load("DejaVuSans.ttf", kSmallSize, pixels_per_point);
  fonts_.small_bold = load("DejaVuSans-Bold.ttf", kSmallSize, pixels_per_point);
  fonts_.mono = load("DejaVuSansMono.ttf", kMonoSize, pixels_per_point);
}

}  // namespace norn::viewer
