#include "panels/status_bar.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "model/time_text.hpp"
#include "panels/controls.hpp"
#include "panels/popups.hpp"

namespace norn::viewer {
namespace {

constexpr float kGap = 20;
constexpr float kMostFilterText = 260;

// Writer puts words and signs side by side, from left to right.
class Writer {
 public:
  Writer(const PanelContext& context, const Rect& area)
      : context_(context), list_(*ImGui::GetWindowDrawList()), area_(area), x_(area.x0 + 12) {}

  float x() const { return x_; }
  float middle() const { return (area_.y0 + area_.y1) / 2; }
  ImDrawList& list() { return list_; }

  void text(const compat::Face& face, ImU32 colour, std::string_view words) {
    draw_text(list_, face, {x_, middle() - face.size / 2 - 1}, colour, words);
    x_ += text_size(face, words).x;
  }
  void space(float width) { x_ += width; }
  void legend(std::string_view words) {
    space(6);
    text(context_.fonts.small, context_.theme->text_dim, words);
    space(kGap);
  }

 private:
  const PanelContext& context_;
  ImDrawList& list_;
  Rect area_;
  float x_;
};

// One entry of the legend: a sign of kSign pixels and what it means.
struct Entry {
  const char* words;
  std::function<void(ImDrawList& list, float x, float y)> draw;
};

constexpr float kSign = 22;

Segment slant(float x, float y) {
  return {.x0 = static_cast<double>(x),
          .y0 = static_cast<double>(y + 4),
          .x1 = static_cast<double>(x + kSign - 2),
          .y1 = static_cast<double>(y - 4)};
}

void add_roles(std::vector<Entry>& entries, const PanelContext& context) {
  if (context.model().role_key() == 0) return;
  for (const char* name : {"leader", "candidate", "follower"}) {
    const Theme::Role role = context.theme->role(name);
    entries.push_back({name, [role](ImDrawList& list, float x, float y) {
                         list.AddRectFilled({x, y - role.thickness / 2},
                                            {x + kSign, y + role.thickness / 2}, role.colour);
                       }});
  }
}

void add_messages(std::vector<Entry>& entries, const PanelContext& context) {
  const Theme& theme = *context.theme;
  const MessageIndex& messages = context.model().messages();
  entries.push_back({"message", [&](ImDrawList& list, float x, float y) {
                       draw_segment(list, slant(x, y),
                                    {.colour = theme.message, .thickness = 1.5F});
                       draw_arrow_head(list, slant(x, y), 5, {.colour = theme.message}, false);
                     }});
  if (messages.lost_count() > 0) {
    entries.push_back({"lost", [&](ImDrawList& list, float x, float y) {
                         draw_segment(list, slant(x, y), {.colour = theme.lost, .thickness = 1.7F});
                         draw_cross(list, {x + kSign - 3, y - 4}, 4,
                                    {.colour = theme.lost, .thickness = 2});
                       }});
  }
  if (messages.has_late()) {
    entries.push_back({"late", [&](ImDrawList& list, float x, float y) {
                         draw_segment(list, slant(x, y), {.colour = theme.late, .thickness = 1.5F});
                         list.AddCircleFilled({x + kSign / 2, y}, 3.5F, theme.panel);
                         list.AddCircle({x + kSign / 2, y}, 3.5F, theme.late, 0, 1.5F);
                       }});
  }
  if (messages.has_duplicates()) {
    entries.push_back({"duplicate", [&](ImDrawList& list, float x, float y) {
                         draw_dashed(list, slant(x, y),
                                     {.colour = theme.duplicate, .thickness = 1.5F}, 5, 3);
                       }});
  }
}

void add_faults(std::vector<Entry>& entries, const PanelContext& context) {
  const Theme& theme = *context.theme;
  const auto& faults = context.model().faults();
  if (std::any_of(faults.begin(), faults.end(), [](const Fault& f) { return f.is_partition(); })) {
    entries.push_back({"partition", [&](ImDrawList& list, float x, float y) {
                         list.AddRectFilled({x, y - 7}, {x + kSign, y + 7}, theme.partition_fill);
                         const Segment wall{.x0 = static_cast<double>(x),
                                            .y0 = static_cast<double>(y),
                                            .x1 = static_cast<double>(x + kSign),
                                            .y1 = static_cast<double>(y)};
                         draw_dashed(list, wall,
                                     {.colour = theme.partition_wall, .thickness = 2.5F}, 6, 3);
                       }});
  }
  if (std::any_of(faults.begin(), faults.end(),
                  [](const Fault& f) { return f.form == FaultForm::clock; })) {
    entries.push_back({"wrong clock", [&](ImDrawList& list, float x, float y) {
                         const ImVec2 high{x + kSign, y - 6};
                         list.AddTriangleFilled({x, y + 6}, {x + kSign, y + 6}, high,
                                                theme.of(FaultForm::clock).fill);
                         list.AddLine({x, y + 6}, high, theme.clock, 1.5F);
                       }});
  }
  const auto lanes = context.model().lanes().nodes();
  const bool crashed = std::any_of(lanes.begin(), lanes.end(), [](const Lane& lane) {
    return !lane.lives.empty() && lane.lives.front().how == Life::End::crashed;
  });
  if (!crashed) return;
  entries.push_back({"node down", [&](ImDrawList& list, float x, float y) {
                       const Rect rect{.x0 = x, .y0 = y - 6, .x1 = x + kSign, .y1 = y + 6};
                       list.AddRectFilled(rect.min(), rect.max(), theme.down_fill);
                       draw_hatch(list, rect, {.colour = theme.down_hatch, .thickness = 1.2F}, 6);
                       list.AddRect(rect.min(), rect.max(), theme.down_hatch);
                     }});
}

// Entries that do not fit are left out, the last ones first.
void draw_legend(Writer& out, const PanelContext& context, float right) {
  std::vector<Entry> entries;
  add_roles(entries, context);
  add_messages(entries, context);
  add_faults(entries, context);
  for (const Entry& entry : entries) {
    if (out.x() + kSign + 6 + text_size(context.fonts.small, entry.words).x > right) return;
    entry.draw(out.list(), out.x(), out.middle());
    out.space(kSign);
    out.legend(entry.words);
  }
}

std::string shown_text(const PanelContext& context) {
  const DiagramAxis axis = context.nav.axis();
  std::string text;
  if (axis.ordinal()) {
    const Index count = axis.end_event() - axis.first_event();
    text = "axis: events     " + format_count(count) + (count == 1 ? " event in " : " events in ");
  }
  text += format_duration(axis.end_ns() - axis.begin_ns()) + " shown,  " +
          format_count(context.drawn.passing) + " messages";
  if (context.drawn.passing < context.drawn.messages)
    text += " of " + format_count(context.drawn.messages);
  if (context.drawn.bundles > 0) text += " in " + format_count(context.drawn.bundles) + " bundles";
  if (context.drawn.hidden > 0) text += ", " + format_count(context.drawn.hidden) + " not drawn";
  return text;
}

struct Verdict {
  std::string text;
  ImU32 colour = 0;
};

Verdict verdict_of(const PanelContext& context) {
  const TraceModel& model = context.model();
  const Theme& theme = *context.theme;
  if (!model.violations().empty()) return {"violation", theme.violation};
  if (!model.facts().complete) return {"recording cut short", theme.lost};
  if (model.run_end() == kNone) return {};
  switch (static_cast<trace::RunEnd>(model.events().detail(model.run_end()))) {
    case trace::RunEnd::completed:
      return {"passed", theme.good};
    case trace::RunEnd::violation:
      return {"violation", theme.violation};
    case trace::RunEnd::limit:
      return {"stopped at a limit", theme.lost};
    case trace::RunEnd::stopped:
      return {"stopped", theme.text_dim};
  }
  return {};
}

}  // namespace

void draw_title_bar(PanelContext& context, const Rect& area) {
  const Theme& theme = *context.theme;
  const RunFacts& facts = context.model().facts();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const compat::Face& bold = context.fonts.bold;
  const float middle = (area.y0 + area.y1) / 2;
  const Verdict verdict = verdict_of(context);
  const float badge = text_size(bold, verdict.text).x;
  const float right = verdict.text.empty() ? area.x1 - 12 : area.x1 - badge - 31;
  if (!verdict.text.empty()) {
    list.AddRectFilled({right, middle - 11}, {area.x1 - 13, middle + 10},
                       faded(verdict.colour, 0.14F), 4);
    draw_text(list, bold, {right + 9, middle - bold.size / 2 - 1}, verdict.colour, verdict.text);
  }
  list.PushClipRect(area.min(), {right - 8, area.y1}, true);
  Writer out(context, area);
  out.text(bold, theme.text, facts.scenario.empty() ? "trace" : facts.scenario);
  out.space(10);
  out.text(context.fonts.body, theme.text, facts.variant);
  std::string rest;
  if (facts.seed) rest += "seed " + std::to_string(*facts.seed) + "     ";
  rest += format_count(context.model().lanes().node_count()) + " nodes     " +
          format_duration(static_cast<double>(context.model().events().end_ns())) + "     " +
          format_count(context.model().events().size()) + " events";
  out.space(10);
  draw_fitted(list, context.fonts.body, {out.x(), middle - context.fonts.body.size / 2 - 1},
              theme.text_dim, rest, right - 8 - out.x());
  list.PopClipRect();
}

std::string passing_text(const EventFilter& filter, Index events) {
  std::string text = format_count(filter.count()) + " of " + format_count(events) + " events pass";
  if (filter.stopped()) return text + ", stopped early";
  if (filter.searched()) return text;
  return text + ", " + std::to_string(static_cast<int>(filter.progress() * 100)) + " % looked at";
}

namespace {

// What is filtered for, how much of it there is, and the way out of it. The width that it takes.
float draw_filter_state(PanelContext& context, const Rect& area) {
  const EventFilter* const filter = context.filter_shown();
  if (filter == nullptr) return 0;
  const Theme& theme = *context.theme;
  const compat::Face& bold = context.fonts.small_bold;
  const compat::Face& small = context.fonts.small;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float y = (area.y0 + area.y1 - small.size) / 2 - 1;
  std::string what = filter->spec().text;
  if (!filter->spec().shows_all_chips())
    what += what.empty() ? "some kinds or nodes are off" : ", some kinds or nodes are off";
  const std::string count = passing_text(*filter, context.model().events().size());
  const float button_at = area.x0 + 12;
  ImGui::SetCursorScreenPos({button_at, area.y0 + 3});
  const float clear = button_width(context, "clear");
  if (button(context, "filter.clear", "clear")) shared_filter(context).set({});
  float x = button_at + clear + 8;
  const float from = x;
  draw_text(list, bold, {x, y}, theme.accent, "filter");
  x += text_size(bold, "filter").x + 8;
  const float width = std::min(text_size(small, what).x, kMostFilterText);
  draw_fitted(list, small, {x, y}, theme.text, what, width + 1);
  x += width + 10;
  draw_text(list, small, {x, y}, theme.text_dim, count);
  x += text_size(small, count).x + kGap;
  ImGui::SetCursorScreenPos({from, area.y0 + 3});
  if (ImGui::InvisibleButton("filter-state", {std::max(1.0F, x - kGap - from), 24}))
    open_filter(context);
  context.spots.note("filter.state");
  return x - area.x0 - 12;
}

}  // namespace

void draw_status_bar(PanelContext& context, const Rect& area) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddLine(area.min(), {area.x1, area.y0}, context.theme->border);
  const compat::Face& face = context.fonts.small;
  const std::string shown = shown_text(context) + "     ? for keys";
  const float x = area.x1 - text_size(face, shown).x - 12;
  Rect legend = area;
  legend.x0 += draw_filter_state(context, area);
  Writer out(context, legend);
  draw_legend(out, context, x - 16);
  if (out.x() < x - 16)
    draw_text(list, face, {x, out.middle() - face.size / 2 - 1}, context.theme->text_dim, shown);
}

}  // namespace norn::viewer
