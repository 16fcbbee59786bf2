// Layers on a node's own row: its fibers below the lane, when they are unfolded, and the faults
// that are its alone.
#include <algorithm>
#include <string>
#include <vector>

#include "panels/frame.hpp"

namespace norn::viewer {
namespace {

constexpr float kLeastStepPx = 1;
constexpr float kLeastNamed = 60;
constexpr float kPausedBar = 9;

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
    const float from =
        std::max(x0, frame.clipped_x(static_cast<double>(frame.events().time_ns(at->from))));
    if (from >= x1) return;
    // Of what lies in one pixel, one tick is seen.
    auto next = at + 1;
    const float to = next == steps.end() ? x1
                                         : std::min(x1, frame.clipped_x(static_cast<double>(
                                                            frame.events().time_ns(next->from))));
    if (to - from < kLeastStepPx) {
      frame.list.AddRectFilled({from, y + 2}, {from + 1, y + Unfolding::kFiberHeight - 3},
                               theme.text);
      const Index beyond =
          frame.pixels.beyond(static_cast<double>(frame.events().time_ns(at->from)));
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
  const float x0 = frame.clipped_x(static_cast<double>(events.time_ns(track.begin)));
  const float x1 = frame.clipped_x(
      static_cast<double>(track.end == kNone ? events.end_ns() : events.time_ns(track.end)));
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

bool is_drawn_otherwise(const Fault& fault) {
  const bool has_band = fault.form == FaultForm::cut || fault.form == FaultForm::hold;
  return has_band || fault.kind == "crash" || fault.kind == "kill" || fault.nodes.empty();
}

// What is written on the lane: of a fault of links also which they are.
std::string lane_label(const Fault& fault) {
  if (fault.form == FaultForm::pause) return "paused";
  if (fault.form == FaultForm::link) return fault.label;
  std::string label = fault.kind;
  std::replace(label.begin(), label.end(), '_', ' ');
  return label;
}

void draw_node_fault(Frame& frame, const Fault& fault, trace::NodeId node, float x0, float x1) {
  const Theme& theme = frame.theme;
  const float top = frame.y(frame.layout.top(node));
  const float bottom = top + frame.layout.row_height();
  std::string label = lane_label(fault);
  if (fault.form == FaultForm::pause) {
    // A machine that stands still: upright bars over the whole lane.
    const float centre = frame.y(frame.layout.centre(node));
    frame.list.AddRectFilled({x0, centre - 10}, {x1, centre + 10}, faded(theme.fault_other, 0.18F));
    for (float x = x0; x < x1; x += 12)
      frame.list.AddRectFilled({x, centre - kPausedBar}, {std::min(x + 4, x1), centre + kPausedBar},
                               faded(theme.fault_other, 0.55F));
  } else {
    frame.list.AddRectFilled({x0, bottom - 5}, {x1, bottom - 1}, faded(theme.fault_other, 0.7F));
  }
  const ImVec2 size = frame.labels.size_of(label, false);
  if (frame.layout.row_height() < 40) return;
  const float x = std::max(x0, frame.lanes.x0) + 3;
  frame.labels.add({.rank = LabelRank::crash,
                    .text = std::move(label),
                    .colour = theme.text_dim,
                    .places = {{x, bottom - size.y - 6}, {x, top + 2}}});
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

void draw_node_faults(Frame& frame) {
  constexpr std::size_t kMost = 200;
  std::size_t drawn = 0;
  const EventTable& events = frame.events();
  for (const Fault& fault : frame.model().faults()) {
    if (is_drawn_otherwise(fault)) continue;
    const auto begin = static_cast<double>(events.time_ns(fault.begin));
    const auto end =
        fault.instant
            ? begin
            : static_cast<double>(fault.end == kNone ? events.end_ns() : events.time_ns(fault.end));
    if (begin > frame.view().end_ns()) break;
    if (end < frame.view().begin_ns()) continue;
    if (++drawn > kMost) return;
    const float x0 = frame.clipped_x(begin);
    const float x1 = std::max(x0 + 2, frame.clipped_x(end));
    for (const trace::NodeId node : fault.nodes) draw_node_fault(frame, fault, node, x0, x1);
  }
}

}  // namespace norn::viewer
