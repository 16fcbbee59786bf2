// Layers: the time axis with its grid, and the time cursor.
#include <algorithm>
#include <cmath>
#include <string>

#include "model/time_text.hpp"
#include "panels/frame.hpp"

namespace norn::viewer {

void draw_axis(Frame& frame) {
  const compat::Face& face = frame.context.fonts.small;
  // The widest label has all digits that the step asks for; one more round finds it.
  float label_width = 60;
  Axis axis;
  for (int round = 0; round < 2; ++round) {
    axis =
        make_axis(frame.view().begin_ns(), frame.view().end_ns(),
                  static_cast<double>(frame.lanes.width()), static_cast<double>(label_width + 34));
    for (const Tick& tick : axis.major)
      label_width = std::max(label_width, text_size(face, tick.label).x);
  }
  const float bottom = frame.lanes.y0 + frame.layout.used_height();
  ImDrawList& list = frame.list;
  for (const double t : axis.minor_ns) {
    const auto x = std::round(static_cast<float>(frame.x(t)));
    list.AddLine({x, frame.axis.y1 - 4}, {x, frame.axis.y1}, frame.theme.border);
    list.AddLine({x, frame.lanes.y0}, {x, bottom}, frame.theme.grid_minor);
  }
  for (const Tick& tick : axis.major) {
    const auto x = std::round(static_cast<float>(frame.x(tick.ns)));
    list.AddLine({x, frame.axis.y1 - 7}, {x, frame.axis.y1}, frame.theme.text_dim);
    list.AddLine({x, frame.lanes.y0}, {x, bottom}, frame.theme.grid);
    const float width = text_size(face, tick.label).x;
    const float left = x - width / 2;
    if (left < frame.axis.x0 || left + width > frame.axis.x1) continue;
    draw_text(list, face, {left, frame.axis.y0 + 1}, frame.theme.text_dim, tick.label);
  }
  list.AddLine({frame.axis.x0, frame.axis.y1}, {frame.axis.x1, frame.axis.y1}, frame.theme.border);
}

void draw_cursor(Frame& frame) {
  const auto cursor = frame.context.nav.cursor_ns();
  if (!cursor) return;
  const double at = frame.x(*cursor);
  if (at < static_cast<double>(frame.lanes.x0) || at > static_cast<double>(frame.lanes.x1)) return;
  const auto x = std::round(static_cast<float>(at));
  const float bottom = frame.lanes.y0 + frame.layout.used_height();
  ImDrawList& list = frame.list;
  list.AddLine({x, frame.lanes.y0}, {x, bottom}, faded(frame.theme.cursor, 0.7F));
  const compat::Face& face = frame.context.fonts.small;
  const std::string text = format_instant(*cursor, frame.ns_per_px());
  const ImVec2 size = text_size(face, text);
  const float left = std::clamp(x - size.x / 2, frame.axis.x0 + 4, frame.axis.x1 - size.x - 4);
  list.PushClipRect(frame.axis.min(), frame.axis.max());
  list.AddRectFilled({left - 4, frame.axis.y0 + 1}, {left + size.x + 4, frame.axis.y0 + size.y + 2},
                     frame.theme.cursor, 3);
  draw_text(list, face, {left, frame.axis.y0 + 1}, frame.theme.background, text);
  list.PopClipRect();
}

}  // namespace norn::viewer
