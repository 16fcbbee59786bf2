#include "panels/theme.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace norn::viewer {
namespace {

constexpr ImU32 rgb(std::uint32_t hex, std::uint32_t alpha = 255) {
  return IM_COL32((hex >> 16U) & 255U, (hex >> 8U) & 255U, hex & 255U, alpha);
}

Theme make_light() {
  Theme t;
  t.dark = false;
  t.background = rgb(0xFFFFFF);
  t.panel = rgb(0xF5F6F8);
  t.lane = rgb(0xF8F9FB);
  t.border = rgb(0xD5DAE1);
  t.grid = rgb(0xE1E5EB);
  t.grid_minor = rgb(0xF0F2F5);
  t.text = rgb(0x1B2330);
  t.text_dim = rgb(0x5B6675);
  t.label_back = rgb(0xFFFFFF, 225);
  t.accent = rgb(0x0B63B5);
  t.cursor = rgb(0x0B63B5);
  t.message = rgb(0x3A7CB8);
  t.duplicate = rgb(0x56B4E9);
  t.late = rgb(0xC98500);
  t.lost = rgb(0xD55E00);
  t.alive = rgb(0x8CA0B8);
  t.follower = rgb(0xA9BBD1);
  t.candidate = rgb(0xE69F00);
  t.leader = rgb(0x009E73);
  t.down_fill = rgb(0xE3E5E9);
  t.down_hatch = rgb(0x9AA3AF);
  t.partition_fill = rgb(0xCC79A7, 46);
  t.partition_wall = rgb(0xA63E7C);
  t.hold_fill = rgb(0xE69F00, 36);
  t.hold_edge = rgb(0xA87400);
  t.clock = rgb(0x5B4FB5);
  t.fault_other = rgb(0x6B7685);
  t.violation = rgb(0xB00020);
  t.good = rgb(0x00704F);
  return t;
}

Theme make_dark() {
  Theme t;
  t.dark = true;
  t.background = rgb(0x12161C);
  t.panel = rgb(0x1A2028);
  t.lane = rgb(0x161B22);
  t.border = rgb(0x343D49);
  t.grid = rgb(0x28303A);
  t.grid_minor = rgb(0x1C222A);
  t.text = rgb(0xE8ECF1);
  t.text_dim = rgb(0x9AA6B4);
  t.label_back = rgb(0x12161C, 220);
  t.accent = rgb(0x6CB6FF);
  t.cursor = rgb(0x6CB6FF);
  t.message = rgb(0x5C9FD6);
  t.duplicate = rgb(0x8FD0F5);
  t.late = rgb(0xF0B429);
  t.lost = rgb(0xFF7A1A);
  t.alive = rgb(0x6C7C90);
  t.follower = rgb(0x566A84);
  t.candidate = rgb(0xF0B429);
  t.leader = rgb(0x17C493);
  t.down_fill = rgb(0x262B32);
  t.down_hatch = rgb(0x5C6672);
  t.partition_fill = rgb(0xCC79A7, 52);
  t.partition_wall = rgb(0xE39BC4);
  t.hold_fill = rgb(0xE69F00, 40);
  t.hold_edge = rgb(0xE6B450);
  t.clock = rgb(0xA99BFF);
  t.fault_other = rgb(0x93A0AF);
  t.violation = rgb(0xFF5468);
  t.good = rgb(0x2BD6A3);
  return t;
}

ImVec4 vec(ImU32 colour) {
  return ImGui::ColorConvertU32ToFloat4(colour);
}

}  // namespace

const Theme& light_theme() {
  static const Theme kTheme = make_light();
  return kTheme;
}

const Theme& dark_theme() {
  static const Theme kTheme = make_dark();
  return kTheme;
}

Theme::FaultLook Theme::of(FaultForm form) const {
  switch (form) {
    case FaultForm::cut:
      return {partition_fill, partition_wall};
    case FaultForm::hold:
      return {hold_fill, hold_edge};
    case FaultForm::clock:
      return {faded(clock, 0.16F), clock};
    default:
      return {faded(fault_other, 0.18F), fault_other};
  }
}

Theme::Role Theme::role(std::string_view name) const {
  struct Known {
    std::string_view name;
    Role role;
  };
  const std::array<Known, 6> known = {{
      {"leader", {leader, 9, true}},
      {"primary", {leader, 9, true}},
      {"candidate", {candidate, 6, true}},
      {"pre-candidate", {candidate, 4, true}},
      {"follower", {follower, 4, false}},
      {"backup", {follower, 4, false}},
  }};
  const auto* const found =
      std::find_if(known.begin(), known.end(), [&](const Known& k) { return k.name == name; });
  if (found != known.end()) return found->role;
  return {.colour = message, .thickness = 5, .labelled = true};
}

void apply(const Theme& theme) {
  if (theme.dark) {
    ImGui::StyleColorsDark();
  } else {
    ImGui::StyleColorsLight();
  }
  ImGuiStyle& style = ImGui::GetStyle();
  style.WindowBorderSize = 0;
  style.WindowRounding = 0;
  style.FrameRounding = 3;
  style.FrameBorderSize = 1;
  style.PopupRounding = 4;
  style.ScrollbarSize = 11;
  style.ScrollbarRounding = 6;
  style.WindowPadding = ImVec2(12, 10);
  style.ItemSpacing = ImVec2(8, 5);
  style.CellPadding = ImVec2(4, 2);
  style.Colors[ImGuiCol_WindowBg] = vec(theme.panel);
  style.Colors[ImGuiCol_ChildBg] = ImVec4(0, 0, 0, 0);
  style.Colors[ImGuiCol_PopupBg] = vec(theme.background);
  style.Colors[ImGuiCol_Text] = vec(theme.text);
  style.Colors[ImGuiCol_TextDisabled] = vec(theme.text_dim);
  style.Colors[ImGuiCol_Border] = vec(theme.border);
  style.Colors[ImGuiCol_Separator] = vec(theme.border);
  style.Colors[ImGuiCol_Header] = vec(faded(theme.accent, 0.18F));
  style.Colors[ImGuiCol_HeaderHovered] = vec(faded(theme.accent, 0.26F));
  style.Colors[ImGuiCol_HeaderActive] = vec(faded(theme.accent, 0.34F));
  style.Colors[ImGuiCol_ScrollbarBg] = ImVec4(0, 0, 0, 0);
}

ImU32 faded(ImU32 colour, float opacity) {
  const auto alpha = static_cast<float>((colour >> IM_COL32_A_SHIFT) & 255U) * opacity;
  const auto clamped = static_cast<ImU32>(std::clamp(alpha, 0.0F, 255.0F));
  return (colour & ~IM_COL32_A_MASK) | (clamped << IM_COL32_A_SHIFT);
}

}  // namespace norn::viewer
