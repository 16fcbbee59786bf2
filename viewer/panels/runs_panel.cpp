#include "panels/runs_panel.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "model/time_text.hpp"

namespace norn::viewer {
namespace {

constexpr double kFolderSliceMs = 6;
constexpr float kRunRow = 24;
constexpr float kMapRow = 20;
constexpr float kMapNames = 360;
constexpr float kCurveLeft = 60;

struct RunColumns {
  float verdict = 0;
  float property = 0;
  float events = 0;
  float at = 0;
  float files = 0;
};

RunColumns run_columns(const Rect& area) {
  RunColumns out;
  out.verdict = area.x0 + 90;
  out.property = out.verdict + 80;
  out.files = area.x1 - 240;
  out.at = out.files - 100;
  out.events = out.at - 80;
  return out;
}

// The folder of a trace; of one among the cases of a campaign, the campaign's.
std::string folder_of(const std::string& file) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::absolute(file).parent_path();
  std::error_code ignored;
  if (folder.filename() == "cases" && fs::exists(folder.parent_path() / "manifest.json", ignored))
    return folder.parent_path().string();
  return folder.string();
}

// What one box of the map stands for: with more parts than pixels, several neighbours.
struct MapCell {
  HeatCell sum;
  HeatColumn span;
};

MapCell map_cell(const CampaignFolder& folder, std::size_t row, std::size_t from, std::size_t to) {
  const auto& columns = folder.heat_columns();
  MapCell out{.sum = {}, .span = {.first = columns[from].first, .count = 0, .cells = {}}};
  for (std::size_t at = from; at < to; ++at) {
    out.span.count += columns[at].count;
    if (row >= columns[at].cells.size()) continue;
    const HeatCell& cell = columns[at].cells[row];
    out.sum.failures += cell.failures;
    out.sum.evaluated += cell.evaluated;
    out.sum.held += cell.held;
    if (cell.failures > 0) out.sum.failing_seed = cell.failing_seed;
  }
  return out;
}

void draw_cell(const Theme& theme, const Rect& box, const MapCell& cell, bool should_happen) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const HeatCell& sum = cell.sum;
  if (sum.failures > 0) {
    const auto share = static_cast<float>(sum.failures) /
                       static_cast<float>(std::max<std::uint64_t>(1, cell.span.count));
    list.AddRectFilled(box.min(), box.max(),
                       faded(theme.violation, 0.45F + 0.55F * std::min(1.0F, share)));
    draw_cross(list, {(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2}, 3,
               {.colour = theme.panel, .thickness = 1.5F});
  } else if (should_happen && sum.evaluated > 0 && sum.held == 0) {
    list.AddRectFilled(box.min(), box.max(), faded(theme.late, 0.3F));
  } else if (sum.evaluated > 0) {
    list.AddRectFilled(box.min(), box.max(), faded(theme.good, 0.28F));
  } else {
    list.AddRect(box.min(), box.max(), theme.border);
  }
}

void describe_cell(const HeatRow& heat, const MapCell& cell, const std::string& seeds) {
  ImGui::BeginTooltip();
  ImGui::TextUnformatted((heat.kind + " \"" + heat.property + "\"").c_str());
  ImGui::TextUnformatted(seeds.c_str());
  if (cell.sum.failures > 0)
    ImGui::Text("broken in %s of %s runs; a click shows one",
                format_count(cell.sum.failures).c_str(), format_count(cell.span.count).c_str());
  ImGui::Text("%s %s of %s times it was looked at", heat.should_happen() ? "seen" : "held",
              format_count(cell.sum.held).c_str(), format_count(cell.sum.evaluated).c_str());
  ImGui::EndTooltip();
}

}  // namespace

void RunsPanel::open(PanelContext& context, const std::string& path) {
  opened_ = path;
  path_ = path;
  context.folder = path;
  problem_.clear();
  folder_.reset();
  way_.reset();
  chosen_.reset();
  listed_of_ = SIZE_MAX;
  auto opened = CampaignFolder::open(path);
  if (!opened) {
    problem_ = opened.error().message;
    return;
  }
  folder_ = std::move(opened).value();
}

void RunsPanel::meet(PanelContext& context) {
  if (!context.folder.empty() && context.folder != opened_) open(context, context.folder);
  if (opened_.empty() && !context.model().facts().path.empty()) {
    open(context, folder_of(context.model().facts().path));
    // Nobody asked for it: nothing to complain about.
    problem_.clear();
  }
  if (folder_ && !folder_->done()) folder_->advance(kFolderSliceMs);
}

void RunsPanel::draw_head(PanelContext& context) {
  const Theme& theme = *context.theme;
  text_field(context, "runs.path", {.hint = "folder of a campaign, or of cases", .width = 300},
             path_);
  ImGui::SameLine(0, 4);
  if (button(context, "runs.open", "open folder", !path_.empty())) open(context, path_);
  if (!problem_.empty()) {
    ImGui::SameLine(0, 10);
    word(context, problem_, theme.violation);
  }
  if (!folder_) return;
  ImGui::SameLine(0, 14);
  const auto view = [&](const char* spot, const char* text, View which, bool there) {
    if (!there) return;
    if (choice(context, spot, text, view_ == which)) view_ = which;
    ImGui::SameLine(0, 4);
  };
  view("runs.view.runs", "runs", View::runs, true);
  view("runs.view.map", "map", View::map, !folder_->heat_columns().empty());
  view("runs.view.ways", "ways to fail", View::ways, !folder_->ways().empty());
  view("runs.view.branch", "branch", View::branch, !folder_->branches().empty());
  ImGui::SameLine(0, 14);
  if (choice(context, "runs.beside", "open beside", beside_)) beside_ = !beside_;
  word(context, folder_->title() + (folder_->done() ? "" : " \xE2\x80\xA6"), theme.text);
  if (!folder_->problems().empty()) {
    ImGui::SameLine(0, 14);
    std::string text = folder_->problems().front();
    if (folder_->problems().size() > 1)
      text += ", and " + format_count(folder_->problems().size() - 1) + " more files";
    word(context, text, theme.violation);
  }
  if (way_ && view_ == View::runs) {
    ImGui::SameLine(0, 14);
    if (chip(context, "runs.all_ways", "only one way to fail", true)) {
      way_.reset();
      listed_of_ = SIZE_MAX;
    }
  }
}

void RunsPanel::list_rows() {
  if (listed_of_ == folder_->rows().size() && folder_->done()) return;
  listed_.clear();
  for (std::size_t i = 0; i < folder_->rows().size(); ++i) {
    if (!way_ || folder_->rows()[i].way == *way_) listed_.push_back(i);
  }
  listed_of_ = folder_->done() ? folder_->rows().size() : SIZE_MAX;
}

void RunsPanel::show_seed(std::uint64_t seed) {
  way_.reset();
  listed_of_ = SIZE_MAX;
  list_rows();
  const std::size_t row = folder_->row_of(seed);
  if (row == folder_->rows().size()) return;
  view_ = View::runs;
  chosen_ = row;
  rows_.reveal(row);
}

// From right to left.
bool RunsPanel::file_button(PanelContext& context, const std::string& name, const std::string& path,
                            float& right, const Rect& row) const {
  if (path.empty()) return false;
  const float width = button_width(context, name);
  right -= width + 4;
  ImGui::SetCursorScreenPos({right, row.y0});
  if (!button(context, "runs.file." + path, name)) return false;
  context.ask({.what = beside_ ? Request::What::open_beside : Request::What::open, .path = path});
  return true;
}

void RunsPanel::draw_run(PanelContext& context, const Rect& rect, const RunRow& row) {
  const Theme& theme = *context.theme;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const RunColumns at = run_columns(rect);
  const compat::Face& face = context.fonts.small;
  const float y = rect.y0 + (rect.height() - face.size) / 2 - 1;
  draw_text(list, face, {rect.x0 + 6, y}, theme.text, std::to_string(row.seed));
  draw_fitted(list, face, {at.verdict, y}, theme.violation, row.verdict,
              at.property - at.verdict - 6);
  const std::string what =
      row.property + (row.detail.empty() ? "" : "  \xE2\x80\x94  " + row.detail);
  draw_fitted(list, face, {at.property, y}, theme.text, what, at.events - at.property - 10);
  if (row.events > 0)
    draw_text(list, face, {at.events, y}, theme.text_dim, format_count(row.events));
  draw_fitted(list, face, {at.at, y}, theme.text_dim, row.at, at.files - at.at - 6);
  float right = rect.x1 - 4;
  file_button(context, "nearest pass", row.nearest, right, rect);
  file_button(context, "smallest", row.smallest, right, rect);
  file_button(context, "trace", row.trace, right, rect);
  if (row.trace.empty() && row.smallest.empty() && row.nearest.empty())
    draw_text(list, face, {at.files, y}, theme.text_dim, "only its seed is known");
}

void RunsPanel::draw_runs(PanelContext& context) {
  const Theme& theme = *context.theme;
  list_rows();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 head = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x - 12;
  const RunColumns at = run_columns({.x0 = head.x, .y0 = head.y, .x1 = head.x + width, .y1 = 0});
  const compat::Face& bold = context.fonts.small_bold;
  const std::pair<float, const char*> titles[] = {
      {head.x + 6, "seed"},  {at.verdict, "verdict"}, {at.property, "property"},
      {at.events, "events"}, {at.at, "at"},           {at.files, "files"}};
  for (const auto& [x, text] : titles) draw_text(list, bold, {x, head.y}, theme.text_dim, text);
  list.AddLine({head.x, head.y + 18}, {head.x + width, head.y + 18}, theme.border);
  ImGui::SetCursorScreenPos({head.x, head.y + 20});
  // Buttons lie on rows: they are drawn first, and what they take the rows do not get.
  const ImVec2 begin = ImGui::GetCursorScreenPos();
  const float room = ImGui::GetContentRegionAvail().y;
  const auto fit = static_cast<std::uint64_t>(std::max(1.0F, room / kRunRow));
  const auto first = static_cast<std::uint64_t>(rows_.top());
  for (std::uint64_t i = first; i < std::min<std::uint64_t>(listed_.size(), first + fit); ++i) {
    const float top = begin.y + static_cast<float>(i - first) * kRunRow;
    const Rect rect{.x0 = begin.x, .y0 = top, .x1 = begin.x + width, .y1 = top + kRunRow};
    if (chosen_ == listed_[i])
      list.AddRectFilled(rect.min(), rect.max(), faded(theme.accent, 0.22F));
    draw_run(context, rect, folder_->rows()[listed_[i]]);
  }
  ImGui::SetCursorScreenPos(begin);
  const RowList::Rows rows = rows_.show(context, "runs", listed_.size(), kRunRow);
  if (rows.clicked && rows.under_mouse != UINT64_MAX) {
    chosen_ = listed_[static_cast<std::size_t>(rows.under_mouse)];
    const RunRow& row = folder_->rows()[*chosen_];
    const std::string line = !row.smallest_case.empty() ? row.smallest_case : row.case_file;
    if (!line.empty()) ImGui::SetClipboardText(line.c_str());
  }
  if (listed_.empty())
    draw_text(list, context.fonts.body, {begin.x + 8, begin.y + 6}, theme.text_dim,
              folder_->done() ? "No run failed." : "Reading \xE2\x80\xA6");
}

void RunsPanel::draw_map_row(PanelContext& context, const Rect& rect, std::size_t row) {
  const Theme& theme = *context.theme;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const HeatRow& heat = folder_->heat_rows()[row];
  const compat::Face& face = context.fonts.small;
  draw_fitted(list, face, {rect.x0 + 4, rect.y0 + 2}, theme.text_dim, heat.kind, 76);
  draw_fitted(list, face, {rect.x0 + 84, rect.y0 + 2}, theme.text, heat.property, kMapNames - 92);
  const auto& columns = folder_->heat_columns();
  const Rect map{.x0 = rect.x0 + kMapNames, .y0 = rect.y0 + 1, .x1 = rect.x1, .y1 = rect.y1 - 1};
  const auto most = std::max<std::size_t>(1, static_cast<std::size_t>(map.width() / 3));
  const std::size_t cells = std::min(columns.size(), most);
  const float width = map.width() / static_cast<float>(cells);
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  for (std::size_t i = 0; i < cells; ++i) {
    const std::size_t from = i * columns.size() / cells;
    const std::size_t to = (i + 1) * columns.size() / cells;
    const MapCell cell = map_cell(*folder_, row, from, to);
    const Rect box{.x0 = map.x0 + static_cast<float>(i) * width,
                   .y0 = map.y0,
                   .x1 = map.x0 + static_cast<float>(i + 1) * width - (width > 4 ? 1.0F : 0.0F),
                   .y1 = map.y1};
    draw_cell(theme, box, cell, heat.should_happen());
    if (cell.sum.failures > 0) context.spots.note("runs.map.failed." + std::to_string(row), box);
    if (!box.contains(mouse) ||
        !ImGui::IsWindowHovered(ImGuiHoveredFlags_AllowWhenBlockedByActiveItem))
      continue;
    describe_cell(heat, cell, folder_->seeds_text(cell.span));
    if (cell.sum.failures > 0 && ImGui::IsMouseClicked(ImGuiMouseButton_Left))
      show_seed(cell.sum.failing_seed);
  }
}

void RunsPanel::draw_map(PanelContext& context) {
  const Theme& theme = *context.theme;
  word(context,
       "from left to right: seeds.  crossed: broken,  green: held or seen,  orange: never seen,  "
       "empty: not looked at",
       theme.text_dim);
  const RowList::Rows rows =
      map_rows_.show(context, "runs.map", folder_->heat_rows().size(), kMapRow);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.PushClipRect(rows.area.min(), rows.area.max(), true);
  for (std::uint64_t row = rows.first; row < rows.first + rows.count; ++row)
    draw_map_row(context, rows.rect(row), static_cast<std::size_t>(row));
  list.PopClipRect();
}

void RunsPanel::draw_ways(PanelContext& context) {
  const Theme& theme = *context.theme;
  const RowList::Rows rows = way_rows_.show(context, "runs.way", folder_->ways().size(), 40);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.PushClipRect(rows.area.min(), rows.area.max(), true);
  for (std::uint64_t row = rows.first; row < rows.first + rows.count; ++row) {
    const WayToFail& way = folder_->ways()[static_cast<std::size_t>(row)];
    const Rect rect = rows.rect(row);
    if (rows.under_mouse == row)
      list.AddRectFilled(rect.min(), rect.max(), faded(theme.text_dim, 0.12F));
    const std::string count = format_count(way.count) + "\xC3\x97";
    draw_text(list, context.fonts.bold, {rect.x0 + 6, rect.y0 + 3}, theme.violation, count);
    const std::string title = (way.kind == "violation" ? "" : way.kind + ": ") + way.property;
    draw_fitted(list, context.fonts.body, {rect.x0 + 80, rect.y0 + 3}, theme.text, title,
                rect.width() - 90);
    draw_fitted(list, context.fonts.small, {rect.x0 + 80, rect.y0 + 21}, theme.text_dim,
                way.message + "   first in seed " + std::to_string(way.first_seed),
                rect.width() - 90);
  }
  list.PopClipRect();
  if (!rows.clicked || rows.under_mouse == UINT64_MAX) return;
  way_ = static_cast<std::size_t>(rows.under_mouse);
  listed_of_ = SIZE_MAX;
  view_ = View::runs;
}

void RunsPanel::draw_curve(PanelContext& context, const BranchCurve& curve, const Rect& area) {
  const Theme& theme = *context.theme;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const auto last = static_cast<double>(std::max<std::int64_t>(1, curve.points.back().at_ns));
  const auto x = [&](std::int64_t t) {
    return area.x0 + static_cast<float>(static_cast<double>(t) / last) * area.width();
  };
  const auto y = [&](double share) { return area.y1 - static_cast<float>(share) * area.height(); };
  list.AddRectFilled(area.min(), area.max(), theme.background, 2);
  const compat::Face& small = context.fonts.small;
  for (const double share : {0.0, 0.5, 1.0}) {
    list.AddLine({area.x0, y(share)}, {area.x1, y(share)}, theme.grid);
    const std::string text = std::to_string(static_cast<int>(share * 100)) + " %";
    draw_text(list, small, {area.x0 - 8 - text_size(small, text).x, y(share) - small.size / 2},
              theme.text_dim, text);
  }
  const Axis axis = make_axis(0, last, static_cast<double>(area.width()), 90);
  for (const Tick& tick : axis.major) {
    const float at = x(static_cast<std::int64_t>(tick.ns));
    list.AddLine({at, area.y1}, {at, area.y1 + 4}, theme.text_dim);
    draw_text(list, small, {at - text_size(small, tick.label).x / 2, area.y1 + 5}, theme.text_dim,
              tick.label);
  }
  if (curve.steepest_from_ns && curve.steepest_to_ns) {
    const float x0 = x(*curve.steepest_from_ns);
    list.AddRectFilled({x0 - 2, area.y0}, {std::max(x0 + 2, x(*curve.steepest_to_ns)), area.y1},
                       faded(theme.violation, 0.35F));
  }
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  for (std::size_t i = 0; i < curve.points.size(); ++i) {
    const BranchCurve::Point& point = curve.points[i];
    const ImVec2 at{x(point.at_ns), y(point.share())};
    if (i > 0) {
      const BranchCurve::Point& before = curve.points[i - 1];
      list.AddLine({x(before.at_ns), y(before.share())}, at, theme.accent, 2);
    }
    list.AddCircleFilled(at, 4, theme.accent);
    const Rect spot{.x0 = at.x - 6, .y0 = at.y - 6, .x1 = at.x + 6, .y1 = at.y + 6};
    context.spots.note("runs.branch.point." + std::to_string(i), spot);
    if (!spot.contains(mouse)) continue;
    const bool same_run = context.model().facts().seed == curve.seed;
    ImGui::SetTooltip("%s: %s of %s futures fail\n%s", format_exact(point.at_ns).c_str(),
                      format_count(point.failed).c_str(), format_count(point.futures).c_str(),
                      same_run ? "a click shows this moment in the diagram"
                               : "open a trace of this seed to go to the moment");
    if (!same_run || !ImGui::IsMouseClicked(ImGuiMouseButton_Left)) continue;
    const EventTable& events = context.model().events();
    const Index event = events.first_at(static_cast<double>(point.at_ns));
    if (event < events.size()) context.nav.select_and_show(event);
  }
}

void RunsPanel::draw_branch(PanelContext& context) {
  const Theme& theme = *context.theme;
  for (const BranchCurve& curve : folder_->branches()) {
    std::string head = "seed " + std::to_string(curve.seed) +
                       ": in how many futures the failure comes, from each moment on";
    if (curve.steepest_from_ns)
      head += "; it was decided between " + format_exact(*curve.steepest_from_ns) + " and " +
              format_exact(curve.steepest_to_ns.value_or(*curve.steepest_from_ns));
    word(context, head, theme.text);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    const float height = 150;
    ImGui::Dummy({width, height});
    draw_curve(context, curve,
               {.x0 = at.x + kCurveLeft,
                .y0 = at.y + 6,
                .x1 = at.x + width * 0.62F,
                .y1 = at.y + height - 24});
    const float text_x = at.x + width * 0.64F;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    draw_text(list, context.fonts.small_bold, {text_x, at.y + 4}, theme.text_dim,
              "what happened where it was decided");
    float y = at.y + 24;
    for (std::size_t from = 0; from < curve.events.size() && y < at.y + height - 14;) {
      const std::size_t end = std::min(curve.events.find('\n', from), curve.events.size());
      draw_fitted(list, context.fonts.mono, {text_x, y}, theme.text,
                  std::string_view(curve.events).substr(from, end - from),
                  at.x + width - text_x - 4);
      y += context.fonts.mono.size + 3;
      from = end + 1;
    }
  }
}

void RunsPanel::draw(PanelContext& context) {
  meet(context);
  draw_head(context);
  if (!folder_) {
    word(context,
         "Open the folder of a campaign (norn campaign --out), or the one that a scenario program "
         "left its cases in (--out).",
         context.theme->text_dim);
    return;
  }
  switch (view_) {
    case View::runs:
      draw_runs(context);
      break;
    case View::map:
      draw_map(context);
      break;
    case View::ways:
      draw_ways(context);
      break;
    case View::branch:
      draw_branch(context);
      break;
  }
}

}  // namespace norn::viewer
