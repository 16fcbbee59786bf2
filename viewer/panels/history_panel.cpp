#include "panels/history_panel.hpp"

#include <algorithm>
#include <utility>

#include "model/time_text.hpp"
#include "norn/check/model.hpp"
#include "panels/shell.hpp"
#include "panels/space_time.hpp"

namespace norn::viewer {
namespace {

constexpr double kHistorySliceMs = 6;
constexpr float kHistoryRow = 24;
constexpr float kOrderRow = 19;
constexpr float kFoldPx = 3;
constexpr Index kFewEvents = 4000;
constexpr float kLeastRows = 90;
constexpr float kFilteredBar = 0.3F;
// So many operations of a row are asked about in a frame, whether they pass the filter.
constexpr std::size_t kFilteredSlice = 8192;

// "put(x, 1) -> ok" without who did it: the row says that.
std::string words_of(const check::Operation& operation) {
  std::string text = check::describe(operation);
  const std::size_t colon = text.find(": ");
  return colon == std::string::npos ? text : text.substr(colon + 2);
}

std::vector<std::string> model_list() {
  std::vector<std::string> out;
  std::string name;
  for (const char c : check::model_names() + ",") {
    if (c == ',') {
      if (!name.empty()) out.push_back(std::exchange(name, {}));
    } else if (c != ' ') {
      name += c;
    }
  }
  return out;
}

std::string operations_text(std::size_t count) {
  return format_count(count) + (count == 1 ? " operation" : " operations");
}

}  // namespace

bool HistoryPanel::wants_frame() const {
  return filtering_ || reader_ != nullptr || (check_ != nullptr && !taken_);
}

bool HistoryPanel::is_violated() const {
  return taken_ && check_->outcome().result.misfit.has_value();
}

void HistoryPanel::meet(PanelContext& context) {
  if (source_ != &context.model().source()) {
    source_ = &context.model().source();
    check_.reset();
    history_.reset();
    reader_ = std::make_unique<HistoryReader>(context.model());
    taken_ = false;
    position_.clear();
    model_.clear();
    rows_ = {};
    passing_.clear();
  }
  if (reader_ != nullptr && reader_->advance(kHistorySliceMs)) {
    history_ = reader_->take();
    model_ = reader_->fitting_model();
    reader_.reset();
    by_key_ = false;
  }
  if (check_ != nullptr && !taken_ && check_->done()) take_verdict();
}

void HistoryPanel::take_verdict() {
  taken_ = true;
  position_.assign(history_->history().operations().size(), 0);
  const auto number = [&](const std::vector<OperationId>& order) {
    for (std::size_t i = 0; i < order.size(); ++i)
      position_[order[i]] = static_cast<std::uint32_t>(i + 1);
  };
  const check::LinearizabilityResult& result = check_->outcome().result;
  if (result.misfit) {
    number(result.misfit->order);
    order_rows_.centre(result.misfit->order.size() + 100);  // the end is what matters
  } else {
    for (const auto& order : result.orders) number(order);
  }
}

void HistoryPanel::start_check() {
  taken_ = false;
  position_.clear();
  check_ =
      std::make_unique<HistoryCheck>(history_->share(), HistoryCheck::Options{.model = model_});
}

void HistoryPanel::select(PanelContext& context, OperationId id) {
  const Index call = history_->call_event(id);
  const Index answer = history_->return_event(id);
  // A second click goes on to the answer.
  const bool to_answer = context.nav.selected() == call && answer != kNone;
  const Index event = to_answer ? answer : call;
  if (event != kNone) context.nav.select_and_show(event);
}

void HistoryPanel::draw_models(PanelContext& context) {
  const std::string text = "model: " + (model_.empty() ? "choose" : model_) + " \xE2\x96\xBE";
  if (button(context, "history.model", text)) ImGui::OpenPopup("history-models");
  if (!ImGui::BeginPopup("history-models")) return;
  for (const std::string& name : model_list()) {
    if (choice(context, "history.model." + name, name, name == model_)) {
      model_ = name;
      check_.reset();
      taken_ = false;
      position_.clear();
      ImGui::CloseCurrentPopup();
    }
  }
  ImGui::EndPopup();
}

void HistoryPanel::draw_controls(PanelContext& context) {
  const Theme& theme = *context.theme;
  if (choice(context, "history.by_client", "by client", !by_key_)) by_key_ = false;
  ImGui::SameLine(0, 4);
  if (choice(context, "history.by_key", "by key", by_key_)) by_key_ = true;
  ImGui::SameLine(0, 12);
  word(context, operations_text(history_->history().operations().size()), theme.text);
  ImGui::SameLine(0, 12);
  draw_models(context);
  ImGui::SameLine(0, 4);
  const bool running = check_ != nullptr && !taken_;
  if (running) {
    if (button(context, "history.stop", "stop", !check_->cancelled())) check_->cancel();
  } else if (button(context, "history.check", "is it linearizable?", !model_.empty())) {
    start_check();
  }
  ImGui::SameLine(0, 12);
  draw_verdict(context);
}

void HistoryPanel::draw_verdict(PanelContext& context) {
  const Theme& theme = *context.theme;
  if (check_ == nullptr) {
    word(context, model_.empty() ? "no ready model has these operations" : "not checked yet",
         theme.text_dim);
    return;
  }
  if (!taken_) {
    word(context, check_->cancelled() ? "stopping \xE2\x80\xA6" : "checking \xE2\x80\xA6",
         theme.text_dim);
    return;
  }
  const HistoryCheck::Outcome& outcome = check_->outcome();
  if (!outcome.problem.empty()) {
    word(context, outcome.problem, theme.violation);
    return;
  }
  const std::string effort = " (" + format_count(outcome.result.parts) +
                             (outcome.result.parts == 1 ? " part, " : " parts, ") +
                             format_count(outcome.result.steps) + " steps)";
  switch (outcome.result.verdict) {
    case check::Verdict::holds:
      word(context, "linearizable" + effort + ": the numbers are an order that fits", theme.good);
      break;
    case check::Verdict::unknown:
      word(context,
           (check_->cancelled() ? "unknown: stopped early" : "unknown: the budget is used up") +
               effort,
           theme.late);
      break;
    case check::Verdict::violated: {
      const OperationId id = outcome.result.misfit->operation;
      if (button(context, "history.misfit", "show it")) select(context, id);
      ImGui::SameLine(0, 6);
      word(context,
           "not linearizable: " + check::describe(history_->history().operation(id)) +
               " fits nowhere",
           theme.violation);
      break;
    }
  }
}

// The operations of a row whose call or return passes the filter, a slice a frame.
const RankedBits& HistoryPanel::follow_filter(const PanelContext& context,
                                              const std::vector<HistoryRow>& rows,
                                              std::size_t row) {
  static const RankedBits kAll;  // nothing is known: everything may pass
  const EventFilter* const filter = context.filter_shown();
  if (filter == nullptr) return kAll;
  if (passing_.size() != rows.size() || passing_of_ != filter->version() ||
      passing_by_key_ != by_key_) {
    passing_.assign(rows.size(), {});
    passing_of_ = filter->version();
    passing_by_key_ = by_key_;
  }
  RankedBits& bits = passing_[row];
  const auto& operations = rows[row].operations;
  if (filter->searched()) {
    const std::size_t end = std::min(operations.size(), bits.size() + kFilteredSlice);
    while (bits.size() < end) {
      const OperationId id = operations[bits.size()];
      const Index answer = history_->return_event(id);
      bits.append(filter->may_pass(history_->call_event(id)) ||
                  (answer != kNone && filter->may_pass(answer)));
    }
  }
  filtering_ = filtering_ || bits.size() < operations.size();
  return bits;
}

void HistoryPanel::draw_bar(PanelContext& context, const Rect& rect, const HistoryBar& bar,
                            std::size_t passing) {
  const Theme& theme = *context.theme;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const OperationId id = bar.first;
  const bool single = bar.count == 1;
  const bool misfit = is_violated() && single && check_->outcome().result.misfit->operation == id;
  const ImU32 full = misfit                                 ? theme.violation
                     : bar.worst == check::Outcome::failed  ? theme.text_dim
                     : bar.worst == check::Outcome::unknown ? theme.late
                                                            : theme.accent;
  const float opacity = passing > 0 || misfit ? 1.0F : kFilteredBar;
  const ImU32 colour = faded(full, opacity);
  list.AddRectFilled(rect.min(), rect.max(), faded(colour, misfit ? 0.45F : 0.28F), 3);
  list.AddRect(rect.min(), rect.max(), colour, 3, 0, misfit ? 2.0F : 1.0F);
  // Not by colour alone: what failed is struck through, what nobody knows is hatched.
  if (bar.worst == check::Outcome::failed && rect.width() > 8) {
    list.AddLine({rect.x0 + 3, (rect.y0 + rect.y1) / 2}, {rect.x1 - 3, (rect.y0 + rect.y1) / 2},
                 colour);
  }
  if (bar.worst == check::Outcome::unknown)
    draw_hatch(list, rect, {.colour = faded(colour, 0.6F), .thickness = 1}, 6);
  const OperationId selected = history_->operation_of(context.nav.selected());
  if (selected != check::kNone && selected == id && single)
    list.AddRect({rect.x0 - 2, rect.y0 - 2}, {rect.x1 + 2, rect.y1 + 2}, theme.accent, 4, 0, 2.5F);
  std::string text = single ? words_of(history_->history().operation(id))
                            : format_count(bar.count) + " operations";
  if (!single && passing < bar.count) text = format_count(passing) + " of " + text;
  if (single && id < position_.size() && position_[id] != 0)
    text = std::to_string(position_[id]) + ".  " + text;
  const compat::Face& face = misfit ? context.fonts.small_bold : context.fonts.small;
  // A text that starts left of what is shown moves into sight.
  const float x = std::max(rect.x0, ImGui::GetWindowDrawList()->GetClipRectMin().x) + 5;
  draw_fitted(list, face, {x, (rect.y0 + rect.y1 - face.size) / 2 - 1}, faded(theme.text, opacity),
              text, rect.x1 - x - 3);
}

void HistoryPanel::draw_tooltip(PanelContext& context, const HistoryBar& bar) const {
  ImGui::BeginTooltip();
  const check::Operation& operation = history_->history().operation(bar.first);
  if (bar.count > 1) {
    ImGui::TextUnformatted((operations_text(bar.count) + ": zoom in to tell them apart").c_str());
  } else {
    compat::push_font(context.fonts.bold);
    ImGui::TextUnformatted(check::describe(operation).c_str());
    ImGui::PopFont();
    ImGui::Text("called %s", format_exact(operation.call_ns).c_str());
    if (operation.return_event == check::kNone) {
      ImGui::TextUnformatted("never answered");
    } else {
      ImGui::Text(
          "answered %s, after %s", format_exact(operation.return_ns).c_str(),
          format_duration(static_cast<double>(operation.return_ns - operation.call_ns)).c_str());
    }
  }
  ImGui::EndTooltip();
}

void HistoryPanel::draw_row(PanelContext& context, const Rect& rect, const HistoryRow& row,
                            const RankedBits& passing) {
  const Theme& theme = *context.theme;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const Rect lanes =
      diagram_areas(context, shell_areas(context, ImGui::GetIO().DisplaySize).diagram).lanes;
  const DiagramAxis axis = context.nav.axis();
  const float y = (rect.y0 + rect.y1 - context.fonts.small.size) / 2 - 1;
  draw_fitted(list, context.fonts.small, {rect.x0 + 2, y}, theme.text, row.name,
              lanes.x0 - rect.x0 - 8);
  const Rect area{
      .x0 = lanes.x0, .y0 = rect.y0 + 2, .x1 = std::min(lanes.x1, rect.x1), .y1 = rect.y1 - 2};
  list.PushClipRect({area.x0, rect.y0}, {area.x1, rect.y1}, true);
  // Among few events on an axis of steps nothing is folded: a short bar may be wide there.
  const bool few = axis.ordinal() && axis.end_event() - axis.first_event() < kFewEvents;
  const double ns_per_px = (axis.end_ns() - axis.begin_ns()) / static_cast<double>(lanes.width());
  const auto x = [&](double t_ns) {
    const double at =
        static_cast<double>(lanes.x0) + axis.fraction(t_ns) * static_cast<double>(lanes.width());
    return static_cast<float>(
        std::clamp(at, static_cast<double>(lanes.x0) - 20, static_cast<double>(lanes.x1) + 20));
  };
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  for (const HistoryBar& bar :
       history_->bars(row, {.begin_ns = axis.begin_ns(),
                            .end_ns = axis.end_ns(),
                            .fold_ns = few ? 1 : static_cast<double>(kFoldPx) * ns_per_px})) {
    const float x0 = x(bar.begin_ns);
    const Rect drawn{
        .x0 = x0, .y0 = area.y0, .x1 = std::max(x0 + kFoldPx, x(bar.end_ns)), .y1 = area.y1};
    draw_bar(context, drawn, bar, passing.between(bar.at, bar.at + bar.count));
    if (!mouse_over_rows_ || !drawn.contains(mouse) || !area.contains(mouse)) continue;
    hovered_ = bar.first;
    draw_tooltip(context, bar);
  }
  const auto mark = [&](double t_ns, ImU32 colour) {
    list.AddLine({x(t_ns), rect.y0}, {x(t_ns), rect.y1}, colour);
  };
  if (const auto cursor = context.nav.cursor_ns()) mark(*cursor, theme.cursor);
  list.PopClipRect();
}

void HistoryPanel::draw_rows(PanelContext& context) {
  const auto& rows = by_key_ ? history_->by_key() : history_->by_client();
  const RowList::Rows shown = rows_.show(context, "history", rows.size(), kHistoryRow);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.PushClipRect(shown.area.min(), shown.area.max(), true);
  hovered_ = check::kNone;
  filtering_ = false;
  mouse_over_rows_ = shown.hovered;
  for (std::uint64_t row = shown.first; row < shown.first + shown.count; ++row) {
    if (row % 2 == 1)
      list.AddRectFilled(shown.rect(row).min(), shown.rect(row).max(),
                         faded(context.theme->lane, 0.6F));
    draw_row(context, shown.rect(row), rows[row], follow_filter(context, rows, row));
  }
  list.PopClipRect();
  if (shown.clicked && hovered_ != check::kNone) select(context, hovered_);
}

// The order that was found, to its end, and then what fits nowhere.
void HistoryPanel::draw_explanation(PanelContext& context) {
  const Theme& theme = *context.theme;
  const check::Misfit& misfit = *check_->outcome().result.misfit;
  std::string head = "the longest order that fits: " + operations_text(misfit.order.size());
  if (misfit.part) head += " of " + check::to_json(*misfit.part);
  if (!misfit.states.empty()) head += ", and then the state is " + misfit.states.front();
  word(context, head, theme.text_dim);
  const std::size_t rows = misfit.order.size() + 1;
  const RowList::Rows shown = order_rows_.show(context, "history.order", rows, kOrderRow);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.PushClipRect(shown.area.min(), shown.area.max(), true);
  const OperationId selected = history_->operation_of(context.nav.selected());
  for (std::uint64_t row = shown.first; row < shown.first + shown.count; ++row) {
    const bool last = row == misfit.order.size();
    const OperationId id = last ? misfit.operation : misfit.order[row];
    const Rect rect = shown.rect(row);
    if (shown.under_mouse == row)
      list.AddRectFilled(rect.min(), rect.max(), faded(theme.text_dim, 0.12F));
    if (id == selected) list.AddRectFilled(rect.min(), rect.max(), faded(theme.accent, 0.25F));
    const std::string text = (last ? "fits nowhere:  " : std::to_string(row + 1) + ".  ") +
                             check::describe(history_->history().operation(id));
    draw_fitted(list, last ? context.fonts.small_bold : context.fonts.small,
                {rect.x0 + 6, rect.y0 + 1}, last ? theme.violation : theme.text, text,
                rect.width() - 12);
  }
  list.PopClipRect();
  if (shown.clicked && shown.under_mouse != UINT64_MAX) {
    const auto row = static_cast<std::size_t>(shown.under_mouse);
    select(context, row == misfit.order.size() ? misfit.operation : misfit.order[row]);
  }
}

void HistoryPanel::draw(PanelContext& context) {
  meet(context);
  const Theme& theme = *context.theme;
  if (history_ == nullptr) {
    word(context, "reading operations \xE2\x80\xA6", theme.text_dim);
    return;
  }
  if (!history_->problem().empty()) {
    word(context, "the history cannot be judged: " + history_->problem(), theme.violation);
    return;
  }
  if (history_->history().empty()) {
    word(context,
         "This trace has no client operations. A scenario records them by its workload, or by "
         "Simulation::op_call() and op_return().",
         theme.text_dim);
    return;
  }
  draw_controls(context);
  const float room = ImGui::GetContentRegionAvail().y;
  const float below = is_violated() ? std::clamp(room * 0.42F, 0.0F, room - kLeastRows) : 0;
  compat::begin_child("history-rows", {0, room - below - 4}, false);
  draw_rows(context);
  ImGui::EndChild();
  if (below <= kOrderRow * 2) return;
  compat::begin_child("history-order", {0, below}, false);
  draw_explanation(context);
  ImGui::EndChild();
}

}  // namespace norn::viewer
