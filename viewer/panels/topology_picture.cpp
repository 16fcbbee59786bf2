// The picture of the panel "topology": nodes with messages between them.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "model/time_text.hpp"
#include "panels/topology_panel.hpp"

namespace norn::viewer {
namespace {

constexpr float kLabelRoom = 190;  // beside the picture, for what the nodes are
constexpr float kReachPx = 8;
constexpr float kWidest = 2.6F;  // how much wider than high the circle of nodes may be
constexpr std::size_t kMostPublished = 4;
constexpr float kHullRoom = 7;   // between the nodes and the hull of a partition
constexpr float kZoneRoom = 12;  // and that of a zone

// Scene is the picture of one frame: where the nodes are on the screen.
struct Scene {
  ImDrawList& list;
  const PanelContext& context;
  const Theme& theme;
  const ClusterAt& cluster;
  std::vector<ImVec2> nodes;
  ImVec2 centre{0, 0};
  float radius = 12;

  ImVec2 of(trace::NodeId node) const { return nodes[node - 1]; }
  // A message that does not pass the filter is faint.
  float opacity_of(const Message& message) const {
    const EventFilter* const filter = context.filter_shown();
    return filter == nullptr || filter->may_pass(message) ? 1.0F : 0.15F;
  }
};

ImVec2 topology_between(const ImVec2& a, const ImVec2& b, float share) {
  return {a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share};
}

// The line of a link runs a little to its right, so that the two directions lie beside each other,
// and from rim to rim.
Segment line_of(const Scene& scene, const Link& link) {
  ImVec2 from = scene.of(link.from);
  ImVec2 to = scene.of(link.to);
  const float length = std::max(1.0F, std::hypot(to.x - from.x, to.y - from.y));
  const ImVec2 along{(to.x - from.x) / length, (to.y - from.y) / length};
  const ImVec2 aside{-along.y * 4, along.x * 4};
  const float gap = std::min(scene.radius + 2, length / 3);
  from = {from.x + along.x * gap + aside.x, from.y + along.y * gap + aside.y};
  to = {to.x - along.x * gap + aside.x, to.y - along.y * gap + aside.y};
  return {.x0 = from.x, .y0 = from.y, .x1 = to.x, .y1 = to.y};
}

std::vector<ImVec2> hull_points(const Scene& scene, std::span<const trace::NodeId> nodes,
                                float more) {
  std::vector<Place> places;
  for (const trace::NodeId node : nodes) places.push_back({scene.of(node).x, scene.of(node).y});
  std::vector<ImVec2> points;
  for (const Place& p : hull_of(places, scene.radius + more)) points.emplace_back(p.x, p.y);
  return points;
}

// Zones are drawn through and faint, and lie around the dashed hulls of partitions. Returns the
// room that it takes.
Rect draw_zone(Scene& scene, std::span<const trace::NodeId> nodes) {
  const std::vector<ImVec2> points = hull_points(scene, nodes, kZoneRoom);
  Rect room{.x0 = 1e9F, .y0 = 1e9F, .x1 = -1e9F, .y1 = -1e9F};
  for (const ImVec2& p : points)
    room = {.x0 = std::min(room.x0, p.x),
            .y0 = std::min(room.y0, p.y),
            .x1 = std::max(room.x1, p.x),
            .y1 = std::max(room.y1, p.y)};
  const auto count = static_cast<int>(points.size());
  scene.list.AddConvexPolyFilled(points.data(), count, faded(scene.theme.text_dim, 0.07F));
  for (std::size_t i = 0; i < points.size(); ++i)
    scene.list.AddLine(points[i], points[(i + 1) % points.size()],
                       faded(scene.theme.text_dim, 0.45F), 1);
  return room;
}

// How far a ray from within a convex hull goes until it leaves it.
float way_out(std::span<const ImVec2> hull, const ImVec2& from, const ImVec2& along) {
  float way = 1e9F;
  for (std::size_t i = 0; i < hull.size(); ++i) {
    const ImVec2& a = hull[i];
    const ImVec2& b = hull[(i + 1) % hull.size()];
    const ImVec2 side{b.x - a.x, b.y - a.y};
    const float across = along.x * side.y - along.y * side.x;
    if (std::abs(across) < 1e-6F) continue;
    const float t = ((a.x - from.x) * side.y - (a.y - from.y) * side.x) / across;
    if (t > 0) way = std::min(way, t);
  }
  return way < 1e9F ? way : 0;
}

// The name stands beside the hull, towards the middle of the picture: outside are the nodes'
// labels. It keeps away from the names before it, `taken`.
void draw_zone_name(Scene& scene, const std::string& zone, std::span<const trace::NodeId> nodes,
                    std::vector<Rect>& taken) {
  ImVec2 middle{0, 0};
  for (const trace::NodeId node : nodes) {
    middle.x += scene.of(node).x / static_cast<float>(nodes.size());
    middle.y += scene.of(node).y / static_cast<float>(nodes.size());
  }
  ImVec2 inwards{scene.centre.x - middle.x, scene.centre.y - middle.y};
  const float length = std::max(1.0F, std::hypot(inwards.x, inwards.y));
  inwards = {inwards.x / length, inwards.y / length};
  const compat::Face& face = scene.context.fonts.small_bold;
  const std::string text = "zone " + zone;
  const ImVec2 size = text_size(face, text);
  const float out =
      way_out(hull_points(scene, nodes, kZoneRoom), middle, inwards) + 4 +
      std::min(std::abs(inwards.x) * size.x / 2 + std::abs(inwards.y) * size.y / 2, size.x / 2);
  Rect room{.x0 = middle.x + inwards.x * out - size.x / 2 - 3,
            .y0 = middle.y + inwards.y * out - size.y / 2};
  room.x1 = room.x0 + size.x + 6;
  room.y1 = room.y0 + size.y + 2;
  const float step = (inwards.y < 0 ? 1.0F : -1.0F) * (size.y + 4);
  // Each shift may meet another name: at most as many are needed as there are names.
  for (std::size_t tries = 0; tries < taken.size(); ++tries) {
    const bool free = std::none_of(taken.begin(), taken.end(),
                                   [&](const Rect& other) { return room.touches(other); });
    if (free) break;
    room.y0 += step;
    room.y1 += step;
  }
  taken.push_back(room);
  scene.list.AddRectFilled(room.min(), room.max(), scene.theme.label_back, 3);
  draw_text(scene.list, face, {room.x0 + 3, room.y0}, scene.theme.text_dim, text);
}

using ZoneNodes = std::map<std::string, std::vector<trace::NodeId>>;

ZoneNodes zones_of(const TraceModel& model) {
  ZoneNodes zones;
  for (const Lane& lane : model.lanes().nodes()) {
    if (!lane.zone.empty()) zones[lane.zone].push_back(lane.node);
  }
  return zones;
}

void draw_hull(Scene& scene, std::span<const trace::NodeId> nodes, ImU32 fill, ImU32 edge) {
  const std::vector<ImVec2> points = hull_points(scene, nodes, kHullRoom);
  if (points.size() < 3) return;
  const auto count = static_cast<int>(points.size());
  scene.list.AddConvexPolyFilled(points.data(), count, fill);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const ImVec2& a = points[i];
    const ImVec2& b = points[(i + 1) % points.size()];
    draw_dashed(scene.list, {.x0 = a.x, .y0 = a.y, .x1 = b.x, .y1 = b.y},
                {.colour = edge, .thickness = 1.5F}, 5, 4);
  }
}

// What lets some of it pass is a dotted line; a cut or a hold has a bar across, and an arrow
// towards the side that nothing reaches when only one way is concerned.
void draw_cut(Scene& scene, trace::NodeId a, trace::NodeId b) {
  using Cut = Topology::Cut;
  const Cut there = Topology::cut_of(scene.cluster, a, b);
  const Cut back = Topology::cut_of(scene.cluster, b, a);
  if (there == Cut::open && back == Cut::open) return;
  const Cut worst = std::max(there, back);
  const Theme& theme = scene.theme;
  const ImU32 colour = worst == Cut::cut    ? theme.partition_wall
                       : worst == Cut::held ? theme.hold_edge
                                            : theme.fault_other;
  const ImVec2 from = scene.of(a);
  const ImVec2 to = scene.of(b);
  draw_dashed(scene.list, {.x0 = from.x, .y0 = from.y, .x1 = to.x, .y1 = to.y},
              {.colour = faded(colour, 0.6F), .thickness = worst == Cut::weak ? 2.0F : 1.2F},
              worst == Cut::weak ? 2.0F : 3.0F, 5);
  if (worst == Cut::weak) return;
  const float length = std::max(1.0F, std::hypot(to.x - from.x, to.y - from.y));
  const ImVec2 across{-(to.y - from.y) / length * 8, (to.x - from.x) / length * 8};
  const ImVec2 middle = topology_between(from, to, 0.5F);
  scene.list.AddLine({middle.x - across.x, middle.y - across.y},
                     {middle.x + across.x, middle.y + across.y}, colour, 3);
  if (there == back) return;
  const ImVec2 start = topology_between(from, to, there > back ? 0.38F : 0.62F);
  draw_arrow_head(scene.list, {.x0 = start.x, .y0 = start.y, .x1 = middle.x, .y1 = middle.y}, 8,
                  {.colour = colour}, false);
}

void draw_faults(Scene& scene) {
  for (const Fault* fault : scene.cluster.faults) {
    if (fault->form != FaultForm::cut && fault->form != FaultForm::hold) continue;
    if (!fault->acts_at(scene.cluster.event)) continue;
    const Theme::FaultLook look = scene.theme.of(fault->form);
    for (const auto& group : fault->groups()) draw_hull(scene, group, look.fill, look.edge);
  }
  const auto nodes = static_cast<trace::NodeId>(scene.nodes.size());
  for (trace::NodeId a = 1; a <= nodes; ++a) {
    for (trace::NodeId b = a + 1; b <= nodes; ++b) draw_cut(scene, a, b);
  }
}

ImU32 colour_of(const Theme& theme, const Message& message) {
  if (message.fate == Fate::lost) return theme.lost;
  if (message.held || message.slow) return theme.late;
  return message.duplicate ? theme.duplicate : theme.message;
}

// Where a message is: a dot with an arrow head on the line that it has come along.
ImVec2 draw_flying(Scene& scene, const FlyingMessage& flying) {
  const Message& message = *flying.ref.message;
  const ImU32 colour = faded(colour_of(scene.theme, message), scene.opacity_of(message));
  Segment line = line_of(scene, *flying.ref.link);
  draw_segment(scene.list, line, {.colour = faded(colour, 0.22F), .thickness = 1});
  const auto share = static_cast<double>(flying.share);
  line.x1 = line.x0 + (line.x1 - line.x0) * std::max(share, 0.02);
  line.y1 = line.y0 + (line.y1 - line.y0) * std::max(share, 0.02);
  draw_segment(scene.list, line, {.colour = faded(colour, 0.75F), .thickness = 1.8F});
  draw_arrow_head(scene.list, line, 9, {.colour = colour, .thickness = 1.5F}, message.duplicate);
  const ImVec2 tip{static_cast<float>(line.x1), static_cast<float>(line.y1)};
  if (message.held)
    scene.list.AddCircle(tip, 7, faded(scene.theme.late, scene.opacity_of(message)), 0, 1.5F);
  if (message.fate == Fate::lost)
    draw_cross(scene.list, tip, 4, {.colour = colour, .thickness = 2});
  return tip;
}

void draw_lost(Scene& scene, const MessageRef& ref) {
  Segment line = line_of(scene, *ref.link);
  line.x1 = (line.x0 + line.x1) / 2;
  line.y1 = (line.y0 + line.y1) / 2;
  const ImU32 colour = faded(scene.theme.lost, scene.opacity_of(*ref.message));
  draw_segment(scene.list, line, {.colour = faded(colour, 0.5F), .thickness = 1.5F});
  draw_cross(scene.list, {static_cast<float>(line.x1), static_cast<float>(line.y1)}, 5,
             {.colour = colour, .thickness = 2.2F});
}

// The state is told by form as well: filled, barred, hatched with a cross, dashed.
void draw_node_sign(Scene& scene, const NodeAt& node, const ImVec2& at) {
  const float r = scene.radius;
  const Theme& theme = scene.theme;
  const ImU32 colour = node.role.empty() ? theme.alive : theme.role(node.role).colour;
  switch (node.state) {
    case NodeAt::State::up:
    case NodeAt::State::paused:
      scene.list.AddCircleFilled(at, r, colour);
      scene.list.AddCircle(at, r, theme.text_dim, 0, 1);
      if (node.state == NodeAt::State::paused) {
        scene.list.AddRectFilled({at.x - 5, at.y - 6}, {at.x - 2, at.y + 6}, theme.background);
        scene.list.AddRectFilled({at.x + 2, at.y - 6}, {at.x + 5, at.y + 6}, theme.background);
      }
      break;
    case NodeAt::State::down:
      scene.list.AddCircleFilled(at, r, theme.down_fill);
      scene.list.AddCircle(at, r, theme.down_hatch, 0, 2);
      draw_cross(scene.list, at, r * 0.5F, {.colour = theme.text, .thickness = 2});
      break;
    case NodeAt::State::not_started:
    case NodeAt::State::exited:
      scene.list.AddCircleFilled(at, r, theme.background);
      scene.list.AddCircle(at, r, theme.down_hatch, 0, 1);
      break;
  }
}

// How wide a label beside a node may be: not into the next node on that side.
float label_room(const Scene& scene, const ImVec2& at, bool left) {
  float room = kLabelRoom - scene.radius;
  for (const ImVec2& other : scene.nodes) {
    const float away = left ? at.x - other.x : other.x - at.x;
    if (away < 1 || std::abs(other.y - at.y) > scene.radius + 18) continue;
    room = std::min(room, away - 2 * scene.radius - 16);
  }
  return std::max(room, 20.0F);
}

// What the node is, beside it.
void draw_node_label(Scene& scene, trace::NodeId id) {
  const NodeAt& node = scene.cluster.nodes[id - 1];
  const ImVec2 at = scene.of(id);
  const Theme& theme = scene.theme;
  const Fonts& fonts = scene.context.fonts;
  const std::string name(scene.context.model().node_name(id));
  std::string status = node_status(node);
  if (node.incarnation > 1 && node.state != NodeAt::State::down)
    status += (status.empty() ? "life " : "   life ") + std::to_string(node.incarnation);
  std::string published;
  for (std::size_t i = 0; i < node.published.size() && i < kMostPublished; ++i) {
    published += (i == 0 ? "" : "   ") + node.published[i].first + " " + node.published[i].second;
  }
  // Of a node in the middle, the side with more room.
  const bool is_middle = std::abs(at.x - scene.centre.x) <= 1;
  const bool left = is_middle ? label_room(scene, at, true) > label_room(scene, at, false)
                              : at.x < scene.centre.x;
  const float widest = label_room(scene, at, left);
  const float first = text_size(fonts.bold, name).x + 8 + text_size(fonts.small, status).x;
  const float second = text_size(fonts.small, published).x;
  const float height = fonts.bold.size + (published.empty() ? 0 : fonts.small.size + 1);
  const float y = at.y - height / 2 - 1;
  const auto x = [&](float width) {
    return left ? at.x - scene.radius - 7 - std::min(width, widest) : at.x + scene.radius + 7;
  };
  const float wide = std::min(std::max(first, second), widest);
  const float back = left ? at.x - scene.radius - 9 - wide : at.x + scene.radius + 5;
  scene.list.AddRectFilled({back, y - 1}, {back + wide + 6, y + height + 3}, theme.label_back, 3);
  draw_fitted(scene.list, fonts.bold, {x(first), y}, theme.text, name, widest);
  const float name_width = text_size(fonts.bold, name).x + 8;
  draw_fitted(scene.list, fonts.small, {x(first) + name_width, y + 2}, theme.text, status,
              widest - name_width);
  draw_fitted(scene.list, fonts.small, {x(second), y + fonts.bold.size + 2}, theme.text_dim,
              published, widest);
}

Scene scene_of(const PanelContext& context, const ClusterAt& cluster, std::span<const Place> places,
               const Rect& area) {
  Scene scene{.list = *ImGui::GetWindowDrawList(),
              .context = context,
              .theme = *context.theme,
              .cluster = cluster,
              .nodes = {}};
  scene.radius = std::clamp(area.height() * 0.07F, 8.0F, 20.0F);
  const float high = std::max(20.0F, area.height() / 2 - scene.radius - 13);
  const float wide = std::max(20.0F, std::min(area.width() / 2 - kLabelRoom, high * kWidest));
  scene.centre = {(area.x0 + area.x1) / 2, (area.y0 + area.y1) / 2};
  for (const Place& place : places)
    scene.nodes.emplace_back(scene.centre.x + place.x * wide, scene.centre.y + place.y * high);
  return scene;
}

}  // namespace

std::string node_status(const NodeAt& node) {
  switch (node.state) {
    case NodeAt::State::down:
      return "down";
    case NodeAt::State::not_started:
      return "not started";
    case NodeAt::State::exited:
      return "ended";
    case NodeAt::State::paused:
      return node.role.empty() ? "paused" : node.role + ", paused";
    case NodeAt::State::up:
      break;
  }
  return node.role;
}

void TopologyPanel::draw_picture(PanelContext& context, const Rect& area) {
  Scene scene = scene_of(context, cluster_, places_, area);
  scene.list.PushClipRect(area.min(), area.max(), true);
  scene.list.AddRectFilled(area.min(), area.max(), context.theme->background);
  const ZoneNodes zones = zones_of(context.model());
  for (const auto& [zone, nodes] : zones)
    context.spots.note("topology.zone." + zone, draw_zone(scene, nodes));
  draw_faults(scene);
  // Below the messages: a label may stand where some pass.
  for (trace::NodeId node = 1; node <= scene.nodes.size(); ++node) draw_node_label(scene, node);
  std::vector<Rect> taken;
  for (const auto& [zone, nodes] : zones) draw_zone_name(scene, zone, nodes, taken);
  const bool hovered = ImGui::IsItemHovered();
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const bool clicked = hovered && ImGui::IsMouseReleased(ImGuiMouseButton_Left);
  Index under = kNone;
  float nearest = kReachPx;
  for (const FlyingMessage& flying : cluster_.flying) {
    const Link& link = *flying.ref.link;
    if (link.to == 0 || link.from == 0 || link.from == link.to) continue;
    const ImVec2 tip = draw_flying(scene, flying);
    const float away = std::hypot(tip.x - mouse.x, tip.y - mouse.y);
    if (!hovered || away > nearest) continue;
    nearest = away;
    under = flying.ref.message->send;
  }
  for (const MessageRef& ref : cluster_.just_lost) {
    if (ref.link->to != 0 && ref.link->from != 0 && ref.link->from != ref.link->to)
      draw_lost(scene, ref);
  }
  for (trace::NodeId node = 1; node <= scene.nodes.size(); ++node) {
    const ImVec2 at = scene.of(node);
    draw_node_sign(scene, cluster_.nodes[node - 1], at);
    const float r = scene.radius;
    context.spots.note("topology.node." + std::to_string(node),
                       {.x0 = at.x - r, .y0 = at.y - r, .x1 = at.x + r, .y1 = at.y + r});
    if (!hovered || std::hypot(at.x - mouse.x, at.y - mouse.y) > r) continue;
    // The node's last event by now.
    const auto& lane = context.model().lanes().of(node).events;
    const auto after = cluster_.event == kNone
                           ? lane.begin()
                           : std::upper_bound(lane.begin(), lane.end(), cluster_.event);
    if (after != lane.begin()) under = *(after - 1);
  }
  scene.list.PopClipRect();
  if (under == kNone) return;
  ImGui::SetTooltip("%s", title_of(context.model(), under).c_str());
  if (!clicked) return;
  context.nav.select_and_show(under);
  selected_ = context.nav.selected();
}

}  // namespace norn::viewer
