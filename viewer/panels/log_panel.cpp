#include "panels/log_panel.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "model/describe.hpp"
#include "model/time_text.hpp"

namespace norn::viewer {
namespace {

constexpr double kSearchSliceMs = 4;
constexpr float kLogRow = 20;
constexpr Index kGroupSlice = 2'000'000;
constexpr std::size_t kMostKeptTexts = 4096;
// With more nodes than this, their chips are in a list that is opened.
constexpr std::size_t kMostNodeChips = 10;

constexpr const char* kFilterHelp =
    "A filter says which events are shown; other views draw the rest faintly. A search uses the "
    "same words.\n\n"
    "  drop                              events of that kind (send, deliver, state, log, "
    "\xE2\x80\xA6)\n"
    "  AppendEntries   \"log entry\"       the text, its letters big or small, in words or "
    "payload\n"
    "  /term [0-9]+/   /leader/i         a regular expression; i: letters big or small\n"
    "  to = n2   from != n1   node = n3  \n"
    "  class = Vote   name = commit      message class; name of whatever it is\n"
    "  bytes > 100   latency >= 50ms     numbers and times\n"
    "  state.term >= 3                   what the node had published by then\n"
    "  payload.entries.0.term = 7        a member of a JSON or CBOR payload\n"
    "  reason level op outcome client operation result time event fiber incarnation text\n"
    "  = != < <= > >=    : contains    ~ /regular expression/\n"
    "  and or not ( )                    side by side means and\n"
    "  log preceded by drop within 50 ms on the same node";

struct LogColumns {
  float node = 0;
  float kind = 0;
  float what = 0;
  float cause = 0;
};

LogColumns log_columns(const Rect& area) {
  const float node = area.x0 + 132;
  const float kind = node + 74;
  const float what = kind + 100;
  return {.node = node,
          .kind = kind,
          .what = what,
          .cause = what + std::max(120.0F, (area.x1 - what) * 0.64F)};
}

}  // namespace

EventFilter& shared_filter(PanelContext& context) {
  if (context.filter == nullptr) {
    context.filter =
        std::make_shared<EventFilter>(context.model(), EventFilter::Options{.indexed = true});
  }
  return *context.filter;
}

bool LogPanel::wants_frame() const {
  return looking_ || (filter_ != nullptr && !filter_->done()) || (search_ && !search_->done());
}

bool LogPanel::press(PanelContext& context, Key key, Modifiers /*modifiers*/) {
  if (key == Key::find) {
    focus_search();
    return true;
  }
  if (key != Key::up && key != Key::down) return false;
  meet(context);
  const EventFilter& filter = *filter_;
  if (filter.count() == 0) return true;
  const Index selected = context.nav.selected();
  const Index at = selected == kNone ? 0 : filter.position_of(selected);
  Index next = at;
  if (key == Key::up && at > 0) next = at - 1;
  if (key == Key::down && selected != kNone && at < filter.count() && filter.at(at) == selected)
    next = at + 1;
  if (next < filter.count()) context.nav.select_and_show(filter.at(next));
  return true;
}

// Another trace may have been opened since the last frame.
void LogPanel::meet(PanelContext& context) {
  EventFilter& filter = shared_filter(context);
  if (source_ == &context.model().source() && filter_.get() == &filter) return;
  source_ = &context.model().source();
  filter_ = context.filter;
  search_.emplace(context.model());
  texts_.clear();
  rows_ = {};
  spec_ = filter.spec();
  search_->set({.text = search_text_});
  std::fill(std::begin(has_group_), std::end(has_group_), false);
  looked_for_groups_ = 0;
  looking_ = true;
}

// The groups that the trace has any events of, a slice a frame.
void LogPanel::find_groups(const TraceModel& model) {
  const EventTable& events = model.events();
  const Index end = looked_for_groups_ + std::min(kGroupSlice, events.size() - looked_for_groups_);
  std::array<bool, 256> kinds = {};
  for (Index event = looked_for_groups_; event < end; ++event)
    kinds[static_cast<std::size_t>(events.kind(event))] = true;
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    if (kinds[kind])
      has_group_[static_cast<std::size_t>(group_of(static_cast<trace::EventKind>(kind)))] = true;
  }
  looked_for_groups_ = end;
  looking_ = end < events.size();
}

std::string LogPanel::count_text(const PanelContext& context) const {
  const Index all = context.model().events().size();
  if (!filter_->active()) return format_count(all) + " events";
  std::string text = format_count(filter_->count()) + " of " + format_count(all) + " events";
  if (filter_->stopped()) text += ", stopped early";
  return text;
}

void LogPanel::step_match(PanelContext& context, int direction) {
  meet(context);
  if (!search_->active()) return;
  // The nearest match before or after the selected event that is shown.
  const Index selected = context.nav.selected();
  Index at = selected == kNone ? 0 : search_->position_of(selected);
  if (direction > 0 && selected != kNone && at < search_->count() && search_->at(at) == selected)
    ++at;
  for (; direction > 0 && at < search_->count(); ++at) {
    if (!filter_->passes(search_->at(at))) continue;
    context.nav.select_and_show(search_->at(at));
    return;
  }
  while (direction < 0 && at > 0) {
    if (!filter_->passes(search_->at(--at))) continue;
    context.nav.select_and_show(search_->at(at));
    return;
  }
}

void LogPanel::set_filter(PanelContext& context) {
  shared_filter(context).set(spec_);
}

void LogPanel::draw_search(PanelContext& context) {
  const Theme& theme = *context.theme;
  const TextField field{
      .hint = "search", .width = 190, .focus = std::exchange(focus_search_, false)};
  if (text_field(context, "log.search", field, search_text_)) search_->set({.text = search_text_});
  const bool enter = ImGui::IsItemDeactivated() && ImGui::IsKeyPressed(
#if IMGUI_VERSION_NUM >= 18700
                                                       ImGuiKey_Enter
#else
                                                       ImGui::GetKeyIndex(ImGuiKey_Enter)
#endif
                                                   );
  ImGui::SameLine(0, 4);
  const bool some = search_->active() && search_->count() > 0;
  if (button(context, "log.previous", "\xE2\x86\x91", some)) step_match(context, -1);
  ImGui::SameLine(0, 2);
  if (button(context, "log.next", "\xE2\x86\x93", some) || (enter && some)) step_match(context, 1);
  ImGui::SameLine(0, 6);
  if (search_->problem()) {
    word(context, search_->problem()->message, theme.violation);
  } else if (search_->active()) {
    word(context, format_count(search_->count()) + (search_->done() ? " found" : " \xE2\x80\xA6"),
         theme.text_dim);
  } else {
    word(context, "", theme.text_dim);
  }
}

void LogPanel::draw_boxes(PanelContext& context) {
  const Theme& theme = *context.theme;
  const float width = std::clamp(ImGui::GetContentRegionAvail().x * 0.34F, 180.0F, 520.0F);
  const TextField field{.hint = "filter: kind = drop and to = n2", .width = width};
  const ImVec2 at = ImGui::GetCursorScreenPos();
  bool changed = text_field(context, "log.filter", field, spec_.text);
  filter_box_ = {.x0 = at.x, .y0 = at.y, .x1 = at.x + width, .y1 = ImGui::GetItemRectMax().y};
  ImGui::SameLine(0, 4);
  if (button(context, "log.help", "?")) ImGui::OpenPopup("filter-help");
  ImGui::SameLine(0, 4);
  const bool anything = !spec_.text.empty() || !spec_.shows_all_chips();
  if (button(context, "log.clear", "clear", anything)) {
    spec_ = {};
    changed = true;
  }
  if (changed) set_filter(context);
  ImGui::SameLine(0, 8);
  word(context, count_text(context), theme.text);
  if (!filter_->done()) {
    ImGui::SameLine(0, 6);
    word(context, std::to_string(static_cast<int>(filter_->progress() * 100)) + " %",
         theme.text_dim);
    ImGui::SameLine(0, 6);
    if (button(context, "log.stop", "stop")) filter_->stop();
  }
  next_in_line(480, 18);
  draw_search(context);
  next_in_line(120, 12);
  if (choice(context, "log.follow", "follow the cursor", follow_)) follow_ = !follow_;
  ImGui::SetNextWindowSize({720, 0});
  if (ImGui::BeginPopup("filter-help")) {
    compat::push_font(context.fonts.mono);
    ImGui::TextUnformatted(kFilterHelp);
    ImGui::PopFont();
    ImGui::EndPopup();
  }
}

// The mistake in words, and a mark below the letter where it is.
void LogPanel::draw_problem(PanelContext& context, const EventFilter& filter) {
  if (!filter.problem()) return;
  const FilterProblem& problem = *filter.problem();
  const ImU32 colour = context.theme->violation;
  const std::string_view before = std::string_view(spec_.text).substr(0, problem.at);
  const float x =
      std::min(filter_box_.x0 + 6 + text_size(context.fonts.body, before).x, filter_box_.x1 - 4);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddTriangleFilled({x - 4, filter_box_.y1 + 3}, {x + 4, filter_box_.y1 + 3},
                         {x, filter_box_.y1 - 3}, colour);
  word(context,
       "not understood at letter " + std::to_string(problem.at + 1) + ": " + problem.message,
       colour);
}

void LogPanel::draw_node_chips(PanelContext& context) {
  bool changed = false;
  const auto nodes = context.model().lanes().nodes();
  const auto chip_of = [&](trace::NodeId node, const std::string& name) {
    const bool on = !spec_.hides_node(node);
    next_in_line(button_width(context, name));
    if (!chip(context, "log.node." + name, name, on)) return;
    spec_.hide_node(node, on);
    changed = true;
  };
  if (nodes.size() > kMostNodeChips) {
    next_in_line(100, 16);
    if (button(context, "log.nodes", "nodes \xE2\x80\xA6")) nodes_open_ = !nodes_open_;
    if (!nodes_open_) return;
    ImGui::NewLine();
  } else {
    next_in_line(60, 16);
    word(context, "nodes", context.theme->text_dim);
  }
  constexpr std::size_t kMostListed = 512;
  for (const Lane& lane : nodes.first(std::min(nodes.size(), kMostListed)))
    chip_of(lane.node, lane.name);
  if (changed) set_filter(context);
}

void LogPanel::draw_chips(PanelContext& context) {
  word(context, "kinds", context.theme->text_dim);
  bool changed = false;
  for (std::size_t i = 0; i < kKindGroups; ++i) {
    if (!has_group_[i]) continue;
    const std::string text(name(static_cast<KindGroup>(i)));
    next_in_line(button_width(context, text));
    bool& hidden = spec_.hidden_groups.at(i);
    if (!chip(context, "log.kind." + text, text, !hidden)) continue;
    hidden = !hidden;
    changed = true;
  }
  if (changed) set_filter(context);
  draw_node_chips(context);
}

const LogPanel::RowText& LogPanel::text_of_row(PanelContext& context, Index event) {
  if (texts_.size() > kMostKeptTexts) texts_.clear();
  const auto [found, is_new] = texts_.try_emplace(event);
  if (is_new) {
    const TraceModel& model = context.model();
    found->second.what = title_of(model, event);
    const Index cause = model.cause_of(event);
    if (cause != kNone) {
      found->second.cause =
          "#" + std::to_string(model.events().seq(cause)) + "  " + title_of(model, cause);
    }
  }
  return found->second;
}

void LogPanel::scroll_to_interest(PanelContext& context) {
  const Index selected = context.nav.selected();
  if (selected != shown_selection_ && selected != kNone)
    rows_.reveal(filter_->position_of(selected));
  shown_selection_ = selected;
  const auto cursor = context.nav.cursor_ns();
  if (follow_ && cursor && cursor != shown_cursor_)
    rows_.centre(filter_->position_of(context.model().events().first_at(*cursor)));
  shown_cursor_ = cursor;
}

void LogPanel::draw_row(PanelContext& context, const Rect& rect, Index event) {
  const Theme& theme = *context.theme;
  const TraceModel& model = context.model();
  const EventTable& events = model.events();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const LogColumns at = log_columns(rect);
  if (event == context.nav.selected())
    list.AddRectFilled(rect.min(), rect.max(), faded(theme.accent, 0.25F));
  if (search_->active() && search_->passes(event)) {
    list.AddRectFilled(rect.min(), {rect.x0 + 4, rect.y1}, theme.late);
    list.AddRectFilled(rect.min(), rect.max(), faded(theme.late, 0.12F));
  }
  const RowText& text = text_of_row(context, event);
  const float y = rect.y0 + (rect.height() - context.fonts.small.size) / 2 - 1;
  const trace::EventKind kind = events.kind(event);
  const bool lost = kind == trace::EventKind::drop;
  const bool broken = kind == trace::EventKind::violation;
  const ImU32 colour = broken ? theme.violation : theme.text;
  const compat::Face& face = broken ? context.fonts.small_bold : context.fonts.small;
  draw_fitted(list, context.fonts.small, {rect.x0 + 8, y}, theme.text_dim,
              format_exact(events.time_ns(event)), at.node - rect.x0 - 14);
  const trace::NodeId node = events.node(event);
  if (node != 0)
    draw_fitted(list, context.fonts.small, {at.node, y}, theme.text, model.node_name(node),
                at.kind - at.node - 6);
  draw_fitted(list, context.fonts.small, {at.kind, y}, lost ? theme.lost : theme.text_dim,
              trace::name(kind), at.what - at.kind - 6);
  draw_fitted(list, face, {at.what, y}, colour, text.what, at.cause - at.what - 8);
  draw_fitted(list, context.fonts.small, {at.cause, y}, theme.text_dim, text.cause,
              rect.x1 - at.cause - 4);
}

void LogPanel::draw_table(PanelContext& context) {
  const Theme& theme = *context.theme;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 head = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  const LogColumns at =
      log_columns({.x0 = head.x, .y0 = head.y, .x1 = head.x + width - 12, .y1 = head.y + 18});
  const compat::Face& bold = context.fonts.small_bold;
  draw_text(list, bold, {head.x + 8, head.y}, theme.text_dim, "time");
  draw_text(list, bold, {at.node, head.y}, theme.text_dim, "node");
  draw_text(list, bold, {at.kind, head.y}, theme.text_dim, "kind");
  draw_text(list, bold, {at.what, head.y}, theme.text_dim, "what");
  draw_text(list, bold, {at.cause, head.y}, theme.text_dim, "from its cause");
  list.AddLine({head.x, head.y + 18}, {head.x + width, head.y + 18}, theme.border);
  ImGui::SetCursorScreenPos({head.x, head.y + 20});
  scroll_to_interest(context);
  const RowList::Rows rows = rows_.show(context, "log", filter_->count(), kLogRow);
  list.PushClipRect(rows.area.min(), rows.area.max(), true);
  const auto cursor = context.nav.cursor_ns();
  const EventTable& events = context.model().events();
  for (std::uint64_t row = rows.first; row < rows.first + rows.count; ++row) {
    const Index event = filter_->at(static_cast<Index>(row));
    const Rect rect = rows.rect(row);
    if (rows.under_mouse == row)
      list.AddRectFilled(rect.min(), rect.max(), faded(theme.text_dim, 0.10F));
    draw_row(context, rect, event);
    const bool is_after = cursor && static_cast<double>(events.time_ns(event)) >= *cursor;
    const bool was_after =
        row == 0 || static_cast<double>(events.time_ns(filter_->at(static_cast<Index>(row - 1)))) >=
                        cursor.value_or(0);
    if (is_after && !was_after) list.AddLine(rect.min(), {rect.x1, rect.y0}, theme.cursor, 1.5F);
  }
  list.PopClipRect();
  if (filter_->count() == 0) {
    draw_text(list, context.fonts.body, {rows.area.x0 + 8, rows.area.y0 + 6}, theme.text_dim,
              filter_->done() ? "No event passes the filter." : "Searching \xE2\x80\xA6");
  }
  if (rows.clicked && rows.under_mouse != UINT64_MAX) {
    const Index event = filter_->at(static_cast<Index>(rows.under_mouse));
    shown_selection_ = event;  // it is visible: the list need not move
    context.nav.select_and_show(event);
  }
}

void LogPanel::draw(PanelContext& context) {
  meet(context);
  // It may have been changed elsewhere.
  if (spec_ != filter_->spec()) spec_ = filter_->spec();
  search_->advance(kSearchSliceMs);
  if (looking_) find_groups(context.model());
  draw_boxes(context);
  draw_problem(context, *filter_);
  draw_chips(context);
  draw_table(context);
}

}  // namespace norn::viewer
