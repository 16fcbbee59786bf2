#include "panels/overview.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace norn::viewer {
namespace {

constexpr float kFaultRow = 8;
constexpr float kColumnPx = 2;

struct Strip {
  Rect area;
  double begin_ns = 0;
  double end_ns = 1;

  float x(double t) const {
    return area.x0 + static_cast<float>((t - begin_ns) / (end_ns - begin_ns)) * area.width();
  }
  double t(float at) const {
    return begin_ns + static_cast<double>((at - area.x0) / area.width()) * (end_ns - begin_ns);
  }
};

std::uint64_t losses_between(const TraceModel& model, double begin, double end) {
  const auto times = model.messages().lost_times();
  const auto before = [](std::int64_t time, double t) { return static_cast<double>(time) < t; };
  const auto first = std::lower_bound(times.begin(), times.end(), begin, before);
  return static_cast<std::uint64_t>(std::lower_bound(first, times.end(), end, before) - first);
}

// Columns of event density, each found by binary search. The height is a root, so that quiet
// stretches stay visible. With a filter, the share that passes stands out of the rest.
void draw_density(ImDrawList& list, const PanelContext& context, const Strip& strip) {
  const TraceModel& model = context.model();
  const Theme& theme = *context.theme;
  const EventFilter* const filter = context.filter_shown();
  const EventTable& events = model.events();
  const auto columns = static_cast<std::size_t>(std::max(1.0F, strip.area.width() / kColumnPx));
  std::vector<float> heights(columns);
  std::vector<float> passing(columns);  // of the events that pass the filter, by the same measure
  std::vector<bool> lossy(columns);
  const double step = (strip.end_ns - strip.begin_ns) / static_cast<double>(columns);
  Index from = events.first_at(strip.begin_ns);
  float most = 1;
  for (std::size_t i = 0; i < columns; ++i) {
    const double t = strip.begin_ns + static_cast<double>(i) * step;
    const Index to = events.first_at(t + step);
    heights[i] = std::sqrt(static_cast<float>(to - from));
    if (filter != nullptr)
      passing[i] = std::sqrt(static_cast<float>(filter->may_pass_between(from, to)));
    most = std::max(most, heights[i]);
    lossy[i] = losses_between(model, t, t + step) > 0;
    from = to;
  }
  const float room = strip.area.height() - kFaultRow - 8;
  for (std::size_t i = 0; i < columns; ++i) {
    const float x = strip.area.x0 + static_cast<float>(i) * kColumnPx;
    const float top = strip.area.y1 - 4 - heights[i] / most * room;
    list.AddRectFilled({x, top}, {x + kColumnPx, strip.area.y1 - 4},
                       faded(theme.text_dim, filter == nullptr ? 0.42F : 0.16F));
    if (passing[i] > 0) {
      // However few pass, one sees where.
      const float height = std::max(2.0F, passing[i] / most * room);
      list.AddRectFilled({x, strip.area.y1 - 4 - height}, {x + kColumnPx, strip.area.y1 - 4},
                         faded(theme.accent, 0.75F));
    }
    if (lossy[i])
      list.AddRectFilled({x, strip.area.y1 - 4}, {x + kColumnPx, strip.area.y1}, theme.lost);
  }
}

void draw_faults(ImDrawList& list, const Theme& theme, const TraceModel& model,
                 const Strip& strip) {
  const EventTable& events = model.events();
  for (const Fault& fault : model.faults()) {
    const float x0 = strip.x(static_cast<double>(events.time_ns(fault.begin)));
    float x1 = x0 + 2;
    if (fault.end != kNone) {
      x1 = std::max(x1, strip.x(static_cast<double>(events.time_ns(fault.end))));
    } else if (!fault.instant) {
      x1 = strip.x(static_cast<double>(events.end_ns()));
    }
    const ImU32 colour = theme.of(fault.form).edge;
    list.AddRectFilled({x0, strip.area.y0 + 2}, {x1, strip.area.y0 + 2 + kFaultRow},
                       faded(colour, 0.75F), 2);
  }
  for (const Violation& violation : model.violations()) {
    const float x = strip.x(static_cast<double>(events.time_ns(violation.event)));
    list.AddLine({x, strip.area.y0}, {x, strip.area.y1}, theme.violation, 2.5F);
  }
}

void draw_brush(ImDrawList& list, const Theme& theme, const Navigator& nav, const Strip& strip) {
  const float x0 = std::clamp(strip.x(nav.view().begin_ns()), strip.area.x0, strip.area.x1);
  const float x1 =
      std::max(x0 + 3, std::clamp(strip.x(nav.view().end_ns()), strip.area.x0, strip.area.x1));
  const ImU32 shade = faded(theme.panel, 0.72F);
  list.AddRectFilled(strip.area.min(), {x0, strip.area.y1}, shade);
  list.AddRectFilled({x1, strip.area.y0}, strip.area.max(), shade);
  list.AddRect({x0, strip.area.y0}, {x1, strip.area.y1}, theme.accent, 2, 0, 1.5F);
}

}  // namespace

void draw_overview(PanelContext& context, const Rect& area) {
  const TraceModel& model = context.model();
  const EventTable& events = model.events();
  const Theme& theme = *context.theme;
  const auto begin = static_cast<double>(events.begin_ns());
  const double whole = std::max(1.0, static_cast<double>(events.end_ns()) - begin);
  const double margin = whole * TimeView::kMargin;
  const Strip strip{.area = area, .begin_ns = begin - margin, .end_ns = begin + whole + margin};

  ImGui::SetCursorScreenPos(area.min());
  ImGui::InvisibleButton("overview", {area.width(), area.height()});
  if (ImGui::IsItemActive()) context.nav.centre_on(strip.t(ImGui::GetIO().MousePos.x));

  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.PushClipRect(area.min(), area.max(), true);
  list.AddRectFilled(area.min(), area.max(), theme.background);
  if (!events.empty()) draw_density(list, context, strip);
  draw_brush(list, theme, context.nav, strip);
  draw_faults(list, theme, model, strip);
  list.PopClipRect();
}

}  // namespace norn::viewer
