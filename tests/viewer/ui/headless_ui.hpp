// The whole user interface without window or renderer, driven by a test.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "app/gui.hpp"
#include "model/lane_layout.hpp"
#include "model/message_path.hpp"
#include "model/navigator.hpp"
#include "model/trace_model.hpp"
#include "panels/panel.hpp"
#include "panels/panel_context.hpp"
#include "panels/shell.hpp"
#include "panels/space_time.hpp"

namespace norn::viewer::test {

class HeadlessUi {
 public:
  explicit HeadlessUi(TraceModel trace_model, ImVec2 size = {1600, 900})
      : model(std::move(trace_model)),
        nav(model),
        gui(1),
        context{.nav = nav, .theme = &light_theme(), .fonts = gui.fonts()} {
    context.panels = make_panels();
    ImGui::GetIO().DisplaySize = size;
    compat::prepare_fonts();
    apply(*context.theme);
    move(-1e4F, -1e4F);
    frame();
    frame();
  }

  // frame() draws once; what it drew is in ImGui::GetDrawData() until the next.
  void frame() {
    ImGui::GetIO().DeltaTime = 1.0F / 60;
    ImGui::NewFrame();
    draw_shell(context);
    ImGui::Render();
    compat::accept_textures();
  }
  void move(float x, float y) { compat::set_mouse(x, y); }
  void click(const ImVec2& at) {
    move(at.x, at.y);
    frame();
    compat::set_mouse_button(0, true);
    frame();
    compat::set_mouse_button(0, false);
    frame();
    frame();
  }
  // click_spot() clicks a control by its name (see Spots); false when it is not on the screen.
  bool click_spot(const std::string& spot) {
    const auto rect = context.spots.find(spot);
    if (!rect) return false;
    click(ImVec2((rect->x0 + rect->x1) / 2, (rect->y0 + rect->y1) / 2));
    return true;
  }
  void type(const std::string& text) {
    ImGui::GetIO().AddInputCharactersUTF8(text.c_str());
    frame();
    frame();
  }
  // show() opens the dock with a panel.
  bool show(const std::string& panel) {
    const bool shown = show_panel(context, panel);
    frame();
    frame();
    return shown;
  }
  void drag_right(const ImVec2& from, const ImVec2& to) {
    move(from.x, from.y);
    frame();
    compat::set_mouse_button(1, true);
    frame();
    move(to.x, to.y);
    frame();
    frame();
    compat::set_mouse_button(1, false);
    frame();
  }
  // drag_left() holds the button down between two places, and lets go unless it is told not to.
  void drag_left(const ImVec2& from, const ImVec2& to, bool let_go = true) {
    move(from.x, from.y);
    frame();
    compat::set_mouse_button(0, true);
    frame();
    move(to.x, to.y);
    frame();
    frame();
    if (!let_go) return;
    compat::set_mouse_button(0, false);
    frame();
    frame();
  }
  void wheel(const ImVec2& at, float steps) {
    move(at.x, at.y);
    frame();
    compat::add_wheel(steps);
    frame();
    frame();
  }

  ShellAreas areas() const { return shell_areas(context, ImGui::GetIO().DisplaySize); }
  DiagramAreas diagram() const { return diagram_areas(context, areas().diagram); }
  // at() is where a time and a lane meet on the screen.
  ImVec2 at(double t_ns, trace::NodeId node) const {
    const Rect lanes = diagram().lanes;
    LaneLayout layout;
    layout.place(static_cast<std::uint32_t>(model.lanes().node_count()), lanes.height(),
                 nav.scroll());
    return {lanes.x0 + static_cast<float>(nav.view().fraction(t_ns)) * lanes.width(),
            lanes.y0 + layout.centre(node)};
  }

  TraceModel model;
  Navigator nav;
  Gui gui;
  PanelContext context;
};

}  // namespace norn::viewer::test
