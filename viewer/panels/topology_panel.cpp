#include "panels/topology_panel.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "model/time_text.hpp"

namespace norn::viewer {
namespace {

constexpr float kFactsWidth = 250;

void draw_facts_line(const PanelContext& context, ImU32 colour, const std::string& text) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float size = context.fonts.body.size;
  ImGui::GetWindowDrawList()->AddRectFilled({at.x, at.y + 2}, {at.x + 5, at.y + size}, colour, 1);
  ImGui::Dummy({8, size});
  ImGui::SameLine();
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(text.c_str());
  ImGui::PopTextWrapPos();
}

bool topology_button(PanelContext& context, const char* label, const char* spot,
                     const char* tooltip) {
  const bool pressed = ImGui::Button(label);
  context.spots.note(spot);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", tooltip);
  ImGui::SameLine(0, 4);
  return pressed;
}

}  // namespace

void TopologyPanel::prepare(const PanelContext& context) {
  if (model_ == &context.model()) return;
  topology_.reset();
  model_ = &context.model();
  topology_ = std::make_unique<Topology>(*model_);
  player_ = std::make_unique<Player>(*model_);
  zones_.clear();
  for (const Lane& lane : model_->lanes().nodes()) zones_.push_back(lane.zone);
  places_ = place_nodes(model_->lanes().node_count(), zones_);
  cursor_.reset();
  selected_ = kNone;
  fresh_ = false;
  use_to_ = -1;
}

bool TopologyPanel::wants_frame() const {
  return player_ != nullptr && (player_->playing() || !topology_->ready());
}

void TopologyPanel::follow(PanelContext& context) {
  Navigator& nav = context.nav;
  const double before = player_->time_ns();
  const Index event = player_->event();
  if (player_->playing()) {
    player_->advance(static_cast<double>(ImGui::GetIO().DeltaTime));
    nav.set_cursor(player_->time_ns());
    nav.hold_cursor();
    nav.reveal(player_->time_ns());
  } else if (nav.cursor_ns() && nav.cursor_ns() != cursor_) {
    player_->go_to(*nav.cursor_ns());
  } else if (nav.selected() != kNone && nav.selected() != selected_) {
    player_->go_to_event(nav.selected());
  }
  cursor_ = nav.cursor_ns();
  selected_ = nav.selected();
  if (before != player_->time_ns() || event != player_->event()) fresh_ = false;
  if (fresh_) return;
  const double recent =
      std::max(context.model().messages().typical_latency_ns(), player_->speed() * 0.25);
  cluster_ = topology_->at(player_->event(), player_->time_ns(), recent);
  fresh_ = topology_->ready();
}

void TopologyPanel::step(PanelContext& context, StepBy by, int direction, bool all) {
  player_->pause();
  if (!player_->step(by, direction, all ? nullptr : context.filter_shown())) return;
  context.nav.select_and_show(player_->event());
  context.nav.set_cursor(player_->time_ns());
  // Other events may share the time: the moment is the event's, not the time's.
  cursor_ = context.nav.cursor_ns();
  selected_ = context.nav.selected();
  fresh_ = false;
}

void TopologyPanel::toggle_play() {
  if (player_->playing()) {
    player_->pause();
  } else {
    player_->play();
  }
}

void TopologyPanel::toggle_loop(const PanelContext& context) {
  if (player_->loop()) {
    player_->set_loop(std::nullopt);
    return;
  }
  const TimeView& view = context.nav.view();
  player_->set_loop(Player::Range{.begin_ns = view.begin_ns(), .end_ns = view.end_ns()});
}

bool TopologyPanel::press(PanelContext& context, Key key, Modifiers modifiers) {
  prepare(context);
  switch (key) {
    case Key::play:
      toggle_play();
      return true;
    case Key::loop:
      toggle_loop(context);
      return true;
    case Key::left:
    case Key::right:
      if (!modifiers.control) return false;
      step(context, StepBy::message, key == Key::left ? -1 : 1, modifiers.shift);
      return true;
    default:
      return false;
  }
}

void TopologyPanel::draw_controls(PanelContext& context) {
  if (topology_button(context, player_->playing() ? "Pause" : "Play", "topology.play",
                      "play or pause (Space)"))
    toggle_play();
  if (topology_button(context, "Slower", "topology.slower", "half as fast")) player_->slower();
  if (topology_button(context, "Faster", "topology.faster", "twice as fast")) player_->faster();
  compat::push_font(context.fonts.small);
  ImGui::AlignTextToFramePadding();
  ImGui::Text("%s a second", format_duration(player_->speed()).c_str());
  ImGui::PopFont();
  ImGui::SameLine(0, 14);
  struct Step {
    const char* name;
    const char* spot;
    StepBy by;
  };
  for (const Step& by : {Step{"event", "topology.event", StepBy::event},
                         Step{"message", "topology.message", StepBy::message},
                         Step{"fault", "topology.fault", StepBy::fault}}) {
    const std::string id = by.name;
    const std::string back = "<##" + id;
    const std::string on = ">##" + id;
    const std::string spot = by.spot;
    if (topology_button(context, back.c_str(), (spot + ".back").c_str(),
                        ("to the " + id + " before").c_str()))
      step(context, by.by, -1, ImGui::GetIO().KeyShift);
    ImGui::AlignTextToFramePadding();
    ImGui::TextUnformatted(by.name);
    ImGui::SameLine(0, 4);
    if (topology_button(context, on.c_str(), (spot + ".on").c_str(), ("to the next " + id).c_str()))
      step(context, by.by, 1, ImGui::GetIO().KeyShift);
    ImGui::SameLine(0, 12);
  }
  bool loop = player_->loop().has_value();
  if (ImGui::Checkbox("Loop", &loop)) toggle_loop(context);
  context.spots.note("topology.loop");
  if (ImGui::IsItemHovered())
    ImGui::SetTooltip("play what the diagram shows now, again and again (L)");
  ImGui::SameLine(0, 14);
  ImGui::AlignTextToFramePadding();
  compat::push_font(context.fonts.bold);
  ImGui::TextUnformatted(format_exact(static_cast<std::int64_t>(cluster_.time_ns)).c_str());
  ImGui::PopFont();
}

// What is true at this moment, in words.
void TopologyPanel::draw_facts(PanelContext& context) {
  const Theme& theme = *context.theme;
  const TraceModel& model = context.model();
  for (const Fault* fault : cluster_.faults) {
    draw_facts_line(context, theme.of(fault->form).edge, fault->label);
  }
  std::string down;
  std::string paused;
  for (std::size_t i = 0; i < cluster_.nodes.size(); ++i) {
    const NodeAt::State state = cluster_.nodes[i].state;
    const std::string name(model.node_name(static_cast<trace::NodeId>(i + 1)));
    if (state == NodeAt::State::down) down += (down.empty() ? "" : ", ") + name;
    if (state == NodeAt::State::paused) paused += (paused.empty() ? "" : ", ") + name;
  }
  if (!down.empty()) draw_facts_line(context, theme.down_hatch, "down: " + down);
  if (!paused.empty()) draw_facts_line(context, theme.hold_edge, "paused: " + paused);
  if (cluster_.faults.empty() && down.empty() && paused.empty())
    draw_facts_line(context, theme.good, "nothing is broken");
  if (!topology_->ready()) {
    draw_facts_line(context, theme.message, "looking for messages on their way\xE2\x80\xA6");
    return;
  }
  const std::uint64_t flying = cluster_.flying.size() + cluster_.flying_more;
  std::string on_way =
      format_count(flying) + (flying == 1 ? " message" : " messages") + " on the way";
  if (const EventFilter* const filter = context.filter_shown(); filter != nullptr) {
    const auto passing = std::count_if(
        cluster_.flying.begin(), cluster_.flying.end(),
        [&](const FlyingMessage& each) { return filter->may_pass(*each.ref.message); });
    on_way += ", " + format_count(static_cast<std::uint64_t>(passing)) + " pass the filter";
  }
  draw_facts_line(context, theme.message, on_way);
  if (!cluster_.just_lost.empty())
    draw_facts_line(context, theme.lost, format_count(cluster_.just_lost.size()) + " just lost");
}

void TopologyPanel::draw(PanelContext& context) {
  prepare(context);
  follow(context);
  draw_controls(context);
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float facts = std::min(kFactsWidth, room.x * 0.3F);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  if (room.y < 40 || room.x < 120) return;
  if (model_->lanes().node_count() > kMostDrawn) {
    compat::begin_child("matrix", {room.x - facts - 8, room.y}, true);
    draw_matrix(context);
    ImGui::EndChild();
  } else {
    ImGui::InvisibleButton("picture", {room.x - facts - 8, room.y});
    context.spots.note("topology.picture");
    draw_picture(context,
                 {.x0 = at.x, .y0 = at.y, .x1 = at.x + room.x - facts - 8, .y1 = at.y + room.y});
  }
  ImGui::SetCursorScreenPos({at.x + room.x - facts, at.y});
  compat::begin_child("facts", {facts, room.y}, false);
  draw_facts(context);
  ImGui::EndChild();
}

}  // namespace norn::viewer
