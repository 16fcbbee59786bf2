// Layers: the lanes with their lives, roles and activity, and the column of names.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/gallop.hpp"
#include "model/time_text.hpp"
#include "panels/frame.hpp"

namespace norn::viewer {
namespace {

constexpr float kRoomyRow = 40;      // rows from this height on have room for labels and marks
constexpr float kLeastLabelled = 4;  // roles that are shown narrower have no label
constexpr std::size_t kMostMarks = 40;
constexpr double kLeastStepPx = 10;
constexpr float kEventDot = 2.6F;
constexpr std::size_t kMostStateLabels = 14;
constexpr float kFilteredMark = 0.13F;  // of events that do not pass the filter

float line_height(const Frame& frame) {
  return std::clamp(frame.layout.row_height() / 60, 0.5F, 1.0F);
}

void draw_line(Frame& frame, float y, float x0, float x1, const Theme::Role& role) {
  const float half = std::max(1.0F, role.thickness * line_height(frame)) / 2;
  frame.list.AddRectFilled({x0, y - half}, {x1, y + half}, role.colour);
}

// In a row that nodes share, a label says whose it is.
std::string named(const Frame& frame, const Lane& lane, std::string text) {
  if (!frame.context.nav.unfolding().is_folded(lane.zone)) return text;
  return lane.name + "  " + text;
}

std::string role_label(const Frame& frame, const Lane& lane, const StateChange& change) {
  const TraceModel& model = frame.model();
  std::string label = model.state().value(change);
  const StateTrack* const terms =
      model.term_key() == 0 ? nullptr : model.state().track(lane.node, model.term_key());
  if (terms == nullptr) return label;
  // A node that publishes its role and then its term does so in one instant: look at the end of
  // that instant.
  const auto t = static_cast<double>(frame.events().time_ns(change.event));
  const StateChange* const term = PublishedState::at(*terms, frame.events().first_after(t) - 1);
  if (term != nullptr) label += "  term " + model.state().value(*term);
  return label;
}

void label_role(Frame& frame, const Lane& lane, const StateChange& change, float x0, float x1) {
  if (frame.layout.row_height() < kRoomyRow || x1 - x0 < kLeastLabelled) return;
  if (!frame.is_shown(change.event)) return;
  const Theme::Role role = frame.theme.role(frame.model().state().text(change));
  if (!role.labelled) return;
  std::string text = named(frame, lane, role_label(frame, lane, change));
  const ImVec2 size = frame.labels.size_of(text, true);
  const float x = std::max(x0, frame.lanes.x0) + 2;
  const bool fits = x + size.x <= x1;
  if (!fits && role.thickness < 9) return;
  const float y = frame.y(frame.layout.centre(lane.node));
  frame.labels.add({.rank = LabelRank::role,
                    .text = std::move(text),
                    .colour = frame.theme.text,
                    .places = {{x, y - size.y - 6}, {x, y + 8}, {x1 - size.x, y - size.y - 6}},
                    .bold = true});
}

// Draws one life between two positions, coloured by the role published in it.
void draw_life(Frame& frame, const Lane& lane, const Life& life, float x0, float x1) {
  const TraceModel& model = frame.model();
  const float y = frame.y(frame.layout.centre(lane.node));
  const StateTrack* const roles =
      model.role_key() == 0 ? nullptr : model.state().track(lane.node, model.role_key());
  draw_line(frame, y, x0, x1, {.colour = frame.theme.alive, .thickness = 3});
  if (roles == nullptr) return;
  const auto& changes = roles->changes;
  const Index first_visible = frame.scale.first_from(frame.fraction_at(x0));
  auto at =
      std::lower_bound(changes.begin(), changes.end(), std::max(first_visible, life.begin),
                       [](const StateChange& change, Index event) { return change.event < event; });
  if (at != changes.begin() && (at - 1)->event >= life.begin) --at;
  while (at != changes.end() && (life.end == kNone || at->event < life.end)) {
    const float from = std::max(x0, frame.clipped_x_of(at->event));
    if (from > x1 || from > frame.lanes.x1) break;
    // Changes within one pixel are folded: the last of them is what one sees.
    const Index beyond = frame.pixels.beyond(at->event);
    auto next = gallop(at + 1, changes.end(),
                       [&](const StateChange& change) { return change.event < beyond; });
    if (at->event >= frame.pixels.first()) at = next - 1;
    next = at + 1;
    if (life.end != kNone && at->event >= life.end) break;
    const bool ends = next == changes.end() || (life.end != kNone && next->event > life.end);
    const float to = ends ? x1 : std::min(x1, frame.clipped_x_of(next->event));
    draw_line(frame, y, from, std::max(to, from + 1), frame.theme.role(model.state().text(*at)));
    label_role(frame, lane, *at, from, to);
    at = next;
  }
}

void draw_gap(Frame& frame, const Lane& lane, const Life& before, float x0, float x1) {
  const float y = frame.y(frame.layout.centre(lane.node));
  if (before.how == Life::End::exited) {
    draw_dashed(frame.list, {.x0 = x0, .y0 = y, .x1 = x1, .y1 = y},
                {.colour = frame.theme.alive, .thickness = 1}, 2, 4);
    return;
  }
  const float half = std::max(5.0F, frame.layout.row_height() * 0.26F);
  const Rect rect{.x0 = std::max(x0, frame.lanes.x0),
                  .y0 = y - half,
                  .x1 = std::min(x1, frame.lanes.x1),
                  .y1 = y + half};
  if (rect.width() < 1) return;
  frame.list.AddRectFilled(rect.min(), rect.max(), frame.theme.down_fill);
  if (rect.width() > 4)
    draw_hatch(frame.list, rect, {.colour = frame.theme.down_hatch, .thickness = 1.2F}, 8);
  frame.list.AddRect(rect.min(), rect.max(), frame.theme.down_hatch);
}

// Marks the crash with a cross, and the next life with its number.
void mark_crash(Frame& frame, const Lane& lane, const Life& life, float x0, float x1) {
  if (life.how != Life::End::crashed || frame.layout.row_height() < 20) return;
  if (!frame.is_shown(life.end)) return;
  const float y = frame.y(frame.layout.centre(lane.node));
  if (x0 >= frame.lanes.x0 && x0 <= frame.lanes.x1) {
    frame.list.AddCircleFilled({x0, y}, 8, frame.theme.background);
    frame.list.AddCircle({x0, y}, 8, frame.theme.text, 0, 1.5F);
    draw_cross(frame.list, {x0, y}, 4, {.colour = frame.theme.text, .thickness = 2});
  }
  const std::string text = named(frame, lane, "crashed");
  const ImVec2 size = frame.labels.size_of(text, false);
  const float left = std::max(x0, frame.lanes.x0) + 11;
  if (left + size.x > x1 - 2) return;
  frame.labels.add(
      {.rank = LabelRank::crash,
       .text = text,
       .colour = frame.theme.text,
       .places = {
           {left, y - size.y / 2}, {left, y - 3 * size.y / 2 - 1}, {left, y + size.y / 2 + 1}}});
}

void mark_birth(Frame& frame, const Lane& lane, const Life& life, float x) {
  if (life.incarnation <= 1 || frame.layout.row_height() < kRoomyRow) return;
  if (!frame.is_shown(life.begin)) return;
  if (x < frame.lanes.x0 || x > frame.lanes.x1) return;
  const float y = frame.y(frame.layout.centre(lane.node));
  frame.list.AddCircleFilled({x, y}, 5, frame.theme.background);
  frame.list.AddCircle({x, y}, 5, frame.theme.text, 0, 1.5F);
  const std::string text = named(frame, lane, "life " + std::to_string(life.incarnation));
  const ImVec2 size = frame.labels.size_of(text, false);
  frame.labels.add({.rank = LabelRank::crash,
                    .text = text,
                    .colour = frame.theme.text,
                    .places = {{x + 4, y + 8}, {x + 4, y - size.y - 8}, {x + 4, y + 8 + size.y}}});
}

void draw_lives(Frame& frame, const Lane& lane) {
  const EventTable& events = frame.events();
  if (lane.lives.empty()) {
    if (lane.events.empty()) return;
    draw_life(frame, lane, {.begin = 0}, frame.clipped_x_of(0),
              frame.clipped_x_of(events.size() - 1));
    return;
  }
  auto life = std::upper_bound(lane.lives.begin(), lane.lives.end(), frame.first_event,
                               [](Index at, const Life& l) { return at < l.begin; });
  if (life != lane.lives.begin()) --life;
  const float last_x = frame.clipped_x_of(events.size() - 1);
  for (; life != lane.lives.end(); ++life) {
    const float x0 = frame.clipped_x_of(life->begin);
    if (x0 > frame.lanes.x1) break;
    const float x1 = life->end == kNone ? last_x : frame.clipped_x_of(life->end);
    draw_life(frame, lane, *life, x0, x1);
    mark_birth(frame, lane, *life, x0);
    if (life->end == kNone) break;
    const auto next = life + 1;
    const float up = next == lane.lives.end() ? last_x : frame.clipped_x_of(next->begin);
    draw_gap(frame, lane, *life, x1, up);
    mark_crash(frame, lane, *life, x1, up);
  }
}

void draw_activity(Frame& frame, const Lane& lane) {
  const auto positions = frame.shown(lane.node, lane.events);
  const auto marks = fold(frame.events(), positions, frame.cells);
  // Marks follow one another without a gap, so the place of each among all is known.
  const auto* const index = frame.filter_index();
  std::size_t place =
      index == nullptr || marks.empty()
          ? 0
          : static_cast<std::size_t>(
                std::lower_bound(positions.begin(), positions.end(), marks.front().first) -
                positions.begin());
  const float centre = frame.y(frame.layout.centre(lane.node));
  const float y = centre + 6 * line_height(frame);
  // Where each event has room of its own, it is a dot on its lane.
  const bool apart = frame.scale.ordinal() &&
                     static_cast<double>(frame.lanes.width()) >= frame.scale.span() * kLeastStepPx;
  const float most = std::min(14.0F, frame.layout.row_height() * 0.25F);
  for (const Fold& mark : marks) {
    const auto x0 = static_cast<float>(frame.x_of(mark.first));
    const float x1 = std::max(x0 + 1.2F, static_cast<float>(frame.x_of(mark.last)));
    std::size_t passing = mark.count;
    if (index != nullptr) passing = index->lane(lane.node).between(place, place + mark.count);
    place += mark.count;
    const auto height = [&](std::size_t count) {
      return std::min(most, 2.5F + 1.6F * std::log2(static_cast<float>(count)));
    };
    if (passing < mark.count)
      frame.list.AddRectFilled({x0, y}, {x1, y + height(mark.count)},
                               faded(frame.theme.text_dim, kFilteredMark));
    if (passing > 0)
      frame.list.AddRectFilled({x0, y}, {x1, y + height(passing)},
                               faded(frame.theme.text_dim, 0.45F));
    frame.context.drawn.passing_marks += passing > 0 ? 1 : 0;
    if (!apart || mark.count != 1) continue;
    frame.list.AddCircleFilled({x0, centre}, kEventDot + 1.2F, frame.theme.background);
    frame.list.AddCircleFilled({x0, centre}, kEventDot,
                               faded(frame.theme.text, frame.passes(mark.first) ? 1.0F : 0.25F));
  }
  frame.context.drawn.marks += marks.size();
}

// Roles and terms are told by the lane itself.
bool tells_role(const Frame& frame, const Lane& lane, const Fold& mark) {
  constexpr std::uint32_t kMostLooked = 4;
  if (mark.count > kMostLooked) return false;
  auto event = std::lower_bound(lane.notable.begin(), lane.notable.end(), mark.first);
  for (std::uint32_t i = 0; i < mark.count; ++i, ++event) {
    const trace::StringId key = frame.events().text(*event);
    if (frame.events().kind(*event) != trace::EventKind::state) return false;
    if (key != frame.model().role_key() && key != frame.model().term_key()) return false;
  }
  return true;
}

std::vector<Fold> notable_marks(const Frame& frame, const Lane& lane) {
  auto marks = fold(frame.events(), frame.shown(lane.node, lane.notable), frame.cells);
  std::erase_if(marks, [&](const Fold& mark) { return tells_role(frame, lane, mark); });
  // Of what is folded, only what passes the filter is marked, and tells what it is.
  if (const auto* const index = frame.filter_index(); index != nullptr) {
    const RankedBits& passing = index->notable(lane.node);
    std::erase_if(marks, [&](Fold& mark) {
      const auto found = std::lower_bound(lane.notable.begin(), lane.notable.end(), mark.first);
      const auto at = static_cast<std::size_t>(found - lane.notable.begin());
      const std::size_t first = passing.next(at, at + mark.count);
      if (first == RankedBits::kNowhere) return true;
      mark.count = static_cast<std::uint32_t>(passing.between(at, at + mark.count));
      mark.first = lane.notable[first];
      mark.begin_ns = static_cast<double>(frame.events().time_ns(mark.first));
      return false;
    });
  }
  return marks;
}

// Warnings and errors are always marked, the rest only where there is little of it.
void draw_notable(Frame& frame, const Lane& lane, const std::vector<Fold>& marks, bool crowded) {
  const float y = frame.y(frame.layout.centre(lane.node));
  for (const Fold& mark : marks) {
    const bool is_log = frame.events().kind(mark.first) == trace::EventKind::log;
    if (crowded && !is_log) continue;
    const auto x = static_cast<float>(frame.x_of(mark.first));
    const ImU32 colour = is_log ? frame.theme.late : frame.theme.text_dim;
    draw_diamond(frame.list, {x, y - 7}, 3.5F, colour);
    if (mark.count != 1 || marks.size() > kMostStateLabels) continue;
    std::string text = named(frame, lane, label_of(frame.model(), mark.first));
    const ImVec2 size = frame.labels.size_of(text, false);
    frame.labels.add({.rank = LabelRank::state,
                      .text = std::move(text),
                      .colour = frame.theme.text_dim,
                      .places = {{x + 3, y - size.y - 8}}});
  }
}

struct Badge {
  std::string text;
  ImU32 colour = 0;
};

// What the node is at the cursor, or at the end of what is shown.
Badge badge_of(const Frame& frame, const Lane& lane) {
  const EventTable& events = frame.events();
  if (events.empty()) return {};
  const auto cursor = frame.context.nav.cursor();
  const Index at = frame.scale.happened_by(cursor ? *cursor : frame.scale.moment_at(1));
  if (at == kNone) return {};
  if (!lane.lives.empty()) {
    const Life* const life = Lanes::life_at(lane, at);
    if (life == nullptr) return {"down", frame.theme.down_hatch};
  }
  const TraceModel& model = frame.model();
  const StateTrack* const roles =
      model.role_key() == 0 ? nullptr : model.state().track(lane.node, model.role_key());
  const StateChange* const role = roles == nullptr ? nullptr : PublishedState::at(*roles, at);
  if (role == nullptr) return {"up", frame.theme.alive};
  Badge badge{model.state().value(*role), 0};
  badge.colour = frame.theme.role(badge.text).colour;
  const StateTrack* const terms =
      model.term_key() == 0 ? nullptr : model.state().track(lane.node, model.term_key());
  const StateChange* const term = terms == nullptr ? nullptr : PublishedState::at(*terms, at);
  if (term != nullptr) badge.text += "  " + model.state().value(*term);
  return badge;
}

// Of a row that nodes share, the first of them tells what is in it.
void draw_lane_name(Frame& frame, trace::NodeId node) {
  const compat::Face& bold = frame.context.fonts.bold;
  const compat::Face& small = frame.context.fonts.small;
  const Unfolding& unfolding = frame.context.nav.unfolding();
  const Lane& lane = frame.model().lanes().of(node);
  std::string name = lane.name;
  Badge badge = badge_of(frame, lane);
  if (unfolding.is_folded(lane.zone)) {
    const Unfolding::Zone zone = unfolding.zone_of(frame.model(), node);
    if (zone.nodes.front() != node) return;
    name = "zone " + zone.name;
    badge = {std::to_string(zone.nodes.size()) + (zone.nodes.size() == 1 ? " node" : " nodes"),
             frame.theme.accent};
  } else if (!lane.zone.empty()) {
    badge.text += "   zone " + lane.zone;
  }
  const float y = frame.y(frame.layout.centre(node));
  const bool two_lines = frame.layout.row_height() >= kRoomyRow;
  const float x = frame.names.x0 + 24;
  const float room = frame.names.width() - 28;
  frame.list.AddRectFilled({x - 13, y - 8}, {x - 8, y + 8}, badge.colour, 2);
  draw_fitted(frame.list, bold, {x, two_lines ? y - bold.size - 1 : y - bold.size / 2 - 1},
              frame.theme.text, name, room);
  if (two_lines) draw_fitted(frame.list, small, {x, y + 2}, frame.theme.text_dim, badge.text, room);
  frame.context.spots.note("lane." + lane.name,
                           {.x0 = frame.names.x0, .y0 = y - 9, .x1 = frame.names.x1, .y1 = y + 9});
  if (unfolding.shows_fibers(node)) draw_fiber_names(frame, node);
}

}  // namespace

void draw_lane_backs(Frame& frame) {
  for (trace::NodeId node = frame.layout.first_visible(); node <= frame.layout.last_visible();
       ++node) {
    const float y = frame.y(frame.layout.top(node));
    const float bottom = frame.y(frame.layout.bottom(node));
    if (frame.layout.row_of(node) % 2 == 0) {
      frame.list.AddRectFilled({frame.names.x0, std::max(y, frame.lanes.y0)},
                               {frame.lanes.x1, std::min(bottom, frame.lanes.y1)},
                               frame.theme.lane);
    }
  }
  const float x = frame.lanes.x0 - 1;
  frame.list.AddLine({x, frame.lanes.y0}, {x, frame.lanes.y0 + frame.layout.used_height()},
                     frame.theme.border);
}

void draw_lanes(Frame& frame) {
  const trace::NodeId first = frame.layout.first_visible();
  const trace::NodeId last = frame.layout.last_visible();
  std::vector<std::vector<Fold>> notable;
  std::size_t most = 0;
  for (trace::NodeId node = first; node <= last; ++node) {
    const Lane& lane = frame.model().lanes().of(node);
    draw_lives(frame, lane);
    draw_activity(frame, lane);
    if (frame.layout.row_height() < kRoomyRow) continue;
    notable.push_back(notable_marks(frame, lane));
    most = std::max(most, notable.back().size());
  }
  for (std::size_t i = 0; i < notable.size(); ++i) {
    const Lane& lane = frame.model().lanes().of(first + static_cast<trace::NodeId>(i));
    draw_notable(frame, lane, notable[i], most > kMostMarks);
  }
}

void draw_lane_names(Frame& frame) {
  frame.list.PushClipRect(frame.names.min(), frame.names.max(), true);
  for (trace::NodeId node = frame.layout.first_visible(); node <= frame.layout.last_visible();
       ++node) {
    draw_lane_name(frame, node);
  }
  frame.list.PopClipRect();
}

}  // namespace norn::viewer
