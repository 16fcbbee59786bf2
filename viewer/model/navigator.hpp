// What the person looks at: the stretch of the trace, on which axis, the selected event, the time
// cursor. No drawing, no GUI library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "model/axis.hpp"
#include "model/event_filter.hpp"
#include "model/event_table.hpp"
#include "model/time_view.hpp"
#include "model/trace_model.hpp"
#include "model/unfolding.hpp"

namespace norn::viewer {

// Keys that mean something, independent of the window library.
enum class Key : std::uint8_t {
  none,
  left,
  right,
  up,
  down,
  w,
  a,
  s,
  d,
  f,
  home,
  escape,
  help,
  violation,
  next_cause,
  next_effect,
  previous_fault,
  next_fault,
  theme,
  play,
  mark,
  find,
  go_to,
  back,
  forward,
  unfold,
  zones,
  loop,
  only_past,
  larger,
  smaller,
  normal_size,
  axis,
  remove,
};

struct Modifiers {
  bool shift = false;
  bool control = false;
};

// Navigator changes only by its methods; each says nothing about pixels, so that it can be driven
// by tests.
class Navigator {
 public:
  explicit Navigator(const TraceModel& model);

  const TraceModel& model() const { return *model_; }
  // set_model() goes on with a model of which the one before was the beginning: what is selected
  // and in view stays.
  void set_model(const TraceModel& model);

  // remember() keeps what is in view and selected now, so that back() leads here again. Call it
  // before a jump.
  void remember();
  // back() and forward() walk through what was remembered; false when there is nothing more.
  bool back();
  bool forward();

  // view() is the stretch of time that is shown, on either axis: who sets it shows that stretch on
  // the axis that was chosen.
  TimeView& view() { return view_; }
  const TimeView& view() const { return view_; }

  // ordinal() is true while the diagram gives each event one step; false: true time.
  bool ordinal() const { return ordinal_; }
  void set_ordinal(bool ordinal);
  // axis() is what the diagram's width stands for now.
  DiagramAxis axis() const;
  // These move what is shown, in time or in steps (see ZoomView).
  void zoom(double factor, double anchor);
  void pan(double share);
  void show(const Moment& from, const Moment& to);
  void show_all();
  void centre_on(double t_ns);
  void reveal(double t_ns);
  void reveal_event(Index event);

  Index selected() const { return selected_; }
  void select(Index event);
  // select_and_show() also pans so that the event is visible.
  void select_and_show(Index event);
  void clear();

  // The second of two selected events: the one that a way leads to or from.
  Index second() const { return second_; }
  void select_second(Index event);
  // While only_past() holds, views show nothing but what led to the selected event.
  bool only_past() const { return only_past_; }
  void set_only_past(bool only) { only_past_ = only; }

  std::optional<double> cursor_ns() const { return cursor_ns_; }
  void set_cursor(std::optional<double> t_ns) {
    cursor_ns_ = t_ns;
    cursor_step_ = std::nullopt;
  }
  // set_moment() and cursor() have the step too, where it is known.
  void set_moment(const std::optional<Moment>& moment) {
    cursor_ns_ = moment ? std::optional(moment->t_ns) : std::nullopt;
    cursor_step_ = moment ? moment->step : std::nullopt;
  }
  std::optional<Moment> cursor() const {
    if (!cursor_ns_) return std::nullopt;
    return Moment{.t_ns = *cursor_ns_, .step = cursor_step_};
  }
  // hover_cursor() follows the mouse, but not in a frame after hold_cursor(): while a film runs, it
  // shows the film's time.
  void hold_cursor() { cursor_held_ = true; }
  void hover_cursor(const std::optional<Moment>& moment) {
    if (!cursor_held_) set_moment(moment);
    cursor_held_ = false;
  }

  // Which zones are folded, which nodes unfolded.
  Unfolding& unfolding() { return unfolding_; }
  const Unfolding& unfolding() const { return unfolding_; }

  // How far the lanes are scrolled down, in pixels.
  float scroll() const { return scroll_; }
  void set_scroll(float scroll) { scroll_ = scroll; }

  bool help_open() const { return help_open_; }
  void set_help(bool open) { help_open_ = open; }

  // press() does what the key stands for; false when it stands for nothing here.
  bool press(Key key, Modifiers modifiers);
  // wheel() zooms at the anchor (a fraction of the width): finer with Ctrl, coarser with Shift.
  void wheel(float steps, double anchor, Modifiers modifiers);

  // What does not pass the filter is stepped over; null: nothing is. A jump (to a cause, a fault, a
  // violation) goes wherever it leads.
  void set_filter(std::shared_ptr<const EventFilter> filter) { filter_ = std::move(filter); }
  // step() selects the next (+1) or previous (-1) event on the lane of the selected one;
  // `all`: whatever the filter says.
  void step(int direction, bool all = false);
  // step_lane() selects the event nearest in time on the lane below (+1) or above (-1). Lanes of
  // which nothing passes are stepped over.
  void step_lane(int direction, bool all = false);
  // focus() shows the selected event with its message, or the first violation.
  void focus();

 private:
  bool move_view(Key key, Modifiers modifiers);
  void step_fault(int direction);
  bool unfold();
  bool jump(Key key, Modifiers modifiers);
  struct Place {
    TimeView view;
    TimeView led;
    StepView steps;
    Index selected = kNone;
    bool operator==(const Place&) const = default;
  };
  Place place() const { return {view_, led_, steps_, selected_}; }
  void go(const Place& place);
  // steps() are the steps that view() stands for; lead() shows steps and makes view() follow.
  StepView steps() const;
  void lead(const StepView& steps);
  void focus_steps();
  Index first_in_view(bool all) const;
  const EventFilter* filter(bool all) const {
    return all || filter_ == nullptr || filter_->index() == nullptr ? nullptr : filter_.get();
  }

  const TraceModel* model_;
  std::shared_ptr<const EventFilter> filter_;
  TimeView view_;
  bool ordinal_ = false;
  StepView steps_;
  TimeView led_;  // the view that steps_ led to: while it is still that, they hold
  Index selected_ = kNone;
  Index second_ = kNone;
  bool only_past_ = false;
  std::optional<double> cursor_ns_;
  std::optional<double> cursor_step_;
  bool cursor_held_ = false;
  float scroll_ = 0;
  bool help_open_ = false;
  Unfolding unfolding_;
  static constexpr std::size_t kMostRemembered = 200;
  std::vector<Place> past_;
  std::vector<Place> future_;
};

}  // namespace norn::viewer
