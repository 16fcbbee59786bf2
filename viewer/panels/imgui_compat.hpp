// The one place that knows which Dear ImGui this is: 1.86 (Debian 12) to 1.92.
#pragma once

#include <cstdint>

#include <imgui.h>

namespace norn::viewer::compat {

// A font with the size it is used at: fonts of 1.92 and later have no size of their own.
struct Face {
  ImFont* font = nullptr;
  float size = 13;
};

inline void push_font(const Face& face) {
#if IMGUI_VERSION_NUM >= 19200
  ImGui::PushFont(face.font, face.size);
#else
  ImGui::PushFont(face.font);
#endif
}

// begin_list() empties a draw list that belongs to no window, ready to be drawn to.
inline void begin_list(ImDrawList& list) {
  list._ResetForNewFrame();
#if IMGUI_VERSION_NUM >= 19200
  list.PushTexture(ImGui::GetIO().Fonts->TexRef);
#else
  list.PushTextureID(ImGui::GetIO().Fonts->TexID);
#endif
  list.PushClipRectFullScreen();
}

// font_texture_version() changes when letters move in the texture, which makes older vertices
// wrong.
inline std::uint64_t font_texture_version() {
#if IMGUI_VERSION_NUM >= 19200
  const ImTextureData* const texture = ImGui::GetIO().Fonts->TexData;
  return texture == nullptr ? 0 : static_cast<std::uint64_t>(texture->UniqueID);
#else
  return 1;
#endif
}

// Input for tests and scripts, where no window's back end feeds it.
inline void set_mouse(float x, float y) {
  ImGuiIO& io = ImGui::GetIO();
#if IMGUI_VERSION_NUM >= 18700
  io.AddMousePosEvent(x, y);
#else
  io.MousePos = ImVec2(x, y);
#endif
}

inline void set_mouse_button(int button, bool down) {
  ImGuiIO& io = ImGui::GetIO();
#if IMGUI_VERSION_NUM >= 18700
  io.AddMouseButtonEvent(button, down);
#else
  io.MouseDown[button] = down;
#endif
}

inline void set_control(bool down) {
  ImGuiIO& io = ImGui::GetIO();
#if IMGUI_VERSION_NUM >= 18900
  io.AddKeyEvent(ImGuiMod_Ctrl, down);
#elif IMGUI_VERSION_NUM >= 18700
  io.AddKeyEvent(ImGuiKey_ModCtrl, down);
#else
  io.KeyCtrl = down;
#endif
}

// init_keys() lets set_key() work where no window's back end has said which key is which.
inline void init_keys() {
#if IMGUI_VERSION_NUM < 18700
  for (int key = 0; key < ImGuiKey_COUNT; ++key) ImGui::GetIO().KeyMap[key] = key;
#endif
}

inline void set_key(ImGuiKey key, bool down) {
#if IMGUI_VERSION_NUM >= 18700
  ImGui::GetIO().AddKeyEvent(key, down);
#else
  ImGui::GetIO().KeysDown[key] = down;
#endif
}

inline void set_shift(bool down) {
  ImGuiIO& io = ImGui::GetIO();
#if IMGUI_VERSION_NUM >= 18900
  io.AddKeyEvent(ImGuiMod_Shift, down);
#elif IMGUI_VERSION_NUM >= 18700
  io.AddKeyEvent(ImGuiKey_ModShift, down);
#else
  io.KeyShift = down;
#endif
}

inline void add_wheel(float steps) {
  ImGuiIO& io = ImGui::GetIO();
#if IMGUI_VERSION_NUM >= 18700
  io.AddMouseWheelEvent(0, steps);
#else
  io.MouseWheel += steps;
#endif
}

// begin_child() opens a region without a border that scrolls by itself.
inline bool begin_child(const char* id, const ImVec2& size, bool horizontal_scroll) {
  const ImGuiWindowFlags flags =
      horizontal_scroll ? ImGuiWindowFlags_HorizontalScrollbar : ImGuiWindowFlags_None;
  return ImGui::BeginChild(id, size, false, flags);
}

// Fonts without a renderer: for tests that draw to nowhere. Call prepare_fonts() once,
// accept_textures() after each ImGui::Render().
inline void prepare_fonts() {
  ImGuiIO& io = ImGui::GetIO();
#if IMGUI_VERSION_NUM >= 19200
  io.BackendFlags |= ImGuiBackendFlags_RendererHasTextures;
#else
  unsigned char* pixels = nullptr;
  int width = 0;
  int height = 0;
  io.Fonts->GetTexDataAsRGBA32(&pixels, &width, &height);
#endif
}

inline void accept_textures() {
#if IMGUI_VERSION_NUM >= 19200
  for (ImTextureData* texture : ImGui::GetPlatformIO().Textures) {
    if (texture->Status == ImTextureStatus_WantDestroy) {
      texture->SetStatus(ImTextureStatus_Destroyed);
    } else if (texture->Status != ImTextureStatus_OK) {
      texture->SetTexID(ImTextureID(1));
      texture->SetStatus(ImTextureStatus_OK);
    }
  }
#endif
}

}  // namespace norn::viewer::compat
