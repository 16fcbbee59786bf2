// The cluster at the cursor, as a picture that can be played.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/player.hpp"
#include "model/topology.hpp"
#include "panels/paint.hpp"
#include "panels/panel.hpp"

namespace norn::viewer {

// node_status() says in a word or two what a node is: "down", "leader, paused".
std::string node_status(const NodeAt& node);

// Up to kMostDrawn nodes stand around a circle, with the messages between them; more than that are
// a matrix of links.
class TopologyPanel final : public Panel {
 public:
  static constexpr std::size_t kMostDrawn = 16;

  std::string_view id() const override { return "topology"; }
  std::string_view title() const override { return "Topology"; }
  void draw(PanelContext& context) override;
  bool press(PanelContext& context, Key key, Modifiers modifiers) override;
  bool wants_frame() const override;

  // What is shown, for tests; nullptr before the first frame.
  const Player* player() const { return player_.get(); }
  const ClusterAt& cluster() const { return cluster_; }
  const Topology* topology() const { return topology_.get(); }

 private:
  void prepare(const PanelContext& context);
  void follow(PanelContext& context);
  void step(PanelContext& context, StepBy by, int direction, bool all);
  void toggle_play();
  void toggle_loop(const PanelContext& context);
  void draw_controls(PanelContext& context);
  void draw_facts(PanelContext& context);
  void draw_picture(PanelContext& context, const Rect& area);
  void draw_matrix(PanelContext& context);
  void draw_matrix_cells(PanelContext& context, const ImVec2& origin, float cell);
  double window_ns(const PanelContext& context) const;

  const TraceModel* model_ = nullptr;
  std::unique_ptr<Topology> topology_;
  std::unique_ptr<Player> player_;
  std::vector<Place> places_;
  std::vector<std::string> zones_;
  ClusterAt cluster_;
  bool fresh_ = false;  // cluster_ is that of the player's moment
  std::vector<LinkUse> use_;
  double use_from_ = 0;
  double use_to_ = -1;
  std::uint64_t use_picture_ = 0;  // what the filter let pass then
  // What the moment was taken from last.
  std::optional<double> cursor_;
  Index selected_ = kNone;
};

}  // namespace norn::viewer
