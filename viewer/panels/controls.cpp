#include "panels/controls.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace norn::viewer {
namespace {

constexpr float kControlHeight = 24;
constexpr float kControlPadding = 9;
constexpr float kScrollBar = 12;
constexpr float kLeastHandle = 24;
constexpr double kRowsOfWheel = 3;

struct ControlLook {
  ImU32 fill = 0;
  ImU32 edge = 0;
  ImU32 text = 0;
  bool crossed = false;
};

// Every control of one word: a rounded box with text.
bool word_control(PanelContext& context, const std::string& spot, const std::string& text,
                  const ControlLook& look, bool enabled) {
  const ImVec2 size{button_width(context, text), kControlHeight};
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const bool pressed = ImGui::InvisibleButton(spot.c_str(), size) && enabled;
  context.spots.note(spot);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 end{at.x + size.x, at.y + size.y};
  list.AddRectFilled(at, end, look.fill, 4);
  if (enabled && ImGui::IsItemHovered())
    list.AddRectFilled(at, end, faded(context.theme->accent, 0.10F), 4);
  list.AddRect(at, end, look.edge, 4);
  const compat::Face& face = context.fonts.small;
  const float y = at.y + (size.y - face.size) / 2 - 1;
  draw_text(list, face, {at.x + kControlPadding, y}, look.text, text);
  if (look.crossed) {
    const float middle = at.y + size.y / 2;
    list.AddLine({at.x + kControlPadding - 3, middle}, {end.x - kControlPadding + 3, middle},
                 look.text);
  }
  return pressed;
}

int grow_text(ImGuiInputTextCallbackData* data) {
  if (data->EventFlag != ImGuiInputTextFlags_CallbackResize) return 0;
  auto& text = *static_cast<std::string*>(data->UserData);
  text.resize(static_cast<std::size_t>(data->BufTextLen));
  data->Buf = text.data();
  return 0;
}

}  // namespace

float button_width(const PanelContext& context, std::string_view text) {
  return std::ceil(text_size(context.fonts.small, text).x) + 2 * kControlPadding;
}

bool button(PanelContext& context, const std::string& spot, const std::string& text, bool enabled) {
  const Theme& theme = *context.theme;
  return word_control(context, spot, text,
                      {.fill = faded(theme.text_dim, 0.14F),
                       .edge = theme.border,
                       .text = enabled ? theme.text : faded(theme.text_dim, 0.6F)},
                      enabled);
}

bool chip(PanelContext& context, const std::string& spot, const std::string& text, bool on) {
  const Theme& theme = *context.theme;
  return word_control(context, spot, text,
                      {.fill = faded(theme.accent, on ? 0.16F : 0.0F),
                       .edge = on ? faded(theme.accent, 0.6F) : theme.border,
                       .text = on ? theme.text : theme.text_dim,
                       .crossed = !on},
                      true);
}

bool choice(PanelContext& context, const std::string& spot, const std::string& text, bool chosen) {
  const Theme& theme = *context.theme;
  return word_control(context, spot, text,
                      {.fill = faded(theme.accent, chosen ? 0.22F : 0.0F),
                       .edge = chosen ? theme.accent : theme.border,
                       .text = chosen ? theme.text : theme.text_dim},
                      true);
}

bool text_field(PanelContext& context, const std::string& spot, const TextField& field,
                std::string& text) {
  const std::string hint(field.hint);
  if (field.focus) ImGui::SetKeyboardFocusHere();
  ImGui::SetNextItemWidth(field.width);
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(6, 3));
  ImGui::PushStyleVar(ImGuiStyleVar_FrameBorderSize, 1);
  const bool changed = ImGui::InputTextWithHint(
      ("##" + spot).c_str(), hint.c_str(), text.data(), text.capacity() + 1,
      ImGuiInputTextFlags_CallbackResize, grow_text, &text);
  ImGui::PopStyleVar(2);
  context.spots.note(spot);
  return changed;
}

void word(PanelContext& context, std::string_view text, ImU32 colour) {
  const compat::Face& face = context.fonts.small;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = std::max(1.0F, text_size(face, text).x);
  draw_text(*ImGui::GetWindowDrawList(), face, {at.x, at.y + (kControlHeight - face.size) / 2 - 1},
            colour, text);
  ImGui::Dummy({width, kControlHeight});
}

void next_in_line(float width, float gap) {
  ImGui::SameLine(0, gap);
  if (ImGui::GetContentRegionAvail().x < width) ImGui::NewLine();
}

Rect RowList::Rows::rect(std::uint64_t row) const {
  const float top = area.y0 + static_cast<float>(row - first) * height;
  return {.x0 = area.x0, .y0 = top, .x1 = area.x1, .y1 = top + height};
}

void RowList::reveal(std::uint64_t row) {
  const auto at = static_cast<double>(row);
  if (at < top_) top_ = at;
  if (at > top_ + visible_ - 1) top_ = at - visible_ + 1;
}

void RowList::centre(std::uint64_t row) {
  top_ = static_cast<double>(row) - std::floor(visible_ / 2);
}

void RowList::scroll_bar(PanelContext& context, const std::string& spot, const Rect& area,
                         std::uint64_t rows) {
  const double most = std::max(1.0, static_cast<double>(rows) - visible_);
  const auto share = static_cast<float>(std::min(1.0, visible_ / static_cast<double>(rows)));
  const float handle = std::max(kLeastHandle, share * area.height());
  const float room = std::max(1.0F, area.height() - handle);
  ImGui::SetCursorScreenPos(area.min());
  ImGui::InvisibleButton((spot + ".bar").c_str(), {area.width(), area.height()});
  context.spots.note(spot + ".bar");
  const float mouse = ImGui::GetIO().MousePos.y - area.y0;
  float y = static_cast<float>(top_ / most) * room;
  if (ImGui::IsItemActivated())
    grabbed_ = mouse >= y && mouse <= y + handle ? mouse - y : handle / 2;
  if (ImGui::IsItemActive()) {
    y = std::clamp(mouse - grabbed_, 0.0F, room);
    top_ = std::round(static_cast<double>(y / room) * most);
  }
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled({area.x0 + 3, area.y0 + y}, {area.x1 - 2, area.y0 + y + handle},
                     faded(context.theme->text_dim, ImGui::IsItemHovered() ? 0.6F : 0.35F), 3);
}

RowList::Rows RowList::show(PanelContext& context, const std::string& spot, std::uint64_t rows,
                            float row_height) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float height = std::max(row_height, room.y);
  const float width = std::max(2 * kScrollBar, room.x);
  visible_ = std::max(1.0, std::floor(static_cast<double>(height / row_height)));
  Rows out;
  out.area = {.x0 = at.x, .y0 = at.y, .x1 = at.x + width - kScrollBar, .y1 = at.y + height};
  out.height = row_height;
  ImGui::InvisibleButton((spot + ".rows").c_str(), {out.area.width(), height});
  context.spots.note(spot + ".rows", out.area);
  out.hovered = ImGui::IsItemHovered();
  out.clicked = ImGui::IsItemClicked(ImGuiMouseButton_Left);
  if (out.hovered) top_ -= static_cast<double>(ImGui::GetIO().MouseWheel) * kRowsOfWheel;
  if (static_cast<double>(rows) > visible_) {
    scroll_bar(context, spot,
               {.x0 = out.area.x1, .y0 = at.y, .x1 = at.x + width, .y1 = at.y + height}, rows);
  }
  top_ = std::clamp(top_, 0.0, std::max(0.0, static_cast<double>(rows) - visible_));
  out.first = static_cast<std::uint64_t>(top_);
  out.count = std::min(rows - out.first, static_cast<std::uint64_t>(visible_) + 1);
  if (out.hovered) {
    const float below = (ImGui::GetIO().MousePos.y - out.area.y0) / row_height;
    const std::uint64_t row = out.first + static_cast<std::uint64_t>(std::max(0.0F, below));
    if (row < rows) out.under_mouse = row;
  }
  for (std::uint64_t row = 0; row < out.count && row < static_cast<std::uint64_t>(visible_); ++row)
    context.spots.note(spot + ".row." + std::to_string(row), out.rect(out.first + row));
  return out;
}

}  // namespace norn::viewer
