// Layers: the axis with its grid, the switch between time and events, and the cursor.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>

#include "model/time_text.hpp"
#include "panels/frame.hpp"

namespace norn::viewer {
namespace {

constexpr float kBetweenParts = 7;  // from an event's number to its time
constexpr float kSwitchPadding = 6;

struct Choice {
  const char* spot;
  std::string_view word;
  bool ordinal;
};
constexpr std::array<Choice, 2> kChoices = {
    {{"axis.time", "time", false}, {"axis.events", "events", true}}};

Rect switch_area(const PanelContext& context, const DiagramAreas& areas, std::size_t which) {
  Rect area{.x0 = areas.names.x0 + 11, .y0 = areas.axis.y0 + 1, .x1 = 0, .y1 = areas.axis.y1 - 5};
  for (std::size_t i = 0;; ++i) {
    area.x1 = area.x0 + text_size(context.fonts.small, kChoices[i].word).x + 2 * kSwitchPadding;
    if (i == which) return area;
    area.x0 = area.x1;
  }
}

// The lines of a mark of the axis: a long one and a strong one for a label.
void draw_tick(Frame& frame, float x, bool labelled) {
  const float bottom = frame.lanes.y0 + frame.layout.used_height();
  const Theme& theme = frame.theme;
  frame.list.AddLine({x, frame.axis.y1 - (labelled ? 7.0F : 4.0F)}, {x, frame.axis.y1},
                     labelled ? theme.text_dim : theme.border);
  frame.list.AddLine({x, frame.lanes.y0}, {x, bottom}, labelled ? theme.grid : theme.grid_minor);
}

void draw_time_axis(Frame& frame) {
  const compat::Face& face = frame.context.fonts.small;
  // The widest label has all digits that the step asks for; one more round finds it.
  float label_width = 60;
  Axis axis;
  for (int round = 0; round < 2; ++round) {
    axis =
        make_axis(frame.scale.begin_ns(), frame.scale.end_ns(),
                  static_cast<double>(frame.lanes.width()), static_cast<double>(label_width + 34));
    for (const Tick& tick : axis.major)
      label_width = std::max(label_width, text_size(face, tick.label).x);
  }
  for (const double t : axis.minor_ns)
    draw_tick(frame, std::round(static_cast<float>(frame.x(t))), false);
  for (const Tick& tick : axis.major) {
    const auto x = std::round(static_cast<float>(frame.x(tick.ns)));
    draw_tick(frame, x, true);
    const float width = text_size(face, tick.label).x;
    const float left = x - width / 2;
    if (left < frame.axis.x0 || left + width > frame.axis.x1) continue;
    draw_text(frame.list, face, {left, frame.axis.y0 + 1}, frame.theme.text_dim, tick.label);
    frame.context.axis_labels.push_back({left, left + width});
  }
}

// Each label says which event it is and when that was: where time runs slowly and where fast can be
// read from it.
void draw_step_axis(Frame& frame) {
  const compat::Face& face = frame.context.fonts.small;
  const auto width_of = [&](const StepTick& tick) {
    return text_size(face, tick.number).x + kBetweenParts + text_size(face, tick.time).x;
  };
  float label_width = 90;
  StepTicks ticks;
  for (int round = 0; round < 2; ++round) {
    ticks = make_step_ticks(frame.events(), frame.scale, static_cast<double>(frame.lanes.width()),
                            static_cast<double>(label_width + 26));
    for (const StepTick& tick : ticks.major) label_width = std::max(label_width, width_of(tick));
  }
  for (const Index event : ticks.minor)
    draw_tick(frame, std::round(static_cast<float>(frame.x_of(event))), false);
  for (const StepTick& tick : ticks.major) {
    const auto x = std::round(static_cast<float>(frame.x_of(tick.event)));
    draw_tick(frame, x, true);
    const float width = width_of(tick);
    const float left = x - width / 2;
    if (left < frame.axis.x0 || left + width > frame.axis.x1) continue;
    const float y = frame.axis.y0 + 1;
    draw_text(frame.list, face, {left, y}, frame.theme.text, tick.number);
    draw_text(frame.list, face, {left + width - text_size(face, tick.time).x, y},
              frame.theme.text_dim, tick.time);
    frame.context.axis_labels.push_back({left, left + width});
  }
}

std::string cursor_text(const Frame& frame, const Moment& cursor) {
  if (!frame.scale.ordinal()) return format_instant(cursor.t_ns, frame.ns_per_px());
  // How fast time runs here: among events of one time, all digits are told.
  const double pixel = 1 / static_cast<double>(frame.lanes.width());
  const double next_ns = frame.scale.moment_at(frame.scale.fraction(cursor) + pixel).t_ns;
  std::string time = format_instant(cursor.t_ns, next_ns - cursor.t_ns);
  const Index event = frame.scale.happened_by(cursor);
  if (event == kNone) return time;
  return "#" + format_count(frame.events().seq(event)) + "   " + time;
}

}  // namespace

void take_axis_switch(PanelContext& context, const DiagramAreas& areas) {
  for (std::size_t i = 0; i < kChoices.size(); ++i) {
    const Choice& choice = kChoices.at(i);
    const Rect area = switch_area(context, areas, i);
    ImGui::SetCursorScreenPos(area.min());
    if (ImGui::InvisibleButton(choice.spot, {area.width(), area.height()})) {
      context.nav.set_ordinal(choice.ordinal);
      if (context.other != nullptr) context.other->nav.set_ordinal(choice.ordinal);
    }
    context.spots.note(choice.spot);
  }
}

void draw_axis_switch(Frame& frame) {
  const Theme& theme = frame.theme;
  const compat::Face& face = frame.context.fonts.small;
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  for (std::size_t i = 0; i < kChoices.size(); ++i) {
    const Choice& choice = kChoices.at(i);
    const Rect area = switch_area(frame.context, frame, i);
    const bool chosen = choice.ordinal == frame.scale.ordinal();
    const float strength = chosen ? 0.22F : area.contains(mouse) ? 0.10F : 0.0F;
    frame.list.AddRectFilled(area.min(), area.max(), faded(theme.accent, strength), 3);
    frame.list.AddRect(area.min(), area.max(), chosen ? theme.accent : theme.border, 3);
    draw_text(frame.list, face, {area.x0 + kSwitchPadding, (area.y0 + area.y1 - face.size) / 2 - 1},
              chosen ? theme.text : theme.text_dim, choice.word);
  }
}

void draw_axis(Frame& frame) {
  frame.context.axis_labels.clear();
  if (frame.scale.ordinal()) {
    draw_step_axis(frame);
  } else {
    draw_time_axis(frame);
  }
  frame.list.AddLine({frame.axis.x0, frame.axis.y1}, {frame.axis.x1, frame.axis.y1},
                     frame.theme.border);
}

void draw_cursor(Frame& frame) {
  const auto cursor = frame.context.nav.cursor();
  if (!cursor) return;
  const double at = frame.x(*cursor);
  if (at < static_cast<double>(frame.lanes.x0) || at > static_cast<double>(frame.lanes.x1)) return;
  const auto x = std::round(static_cast<float>(at));
  const float bottom = frame.lanes.y0 + frame.layout.used_height();
  ImDrawList& list = frame.list;
  list.AddLine({x, frame.lanes.y0}, {x, bottom}, faded(frame.theme.cursor, 0.7F));
  const compat::Face& face = frame.context.fonts.small;
  const std::string text = cursor_text(frame, *cursor);
  const ImVec2 size = text_size(face, text);
  const float left = std::clamp(x - size.x / 2, frame.axis.x0 + 4, frame.axis.x1 - size.x - 4);
  list.PushClipRect(frame.axis.min(), frame.axis.max());
  // A label that would stick out from behind the cursor's is hidden as a whole.
  const float top = frame.axis.y0 + 1;
  const float low = frame.axis.y0 + size.y + 2;
  for (const auto& [from, to] : frame.context.axis_labels) {
    if (from < left + size.x + 8 && to > left - 8)
      list.AddRectFilled({from, top}, {to, low}, frame.theme.background);
  }
  list.AddRectFilled({left - 4, top}, {left + size.x + 4, low}, frame.theme.cursor, 3);
  draw_text(list, face, {left, frame.axis.y0 + 1}, frame.theme.background, text);
  list.PopClipRect();
}

}  // namespace norn::viewer
