// Layers above the messages: the selected event with its causes, and violations. And what lies
// under the mouse.
#include <algorithm>
#include <cmath>
#include <string>

#include "model/time_text.hpp"
#include "panels/frame.hpp"

namespace norn::viewer {
namespace {

constexpr double kMessageReachPx = 5;
constexpr double kEventReachPx = 6;
constexpr float kViolationThickness = 2.5F;

void highlight(Frame& frame, Segment line, float thickness) {
  if (!clip(line, {.x0 = frame.lanes.x0 - 8,
                   .y0 = frame.lanes.y0 - 8,
                   .x1 = frame.lanes.x1 + 8,
                   .y1 = frame.lanes.y1 + 8}))
    return;
  draw_segment(frame.list, line, {.colour = frame.theme.label_back, .thickness = thickness + 3});
  draw_segment(frame.list, line, {.colour = frame.theme.accent, .thickness = thickness});
}

Segment between(const ImVec2& from, const ImVec2& to) {
  return {.x0 = static_cast<double>(from.x),
          .y0 = static_cast<double>(from.y),
          .x1 = static_cast<double>(to.x),
          .y1 = static_cast<double>(to.y)};
}

Index nearest_message(const Frame& frame, const ImVec2& mouse) {
  double best = kMessageReachPx;
  Index found = kNone;
  for (const DrawnMessage& drawn : frame.messages) {
    const Segment line = frame.segment(drawn.path);
    const double away = distance(line, mouse);
    if (away > best) continue;
    best = away;
    const Message& m = *drawn.ref.message;
    // Nearer to its head, the line stands for the arrival.
    const double to_start = std::abs(static_cast<double>(mouse.y) - line.y0);
    const double to_end = std::abs(static_cast<double>(mouse.y) - line.y1);
    found = m.end != kNone && (m.fate == Fate::lost || to_end < to_start) ? m.end : m.send;
  }
  return found;
}

Index nearest_on_lane(const Frame& frame, const ImVec2& mouse) {
  const trace::NodeId node = frame.layout.node_at(mouse.y - frame.lanes.y0);
  if (node == 0) return kNone;
  const float away = std::abs(mouse.y - frame.y(frame.layout.centre(node)));
  if (away > std::max(9.0F, frame.layout.row_height() * 0.2F)) return kNone;
  const Moment moment = frame.moment_at(mouse.x);
  const Lane& lane = frame.model().lanes().of(node);
  // What is notable wins over the many small events around it.
  for (const auto* all : {&lane.notable, &lane.events}) {
    const auto positions = frame.shown(node, *all);
    const std::size_t at = frame.scale.nearest(positions, moment);
    if (at >= positions.size()) continue;
    const Index event = positions[at];
    if (std::abs(frame.x_of(event) - static_cast<double>(mouse.x)) <= kEventReachPx) return event;
  }
  return kNone;
}

Index violation_at(const Frame& frame, const ImVec2& mouse) {
  for (const Violation& violation : frame.model().violations()) {
    if (std::abs(frame.x_of(violation.event) - static_cast<double>(mouse.x)) < kEventReachPx)
      return violation.event;
  }
  const bool over_text = frame.verdict.contains(mouse) && !frame.model().violations().empty();
  return over_text ? frame.model().violations().front().event : kNone;
}

// The lines below the diagram: what was broken, next to its mark or pointing to where it lies.
void draw_verdict(Frame& frame, const Violation& first) {
  std::string title = "violation: " + first.property;
  std::string detail = first.detail;
  std::replace(detail.begin(), detail.end(), '\n', ' ');
  const auto left = static_cast<double>(frame.verdict.x0);
  const auto right = static_cast<double>(frame.verdict.x1);
  const double mark = frame.x_of(first.event);
  const auto t = static_cast<double>(frame.events().time_ns(first.event));
  const std::string when = format_instant(t, frame.ns_per_px());
  if (mark < left) title = "\xE2\x97\x80  " + when + "   " + title;
  if (mark > right) title += "   " + when + "  \xE2\x96\xB6";
  const compat::Face& bold = frame.context.fonts.bold;
  const compat::Face& body = frame.context.fonts.body;
  const auto x_mark = static_cast<float>(std::clamp(mark, left, right));
  const float room_left = x_mark - frame.verdict.x0 - 24;
  const float room_right = frame.verdict.x1 - x_mark - 24;
  const float widest = std::max(text_size(bold, title).x, text_size(body, detail).x);
  const bool at_left = widest <= room_left || room_left >= room_right;
  const auto draw = [&](const compat::Face& face, float y, ImU32 colour, const std::string& text) {
    const float room = at_left ? room_left : room_right;
    const float width = std::min(text_size(face, text).x, room);
    draw_fitted(frame.list, face, {at_left ? x_mark - 12 - width : x_mark + 12, y}, colour, text,
                room);
  };
  const float middle = (frame.verdict.y0 + frame.verdict.y1) / 2;
  const bool one_line = detail.empty();
  draw(bold, one_line ? middle - bold.size / 2 : middle - bold.size - 2, frame.theme.violation,
       title);
  if (!one_line) draw(body, middle + 1, frame.theme.text, detail);
}

}  // namespace

ImVec2 anchor_of(const Frame& frame, Index event) {
  const auto x = static_cast<float>(std::clamp(frame.x_of(event), -1e6, 1e6));
  const trace::NodeId node = frame.events().node(event);
  if (frame.events().kind(event) == trace::EventKind::drop) {
    if (const auto found = frame.model().message_of(event)) {
      const MessagePath path = Paths(frame.model(), frame.layout).of(*found.link, *found.message);
      return {static_cast<float>(std::clamp(frame.segment(path).x1, -1e6, 1e6)),
              frame.y(path.end_y)};
    }
  }
  return {x, node == 0 ? frame.lanes.y0 : frame.y(frame.layout.centre(node))};
}

Index event_at(const Frame& frame, const ImVec2& mouse) {
  if (frame.faults.contains(mouse)) {
    const Fault* const fault = fault_under(frame, mouse);
    return fault == nullptr ? kNone : fault->begin;
  }
  if (frame.verdict.contains(mouse)) return violation_at(frame, mouse);
  if (!frame.lanes.contains(mouse)) return kNone;
  // On the line of a lane its own events come first, elsewhere messages do.
  const Index on_lane = nearest_on_lane(frame, mouse);
  const Index message = nearest_message(frame, mouse);
  if (message == kNone) return on_lane != kNone ? on_lane : violation_at(frame, mouse);
  if (on_lane == kNone) return message;
  const trace::NodeId node = frame.layout.node_at(mouse.y - frame.lanes.y0);
  return std::abs(mouse.y - frame.y(frame.layout.centre(node))) <= 6 ? on_lane : message;
}

void draw_hovered(Frame& frame) {
  const Index hovered = frame.context.hovered;
  if (hovered == kNone || hovered == frame.context.nav.selected()) return;
  frame.list.AddCircle(anchor_of(frame, hovered), 7, faded(frame.theme.accent, 0.8F), 0, 1.5F);
}

void draw_selection(Frame& frame) {
  const Index selected = frame.context.nav.selected();
  if (selected == kNone) return;
  const auto& chain = frame.context.inspector.chain.events;
  // The way between two events takes the place of the chain of causes.
  const bool has_path = !frame.context.causal.path.empty();
  for (std::size_t i = 1; i < chain.size() && !has_path; ++i) {
    highlight(frame, between(anchor_of(frame, chain[i]), anchor_of(frame, chain[i - 1])), 2);
  }
  if (const auto found = frame.model().message_of(selected)) {
    const MessagePath path = Paths(frame.model(), frame.layout).of(*found.link, *found.message);
    highlight(frame, frame.segment(path), 2.5F);
  }
  for (std::size_t i = chain.size(); i > 1 && !has_path; --i) {
    frame.list.AddCircleFilled(anchor_of(frame, chain[i - 1]), 3.5F, frame.theme.accent);
  }
  const ImVec2 at = anchor_of(frame, selected);
  frame.list.AddCircleFilled(at, 6, frame.theme.background);
  frame.list.AddCircleFilled(at, 3.5F, frame.theme.accent);
  frame.list.AddCircle(at, 7, frame.theme.accent, 0, 2.5F);
}

void draw_violations(Frame& frame) {
  const auto& violations = frame.model().violations();
  if (violations.empty()) return;
  ImDrawList& list = frame.list;
  const Theme& theme = frame.theme;
  list.AddRectFilled(frame.verdict.min(), frame.verdict.max(), faded(theme.violation, 0.08F));
  for (const Violation& violation : violations) {
    const auto x = static_cast<float>(frame.x_of(violation.event));
    if (x < frame.lanes.x0 || x > frame.lanes.x1) continue;
    list.AddLine({x, frame.lanes.y0}, {x, frame.verdict.y1}, theme.violation, kViolationThickness);
    list.AddTriangleFilled({x - 7, frame.verdict.y1}, {x + 7, frame.verdict.y1},
                           {x, frame.verdict.y1 - 11}, theme.violation);
    const trace::NodeId node = frame.events().node(violation.event);
    if (node != 0)
      list.AddCircle({x, frame.y(frame.layout.centre(node))}, 9, theme.violation, 0, 3);
  }
  if (frame.verdict.height() > 0) draw_verdict(frame, violations.front());
}

}  // namespace norn::viewer
