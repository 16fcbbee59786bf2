// Two traces compared: where they part, which nodes differ, and every stretch that is different.
#pragma once

#include <array>
#include <string>
#include <unordered_map>

#include "panels/panel.hpp"

namespace norn::viewer {

// refresh_difference() compares the trace with the one beside it, when there is one, and leads the
// two views together while they are locked. Call it once a frame.
void refresh_difference(PanelContext& context);

// forget_difference() ends the comparison, on both sides. Call it before one of the models goes.
void forget_difference(PanelContext& context);

class DifferencePanel final : public Panel {
 public:
  std::string_view id() const override { return "difference"; }
  std::string_view title() const override { return "Difference"; }
  void draw(PanelContext& context) override;
  bool wants_frame() const override { return waiting_; }

 private:
  struct RowText {
    std::string here;
    std::string there;
  };
  void look_for_neighbours(const PanelContext& context);
  void draw_open(PanelContext& context);
  void draw_summary(PanelContext& context, const Difference& difference);
  void draw_nodes(PanelContext& context, const Difference& difference);
  void draw_list(PanelContext& context, const Difference& difference);
  void draw_row(PanelContext& context, const Difference& difference, std::size_t row);
  const RowText& text_of_stretch(const Difference& difference, std::size_t row);

  bool waiting_ = false;
  std::array<char, 1024> path_ = {};
  std::string neighbours_of_;            // the file whose neighbours these are
  std::vector<std::string> neighbours_;  // of the same case: the nearest run that passes, …
  const Difference* texts_of_ = nullptr;
  std::unordered_map<std::size_t, RowText> texts_;
};

}  // namespace norn::viewer
