#include "panels/difference_panel.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>

#include "model/time_text.hpp"
#include "panels/frame.hpp"

namespace norn::viewer {
namespace {

constexpr float kSummaryWidth = 400;
constexpr std::size_t kMostTexts = 4000;
constexpr std::size_t kMostMarks = 2000;
constexpr float kTimeWidth = 108;
constexpr float kNodeWidth = 92;

// The step at which the same happens in the other trace: by the event nearest to it that both have,
// else by time.
double twin_step(const PanelContext& from, const PanelContext& to, double step) {
  constexpr Index kReach = 256;
  const Difference& difference = *from.difference.difference;
  const Side side = from.difference.side;
  const Index size = from.model().events().size();
  const auto here = static_cast<Index>(std::clamp(std::round(step), 0.0, size - 1.0));
  for (Index away = 0; away <= kReach; ++away) {
    for (const Index event : {here - std::min(away, here), std::min(here + away, size - 1)}) {
      const Index twin = difference.partner(side, event);
      if (twin != kNone) return twin + (step - event);
    }
  }
  const double t_ns = OrdinalAxis(from.model()).time_at(step);
  return OrdinalAxis(to.model()).first_step(difference.times().map(side, t_ns));
}

Moment twin_moment(const PanelContext& from, const PanelContext& to, const Moment& moment) {
  const Difference& difference = *from.difference.difference;
  if (!moment.step || !from.nav.ordinal() || from.model().events().empty())
    return {.t_ns = difference.times().map(from.difference.side, moment.t_ns)};
  const double step = twin_step(from, to, *moment.step);
  return {.t_ns = OrdinalAxis(to.model()).time_at(step), .step = step};
}

// As lead(), in steps: from the end of the common beginning on, the same number of events.
void lead_steps(PanelContext& from, PanelContext& to) {
  const DiagramAxis axis = from.nav.axis();
  const Difference& difference = *from.difference.difference;
  double at = axis.from();
  if (difference.common() > 0) at = std::clamp(difference.common() - 1.0, axis.from(), axis.to());
  const double begin = twin_step(from, to, at) - (at - axis.from());
  const OrdinalAxis steps(to.model());
  to.nav.show({.t_ns = steps.time_at(begin), .step = begin},
              {.t_ns = steps.time_at(begin + axis.span()), .step = begin + axis.span()});
}

// Both keep the same scale. What stands below each other is the end of the common beginning while
// it is in view, else what is the same nearest to it.
void lead(PanelContext& from, PanelContext& to) {
  if (from.nav.ordinal() && to.nav.ordinal() && !from.model().events().empty())
    return lead_steps(from, to);
  const Difference& difference = *from.difference.difference;
  const Side side = from.difference.side;
  const TimeView& view = from.nav.view();
  double at = view.begin_ns();
  if (difference.common() > 0) {
    const auto last = static_cast<double>(from.model().events().time_ns(difference.common() - 1));
    at = std::clamp(last, view.begin_ns(), view.end_ns());
  }
  const double begin = difference.times().map(side, at) - (at - view.begin_ns());
  to.nav.view().show(begin, begin + view.span_ns());
}

void remember_view(PanelContext& context) {
  const DiagramAxis axis = context.nav.axis();
  context.difference.begin = axis.from();
  context.difference.end = axis.to();
  context.difference.selected = context.nav.selected();
  context.difference.cursor_ns = context.nav.cursor_ns();
}

bool has_moved(const PanelContext& context) {
  const DiagramAxis axis = context.nav.axis();
  return context.difference.begin != axis.from() || context.difference.end != axis.to();
}

// Whoever moved last leads: the view, and the twin of what was selected.
void lead_together(PanelContext& here, PanelContext& there) {
  const Difference& difference = *here.difference.difference;
  PanelContext* const pairs[2][2] = {{&here, &there}, {&there, &here}};
  for (const auto& [from, to] : pairs) {
    const bool is_first = from->difference.begin == from->difference.end;
    if (from->nav.selected() != from->difference.selected) {
      const Index twin = difference.partner(from->difference.side, from->nav.selected());
      if (twin != kNone) to->nav.select(twin);
    }
    if (!has_moved(*from) && !is_first) continue;
    lead(*from, *to);
    break;
  }
  for (const auto& [from, to] : pairs) {
    const auto cursor = from->nav.cursor_ns();
    if (cursor == from->difference.cursor_ns) continue;
    to->nav.set_moment(cursor ? std::optional(twin_moment(*from, *to, *from->nav.cursor()))
                              : std::nullopt);
    break;
  }
  remember_view(here);
  remember_view(there);
}

void show_both(PanelContext& context, Index here, Index there) {
  const bool locked = context.difference.locked;
  if (here != kNone) context.nav.select_and_show(here);
  if (context.other == nullptr || there == kNone) return;
  context.other->nav.select(there);
  context.other->difference.selected = there;
  if (!locked || here == kNone) context.other->nav.select_and_show(there);
}

std::string count_text(std::uint32_t count, const std::string& first) {
  return count == 1 ? first : first + "   + " + format_count(count - 1) + " more";
}

// Where the two part: a line through all lanes. What has no twin: a hollow mark above its lane;
// what has another: a filled one.
void mark_stretch(Frame& frame, float x0, float x1, float y, bool is_changed) {
  const ImU32 colour = frame.theme.partition_wall;
  if (is_changed) {
    frame.list.AddRectFilled({x0 - 2, y - 2}, {x1 + 2, y + 2}, colour);
  } else {
    frame.list.AddRectFilled({x0 - 3, y - 3}, {x1 + 3, y + 3}, frame.theme.background);
    frame.list.AddRect({x0 - 3, y - 3}, {x1 + 3, y + 3}, colour, 0, 0, 1.5F);
  }
}

}  // namespace

void forget_difference(PanelContext& context) {
  if (context.other != nullptr) context.other->difference = {};
  context.difference = {};
}

void refresh_difference(PanelContext& context) {
  PanelContext* const other = context.other;
  if (other == nullptr) {
    context.difference = {};
    return;
  }
  const auto& known = context.difference.difference;
  if (known == nullptr || &known->model(Side::here) != &context.model() ||
      &known->model(Side::there) != &other->model()) {
    forget_difference(context);
    context.difference.difference = std::make_shared<Difference>(context.model(), other->model());
    other->difference.difference = context.difference.difference;
    other->difference.side = Side::there;
  }
  if (known->ready() && context.difference.locked) lead_together(context, *other);
}

void draw_difference(Frame& frame) {
  const DifferenceView& view = frame.context.difference;
  if (view.difference == nullptr || !view.difference->ready()) return;
  const Difference& difference = *view.difference;
  const Parting& parting = difference.parting();
  if (!parting.differs || frame.events().empty()) return;
  for (trace::NodeId node = frame.layout.first_visible(); node <= frame.layout.last_visible();
       ++node) {
    const auto& alone = difference.alone(view.side, node);
    const auto marks = fold(frame.events(), frame.shown(node, alone), frame.cells);
    const float height = frame.layout.row_height();
    const float y = frame.y(frame.layout.top(node)) + std::max(5.0F, height * 0.12F);
    std::size_t drawn = 0;
    for (const Fold& mark : marks) {
      if (++drawn > kMostMarks) break;
      mark_stretch(frame, static_cast<float>(frame.x_of(mark.first)),
                   static_cast<float>(frame.x_of(mark.last)), y,
                   mark.count == 1 && difference.twin(view.side, mark.first) == Twin::changed);
    }
  }
  const Index at = view.side == Side::here ? parting.here : parting.there;
  const Index last = at != kNone ? at : frame.events().size() - 1;
  const auto x = static_cast<float>(frame.x_of(last));
  if (x < frame.lanes.x0 || x > frame.lanes.x1) return;
  draw_dashed(frame.list, {.x0 = x, .y0 = frame.lanes.y0, .x1 = x, .y1 = frame.lanes.y1},
              {.colour = frame.theme.partition_wall, .thickness = 2}, 9, 4);
  const std::string text = "they part here";
  const ImVec2 size = frame.labels.size_of(text, true);
  frame.labels.add({.rank = LabelRank::violation,
                    .text = text,
                    .colour = frame.theme.partition_wall,
                    .places = {{x - size.x - 4, frame.lanes.y0 + 2},
                               {x + 4, frame.lanes.y0 + 2},
                               {x - size.x - 4, frame.lanes.y1 - size.y - 2}},
                    .bold = true});
}

// Beside a shrunk case lie the run as it was found and the nearest one that passes.
void DifferencePanel::look_for_neighbours(const PanelContext& context) {
  const std::string& path = context.model().facts().path;
  if (path == neighbours_of_) return;
  neighbours_of_ = path;
  neighbours_.clear();
  const std::array<std::string, 3> endings = {".min.norn", ".near.norn", ".norn"};
  for (const std::string& mine : endings) {
    if (path.size() <= mine.size() || !path.ends_with(mine)) continue;
    const std::string stem = path.substr(0, path.size() - mine.size());
    for (const std::string& theirs : {endings[1], endings[0], endings[2]}) {
      std::error_code problem;
      const std::string file = stem + theirs;
      if (file != path && std::filesystem::exists(file, problem)) neighbours_.push_back(file);
    }
    return;
  }
}

void DifferencePanel::draw_open(PanelContext& context) {
  look_for_neighbours(context);
  ImGui::TextUnformatted("Open another trace to compare this one with it.");
  for (std::size_t i = 0; i < neighbours_.size(); ++i) {
    const std::string name = std::filesystem::path(neighbours_[i]).filename().string();
    if (ImGui::Button(name.c_str()))
      context.ask({.what = Request::What::open_beside, .path = neighbours_[i]});
    context.spots.note("difference.neighbour." + std::to_string(i));
    ImGui::SameLine();
    ImGui::TextDisabled("%s", name.ends_with(".near.norn")  ? "the nearest run that passes"
                              : name.ends_with(".min.norn") ? "the smallest run that fails"
                                                            : "the run as it was found");
  }
  ImGui::SetNextItemWidth(std::min(520.0F, ImGui::GetContentRegionAvail().x - 90));
  const bool entered =
      ImGui::InputText("##path", path_.data(), path_.size(), ImGuiInputTextFlags_EnterReturnsTrue);
  context.spots.note("difference.path");
  ImGui::SameLine();
  const bool pressed = ImGui::Button("Compare");
  context.spots.note("difference.open");
  if ((entered || pressed) && path_[0] != '\0')
    context.ask({.what = Request::What::open_beside, .path = path_.data()});
}

void DifferencePanel::draw_summary(PanelContext& context, const Difference& difference) {
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(difference.parting_text().c_str());
  ImGui::PopTextWrapPos();
  if (!difference.problem().empty()) {
    ImGui::PushTextWrapPos(0);
    ImGui::TextUnformatted(difference.problem().c_str());
    ImGui::PopTextWrapPos();
  }
  const Parting& parting = difference.parting();
  if (parting.differs) {
    if (ImGui::Button("Go there")) show_both(context, parting.here, parting.there);
    context.spots.note("difference.parting");
    ImGui::SameLine();
  }
  if (ImGui::Button("Close the other"))
    context.ask({.what = Request::What::close_beside, .path = {}});
  context.spots.note("difference.close");
  ImGui::SameLine();
  ImGui::Checkbox("Locked together", &context.difference.locked);
  context.spots.note("difference.lock");
}

void DifferencePanel::draw_nodes(PanelContext& context, const Difference& difference) {
  const auto& nodes = difference.nodes();
  if (!ImGui::BeginTable("nodes", 5, ImGuiTableFlags_RowBg | ImGuiTableFlags_SizingFixedFit))
    return;
  const float width = (ImGui::GetContentRegionAvail().x - 40) / 5;
  for (const char* name : {"node", "same", "changed", "only here", "only there"})
    ImGui::TableSetupColumn(name, ImGuiTableColumnFlags_WidthFixed, width);
  ImGui::TableHeadersRow();
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(nodes.size()));
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      const NodeDifference& node = nodes[static_cast<std::size_t>(i)];
      ImGui::TableNextRow();
      ImGui::TableNextColumn();
      ImGui::TextUnformatted(node.name.c_str());
      for (const std::uint64_t count : {node.same, node.changed, node.only_here, node.only_there}) {
        ImGui::TableNextColumn();
        ImGui::TextUnformatted(format_count(count).c_str());
      }
    }
  }
  ImGui::EndTable();
  context.spots.note("difference.nodes");
}

const DifferencePanel::RowText& DifferencePanel::text_of_stretch(const Difference& difference,
                                                                 std::size_t row) {
  if (texts_of_ != &difference || texts_.size() > kMostTexts) texts_.clear();
  texts_of_ = &difference;
  const auto [found, is_new] = texts_.try_emplace(row);
  if (!is_new) return found->second;
  const DifferentStretch& stretch = difference.stretches()[row];
  const auto text = [&](Side side) {
    const auto i = static_cast<std::size_t>(side);
    if (stretch.first[i] == kNone) return std::string("nothing");
    return count_text(stretch.count[i], words_of(difference.model(side), stretch.first[i]));
  };
  found->second = {text(Side::here), text(Side::there)};
  return found->second;
}

void DifferencePanel::draw_row(PanelContext& context, const Difference& difference,
                               std::size_t row) {
  const DifferentStretch& stretch = difference.stretches()[row];
  const Theme& theme = *context.theme;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  const Index selected = context.nav.selected();
  const bool current = selected != kNone && stretch.first[0] == selected;
  ImGui::PushID(static_cast<int>(row));
  if (ImGui::Selectable("##stretch", current, 0, {width, context.fonts.body.size + 4}))
    show_both(context, stretch.first[0], stretch.first[1]);
  ImGui::PopID();
  context.spots.note("difference.row." + std::to_string(row));
  const RowText& text = text_of_stretch(difference, row);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const bool is_node_here = stretch.node != 0;
  const std::string where =
      is_node_here ? std::string(context.model().node_name(stretch.node)) : "simulation";
  const float first = kTimeWidth;
  const float second = first + kNodeWidth;
  const float half = (width - second) / 2;
  draw_fitted(list, context.fonts.small, {at.x, at.y + 2}, theme.text_dim,
              format_exact(stretch.time_ns), first - 8);
  draw_fitted(list, context.fonts.body, {at.x + first, at.y}, theme.text, where,
              second - first - 8);
  draw_fitted(list, context.fonts.body, {at.x + second, at.y},
              stretch.count[0] == 0 ? theme.text_dim : theme.text, text.here, half - 10);
  draw_fitted(list, context.fonts.body, {at.x + second + half, at.y},
              stretch.count[1] == 0 ? theme.text_dim : theme.text, text.there, half - 4);
}

void DifferencePanel::draw_list(PanelContext& context, const Difference& difference) {
  const auto& stretches = difference.stretches();
  if (stretches.empty()) {
    ImGui::TextDisabled("no node does anything different");
    return;
  }
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  const float half = (width - kTimeWidth - kNodeWidth) / 2;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImU32 dim = context.theme->text_dim;
  draw_text(list, context.fonts.small_bold, at, dim, "TIME");
  draw_text(list, context.fonts.small_bold, {at.x + kTimeWidth, at.y}, dim, "NODE");
  draw_text(list, context.fonts.small_bold, {at.x + kTimeWidth + kNodeWidth, at.y}, dim, "HERE");
  draw_text(list, context.fonts.small_bold, {at.x + kTimeWidth + kNodeWidth + half, at.y}, dim,
            "THERE");
  ImGui::Dummy({width, context.fonts.small.size + 4});
  compat::begin_child("rows", {0, 0}, false);
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(stretches.size()));
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i)
      draw_row(context, difference, static_cast<std::size_t>(i));
  }
  ImGui::EndChild();
}

void DifferencePanel::draw(PanelContext& context) {
  waiting_ = false;
  const auto& shared = context.difference.difference;
  if (context.other == nullptr || shared == nullptr) {
    texts_.clear();
    texts_of_ = nullptr;
    draw_open(context);
    return;
  }
  if (!shared->ready()) {
    waiting_ = true;
    ImGui::TextUnformatted("Comparing the two traces\xE2\x80\xA6");
    return;
  }
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float summary = std::min(kSummaryWidth, room.x * 0.4F);
  compat::begin_child("summary", {summary, room.y}, false);
  draw_summary(context, *shared);
  draw_nodes(context, *shared);
  ImGui::EndChild();
  ImGui::SameLine(0, 14);
  compat::begin_child("stretches", {0, room.y}, false);
  draw_list(context, *shared);
  ImGui::EndChild();
}

}  // namespace norn::viewer
