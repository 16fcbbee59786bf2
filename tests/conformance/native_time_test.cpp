// Time, and waiting with an end.
#include <string>
#include <vector>

#include "conformance/support/native.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

namespace {

template <class Arm>
void sleeping(Arm& arm) {
  for (const Duration asked : {Duration(1ns), Duration(300us), Duration(20ms)}) {
    const TimePoint begin = now();
    sleep_for(asked);
    CHECK(took(arm, now() - begin, asked));
    sleep_until(begin);  // passed: at once
    sleep_for(-1s);
  }
}

template <class Arm>
void order_of_sleepers(Arm&) {
  std::string order;
  std::vector<Task<void>> tasks;
  for (const int place : {3, 1, 2}) {
    tasks.push_back(spawn("sleeper", [&order, place] {
      sleep_for(place * 60ms);
      order += std::to_string(place);
    }));
  }
  for (Task<void>& each : tasks) each.join();
  CHECK(order == "123");
}

template <class Arm>
void clock_goes_on(Arm&) {
  TimePoint last = now();
  bool goes_back = false;
  for (int i = 0; i < 2000; ++i) {
    if (i % 100 == 0) sleep_for(100us);
    const TimePoint next = now();
    goes_back = goes_back || next < last;
    last = next;
  }
  CHECK_FALSE(goes_back);
}

template <class Arm>
void wall_clock(Arm& arm) {
  const WallClock::time_point begin = WallClock::now();
  sleep_for(20ms);
  CHECK(begin >= kWallClockStart - 24h * 365);
  // The machine's may be set while the test runs: only the simulated one is sure to go on.
  if (arm.kSimulated) CHECK(WallClock::now() - begin == 20ms);
}

template <class Arm>
void timer(Arm& arm) {
  const TimePoint begin = now();
  Timer one(30ms);
  CHECK_FALSE(one.fired().try_receive().has_value());
  const std::optional<TimePoint> rang = one.fired().receive();
  REQUIRE(rang.has_value());
  CHECK(took(arm, *rang - begin, 30ms));
  CHECK_FALSE(one.stop());
}

template <class Arm>
void timers_in_order(Arm&) {
  Timer late(90ms);
  Timer early(30ms);
  Timer middle(60ms);
  const TimePoint first = *early.fired().receive();
  const TimePoint second = *middle.fired().receive();
  const TimePoint third = *late.fired().receive();
  CHECK(first <= second);
  CHECK(second <= third);
}

template <class Arm>
void stopped(Arm&) {
  Timer one(20ms);
  CHECK(one.stop());
  CHECK_FALSE(one.stop());
  CHECK_FALSE(one.fired().receive_for(60ms).has_value());
  CHECK_FALSE(one.reset(10ms));
  CHECK(one.fired().receive().has_value());
}

template <class Arm>
void ticker(Arm& arm) {
  const TimePoint begin = now();
  Ticker ticks(10ms);
  for (int i = 1; i <= 3; ++i) {
    REQUIRE(ticks.ticks().receive().has_value());
    CHECK(took(arm, now() - begin, i * 10ms));
  }
  ticks.stop();
  static_cast<void>(ticks.ticks().try_receive());
  CHECK_FALSE(ticks.ticks().receive_for(40ms).has_value());
}

template <class Arm>
void impatient_receive(Arm& arm) {
  Channel<int> channel;
  const TimePoint begin = now();
  CHECK_FALSE(channel.receive_for(30ms).has_value());
  CHECK(took(arm, now() - begin, 30ms));
  Task<void> sender = spawn("sender", [&] { channel.send(7); });
  CHECK(channel.receive_for(1h) == 7);
  sender.join();
}

template <class Arm>
void impatient_select(Arm& arm) {
  Channel<int> channel;
  const TimePoint begin = now();
  const auto choose = [&](Duration patience) {
    return select(on_receive(channel, [](std::optional<int> value) { return value.value_or(-1); }),
                  after(patience, [] { return 0; }));
  };
  CHECK(choose(30ms) == 0);
  CHECK(took(arm, now() - begin, 30ms));
  Task<void> sender = spawn("sender", [&] { channel.send(7); });
  CHECK(choose(1h) == 7);
  sender.join();
}

template <class Arm>
void with_a_timeout(Arm& arm) {
  const TimePoint begin = now();
  CHECK(why(with_timeout(30ms, [] { sleep_for(1h); })) == Errc::timeout);
  CHECK(took(arm, now() - begin, 30ms));
  Pair pair;
  CHECK(why(with_timeout(20ms, [&] { return read_one(pair.client).ok(); })) == Errc::timeout);
  CHECK(pair.server.write_all(bytes_of("a")).ok());
  CHECK(read_some(pair.client, 1) == "a");  // what was cancelled took nothing
}

template <class Arm>
void condition(Arm& arm) {
  ConditionVariable changed;
  const TimePoint begin = now();
  CHECK_FALSE(changed.wait_for(20ms));
  CHECK(took(arm, now() - begin, 20ms));
}

template <class Arm>
void away(Arm&) {
  int sum = 0;
  CHECK(blocking([&] {
          for (int i = 0; i < 100; ++i) sum += i;
          return sum;
        }) == 4950);
  bool caught = false;
  try {
    blocking([] { throw std::runtime_error("from away"); });
  } catch (const std::runtime_error& error) {
    caught = std::string(error.what()) == "from away";
  }
  CHECK(caught);
}

}  // namespace

NORN_NATIVE("a sleep lasts as long as it was told", sleeping)
NORN_NATIVE("sleepers wake in the order of their times", order_of_sleepers)
NORN_NATIVE("the clock never goes back", clock_goes_on)
NORN_NATIVE("the wall clock tells the time of day", wall_clock)
NORN_NATIVE("a timer rings once", timer)
NORN_NATIVE("timers ring in the order of their times", timers_in_order)
NORN_NATIVE("a timer that was stopped does not ring", stopped)
NORN_NATIVE("a ticker ticks until it is stopped", ticker)
NORN_NATIVE("a receive gives up after its time", impatient_receive)
NORN_NATIVE("a select gives up after its time", impatient_select)
NORN_NATIVE("with_timeout ends what takes too long", with_a_timeout)
NORN_NATIVE("a wait for a condition gives up after its time", condition)
NORN_NATIVE("blocking() gives results and exceptions back", away)
