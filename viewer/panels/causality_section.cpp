// Causality, as the inspector tells it and as the diagram draws it.
#include "panels/causality_section.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "model/time_text.hpp"
#include "panels/frame.hpp"

namespace norn::viewer {
namespace {

constexpr float kSignWidth = 34;
constexpr float kTint = 0.10F;
constexpr float kVeil = 0.45F;
constexpr float kBracket = 5;

// The signs of the three stretches of a lane. Past: tinted, with a line below. Future: a dashed
// line above. Concurrent: hatched and faint.
void draw_stretch(ImDrawList& list, const Theme& theme, const Rect& rect, Relation relation) {
  if (rect.width() < 0.5F) return;
  if (relation == Relation::past) {
    list.AddRectFilled(rect.min(), rect.max(), faded(theme.accent, kTint));
    list.AddRectFilled({rect.x0, rect.y1 - 2}, rect.max(), faded(theme.accent, 0.75F));
  } else if (relation == Relation::future) {
    list.AddRectFilled(rect.min(), rect.max(), faded(theme.good, kTint));
    draw_dashed(list, {.x0 = rect.x0, .y0 = rect.y0 + 1, .x1 = rect.x1, .y1 = rect.y0 + 1},
                {.colour = theme.good, .thickness = 2}, 6, 4);
  } else {
    list.AddRectFilled(rect.min(), rect.max(), faded(theme.background, kVeil));
    draw_hatch(list, rect, {.colour = faded(theme.down_hatch, 0.22F), .thickness = 1}, 14);
  }
}

// A bracket that opens towards its stretch, where the frontier crosses the lane.
void draw_frontier(Frame& frame, const Rect& lane, float x, float direction, ImU32 colour) {
  if (x < frame.lanes.x0 || x > frame.lanes.x1) return;
  frame.list.AddLine({x, lane.y0}, {x, lane.y1}, colour, 1.8F);
  frame.list.AddLine({x, lane.y0}, {x + direction * kBracket, lane.y0}, colour, 1.8F);
  frame.list.AddLine({x, lane.y1}, {x + direction * kBracket, lane.y1}, colour, 1.8F);
}

void draw_lane_stretches(Frame& frame, trace::NodeId node) {
  const Frontiers& frontiers = frame.context.causal.frontiers;
  const float top = frame.y(frame.layout.top(node));
  const float inset = std::min(3.0F, frame.layout.row_height() * 0.08F);
  const Rect row{.x0 = frame.lanes.x0,
                 .y0 = std::max(top + inset, frame.lanes.y0),
                 .x1 = frame.lanes.x1,
                 .y1 = std::min(top + frame.layout.row_height() - inset, frame.lanes.y1)};
  if (row.y1 <= row.y0) return;
  const Index last = frontiers.last_past(node);
  const Index first = frontiers.first_future(node);
  const auto at = [&](Index event) {
    return std::clamp(frame.clipped_x_of(event), row.x0, row.x1);
  };
  const float past_end = last == kNone ? row.x0 : at(last);
  const float future_begin = first == kNone ? row.x1 : at(first);
  Rect past = row;
  Rect between = row;
  Rect future = row;
  past.x1 = between.x0 = past_end;
  between.x1 = future.x0 = std::max(past_end, future_begin);
  if (frame.context.nav.only_past()) {
    between.x1 = row.x1;
    if (between.width() > 0.5F)
      frame.list.AddRectFilled(between.min(), between.max(), frame.theme.background);
  } else {
    draw_stretch(frame.list, frame.theme, between, Relation::concurrent);
    if (first != kNone) draw_stretch(frame.list, frame.theme, future, Relation::future);
  }
  if (last != kNone) draw_stretch(frame.list, frame.theme, past, Relation::past);
  if (last == first) return;
  if (last != kNone)
    draw_frontier(frame, row, static_cast<float>(frame.x_of(last)), -1, frame.theme.accent);
  if (first != kNone && !frame.context.nav.only_past())
    draw_frontier(frame, row, static_cast<float>(frame.x_of(first)), 1, frame.theme.good);
}

void causality_row(const PanelContext& context, Relation relation, const char* name,
                   std::uint64_t count, const char* what) {
  const float height = ImGui::GetTextLineHeight() + 4;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  draw_stretch(*ImGui::GetWindowDrawList(), *context.theme,
               {.x0 = at.x, .y0 = at.y + 1, .x1 = at.x + kSignWidth, .y1 = at.y + height - 3},
               relation);
  ImGui::Dummy({kSignWidth, height});
  ImGui::SameLine();
  ImGui::Text("%s", format_count(count).c_str());
  ImGui::SameLine(kSignWidth + 100);
  ImGui::TextUnformatted(name);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", what);
}

const char* words_of(PathStep::By by) {
  switch (by) {
    case PathStep::By::start:
      return "from";
    case PathStep::By::node_order:
      return "later on the same node";
    case PathStep::By::cause:
      return "caused by it";
    case PathStep::By::found_after:
      return "found right after it";
  }
  return "";
}

void draw_path_step(PanelContext& context, std::size_t i) {
  const CausalView& causal = context.causal;
  const PathStep& step = causal.path[i];
  const TraceModel& model = context.model();
  ImGui::PushID(static_cast<int>(i));
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  const float small = context.fonts.small.size;
  if (ImGui::Selectable("##step", step.event == context.nav.selected(), 0,
                        {width, context.fonts.body.size + small + 7})) {
    context.nav.reveal_event(step.event);
  }
  context.spots.note("causality.step." + std::to_string(i));
  const trace::NodeId node = model.events().node(step.event);
  std::string where = std::string(words_of(step.by)) + "   ";
  if (node != 0) where += std::string(model.node_name(node)) + "   ";
  where += format_exact(model.events().time_ns(step.event));
  ImDrawList& list = *ImGui::GetWindowDrawList();
  draw_fitted(list, context.fonts.small, at, context.theme->text_dim, where, width);
  draw_fitted(list, context.fonts.body, {at.x, at.y + small + 2}, context.theme->text,
              causal.path_titles[i], width);
  ImGui::PopID();
}

void draw_path_list(PanelContext& context) {
  const CausalView& causal = context.causal;
  if (causal.second == kNone) {
    ImGui::PushTextWrapPos(0);
    ImGui::TextDisabled("Shift + click another event: the way between the two");
    ImGui::PopTextWrapPos();
    return;
  }
  if (causal.path.empty()) {
    ImGui::PushTextWrapPos(0);
    ImGui::TextUnformatted(causal.second == causal.frontiers.event
                               ? "The second event is the selected one."
                               : "No way leads from one to the other: neither knew of the other.");
    ImGui::PopTextWrapPos();
  } else {
    std::size_t hops = 0;
    for (const PathStep& step : causal.path) hops += step.by == PathStep::By::cause ? 1 : 0;
    ImGui::Text("The shortest way: %s by cause", format_count(hops).c_str());
  }
  ImGui::SameLine();
  if (ImGui::SmallButton("Clear")) context.nav.select_second(kNone);
  context.spots.note("causality.clear");
  for (std::size_t i = 0; i < causal.path_titles.size(); ++i) draw_path_step(context, i);
  if (causal.path.size() > causal.path_titles.size())
    ImGui::TextDisabled("%s more",
                        format_count(causal.path.size() - causal.path_titles.size()).c_str());
}

}  // namespace

void draw_causality_section(PanelContext& context) {
  const CausalView& causal = context.causal;
  if (causal.waiting) ImGui::TextDisabled("looking for what led to it\xE2\x80\xA6");
  if (causal.frontiers.event == kNone || causal.frontiers.event != context.nav.selected()) return;
  ImGui::Dummy({0, 4});
  compat::push_font(context.fonts.small_bold);
  ImGui::PushStyleColor(ImGuiCol_Text, context.theme->text_dim);
  ImGui::TextUnformatted("CAUSALITY");
  ImGui::PopStyleColor();
  ImGui::PopFont();
  ImGui::Separator();
  causality_row(context, Relation::past, "led to it", causal.counts.past,
                "events that this one may depend on: it can know of them");
  causality_row(context, Relation::future, "came after it", causal.counts.future,
                "events that may depend on this one: they can know of it");
  causality_row(context, Relation::concurrent, "concurrent", causal.counts.concurrent,
                "events that can neither know of this one nor be known to it");
  bool only = context.nav.only_past();
  if (ImGui::Checkbox("Only what led to it  (O)", &only)) context.nav.set_only_past(only);
  context.spots.note("causality.only_past");
  if (ImGui::SmallButton("[  cause")) context.nav.press(Key::next_cause, {});
  context.spots.note("causality.cause");
  ImGui::SameLine();
  if (ImGui::SmallButton("first effect  ]")) context.nav.press(Key::next_effect, {});
  context.spots.note("causality.effect");
  draw_path_list(context);
}

Relation relation_of(const Frame& frame, const Message& message) {
  const CausalView& causal = frame.context.causal;
  if (message.end != kNone) {
    const Relation end = causal.relation(message.end);
    if (end != Relation::concurrent) return end;
  }
  const Relation send = causal.relation(message.send);
  // Its sending was known, but the message was not: it came too late, or never.
  return send == Relation::past ? Relation::concurrent : send;
}

std::span<const Index> Frame::shown(trace::NodeId node, std::span<const Index> positions) const {
  if (!context.nav.only_past()) return positions;
  const Index last = context.causal.frontiers.last_past(node);
  if (last == kNone) return {};
  const auto end = std::upper_bound(positions.begin(), positions.end(), last);
  return positions.first(static_cast<std::size_t>(end - positions.begin()));
}

void draw_causality(Frame& frame) {
  if (frame.context.nav.selected() == kNone || frame.context.causal.frontiers.event == kNone)
    return;
  for (trace::NodeId node = frame.layout.first_visible(); node <= frame.layout.last_visible();
       ++node) {
    draw_lane_stretches(frame, node);
  }
}

void draw_causal_path(Frame& frame) {
  const CausalView& causal = frame.context.causal;
  if (causal.second == kNone || causal.second >= frame.events().size()) return;
  const Theme& theme = frame.theme;
  for (std::size_t i = 1; i < causal.path.size(); ++i) {
    const ImVec2 from = anchor_of(frame, causal.path[i - 1].event);
    const ImVec2 to = anchor_of(frame, causal.path[i].event);
    Segment line{.x0 = from.x, .y0 = from.y, .x1 = to.x, .y1 = to.y};
    if (!clip(line, frame.lanes)) continue;
    draw_segment(frame.list, line, {.colour = theme.label_back, .thickness = 7});
    draw_segment(frame.list, line, {.colour = theme.violation, .thickness = 3});
    if (causal.path[i].by == PathStep::By::cause)
      draw_arrow_head(frame.list, line, 9, {.colour = theme.violation}, false);
  }
  const ImVec2 at = anchor_of(frame, causal.second);
  frame.list.AddRectFilled({at.x - 6, at.y - 6}, {at.x + 6, at.y + 6}, theme.background);
  frame.list.AddRect({at.x - 7, at.y - 7}, {at.x + 7, at.y + 7}, theme.accent, 0, 0, 2.5F);
  draw_diamond(frame.list, at, 4, theme.accent);
}

}  // namespace norn::viewer
