// A panel of the dock below the diagram: one of its tabs.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "panels/panel_context.hpp"

namespace norn::viewer {

// Panel keeps its own state between frames; what it shows comes from the context.
class Panel {
 public:
  virtual ~Panel() = default;

  // id() names the panel in scripts and in what is remembered: "log".
  virtual std::string_view id() const = 0;
  virtual std::string_view title() const = 0;
  // draw() fills the current ImGui window.
  virtual void draw(PanelContext& context) = 0;
  // press() is asked first while the panel is shown; false: the key means nothing here.
  virtual bool press(PanelContext& context, Key key, Modifiers modifiers);
  // wants_frame() says that something moves (a search, a film): the next frame should come soon.
  virtual bool wants_frame() const { return false; }
};

// PanelSet is the dock: its panels in order, and which one is shown.
struct PanelSet {
  static constexpr float kLeastHeight = 120;

  std::vector<std::unique_ptr<Panel>> all;
  std::string shown;   // the id of the one that is shown; "": the dock is closed
  float height = 260;  // of the open dock, in points

  Panel* find(std::string_view id) const;
};

// make_panels() makes all panels, in the order of their tabs.
std::shared_ptr<PanelSet> make_panels();

// show_panel() opens the dock with that panel; false when there is none of that name.
bool show_panel(PanelContext& context, std::string_view id);

// How high the dock is in a window of that height: its tabs alone while it is closed.
float dock_height(const PanelContext& context, float window_height);
// draw_dock() draws the tabs and the panel shown; the edge above is dragged to change the height.
void draw_dock(PanelContext& context, const Rect& area);

}  // namespace norn::viewer
