// Plays a trace: moves a point of time forward as real time passes, and steps by what happens.
#pragma once

#include <optional>
#include <vector>

#include "model/event_filter.hpp"
#include "model/event_table.hpp"
#include "model/trace_model.hpp"

namespace norn::viewer {

// What one step goes to.
enum class StepBy : std::uint8_t { event, message, fault };

// Player holds the moment that is looked at: a time, and the last event that has happened by then,
// since many events share one time. It knows no clock: whoever draws tells it what time has passed.
class Player {
 public:
  explicit Player(const TraceModel& model);

  double time_ns() const { return time_ns_; }
  // event() is the last event that has happened; kNone before the first.
  Index event() const { return event_; }
  // go_to() moves to a time: all events of that time have happened.
  void go_to(double t_ns);
  // go_to_event() moves to the moment right after the event.
  void go_to_event(Index event);

  // step() moves to the next (+1) or previous (-1) event of a node or of the simulation, to the
  // next thing that happens to a message, or to the next begin or end of a fault. False when there
  // is none. Events and messages that do not pass the filter are stepped over; faults never are.
  bool step(StepBy by, int direction, const EventFilter* filter = nullptr);

  bool playing() const { return playing_; }
  // play() begins anew when the end was reached.
  void play();
  void pause() { playing_ = false; }
  // advance() moves by the real time that has passed; at the end it stops, or begins the loop anew.
  // A long gap (the window was covered) counts as a tenth of a second.
  void advance(double wall_seconds);

  // Virtual nanoseconds in a second of real time. At first a typical message takes 0.7 s.
  double speed() const { return speed_; }
  void set_speed(double ns_per_second);
  void faster() { set_speed(speed_ * 2); }
  void slower() { set_speed(speed_ / 2); }

  struct Range {
    double begin_ns = 0;
    double end_ns = 0;
  };
  // While a loop is set, playing goes from its begin to its end and begins anew.
  const std::optional<Range>& loop() const { return loop_; }
  void set_loop(std::optional<Range> range);

 private:
  bool is_step(Index event, StepBy by) const;

  const TraceModel* model_;
  std::vector<Index> faults_;  // begins and ends, in order
  double time_ns_ = 0;
  Index event_ = kNone;
  double speed_ = 1e9;
  bool playing_ = false;
  std::optional<Range> loop_;
};

}  // namespace norn::viewer
