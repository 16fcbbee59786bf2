// What the width of the space-time diagram stands for: virtual time, or events, one step each.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/event_table.hpp"
#include "model/time_grid.hpp"
#include "model/time_view.hpp"

namespace norn::viewer {

class TraceModel;

// OrdinalAxis places moments among events: an event stands at its position in the table, so that
// events of one nanosecond stand side by side and idle time takes no room. All events count, also
// those that a filter or the causal past leaves out: what is shown stays where it is.
//
// A moment between two events lies on the straight line between them. Beyond the last event that
// has been read, the line leads to the last of the whole trace; beyond both ends it goes on at the
// mean pace of the trace (one step a nanosecond when that is not known).
class OrdinalAxis {
 public:
  // `total` is how many events there will be when all are read, `end_ns` the time of the last.
  OrdinalAxis(const EventTable& events, std::uint64_t total, std::int64_t end_ns);
  explicit OrdinalAxis(const TraceModel& model);

  // The step of the last event of the trace; 0 when there is none.
  double last() const { return last_; }
  // first_step() is where the first event of that very time stands, last_step() the last: by then
  // all events of that time have happened. They differ only for a time that several events share.
  double first_step(double t_ns) const;
  double last_step(double t_ns) const;
  double time_at(double step) const;

 private:
  double between(Index next, double t_ns) const;

  const EventTable* events_;
  double last_ = 0;
  double end_ns_ = 0;
  double pace_ = 1;         // steps a nanosecond, beyond the ends
  double unread_pace_ = 1;  // between the last event read and the last of the trace
};

// StepView shows steps, at least eight of them.
class StepView : public ZoomView {
 public:
  static constexpr double kLeastSteps = 8;

  StepView() = default;
  explicit StepView(double last_step) : ZoomView(0, last_step, kLeastSteps) {}

  bool operator==(const StepView&) const = default;
};

// A place on the axis. A time alone does not say which of the events of one nanosecond is meant:
// where that is known, `step` does.
struct Moment {
  double t_ns = 0;
  std::optional<double> step = std::nullopt;
};

// DiagramAxis maps times and events to fractions of the diagram's width and back, on the axis that
// was chosen. It is made for a frame and does not follow what is shown later.
class DiagramAxis {
 public:
  // True time.
  DiagramAxis(const EventTable& events, const TimeView& view);
  // One step an event.
  DiagramAxis(const EventTable& events, const StepView& view, const OrdinalAxis& axis);

  bool ordinal() const { return ordinal_.has_value(); }
  // from(), to() and span() are in steps, or in nanoseconds.
  double from() const { return view_.from(); }
  double to() const { return view_.to(); }
  double span() const { return view_.span(); }
  double begin_ns() const { return time_of(view_.from()); }
  double end_ns() const { return time_of(view_.to()); }

  double fraction(double t_ns) const {
    return view_.fraction(ordinal_ ? ordinal_->last_step(t_ns) : t_ns);
  }
  double fraction(const Moment& moment) const {
    return ordinal_ && moment.step ? view_.fraction(*moment.step) : fraction(moment.t_ns);
  }
  double fraction_of(Index event) const {
    return view_.fraction(ordinal_ ? static_cast<double>(event)
                                   : static_cast<double>(events_->time_ns(event)));
  }
  Moment moment_at(double fraction) const;

  // The events at or after that fraction begin with first_from(); those in view are
  // [first_event(), end_event()).
  Index first_from(double fraction) const;
  Index first_event() const { return first_from(0); }
  Index end_event() const;
  // happened_by() is the last event that has happened by then; kNone before the first.
  Index happened_by(const Moment& moment) const;
  // How many events lie between two moments, both of them included; `from` is not after `to`.
  Index count_between(const Moment& from, const Moment& to) const;
  // nearest() is the position in `positions` (in order) of the event that stands nearest to the
  // moment; positions.size() when there is none.
  std::size_t nearest(std::span<const Index> positions, const Moment& moment) const;

  // cells() cuts what is shown into cells of that share of the width.
  TimeGrid cells(double share) const;

 private:
  double time_of(double place) const { return ordinal_ ? ordinal_->time_at(place) : place; }

  const EventTable* events_;
  ZoomView view_;
  std::optional<OrdinalAxis> ordinal_;
};

// The labelled steps of an ordinal axis: every so many events one, with its number and its time.
struct StepTick {
  Index event = kNone;
  std::string number;  // "#1,200"
  std::string time;    // as exact as telling it from its neighbours asks for
};
struct StepTicks {
  std::vector<StepTick> major;
  std::vector<Index> minor;
};
// Numbers that are labelled are multiples of 1, 2 or 5 times a power of ten, when no event of the
// trace was left out.
StepTicks make_step_ticks(const EventTable& events, const DiagramAxis& axis, double width_px,
                          double label_width_px);

}  // namespace norn::viewer
