#include "app/key_names.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace norn::viewer {
namespace {

struct KeyName {
  std::string_view name;
  Key key;
  ImGuiKey writes;  // the key as text fields know it; ImGuiKey_COUNT: they do not
};

constexpr std::array<KeyName, 51> kKeyNames = {{
    {"left", Key::left, ImGuiKey_LeftArrow},
    {"right", Key::right, ImGuiKey_RightArrow},
    {"up", Key::up, ImGuiKey_UpArrow},
    {"down", Key::down, ImGuiKey_DownArrow},
    {"home", Key::home, ImGuiKey_Home},
    {"escape", Key::escape, ImGuiKey_Escape},
    {"esc", Key::escape, ImGuiKey_Escape},
    {"enter", Key::none, ImGuiKey_Enter},
    {"tab", Key::none, ImGuiKey_Tab},
    {"backspace", Key::none, ImGuiKey_Backspace},
    {"delete", Key::remove, ImGuiKey_Delete},
    {"end", Key::none, ImGuiKey_End},
    {"space", Key::play, ImGuiKey_COUNT},
    {"w", Key::w, ImGuiKey_COUNT},
    {"a", Key::a, ImGuiKey_COUNT},
    {"s", Key::s, ImGuiKey_COUNT},
    {"d", Key::d, ImGuiKey_COUNT},
    {"f", Key::f, ImGuiKey_COUNT},
    {"ctrl+f", Key::find, ImGuiKey_COUNT},
    {"ctrl+g", Key::go_to, ImGuiKey_COUNT},
    {"ctrl+plus", Key::larger, ImGuiKey_COUNT},
    {"ctrl+minus", Key::smaller, ImGuiKey_COUNT},
    {"ctrl+0", Key::normal_size, ImGuiKey_COUNT},
    {"?", Key::help, ImGuiKey_COUNT},
    {"v", Key::violation, ImGuiKey_COUNT},
    {"[", Key::next_cause, ImGuiKey_COUNT},
    {"]", Key::next_effect, ImGuiKey_COUNT},
    {",", Key::previous_fault, ImGuiKey_COUNT},
    {".", Key::next_fault, ImGuiKey_COUNT},
    {"t", Key::theme, ImGuiKey_COUNT},
    {"m", Key::mark, ImGuiKey_COUNT},
    {"o", Key::only_past, ImGuiKey_COUNT},
    {"u", Key::unfold, ImGuiKey_COUNT},
    {"x", Key::axis, ImGuiKey_COUNT},
    {"z", Key::zones, ImGuiKey_COUNT},
    {"l", Key::loop, ImGuiKey_COUNT},
    {"alt+left", Key::back, ImGuiKey_COUNT},
    {"alt+right", Key::forward, ImGuiKey_COUNT},
    {"ctrl+left", Key::left, ImGuiKey_COUNT},
    {"ctrl+right", Key::right, ImGuiKey_COUNT},
    {"ctrl+shift+f", Key::find, ImGuiKey_COUNT},
    {"ctrl+shift+left", Key::left, ImGuiKey_COUNT},
    {"ctrl+shift+right", Key::right, ImGuiKey_COUNT},
    {"shift+left", Key::left, ImGuiKey_COUNT},
    {"shift+right", Key::right, ImGuiKey_COUNT},
    {"shift+up", Key::up, ImGuiKey_COUNT},
    {"shift+down", Key::down, ImGuiKey_COUNT},
    {"ctrl+w", Key::w, ImGuiKey_COUNT},
    {"ctrl+s", Key::s, ImGuiKey_COUNT},
    {"shift+w", Key::w, ImGuiKey_COUNT},
    {"shift+s", Key::s, ImGuiKey_COUNT},
}};

}  // namespace

std::optional<NamedKey> key_named(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const auto* const found = std::find_if(kKeyNames.begin(), kKeyNames.end(),
                                         [&](const KeyName& key) { return key.name == name; });
  if (found == kKeyNames.end()) return std::nullopt;
  const auto has = [&](std::string_view what) { return name.find(what) != std::string::npos; };
  return NamedKey{.key = found->key,
                  .modifiers = {.shift = has("shift+"), .control = has("ctrl+")},
                  .writes = found->writes};
}

}  // namespace norn::viewer
