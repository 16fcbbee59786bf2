// Plots below the diagram, on its time axis: latencies, rates, queues, published numbers.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/series.hpp"
#include "panels/controls.hpp"
#include "panels/panel.hpp"

namespace norn::viewer {

class PlotsPanel final : public Panel {
 public:
  std::string_view id() const override { return "plots"; }
  std::string_view title() const override { return "Plots"; }
  void draw(PanelContext& context) override;
  bool wants_frame() const override { return series_ && !series_->done(); }

  const std::vector<SeriesId>& shown() const { return shown_; }

 private:
  struct Drawn {
    PlotQuery query;
    std::uint64_t version = 0;  // of the series
    bool complete = false;
    Plot plot;
  };
  struct Chart;

  void meet(PanelContext& context);
  void draw_chooser(PanelContext& context);
  const Plot& plot_of(const SeriesId& id, const PlotQuery& query);
  void draw_chart(PanelContext& context, const SeriesId& id, const Rect& area);
  void draw_scale(PanelContext& context, const Chart& chart, const Rect& area) const;
  void draw_line(PanelContext& context, const Chart& chart, const PlotLine& line) const;
  void draw_latency(PanelContext& context, const Chart& chart, const PlotLine& line) const;
  void draw_title(PanelContext& context, const Chart& chart) const;
  void draw_names(PanelContext& context, const Chart& chart) const;
  void handle_mouse(PanelContext& context, const Chart& chart);
  void draw_reading(PanelContext& context, const Chart& chart) const;
  std::string value_text(const SeriesId& id, double value) const;

  const EventSource* source_ = nullptr;  // of the trace that was shown last
  std::optional<SeriesSet> series_;
  std::vector<SeriesId> shown_;
  bool chosen_ = false;  // by a person
  std::map<SeriesId, Drawn> drawn_;
};

}  // namespace norn::viewer
