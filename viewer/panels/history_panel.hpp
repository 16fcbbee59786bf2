// The clients' operations as bars, and what the checker says of them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/client_history.hpp"
#include "model/ranked_bits.hpp"
#include "panels/controls.hpp"
#include "panels/panel.hpp"

namespace norn::viewer {

class HistoryPanel final : public Panel {
 public:
  std::string_view id() const override { return "history"; }
  std::string_view title() const override { return "History"; }
  void draw(PanelContext& context) override;
  bool wants_frame() const override;

  const ClientHistory* history() const { return history_.get(); }
  const HistoryCheck* check() const { return check_.get(); }

 private:
  void meet(PanelContext& context);
  void take_verdict();
  void start_check();
  void draw_controls(PanelContext& context);
  void draw_models(PanelContext& context);
  void draw_verdict(PanelContext& context);
  void draw_rows(PanelContext& context);
  void draw_row(PanelContext& context, const Rect& rect, const HistoryRow& row,
                const RankedBits& passing);
  const RankedBits& follow_filter(const PanelContext& context, const std::vector<HistoryRow>& rows,
                                  std::size_t row);
  void draw_bar(PanelContext& context, const Rect& rect, const HistoryBar& bar,
                std::size_t passing);
  void draw_tooltip(PanelContext& context, const HistoryBar& bar) const;
  void draw_explanation(PanelContext& context);
  void select(PanelContext& context, OperationId id);
  bool is_violated() const;

  const EventSource* source_ = nullptr;     // of the trace that was shown last
  std::unique_ptr<HistoryReader> reader_;   // until all is read
  std::unique_ptr<ClientHistory> history_;  // then
  std::unique_ptr<HistoryCheck> check_;
  bool taken_ = false;                   // the verdict is in `position_`
  std::vector<std::uint32_t> position_;  // of each operation in the order found, from 1; 0: none
  std::string model_;
  bool by_key_ = false;
  OperationId hovered_ = check::kNone;
  bool mouse_over_rows_ = false;
  // Which operations of each row pass the filter: found for the rows that are looked at.
  std::vector<RankedBits> passing_;
  std::uint64_t passing_of_ = 0;  // the version of that filter
  bool passing_by_key_ = false;
  bool filtering_ = false;
  RowList rows_;
  RowList order_rows_;
};

}  // namespace norn::viewer
