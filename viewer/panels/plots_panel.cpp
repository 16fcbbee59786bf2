#include "panels/plots_panel.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "model/time_text.hpp"
#include "panels/shell.hpp"
#include "panels/space_time.hpp"

namespace norn::viewer {
namespace {

constexpr double kSeriesSliceMs = 6;
constexpr double kStepLabelWidth = 140;
constexpr float kLeastChart = 50;
constexpr float kMostChart = 180;
constexpr float kChartGap = 10;
// Columns of latencies and rates are this wide: narrower ones would be mostly empty.
constexpr float kWideColumn = 4;
// This many charts are shown at first.
constexpr std::size_t kFirstCharts = 3;

// Colours of nodes' lines; names at the ends of the lines say the same.
ImU32 colour_of_node(const Theme& theme, trace::NodeId node) {
  const std::array<ImU32, 6> colours = {theme.accent,    theme.leader, theme.candidate,
                                        theme.duplicate, theme.lost,   theme.partition_wall};
  return colours.at((node + colours.size() - 1) % colours.size());
}

std::string short_number(double value) {
  char text[32] = {};
  if (value == std::floor(value) && std::abs(value) < 1e7) {
    std::snprintf(text, sizeof text, "%.0f", value);
  } else {
    std::snprintf(text, sizeof text, "%.4g", value);
  }
  return text;
}

}  // namespace

// Where one chart is and what it shows.
struct PlotsPanel::Chart {
  SeriesId id;
  const Plot* plot = nullptr;
  Rect area;
  double low = 0;
  double high = 1;

  float column_width() const {
    return area.width() / static_cast<float>(std::max<std::size_t>(1, columns()));
  }
  std::size_t columns() const { return plot->lines.empty() ? 0 : plot->lines[0].columns.size(); }
  float x(std::size_t column) const {
    return area.x0 + static_cast<float>(column) * column_width();
  }
  float y(double value) const {
    const double share = high > low ? (value - low) / (high - low) : 0;
    return area.y1 - 3 - static_cast<float>(share) * (area.height() - 8);
  }
};

void PlotsPanel::meet(PanelContext& context) {
  if (source_ != &context.model().source()) {
    source_ = &context.model().source();
    series_.emplace(context.model());
    shown_.clear();
    drawn_.clear();
    chosen_ = false;
  }
  series_->follow(context.filter_shown());
  if (!series_->done()) series_->advance(kSeriesSliceMs);
  if (chosen_ || !shown_.empty() || !series_->done()) return;
  for (const SeriesId& id : series_->all()) {
    if (id.kind != SeriesKind::message_rate && shown_.size() < kFirstCharts) shown_.push_back(id);
  }
}

std::string PlotsPanel::value_text(const SeriesId& id, double value) const {
  return series_->is_time(id) ? format_duration(value) : short_number(value);
}

void PlotsPanel::draw_chooser(PanelContext& context) {
  word(context, "show", context.theme->text_dim);
  for (const SeriesId& id : series_->all()) {
    const std::string name = series_->name(id);
    next_in_line(button_width(context, name));
    const auto found = std::find(shown_.begin(), shown_.end(), id);
    if (!choice(context, "plots.series." + name, name, found != shown_.end())) continue;
    chosen_ = true;
    if (found != shown_.end()) {
      shown_.erase(found);
    } else {
      shown_.push_back(id);
    }
  }
  if (series_->done()) return;
  ImGui::SameLine(0, 12);
  const int percent = static_cast<int>(series_->progress() * 100);
  word(context,
       percent < 100 ? "reading events: " + std::to_string(percent) + " %"
                     : std::string("filtering \xE2\x80\xA6"),
       context.theme->text_dim);
}

const Plot& PlotsPanel::plot_of(const SeriesId& id, const PlotQuery& query) {
  Drawn& drawn = drawn_[id];
  if (drawn.query == query && drawn.version == series_->version() && drawn.complete)
    return drawn.plot;
  drawn.query = query;
  drawn.version = series_->version();
  drawn.complete = series_->done();
  drawn.plot = series_->plot(id, query);
  return drawn.plot;
}

void PlotsPanel::draw_scale(PanelContext& context, const Chart& chart, const Rect& area) const {
  const Theme& theme = *context.theme;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(chart.area.min(), chart.area.max(), theme.background, 2);
  const DiagramAxis axis = context.nav.axis();
  const auto width = static_cast<double>(chart.area.width());
  const auto line = [&](double fraction) {
    const float x = chart.area.x0 + static_cast<float>(fraction) * chart.area.width();
    list.AddLine({x, chart.area.y0}, {x, chart.area.y1}, theme.grid);
  };
  if (axis.ordinal()) {
    const StepTicks ticks = make_step_ticks(context.model().events(), axis, width, kStepLabelWidth);
    for (const StepTick& tick : ticks.major) line(axis.fraction_of(tick.event));
  } else {
    for (const Tick& tick : make_axis(axis.begin_ns(), axis.end_ns(), width, 110).major)
      line(axis.fraction(tick.ns));
  }
  const compat::Face& small = context.fonts.small;
  const auto write_right = [&](double value, float y) {
    const std::string text = value_text(chart.id, value);
    const float x = chart.area.x0 - 6 - text_size(small, text).x;
    draw_text(list, small, {x, y}, theme.text_dim, text);
  };
  if (chart.high > chart.low) {
    write_right(chart.high, area.y0 + 1);
    write_right(chart.low, area.y1 - small.size - 3);
  }
}

void PlotsPanel::draw_latency(PanelContext& context, const Chart& chart,
                              const PlotLine& line) const {
  const Theme& theme = *context.theme;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  for (std::size_t i = 0; i < line.columns.size(); ++i) {
    const PlotColumn& column = line.columns[i];
    if (column.count == 0) continue;
    const float x0 = chart.x(i);
    const float x1 = std::max(x0 + 2, chart.x(i + 1) - 1);
    list.AddRectFilled({x0, chart.y(column.percentile_95)}, {x1, chart.y(column.median)},
                       faded(theme.accent, 0.35F));
    list.AddRectFilled({x0, chart.y(column.median) - 1}, {x1, chart.y(column.median) + 1},
                       theme.accent);
    const float most = chart.y(column.high);
    list.AddRectFilled({x0, most - 1}, {x1, most + 1}, theme.late);
  }
}

void PlotsPanel::draw_line(PanelContext& context, const Chart& chart, const PlotLine& line) const {
  const Theme& theme = *context.theme;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const bool bars = series_->is_rate(chart.id) || chart.id.kind == SeriesKind::in_flight;
  const ImU32 colour = chart.id.kind == SeriesKind::losses ? theme.lost
                       : bars                              ? theme.accent
                                                           : colour_of_node(theme, line.node);
  float last_y = -1;
  // Neighbouring columns of one height are one rectangle.
  for (std::size_t i = 0; i < line.columns.size();) {
    const PlotColumn& column = line.columns[i];
    std::size_t end = i + 1;
    while (end < line.columns.size() && line.columns[end].high == column.high &&
           line.columns[end].low == column.low &&
           (line.columns[end].count == 0) == (column.count == 0))
      ++end;
    const float x0 = chart.x(i);
    const float x1 = chart.x(end);
    i = end;
    if (column.count == 0) {
      last_y = -1;
      continue;
    }
    if (bars) {
      list.AddRectFilled({x0, chart.y(column.high)}, {x1, chart.y(chart.low)},
                         faded(colour, 0.55F));
      continue;
    }
    const float y = chart.y(column.median);
    if (last_y >= 0 && last_y != y)
      list.AddRectFilled({x0 - 1, std::min(y, last_y)}, {x0 + 1, std::max(y, last_y)}, colour);
    list.AddRectFilled({x0, chart.y(column.high) - 1}, {x1, chart.y(column.low) + 1}, colour);
    last_y = y;
  }
}

// What the chart shows, in its upper left corner.
void PlotsPanel::draw_title(PanelContext& context, const Chart& chart) const {
  const Theme& theme = *context.theme;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  ImVec2 at{chart.area.x0 + 6, chart.area.y0 + 2};
  const auto write = [&](const compat::Face& face, ImU32 colour, const std::string& text) {
    const ImVec2 size = text_size(face, text);
    list.AddRectFilled({at.x - 3, at.y - 1}, {at.x + size.x + 3, at.y + size.y + 1},
                       theme.label_back, 3);
    draw_text(list, face, at, colour, text);
    at.x += size.x + 12;
  };
  write(context.fonts.small_bold, theme.text, series_->name(chart.id));
  if (series_->is_filtered(chart.id))
    write(context.fonts.small, theme.text, "of what passes the filter");
  if (!series_->is_time(chart.id)) return;
  write(context.fonts.small, theme.accent, "line: median");
  write(context.fonts.small, theme.text_dim, "bar: up to 95 %");
  write(context.fonts.small, theme.late, "dash: the most");
}

// The names of nodes at the right ends of their lines; those at one place share a label.
void PlotsPanel::draw_names(PanelContext& context, const Chart& chart) const {
  if (chart.id.kind != SeriesKind::state) return;
  std::map<double, std::string, std::greater<>> names;
  for (const PlotLine& line : chart.plot->lines) {
    const auto last = std::find_if(line.columns.rbegin(), line.columns.rend(),
                                   [](const PlotColumn& column) { return column.count > 0; });
    if (last == line.columns.rend()) continue;
    std::string& text = names[last->median];
    text += (text.empty() ? "" : " ") + std::string(context.model().node_name(line.node));
  }
  const compat::Face& face = context.fonts.small;
  float free_from = chart.area.y0;
  for (const auto& [value, text] : names) {
    const ImVec2 size = text_size(face, text);
    const float wanted = chart.y(value) - size.y - 2;
    const float y = std::max(free_from, wanted);
    if (y + size.y > chart.area.y1) break;
    free_from = y + size.y;
    // The dock's margin cuts the last few pixels off.
    const ImVec2 at{chart.area.x1 - size.x - 14, y};
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled({at.x - 3, at.y}, {at.x + size.x + 3, at.y + size.y},
                       context.theme->label_back, 3);
    draw_text(list, face, at, context.theme->text, text);
  }
}

void PlotsPanel::handle_mouse(PanelContext& context, const Chart& chart) {
  const ImGuiIO& io = ImGui::GetIO();
  Navigator& nav = context.nav;
  const double share = static_cast<double>((io.MousePos.x - chart.area.x0) / chart.area.width());
  if (ImGui::IsItemActive() && ImGui::IsMouseDragging(ImGuiMouseButton_Right, 0)) {
    nav.pan(-static_cast<double>(io.MouseDelta.x / chart.area.width()));
  }
  if (!ImGui::IsItemHovered()) return;
  const Moment moment = nav.axis().moment_at(share);
  const double t_ns = moment.t_ns;
  nav.set_moment(moment);
  if (io.MouseWheel != 0 && ImGui::GetScrollMaxY() <= 0)
    nav.wheel(io.MouseWheel, share, {.shift = io.KeyShift, .control = io.KeyCtrl});
  if (!ImGui::IsItemClicked(ImGuiMouseButton_Left)) return;
  // Of several lines the one that is nearest to the mouse.
  trace::NodeId node = 0;
  float best = 1e9F;
  const auto column = static_cast<std::size_t>(share * static_cast<double>(chart.columns()));
  for (const PlotLine& line : chart.plot->lines) {
    if (column >= line.columns.size() || line.columns[column].count == 0) continue;
    const float away = std::abs(chart.y(line.columns[column].median) - io.MousePos.y);
    if (away < best) node = line.node;
    best = std::min(best, away);
  }
  const Index event = series_->event_near(chart.id, t_ns, node);
  if (event != kNone) nav.select_and_show(event);
}

void PlotsPanel::draw_reading(PanelContext& context, const Chart& chart) const {
  const ImGuiIO& io = ImGui::GetIO();
  const auto column = static_cast<std::size_t>(
      std::max(0.0F, (io.MousePos.x - chart.area.x0) / chart.column_width()));
  ImGui::BeginTooltip();
  ImGui::TextUnformatted(
      (series_->name(chart.id) + " at " + format_duration(context.nav.cursor_ns().value_or(0)))
          .c_str());
  for (const PlotLine& line : chart.plot->lines) {
    if (column >= line.columns.size()) continue;
    const PlotColumn& value = line.columns[column];
    std::string text;
    if (line.node != 0) text = std::string(context.model().node_name(line.node)) + "  ";
    if (value.count == 0 && !series_->is_rate(chart.id)) {
      text += "nothing here";
    } else if (series_->is_time(chart.id)) {
      text += "median " + value_text(chart.id, value.median) + ", 95 % " +
              value_text(chart.id, value.percentile_95) + ", most " +
              value_text(chart.id, value.high) + ", of " + format_count(value.count);
    } else if (value.low != value.high && !series_->is_rate(chart.id)) {
      text += value_text(chart.id, value.low) + " to " + value_text(chart.id, value.high);
    } else {
      text += value_text(chart.id, value.high);
    }
    ImGui::TextUnformatted(text.c_str());
  }
  ImGui::EndTooltip();
}

void PlotsPanel::draw_chart(PanelContext& context, const SeriesId& id, const Rect& area) {
  const Rect lanes =
      diagram_areas(context, shell_areas(context, ImGui::GetIO().DisplaySize).diagram).lanes;
  Chart chart{.id = id, .plot = nullptr, .area = area};
  chart.area.x0 = lanes.x0;
  chart.area.x1 = lanes.x1;
  const float column =
      id.kind == SeriesKind::state || id.kind == SeriesKind::in_flight ? 1 : kWideColumn;
  const DiagramAxis axis = context.nav.axis();
  chart.plot = &plot_of(
      id, {.begin_ns = axis.begin_ns(),
           .end_ns = axis.end_ns(),
           .columns = static_cast<std::size_t>(std::max(1.0F, chart.area.width() / column)),
           .steps = axis.ordinal()
                        ? std::optional(PlotQuery::Steps{.from = axis.from(), .to = axis.to()})
                        : std::nullopt});
  chart.low = id.kind == SeriesKind::state ? std::min(0.0, chart.plot->low) : 0;
  chart.high = std::max(chart.plot->high, chart.low);
  if (chart.high == chart.low) chart.high = chart.low + 1;
  draw_scale(context, chart, area);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  ImGui::SetCursorScreenPos(chart.area.min());
  ImGui::InvisibleButton(("plot-" + series_->name(id)).c_str(),
                         {chart.area.width(), chart.area.height()},
                         ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight);
  context.spots.note("plots.chart." + series_->name(id), chart.area);
  const bool hovered = ImGui::IsItemHovered();
  handle_mouse(context, chart);
  list.PushClipRect(chart.area.min(), chart.area.max(), true);
  for (const PlotLine& line : chart.plot->lines) {
    if (series_->is_time(id)) {
      draw_latency(context, chart, line);
    } else {
      draw_line(context, chart, line);
    }
  }
  const auto mark = [&](double fraction, ImU32 colour) {
    const float x = chart.area.x0 + static_cast<float>(fraction) * chart.area.width();
    list.AddLine({x, chart.area.y0}, {x, chart.area.y1}, colour);
  };
  if (context.nav.selected() != kNone)
    mark(axis.fraction_of(context.nav.selected()), context.theme->accent);
  if (const auto cursor = context.nav.cursor()) mark(axis.fraction(*cursor), context.theme->cursor);
  draw_names(context, chart);
  draw_title(context, chart);
  list.PopClipRect();
  if (hovered) draw_reading(context, chart);
}

void PlotsPanel::draw(PanelContext& context) {
  meet(context);
  draw_chooser(context);
  if (shown_.empty()) {
    word(context, series_->done() ? "Choose what to plot." : "", context.theme->text_dim);
    return;
  }
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const auto charts = static_cast<float>(shown_.size());
  const float height = std::clamp((ImGui::GetContentRegionAvail().y - 4) / charts - kChartGap,
                                  kLeastChart, kMostChart);
  float y = at.y + 4;
  for (const SeriesId& id : std::vector<SeriesId>(shown_)) {
    draw_chart(context, id, {.x0 = at.x, .y0 = y, .x1 = at.x, .y1 = y + height});
    y += height + kChartGap;
  }
}

}  // namespace norn::viewer
