// Timer and Ticker: instants that come through a channel, for select().
#pragma once

#include "norn/runtime/channel.hpp"
#include "norn/runtime/host/alarm.hpp"
#include "norn/runtime/time.hpp"

namespace norn {

// A Timer puts the present time into its channel once, after a duration. As Go's time.Timer. To
// wait with a time-out, after() in select() is simpler.
class Timer {
 public:
  explicit Timer(Duration duration) : bell_(fired_) { bell_.set(now() + duration); }

  Channel<TimePoint>& fired() { return fired_; }
  // stop() returns whether it had not gone off yet. What it put into the channel stays there.
  bool stop();
  // reset() starts it anew and forgets a time that was not received; returns as stop() does.
  bool reset(Duration duration);

 private:
  struct Bell final : host::Alarm {
    explicit Bell(Channel<TimePoint>& to) : channel(to) {}
    void ring() override { channel.try_send(now()); }
    Channel<TimePoint>& channel;
  };

  Channel<TimePoint> fired_{1};
  Bell bell_;
};

// A Ticker puts the present time into its channel every `period`, until it is destroyed. A tick
// that finds the last one not yet received is dropped, so a slow receiver sees fewer ticks and no
// burst.
class Ticker {
 public:
  explicit Ticker(Duration period);

  Channel<TimePoint>& ticks() { return ticks_; }
  // reset() changes the period; the next tick comes one period from now.
  void reset(Duration period);
  void stop() { bell_.drop(); }

 private:
  struct Bell final : host::Alarm {
    explicit Bell(Ticker& owner) : ticker(owner) {}
    void ring() override;
    Ticker& ticker;
  };

  Duration period_{};
  TimePoint next_{};
  Channel<TimePoint> ticks_{1};
  Bell bell_;
};

}  // namespace norn
