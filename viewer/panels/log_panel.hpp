// The log: all events in a table, with a filter that all views share and a search.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "model/event_filter.hpp"
#include "panels/controls.hpp"
#include "panels/panel.hpp"

namespace norn::viewer {

class LogPanel final : public Panel {
 public:
  std::string_view id() const override { return "log"; }
  std::string_view title() const override { return "Log"; }
  void draw(PanelContext& context) override;
  bool press(PanelContext& context, Key key, Modifiers modifiers) override;
  bool wants_frame() const override;

  // focus_search() puts the keyboard into the search box at the next frame.
  void focus_search() { focus_search_ = true; }
  // The search's matches that also pass the filter are stepped through: +1 next, -1 previous.
  void step_match(PanelContext& context, int direction);

 private:
  struct RowText {
    std::string what;
    std::string cause;
  };

  void meet(PanelContext& context);
  void find_groups(const TraceModel& model);
  void set_filter(PanelContext& context);
  void draw_boxes(PanelContext& context);
  void draw_search(PanelContext& context);
  void draw_problem(PanelContext& context, const EventFilter& filter);
  void draw_chips(PanelContext& context);
  void draw_node_chips(PanelContext& context);
  void draw_table(PanelContext& context);
  void draw_row(PanelContext& context, const Rect& rect, Index event);
  void scroll_to_interest(PanelContext& context);
  const RowText& text_of_row(PanelContext& context, Index event);
  std::string count_text(const PanelContext& context) const;

  const EventSource* source_ = nullptr;  // of the trace that was shown last
  std::shared_ptr<EventFilter> filter_;  // the context's
  std::optional<EventFilter> search_;
  FilterSpec spec_;  // as it stands in the boxes
  std::string search_text_;
  bool has_group_[kKindGroups] = {};
  Index looked_for_groups_ = 0;  // in so many events, all of them when looking_ is over
  bool looking_ = false;
  bool follow_ = false;
  bool focus_search_ = false;
  bool nodes_open_ = false;
  Rect filter_box_;
  Index shown_selection_ = kNone;
  std::optional<double> shown_cursor_;
  RowList rows_;
  std::unordered_map<Index, RowText> texts_;
};

}  // namespace norn::viewer
