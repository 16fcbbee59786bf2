// The matrix of the panel "topology", for many nodes: a cell a link.
#include <algorithm>
#include <cmath>
#include <string>

#include "model/time_text.hpp"
#include "panels/topology_panel.hpp"

namespace norn::viewer {
namespace {

// On the diagonal stands the node itself, as a circle.
void draw_node_sign_square(ImDrawList& list, const Theme& theme, const NodeAt& node,
                           const ImVec2& at, float cell) {
  const bool is_up = node.state == NodeAt::State::up || node.state == NodeAt::State::paused;
  const ImU32 colour = !is_up              ? theme.down_fill
                       : node.role.empty() ? theme.alive
                                           : theme.role(node.role).colour;
  list.AddCircleFilled({at.x + cell / 2, at.y + cell / 2}, cell / 2, colour);
  if (!is_up)
    draw_cross(list, {at.x + cell / 2, at.y + cell / 2}, cell * 0.3F,
               {.colour = theme.text, .thickness = 1.2F});
  if (node.state == NodeAt::State::paused)
    list.AddRectFilled({at.x + cell * 0.4F, at.y + 2}, {at.x + cell * 0.6F, at.y + cell - 1},
                       theme.background);
}

// Cut links have a bar from corner to corner, held ones are framed, others that suffer have a
// corner marked.
void draw_matrix_cuts(ImDrawList& list, const Theme& theme, const ClusterAt& cluster,
                      const ImVec2& origin, float cell, trace::NodeId nodes) {
  const bool any = std::any_of(cluster.faults.begin(), cluster.faults.end(),
                               [](const Fault* fault) { return fault->links != FaultLinks::none; });
  if (!any) return;
  const float top = list.GetClipRectMin().y;
  const float bottom = list.GetClipRectMax().y;
  for (trace::NodeId from = 1; from <= nodes; ++from) {
    const float row = origin.y + static_cast<float>(from - 1) * cell;
    if (row + cell < top || row > bottom) continue;
    for (trace::NodeId to = 1; to <= nodes; ++to) {
      const Topology::Cut cut = Topology::cut_of(cluster, from, to);
      if (cut == Topology::Cut::open || from == to) continue;
      const ImVec2 at{origin.x + static_cast<float>(to - 1) * cell, row};
      if (cut == Topology::Cut::cut) {
        list.AddLine({at.x + 1, at.y + cell}, {at.x + cell, at.y + 1}, theme.partition_wall, 1.5F);
      } else if (cut == Topology::Cut::held) {
        list.AddRect({at.x + 1, at.y + 1}, {at.x + cell, at.y + cell}, theme.hold_edge, 0, 0, 1.5F);
      } else {
        list.AddTriangleFilled({at.x + cell * 0.5F, at.y + 1}, {at.x + cell, at.y + 1},
                               {at.x + cell, at.y + cell * 0.5F}, theme.fault_other);
      }
    }
  }
}

void matrix_tooltip(const PanelContext& context, const ClusterAt& cluster,
                    std::span<const LinkUse> uses, trace::NodeId from, trace::NodeId to,
                    double window_ns) {
  const TraceModel& model = context.model();
  std::string text(model.node_name(from));
  if (from == to) {
    const std::string status = node_status(cluster.nodes[from - 1]);
    ImGui::SetTooltip("%s   %s", text.c_str(), status.empty() ? "up" : status.c_str());
    return;
  }
  text += " \xE2\x86\x92 " + std::string(model.node_name(to));
  LinkUse use;
  const auto links = model.messages().links();
  for (std::size_t i = 0; i < uses.size(); ++i) {
    if (links[i].from == from && links[i].to == to) use = uses[i];
  }
  const double rate = static_cast<double>(use.sent) * 1e9 / window_ns;
  text += "\n" + format_count(use.sent) + " sent, " + format_count(use.lost) + " lost, " +
          format_count(static_cast<std::uint64_t>(std::llround(rate))) + " a second";
  const Topology::Cut cut = Topology::cut_of(cluster, from, to);
  if (cut == Topology::Cut::weak) text += "\nhindered by a fault";
  if (cut == Topology::Cut::cut) text += "\ncut by a partition";
  if (cut == Topology::Cut::held) text += "\nheld";
  ImGui::SetTooltip("%s", text.c_str());
}

}  // namespace

double TopologyPanel::window_ns(const PanelContext& context) const {
  return std::max({context.model().messages().typical_latency_ns() * 10,
                   context.nav.view().span_ns() / 20, 1.0});
}

void TopologyPanel::draw_matrix(PanelContext& context) {
  const auto nodes = static_cast<float>(context.model().lanes().node_count());
  const double window = window_ns(context);
  compat::push_font(context.fonts.small);
  ImGui::TextDisabled("rows send, columns receive; the %s before the cursor",
                      format_duration(window).c_str());
  ImGui::PopFont();
  if (use_to_ != cluster_.time_ns || use_from_ != cluster_.time_ns - window ||
      use_picture_ != context.picture_version) {
    use_picture_ = context.picture_version;
    use_to_ = cluster_.time_ns;
    use_from_ = cluster_.time_ns - window;
    const EventFilter* const filter = context.filter_shown();
    use_ = topology_->use(use_from_, use_to_, filter == nullptr ? nullptr : filter->index());
  }
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float names = 74;
  const float cell = std::clamp((room.y - 4) / nodes, 7.0F, 16.0F);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::Dummy({names + cell * nodes, cell * nodes});
  context.spots.note("topology.matrix");
  draw_matrix_cells(context, {at.x + names, at.y}, cell);
}

void TopologyPanel::draw_matrix_cells(PanelContext& context, const ImVec2& origin, float cell) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const Theme& theme = *context.theme;
  const TraceModel& model = context.model();
  const auto nodes = static_cast<trace::NodeId>(model.lanes().node_count());
  const auto corner = [&](trace::NodeId from, trace::NodeId to) {
    return ImVec2{origin.x + static_cast<float>(to - 1) * cell,
                  origin.y + static_cast<float>(from - 1) * cell};
  };
  const float top = ImGui::GetWindowPos().y;
  const float bottom = top + ImGui::GetWindowHeight();
  const auto is_visible = [&](trace::NodeId from) {
    const float y = corner(from, 1).y;
    return y + cell > top && y < bottom;
  };
  for (trace::NodeId node = 1; node <= nodes; ++node) {
    if (!is_visible(node)) continue;
    const ImVec2 at = corner(node, node);
    draw_node_sign_square(list, theme, cluster_.nodes[node - 1], at, cell);
    if (cell >= 10 || node % 5 == 1)
      draw_fitted(list, context.fonts.small, {origin.x - 72, corner(node, 1).y - 2}, theme.text_dim,
                  model.node_name(node), 66);
  }
  const auto links = model.messages().links();
  double most = 1;
  for (const LinkUse& use : use_) most = std::max(most, static_cast<double>(use.sent));
  for (std::size_t i = 0; i < use_.size(); ++i) {
    const Link& link = links[i];
    if (use_[i].sent == 0 || link.to == 0 || link.from == 0 || link.from == link.to) continue;
    if (!is_visible(link.from)) continue;
    const ImVec2 at = corner(link.from, link.to);
    const auto share =
        static_cast<float>(std::log1p(static_cast<double>(use_[i].sent)) / std::log1p(most));
    list.AddRectFilled({at.x + 1, at.y + 1}, {at.x + cell, at.y + cell},
                       faded(theme.message, 0.2F + 0.8F * share));
    if (use_[i].lost == 0) continue;
    // Losses fill the lower left half.
    list.AddTriangleFilled({at.x + 1, at.y + 1}, {at.x + 1, at.y + cell},
                           {at.x + cell, at.y + cell}, theme.lost);
  }
  draw_matrix_cuts(list, theme, cluster_, corner(1, 1), cell, nodes);
  list.AddRect(corner(1, 1), corner(nodes + 1, nodes + 1), theme.border);
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  if (!ImGui::IsItemHovered() || mouse.x < origin.x) return;
  const auto to = static_cast<trace::NodeId>((mouse.x - origin.x) / cell) + 1;
  const auto from = static_cast<trace::NodeId>((mouse.y - origin.y) / cell) + 1;
  if (from > nodes || to > nodes) return;
  matrix_tooltip(context, cluster_, use_, from, to, window_ns(context));
}

}  // namespace norn::viewer
