// A folder of runs: a table, a map of seeds and properties, ways to fail, curves of branches.
#pragma once

#include <optional>
#include <string>

#include "model/campaign_folder.hpp"
#include "panels/controls.hpp"
#include "panels/panel.hpp"

namespace norn::viewer {

class RunsPanel final : public Panel {
 public:
  std::string_view id() const override { return "runs"; }
  std::string_view title() const override { return "Runs"; }
  void draw(PanelContext& context) override;
  bool wants_frame() const override { return folder_ && !folder_->done(); }

  const CampaignFolder* folder() const { return folder_ ? &*folder_ : nullptr; }

 private:
  enum class View : std::uint8_t { runs, map, ways, branch };

  void meet(PanelContext& context);
  void open(PanelContext& context, const std::string& path);
  void draw_head(PanelContext& context);
  void draw_runs(PanelContext& context);
  void draw_run(PanelContext& context, const Rect& rect, const RunRow& row);
  void draw_map(PanelContext& context);
  void draw_map_row(PanelContext& context, const Rect& rect, std::size_t row);
  void draw_ways(PanelContext& context);
  void draw_branch(PanelContext& context);
  void draw_curve(PanelContext& context, const BranchCurve& curve, const Rect& area);
  void list_rows();
  void show_seed(std::uint64_t seed);
  bool file_button(PanelContext& context, const std::string& name, const std::string& path,
                   float& right, const Rect& row) const;

  std::string path_;     // as it stands in the box
  std::string opened_;   // what was asked for last, also when it could not be opened
  std::string problem_;  // why not
  std::optional<CampaignFolder> folder_;
  View view_ = View::runs;
  bool beside_ = false;
  std::optional<std::size_t> way_;     // only its rows are listed
  std::vector<std::size_t> listed_;    // rows of the folder
  std::size_t listed_of_ = SIZE_MAX;   // how many rows the folder had then
  std::optional<std::size_t> chosen_;  // a row of the folder
  RowList rows_;
  RowList map_rows_;
  RowList way_rows_;
};

}  // namespace norn::viewer
