#include "panels/space_time.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "model/time_text.hpp"
#include "panels/drawing_cache.hpp"
#include "panels/frame.hpp"

namespace norn::viewer {
namespace {

constexpr float kFaultRowHeight = 20;
constexpr float kFaultStripPadding = 6;
constexpr float kAxisHeight = 24;
constexpr float kVerdictHeight = 46;
constexpr float kLeastLanes = 110;

// Of a bundle only the messages that pass are drawn.
void count_passing(Frame& frame) {
  const FilterIndex* const index = frame.filter_index();
  std::uint64_t passing = 0;
  for (const MessageRef& ref : frame.visible.single)
    passing += index == nullptr || frame.context.filter->may_pass(*ref.message) ? 1 : 0;
  for (Bundle& bundle : frame.visible.bundles) {
    const auto lost_from = [&](std::size_t message) {
      const auto& lost = bundle.link->lost;
      const auto found = std::lower_bound(lost.begin(), lost.end(), message);
      return static_cast<std::size_t>(found - lost.begin());
    };
    bundle.passing = bundle.count;
    bundle.lost_passing = bundle.lost;
    if (index != nullptr) {
      const std::size_t end = std::size_t{bundle.first} + bundle.count;
      bundle.passing =
          static_cast<std::uint32_t>(index->messages(*bundle.link).between(bundle.first, end));
      if (bundle.lost > 0)
        bundle.lost_passing = static_cast<std::uint32_t>(
            index->lost(*bundle.link).between(lost_from(bundle.first), lost_from(end)));
    }
    passing += bundle.passing;
  }
  frame.context.drawn.passing = passing;
}

void find_messages(Frame& frame) {
  frame.find_cells();
  const TraceModel& model = frame.model();
  frame.visible = visible_messages(
      model.events(), model.messages(),
      {.begin_ns = frame.scale.begin_ns(),
       .end_ns = frame.scale.end_ns(),
       .width_px = static_cast<double>(frame.lanes.width()),
       .limit = frame.context.most_messages,
       .until = frame.context.nav.only_past()
                    ? std::span<const Index>(frame.context.causal.frontiers.past)
                    : std::span<const Index>(),
       .steps = frame.scale.ordinal()
                    ? std::optional(VisibleQuery::Steps{.first = frame.first_event,
                                                        .beyond = frame.end_event,
                                                        .span = frame.scale.span()})
                    : std::nullopt});
  if (frame.context.nav.only_past()) {
    std::erase_if(frame.visible.single, [&](const MessageRef& ref) {
      return relation_of(frame, *ref.message) > Relation::past;
    });
    frame.visible.total = frame.visible.single.size();
    for (const Bundle& bundle : frame.visible.bundles) frame.visible.total += bundle.count;
  }
  const Paths paths(model, frame.layout);
  frame.messages.reserve(frame.visible.single.size());
  for (const MessageRef& ref : frame.visible.single) {
    frame.messages.push_back({.ref = ref, .path = paths.of(*ref.link, *ref.message)});
  }
  frame.context.drawn = {.messages = frame.visible.total,
                         .bundles = frame.visible.bundles.size(),
                         .hidden = frame.visible.hidden};
  count_passing(frame);
}

void keep_violations_clear(Frame& frame) {
  for (const Violation& violation : frame.model().violations()) {
    const float x = frame.clipped_x_of(violation.event);
    frame.labels.keep_free({.x0 = x - 3, .y0 = frame.lanes.y0, .x1 = x + 3, .y1 = frame.lanes.y1});
  }
}

// What stays the same while nothing but the mouse moves.
void draw_still(Frame& frame, const Rect& area) {
  ImDrawList& list = frame.list;
  list.AddRectFilled(area.min(), area.max(), frame.theme.background);
  list.PushClipRect(frame.names.min(), area.max(), true);
  draw_lane_backs(frame);
  list.PopClipRect();
  draw_axis(frame);
  list.PushClipRect({frame.lanes.x0, area.y0}, area.max(), true);
  draw_fault_bands(frame);
  draw_fault_strip(frame);
  draw_moved_faults(frame);
  list.PopClipRect();
  list.PushClipRect(frame.lanes.min(), frame.lanes.max(), true);
  draw_node_faults(frame);
  draw_clocks(frame);
  draw_bundles(frame);
  draw_lanes(frame);
  draw_fibers(frame);
  draw_causality(frame);
  draw_messages(frame);
  draw_walls(frame);
  draw_difference(frame);
  draw_selection(frame);
  draw_causal_path(frame);
  keep_violations_clear(frame);
  frame.labels.draw(list);
  list.PopClipRect();
  draw_violations(frame);
}

// What follows the mouse: the cursor, what the nodes are at it, what lies under it.
void draw_moving(Frame& frame) {
  frame.list.PushClipRect(frame.lanes.min(), frame.lanes.max(), true);
  draw_stretches(frame);
  draw_hovered(frame);
  draw_cursor(frame);
  frame.list.PopClipRect();
  draw_marks(frame);
  draw_axis_switch(frame);
  draw_dragged_fault(frame);
  draw_lane_names(frame);
}

// Everything that the still part of the picture depends on.
DrawingKey key_of(const PanelContext& context, const Rect& area) {
  const Navigator& nav = context.nav;
  DrawingKey key;
  for (const float side : {area.x0, area.y0, area.x1, area.y1, nav.scroll()}) key.add(side);
  const DiagramAxis axis = nav.axis();
  key.add(axis.from());
  key.add(axis.to());
  key.add(axis.ordinal() ? 1 : 0);
  key.add(nav.selected());
  key.add(nav.second());
  key.add(context.causal.frontiers.event);
  key.add(context.difference.difference.get());
  key.add(context.difference.difference != nullptr && context.difference.difference->ready());
  key.add(nav.only_past() ? 1 : 0);
  key.add(nav.unfolding().version());
  key.add(context.most_messages);
  key.add(context.theme->dark ? 1 : 0);
  key.add(context.picture_version);
  key.add(context.what_if.get());
  key.add(context.what_if == nullptr ? 0 : context.what_if->version());
  return key;
}

DrawingCache& cache_of(PanelContext& context) {
  if (context.diagram == nullptr) context.diagram = std::make_shared<DrawingCache>();
  return *context.diagram;
}

// Beside a lane whose clock is wrong, the mouse is told how wrong.
void draw_clock_tooltip(const Frame& frame) {
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  if (!frame.lanes.contains(mouse)) return;
  const trace::NodeId node = frame.layout.node_at(mouse.y - frame.lanes.y0);
  if (node == 0 || frame.model().clocks().of(node).empty()) return;
  const double t = frame.moment_at(mouse.x).t_ns;
  const double ahead = frame.model().clocks().ahead_ns(node, t);
  if (std::abs(ahead) < 0.5) return;
  const double soon = frame.model().clocks().ahead_ns(node, t + 1e6);
  std::string text = "the clock of " + std::string(frame.model().node_name(node)) + " is " +
                     format_duration(std::abs(ahead)) + (ahead > 0 ? " ahead" : " behind");
  const double a_second = (soon - ahead) * 1e3;
  if (std::abs(a_second) >= 1 && std::abs(a_second) < 1e9)
    text += ", " + clock_text(a_second) + " a second";
  ImGui::SetTooltip("%s", text.c_str());
}

// What can be done with a fault of a case.
void draw_fault_hint(const Frame& frame) {
  const Fault* const fault = fault_under(frame, ImGui::GetIO().MousePos);
  if (fault == nullptr || planned_of(frame.context, *fault) == nullptr) return;
  const PlannedFault& planned = *planned_of(frame.context, *fault);
  ImGui::TextDisabled("What if: drag it to another time, Delete switches it %s",
                      planned.on ? "off" : "on");
}

void draw_tooltip(const Frame& frame) {
  const Index event = frame.context.hovered;
  if (frame.context.fault_drag && frame.context.fault_drag->moved) return;
  if (event == kNone && !ImGui::IsMouseDown(ImGuiMouseButton_Right)) draw_clock_tooltip(frame);
  if (event == kNone || ImGui::IsMouseDown(ImGuiMouseButton_Right)) return;
  const EventText text = describe(frame.model(), event);
  ImGui::BeginTooltip();
  compat::push_font(frame.context.fonts.bold);
  ImGui::TextUnformatted(text.title.c_str());
  ImGui::PopFont();
  const trace::NodeId node = frame.events().node(event);
  if (node != 0) ImGui::Text("on %s", std::string(frame.model().node_name(node)).c_str());
  ImGui::TextUnformatted(format_exact(frame.events().time_ns(event)).c_str());
  for (const auto& [name, value] : text.fields) {
    if (name == "latency" || name == "lost after" || name == "copy" || name == "held" ||
        name == "concerns") {
      ImGui::Text("%s: %s", name.c_str(), value.c_str());
    }
  }
  draw_fault_hint(frame);
  ImGui::EndTooltip();
}

}  // namespace

DiagramAreas diagram_areas(const PanelContext& context, const Rect& area) {
  const float left = area.x0 + names_width(context);
  const auto fault_rows = static_cast<float>(context.model().fault_rows());
  const float axis_top = area.y0 + fault_rows * kFaultRowHeight + kFaultStripPadding;
  const float top = axis_top + kAxisHeight;
  // A low diagram keeps its room for the lanes: what was violated stands in the inspector too.
  const bool has_verdict =
      !context.model().violations().empty() && area.y1 - top - kVerdictHeight > kLeastLanes;
  const float bottom = area.y1 - (has_verdict ? kVerdictHeight : 0);
  return {.names = {.x0 = area.x0, .y0 = top, .x1 = left, .y1 = bottom},
          .faults = {.x0 = left, .y0 = area.y0, .x1 = area.x1, .y1 = axis_top},
          .axis = {.x0 = left, .y0 = axis_top, .x1 = area.x1, .y1 = top},
          .lanes = {.x0 = left, .y0 = top, .x1 = area.x1, .y1 = bottom},
          .verdict = {.x0 = left, .y0 = bottom, .x1 = area.x1, .y1 = area.y1}};
}

Frame::Frame(PanelContext& panel_context, const Rect& area, ImDrawList& draw_list)
    : DiagramAreas(diagram_areas(panel_context, area)),
      context(panel_context),
      list(draw_list),
      theme(*panel_context.theme),
      scale(panel_context.nav.axis()),
      labels(lanes, panel_context.fonts.small, panel_context.fonts.small_bold, theme.label_back) {
  first_event = scale.first_event();
  end_event = scale.end_event();
  layout.place(static_cast<std::uint32_t>(model().lanes().node_count()), lanes.height(),
               context.nav.scroll(),
               context.nav.unfolding().shape(model(), first_event, end_event));
  context.nav.set_scroll(layout.scroll());
}

void Frame::find_cells() {
  cells = scale.cells(kFoldPx / static_cast<double>(lanes.width()));
  pixels = scale.cells(1 / static_cast<double>(lanes.width()));
}

float names_width(const PanelContext& context) {
  float widest = 70;
  const auto lanes = context.model().lanes().nodes();
  const std::string state =
      context.model().role_key() == 0 ? "down   zone " : "follower  99   zone ";
  // Names beyond the first few hundred are cut rather than measured in every frame.
  for (const Lane& lane : lanes.first(std::min<std::size_t>(lanes.size(), 256))) {
    widest = std::max(widest, text_size(context.fonts.bold, lane.name).x);
    if (!lane.zone.empty())
      widest = std::max(widest, text_size(context.fonts.small, state + lane.zone).x);
  }
  return std::min(widest, 170.0F) + 50;
}

void draw_space_time(PanelContext& context, const Rect& area) {
  // Before the diagram's own button, which would take what lies on it.
  take_axis_switch(context, diagram_areas(context, area));
  ImGui::SetCursorScreenPos(area.min());
  ImGui::InvisibleButton("space-time", {area.width(), area.height()},
                         ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight |
                             ImGuiButtonFlags_MouseButtonMiddle);
  context.spots.note("diagram");
  const bool hovered = ImGui::IsItemHovered();
  const bool active = ImGui::IsItemActive();
  ImDrawList& window = *ImGui::GetWindowDrawList();
  DrawingCache& cache = cache_of(context);
  const bool known = cache.begin(key_of(context, area));
  Frame frame(context, area, cache.list());
  if (known) {
    frame.visible = std::move(cache.visible);
    frame.messages = std::move(cache.messages);
    context.drawn = cache.drawn;
  } else {
    find_messages(frame);
    draw_still(frame, area);
    cache.drawn = context.drawn;
  }
  handle_mouse(frame, hovered, active);
  window.PushClipRect(area.min(), area.max(), true);
  cache.append_to(window);
  Frame moving(context, area, window);
  draw_moving(moving);
  window.PopClipRect();
  cache.visible = std::move(frame.visible);
  cache.messages = std::move(frame.messages);
  if (hovered) draw_tooltip(frame);
}

}  // namespace norn::viewer
