// Keys by the names that people write: "Ctrl+F", "Left", "?".
#pragma once

#include <optional>
#include <string>

#include "model/navigator.hpp"
#include "panels/imgui_compat.hpp"

namespace norn::viewer {

struct NamedKey {
  Key key = Key::none;
  Modifiers modifiers;
  ImGuiKey writes = ImGuiKey_COUNT;  // the key as text fields know it; COUNT: they do not
};

// key_named() does not care for capitals; without a value when there is no such key.
std::optional<NamedKey> key_named(std::string name);

}  // namespace norn::viewer
