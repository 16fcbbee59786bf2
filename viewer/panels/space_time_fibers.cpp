// Layer on a node's own row: its fibers below the lane, when they are unfolded.
#include <algorithm>
#include <string>
#include <vector>

#include "panels/frame.hpp"

namespace norn::viewer {
namespace {

constexpr float kLeastStepPx = 1;
constexpr float kLeastNamed = 60;

// The fiber runs only at an instant of virtual time, unless it computes: that is a tick; in between
// it waits, which is a bar with what it waits for.
void draw_steps(Frame& frame, const FiberTrack& track, float y, float x0, float x1) {
  const Theme& theme = frame.theme;
  const compat::Face& small = frame.context.fonts.small;
  const float middle = y + Unfolding::kFiberHeight / 2;
  const auto& steps = track.steps;
  const Index first = frame.pixels.first();
  auto at = std::lower_bound(steps.begin(), steps.end(), first,
                             [](const FiberStep& step, Index i) { return step.from < i; });
  if (at != steps.begin()) --at;
  while (at != steps.end()) {
    const float from = std::max(x0, frame.clipped_x_of(at->from));
    if (from >= x1) return;
    // Of what lies in one pixel, one tick is seen.
    auto next = at + 1;
    const float to = next == steps.end() ? x1 : std::min(x1, frame.clipped_x_of(next->from));
    if (to - from < kLeastStepPx) {
      frame.list.AddRectFilled({from, y + 2}, {from + 1, y + Unfolding::kFiberHeight - 3},
                               theme.text);
      const Index beyond = frame.pixels.beyond(at->from);
      next = gallop(next, steps.end(), [&](const FiberStep& step) { return step.from < beyond; });
      // The last step of the pixel may last: it is drawn on its own.
      if (next - at > 1) --next;
      at = next;
      continue;
    }
    if (at->blocked) {
      frame.list.AddRectFilled({from, middle - 3}, {to, middle + 3}, faded(theme.text_dim, 0.22F));
      const std::string_view on = trace::name(at->on);
      if (to - from > kLeastNamed)
        draw_fitted(frame.list, small, {from + 4, middle - small.size / 2 - 1}, theme.text_dim, on,
                    to - from - 8);
    } else {
      frame.list.AddRectFilled({from, middle - 4}, {to, middle + 4}, theme.accent);
    }
    at = next;
  }
}

void draw_fiber(Frame& frame, const FiberTrack& track, float y) {
  const Theme& theme = frame.theme;
  const EventTable& events = frame.events();
  const float x0 = frame.clipped_x_of(track.begin);
  const float x1 = frame.clipped_x_of(track.end == kNone ? events.size() - 1 : track.end);
  const float middle = y + Unfolding::kFiberHeight / 2;
  frame.labels.keep_free(
      {.x0 = frame.lanes.x0, .y0 = y, .x1 = frame.lanes.x1, .y1 = y + Unfolding::kFiberHeight});
  if (track.steps.empty())
    frame.list.AddLine({x0, middle}, {x1, middle}, faded(theme.text_dim, 0.5F));
  draw_steps(frame, track, y, x0, x1);
  if (x0 > frame.lanes.x0)
    frame.list.AddLine({x0, y + 2}, {x0, y + Unfolding::kFiberHeight - 3}, theme.text_dim, 1.5F);
  if (track.end == kNone || x1 >= frame.lanes.x1) return;
  if (track.how == trace::FiberEnd::returned) {
    frame.list.AddLine({x1, y + 2}, {x1, y + Unfolding::kFiberHeight - 3}, theme.text_dim, 1.5F);
  } else {
    draw_cross(frame.list, {x1, middle}, 3, {.colour = theme.text, .thickness = 1.5F});
  }
}

}  // namespace

void draw_fibers(Frame& frame) {
  const Unfolding& unfolding = frame.context.nav.unfolding();
  for (trace::NodeId node = frame.layout.first_visible(); node <= frame.layout.last_visible();
       ++node) {
    if (!unfolding.shows_fibers(node) || unfolding.is_folded(frame.model().lanes().of(node).zone))
      continue;
    float y = frame.y(frame.layout.top(node) + frame.layout.row_height());
    for (const FiberTrack* track :
         Unfolding::fibers_shown(frame.model(), node, frame.first_event, frame.end_event)) {
      draw_fiber(frame, *track, y);
      y += Unfolding::kFiberHeight;
    }
  }
}

void draw_fiber_names(Frame& frame, trace::NodeId node) {
  const compat::Face& small = frame.context.fonts.small;
  float y = frame.y(frame.layout.top(node) + frame.layout.row_height());
  for (const FiberTrack* track :
       Unfolding::fibers_shown(frame.model(), node, frame.first_event, frame.end_event)) {
    std::string name(frame.model().source().string(track->name));
    if (name.empty()) name = "fiber " + std::to_string(track->fiber);
    const float x = frame.names.x0 + 34;
    draw_fitted(frame.list, small, {x, y + (Unfolding::kFiberHeight - small.size) / 2 - 1},
                frame.theme.text_dim, name, frame.names.x1 - x - 6);
    y += Unfolding::kFiberHeight;
  }
}

}  // namespace norn::viewer
