#include "panels/status_bar.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "model/time_text.hpp"

namespace norn::viewer {
namespace {

constexpr float kGap = 20;

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

void line_sign(Writer& out, ImU32 colour, float thickness) {
  const float y = out.middle();
  out.list().AddLine({out.x(), y + 4}, {out.x() + 20, y - 4}, colour, thickness);
}

void message_signs(Writer& out, const Theme& theme, const MessageIndex& messages) {
  line_sign(out, theme.message, 1.5F);
  const float y = out.middle();
  draw_arrow_head(out.list(),
                  {.x0 = static_cast<double>(out.x()),
                   .y0 = static_cast<double>(y + 4),
                   .x1 = static_cast<double>(out.x() + 20),
                   .y1 = static_cast<double>(y - 4)},
                  5, {.colour = theme.message}, false);
  out.space(20);
  out.legend("message");
  if (messages.lost_count() > 0) {
    line_sign(out, theme.lost, 1.7F);
    draw_cross(out.list(), {out.x() + 20, y - 4}, 4, {.colour = theme.lost, .thickness = 2});
    out.space(24);
    out.legend("lost on the way");
  }
  line_sign(out, theme.late, 1.5F);
  out.list().AddCircleFilled({out.x() + 10, y}, 3.5F, theme.panel);
  out.list().AddCircle({out.x() + 10, y}, 3.5F, theme.late, 0, 1.5F);
  out.space(20);
  out.legend("late or held");
  draw_dashed(out.list(),
              {.x0 = static_cast<double>(out.x()),
               .y0 = static_cast<double>(y + 4),
               .x1 = static_cast<double>(out.x() + 20),
               .y1 = static_cast<double>(y - 4)},
              {.colour = theme.duplicate, .thickness = 1.5F}, 5, 3);
  out.space(20);
  out.legend("duplicate");
}

void role_signs(Writer& out, const PanelContext& context) {
  if (context.model().role_key() == 0) return;
  for (const char* name : {"leader", "candidate", "follower"}) {
    const Theme::Role role = context.theme->role(name);
    out.list().AddRectFilled({out.x(), out.middle() - role.thickness / 2},
                             {out.x() + 20, out.middle() + role.thickness / 2}, role.colour);
    out.space(20);
    out.legend(name);
  }
}

void fault_signs(Writer& out, const PanelContext& context) {
  const Theme& theme = *context.theme;
  const auto& faults = context.model().faults();
  const float y = out.middle();
  if (std::any_of(faults.begin(), faults.end(), [](const Fault& f) { return f.is_partition(); })) {
    out.list().AddRectFilled({out.x(), y - 7}, {out.x() + 22, y + 7}, theme.partition_fill);
    draw_dashed(out.list(),
                {.x0 = static_cast<double>(out.x()),
                 .y0 = static_cast<double>(y),
                 .x1 = static_cast<double>(out.x() + 22),
                 .y1 = static_cast<double>(y)},
                {.colour = theme.partition_wall, .thickness = 2.5F}, 6, 3);
    out.space(22);
    out.legend("partition");
  }
  const Rect down{.x0 = out.x(), .y0 = y - 6, .x1 = out.x() + 22, .y1 = y + 6};
  out.list().AddRectFilled(down.min(), down.max(), theme.down_fill);
  draw_hatch(out.list(), down, {.colour = theme.down_hatch, .thickness = 1.2F}, 6);
  out.list().AddRect(down.min(), down.max(), theme.down_hatch);
  out.space(22);
  out.legend("node down");
}

std::string shown_text(const PanelContext& context) {
  const TimeView& view = context.nav.view();
  std::string text = format_duration(view.span_ns()) + " shown,  " +
                     format_count(context.drawn.messages) + " messages";
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
  Writer out(context, area);
  out.text(context.fonts.bold, theme.text, facts.scenario.empty() ? "trace" : facts.scenario);
  if (!facts.variant.empty()) {
    out.space(10);
    out.text(context.fonts.body, theme.text, facts.variant);
  }
  std::string rest;
  if (facts.seed) rest += "seed " + std::to_string(*facts.seed) + "     ";
  rest += format_count(context.model().lanes().node_count()) + " nodes     " +
          format_duration(static_cast<double>(context.model().events().end_ns())) + "     " +
          format_count(context.model().events().size()) + " events";
  out.space(kGap);
  out.text(context.fonts.body, theme.text_dim, rest);
  const Verdict verdict = verdict_of(context);
  if (verdict.text.empty()) return;
  const compat::Face& face = context.fonts.bold;
  const ImVec2 size = text_size(face, verdict.text);
  const float x = area.x1 - size.x - 22;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled({x - 9, out.middle() - size.y / 2 - 3},
                     {area.x1 - 13, out.middle() + size.y / 2 + 2}, faded(verdict.colour, 0.14F),
                     4);
  draw_text(list, face, {x, out.middle() - size.y / 2 - 1}, verdict.colour, verdict.text);
}

void draw_status_bar(PanelContext& context, const Rect& area) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddLine(area.min(), {area.x1, area.y0}, context.theme->border);
  const compat::Face& face = context.fonts.small;
  const std::string shown = shown_text(context) + "     ? for keys";
  const float width = text_size(face, shown).x;
  const float x = area.x1 - width - 12;
  list.PushClipRect(area.min(), {x - 12, area.y1}, true);
  Writer out(context, area);
  role_signs(out, context);
  message_signs(out, *context.theme, context.model().messages());
  fault_signs(out, context);
  list.PopClipRect();
  draw_text(list, face, {x, out.middle() - face.size / 2 - 1}, context.theme->text_dim, shown);
}

}  // namespace norn::viewer
