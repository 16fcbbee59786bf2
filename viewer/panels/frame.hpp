// One frame of the space-time diagram: the geometry that its layers share.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/axis.hpp"
#include "model/event_filter.hpp"
#include "model/gallop.hpp"
#include "model/lane_layout.hpp"
#include "model/message_path.hpp"
#include "model/messages.hpp"
#include "model/time_grid.hpp"
#include "model/what_if.hpp"
#include "panels/drawing_cache.hpp"
#include "panels/labels.hpp"
#include "panels/paint.hpp"
#include "panels/panel_context.hpp"
#include "panels/space_time.hpp"

namespace norn::viewer {

// Frame lives for one frame. Layers draw in order (see space_time.cpp) and put their labels in
// `labels`.
struct Frame : DiagramAreas {
  Frame(PanelContext& panel_context, const Rect& area, ImDrawList& draw_list);

  PanelContext& context;
  ImDrawList& list;
  const Theme& theme;
  DiagramAxis scale;      // what the width stands for
  Index first_event = 0;  // the events in view: [first_event, end_event)
  Index end_event = 0;
  LaneLayout layout;
  Labels labels;
  VisibleMessages visible;
  std::vector<DrawnMessage> messages;  // of visible.single
  // Made by find_cells(): what lies within kFoldPx is one mark; of what lies in one pixel, the last
  // is seen.
  static constexpr double kFoldPx = 3;
  TimeGrid cells;
  TimeGrid pixels;
  void find_cells();

  const TraceModel& model() const { return context.model(); }
  const EventTable& events() const { return context.model().events(); }

  // What does not pass the filter is drawn faintly; what it has not come to yet passes.
  bool passes(Index event) const {
    return context.filter == nullptr || context.filter->may_pass(event);
  }
  // filter_index() counts what passes where many are drawn as one; null while everything does.
  const FilterIndex* filter_index() const {
    return context.filter == nullptr ? nullptr : context.filter->index();
  }

  // x() is where a time lies, x_of() where an event stands: events of one time stand side by side
  // on an axis of steps, so what is known to be an event is drawn by x_of().
  double x(double t_ns) const { return x_at(scale.fraction(t_ns)); }
  double x(const Moment& moment) const { return x_at(scale.fraction(moment)); }
  double x_of(Index event) const { return x_at(scale.fraction_of(event)); }
  double x_at(double fraction) const {
    return static_cast<double>(lanes.x0) + fraction * static_cast<double>(lanes.width());
  }
  float y(float strip_y) const { return lanes.y0 + strip_y; }
  double fraction_at(float screen_x) const {
    return static_cast<double>(screen_x - lanes.x0) / static_cast<double>(lanes.width());
  }
  Moment moment_at(float screen_x) const { return scale.moment_at(fraction_at(screen_x)); }
  // How exact a time has to be told; on an axis of steps, the mean.
  double ns_per_px() const {
    return context.nav.view().span_ns() / static_cast<double>(lanes.width());
  }
  // is_shown() is false for what is left out because it did not lead to the selected event.
  bool is_shown(Index event) const {
    return !context.nav.only_past() || context.causal.relation(event) <= Relation::past;
  }
  // shown() are the first of a lane's events, all of them unless some are left out.
  std::span<const Index> shown(trace::NodeId node, std::span<const Index> positions) const;
  // clipped() is an x within the diagram, with a little room outside.
  float clipped(double any_x) const {
    return static_cast<float>(
        std::clamp(any_x, static_cast<double>(lanes.x0) - 4, static_cast<double>(lanes.x1) + 4));
  }
  float clipped_x_of(Index event) const { return clipped(x_of(event)); }
  Segment segment(const MessagePath& path) const {
    const double from = x_of(path.send);
    const double towards = path.end != kNone ? x_of(path.end) : x(path.towards_ns);
    return {.x0 = from,
            .y0 = static_cast<double>(y(path.begin_y)),
            .x1 = from + path.share * (towards - from),
            .y1 = static_cast<double>(y(path.end_y))};
  }
};

// The layers, from back to front. Each is a file of its own.
void draw_axis(Frame& frame);
// take_axis_switch() is the switch between the two axes, left of them: what it does; it is drawn
// by draw_axis_switch().
void take_axis_switch(PanelContext& context, const DiagramAreas& areas);
void draw_axis_switch(Frame& frame);
void draw_fault_strip(Frame& frame);
// draw_moved_faults() draws what the case of the trace makes of them (What if): switched off,
// moved; draw_dragged_fault() the one that is being moved. bar_of() is where a fault stands in the
// strip, moved_bar_of() where the case has it now, when that is elsewhere.
void draw_moved_faults(Frame& frame);
void draw_dragged_fault(Frame& frame);
Rect bar_of(const Frame& frame, const Fault& fault);
std::optional<Rect> moved_bar_of(const Frame& frame, const Fault& fault);
// planned_of() is the fault in the case of the trace; nullptr while no case is loaded, or when it
// is not in its plan.
const PlannedFault* planned_of(const PanelContext& context, const Fault& fault);
// fault_under() is the fault of the strip under the mouse, moved or not; nullptr when there is
// none.
const Fault* fault_under(const Frame& frame, const ImVec2& mouse);
void draw_fault_bands(Frame& frame);
void draw_walls(Frame& frame);
void draw_lane_backs(Frame& frame);
void draw_lanes(Frame& frame);
void draw_lane_names(Frame& frame);
// draw_fibers() draws the fibers of unfolded nodes, draw_fiber_names() their names in the column of
// names, draw_node_faults() what a machine suffers alone: pauses, slow disks, weak links.
void draw_fibers(Frame& frame);
void draw_fiber_names(Frame& frame, trace::NodeId node);
void draw_node_faults(Frame& frame);
// draw_clocks() draws how wrong the nodes' clocks are; clock_text() writes it: "+200 ms".
void draw_clocks(Frame& frame);
std::string clock_text(double ahead_ns);
void draw_bundles(Frame& frame);
void draw_causality(Frame& frame);
void draw_messages(Frame& frame);
void draw_selection(Frame& frame);
void draw_causal_path(Frame& frame);
void draw_difference(Frame& frame);
void draw_violations(Frame& frame);
void draw_cursor(Frame& frame);
void draw_hovered(Frame& frame);
// draw_marks() draws the person's notes, draw_stretches() what is measured, or chosen to be shown.
void draw_marks(Frame& frame);
void draw_stretches(Frame& frame);

// handle_mouse() does what the mouse asks for: zoom, move, select, measure.
void handle_mouse(Frame& frame, bool hovered, bool active);

// drag_fault() lets the left button take a fault of the strip; true while it is being moved, and in
// the frame in which it is let go.
bool drag_fault(Frame& frame, bool hovered);

// relation_of() is how a message stands to the selected event: in its past when its arrival is, in
// its future when its sending is.
Relation relation_of(const Frame& frame, const Message& message);

// event_at() is the event drawn under the mouse; kNone when there is none.
Index event_at(const Frame& frame, const ImVec2& mouse);
// anchor_of() is where an event is drawn.
ImVec2 anchor_of(const Frame& frame, Index event);

}  // namespace norn::viewer
