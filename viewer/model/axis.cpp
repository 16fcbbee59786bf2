#include "model/axis.hpp"

#include <algorithm>
#include <cmath>

#include "model/lanes.hpp"
#include "model/time_text.hpp"
#include "model/trace_model.hpp"

namespace norn::viewer {
namespace {

// A label's time is told as exactly as this share of the shortest time to the next label: it must
// not look like a round one.
constexpr double kTimesAsExact = 100;

// The position at or after a place, within the table.
Index position_from(const EventTable& events, double place) {
  return static_cast<Index>(std::clamp(std::ceil(place), 0.0, static_cast<double>(events.size())));
}

}  // namespace

OrdinalAxis::OrdinalAxis(const EventTable& events, std::uint64_t total, std::int64_t end_ns)
    : events_(&events) {
  const std::uint64_t count = std::max<std::uint64_t>(total, events.size());
  last_ = count == 0 ? 0 : static_cast<double>(count - 1);
  end_ns_ = static_cast<double>(std::max(end_ns, events.end_ns()));
  const double whole_ns = end_ns_ - static_cast<double>(events.begin_ns());
  if (last_ > 0 && whole_ns > 0) pace_ = last_ / whole_ns;
  const double unread = last_ + 1 - static_cast<double>(events.size());
  const double unread_ns = end_ns_ - static_cast<double>(events.end_ns());
  unread_pace_ = unread > 0 && unread_ns > 0 ? unread / unread_ns : pace_;
}

OrdinalAxis::OrdinalAxis(const TraceModel& model)
    : OrdinalAxis(model.events(), model.partial() ? model.source().event_count() : 0,
                  model.end_ns()) {}

// Where a moment lies that is after the event before `next` and before `next`.
double OrdinalAxis::between(Index next, double t_ns) const {
  const EventTable& events = *events_;
  const auto time = [&](Index event) { return static_cast<double>(events.time_ns(event)); };
  if (events.empty()) return t_ns * pace_;
  if (next == 0) return (t_ns - time(0)) * pace_;
  const auto before = static_cast<double>(next - 1);
  const double since = t_ns - time(next - 1);
  if (next < events.size()) return before + since / (time(next) - time(next - 1));
  if (t_ns <= end_ns_) return before + since * unread_pace_;
  return last_ + (t_ns - end_ns_) * pace_;
}

double OrdinalAxis::first_step(double t_ns) const {
  const Index at = events_->first_at(t_ns);
  if (at < events_->size() && static_cast<double>(events_->time_ns(at)) == t_ns) return at;
  return between(at, t_ns);
}

double OrdinalAxis::last_step(double t_ns) const {
  return between(events_->first_after(t_ns), t_ns);
}

double OrdinalAxis::time_at(double step) const {
  const EventTable& events = *events_;
  if (events.empty()) return step / pace_;
  if (step <= 0) return static_cast<double>(events.begin_ns()) + step / pace_;
  const double whole = std::floor(step);
  const auto last_read = static_cast<double>(events.size() - 1);
  if (whole < last_read) {
    const auto event = static_cast<Index>(whole);
    const auto from = static_cast<double>(events.time_ns(event));
    const auto to = static_cast<double>(events.time_ns(event + 1));
    return from + (step - whole) * (to - from);
  }
  if (step <= last_)
    return std::min(static_cast<double>(events.end_ns()) + (step - last_read) / unread_pace_,
                    end_ns_);
  return end_ns_ + (step - last_) / pace_;
}

DiagramAxis::DiagramAxis(const EventTable& events, const TimeView& view)
    : events_(&events), view_(view) {}

DiagramAxis::DiagramAxis(const EventTable& events, const StepView& view, const OrdinalAxis& axis)
    : events_(&events), view_(view), ordinal_(axis) {}

Moment DiagramAxis::moment_at(double fraction) const {
  const double place = view_.at(fraction);
  if (!ordinal_) return {.t_ns = place};
  return {.t_ns = ordinal_->time_at(place), .step = place};
}

Index DiagramAxis::first_from(double fraction) const {
  const double place = view_.at(fraction);
  return ordinal_ ? position_from(*events_, place) : events_->first_at(place);
}

Index DiagramAxis::end_event() const {
  if (!ordinal_) return events_->first_after(view_.to());
  return position_from(*events_, std::floor(view_.to()) + 1);
}

Index DiagramAxis::happened_by(const Moment& moment) const {
  const Index after = ordinal_ && moment.step
                          ? position_from(*events_, std::floor(*moment.step) + 1)
                          : events_->first_after(moment.t_ns);
  return after == 0 ? kNone : after - 1;
}

Index DiagramAxis::count_between(const Moment& from, const Moment& to) const {
  const Index first =
      ordinal_ && from.step ? position_from(*events_, *from.step) : events_->first_at(from.t_ns);
  const Index last = happened_by(to);
  return last == kNone || last < first ? 0 : last - first + 1;
}

std::size_t DiagramAxis::nearest(std::span<const Index> positions, const Moment& moment) const {
  if (!ordinal_) return viewer::nearest(*events_, positions, moment.t_ns);
  if (positions.empty()) return 0;
  const double step = moment.step.value_or(ordinal_->last_step(moment.t_ns));
  const auto found =
      std::lower_bound(positions.begin(), positions.end(), position_from(*events_, step));
  const auto after = static_cast<std::size_t>(found - positions.begin());
  if (after == 0) return 0;
  if (after == positions.size()) return after - 1;
  const double before_gap = step - static_cast<double>(positions[after - 1]);
  return before_gap <= static_cast<double>(positions[after]) - step ? after - 1 : after;
}

TimeGrid DiagramAxis::cells(double share) const {
  const double cell = view_.span() * share;
  return ordinal_ ? TimeGrid::of_steps(*events_, view_.from(), view_.to(), cell)
                  : TimeGrid(*events_, view_.from(), view_.to(), cell);
}

StepTicks make_step_ticks(const EventTable& events, const DiagramAxis& axis, double width_px,
                          double label_width_px) {
  StepTicks ticks;
  if (!axis.ordinal() || events.empty() || !(width_px > 0)) return ticks;
  const auto step =
      static_cast<std::uint64_t>(nice_step(std::max(1.0, axis.span() * label_width_px / width_px)));
  const std::uint64_t minor = step % 5 == 0 ? step / 5 : step % 4 == 0 ? step / 4 : 1;
  // Numbers go on from that of the first event: its position is offset by so much.
  const std::uint64_t offset = events.seq(0);
  const std::uint64_t first = offset + axis.first_event();
  for (std::uint64_t at = (first + minor - 1) / minor * minor; at < offset + axis.end_event();
       at += minor) {
    const auto event = static_cast<Index>(at - offset);
    if (at % step != 0) {
      ticks.minor.push_back(event);
    } else {
      ticks.major.push_back(
          {.event = event, .number = "#" + format_count(events.seq(event)), .time = {}});
    }
  }
  std::int64_t least_gap = 0;
  for (std::size_t i = 1; i < ticks.major.size(); ++i) {
    const std::int64_t gap =
        events.time_ns(ticks.major[i].event) - events.time_ns(ticks.major[i - 1].event);
    if (gap > 0 && (least_gap == 0 || gap < least_gap)) least_gap = gap;
  }
  for (StepTick& tick : ticks.major)
    tick.time = format_instant(static_cast<double>(events.time_ns(tick.event)),
                               static_cast<double>(least_gap) / kTimesAsExact);
  return ticks;
}

}  // namespace norn::viewer
