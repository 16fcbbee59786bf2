// Faults of clocks: what nodes read, and when their timers fire.
#include <chrono>
#include <vector>

#include <norn/sim.hpp>

#include "engine/clocks.hpp"
#include "faults/fault_support.hpp"
#include "support/catch.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

namespace {

Duration wall_since_start() {
  return WallClock::now() - kWallClockStart;
}

}  // namespace

TEST_CASE("without a fault every node's wall clock starts at the same time and is right") {
  Simulation sim(SimOptions{});
  sim.node("n1", [&] {
    CHECK(WallClock::now() == kWallClockStart);
    sleep_for(3s);
    CHECK(wall_since_start() == 3s);
    const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(WallClock::now()));
    CHECK(int{day.year()} == 2026);
  });
  sim.run_for(10s);
}

TEST_CASE("a skew moves the wall clock of its nodes only while it lasts, and no timer") {
  Simulation sim(SimOptions{});
  std::vector<Duration> errors;
  sim.node("n1", [&] {
    for (int i = 0; i < 4; ++i) {
      sleep_until(TimePoint(i * 1s + 500ms));
      CHECK(sim.now() == TimePoint(i * 1s + 500ms));
      errors.push_back(wall_since_start() - sim.now().time_since_epoch());
    }
  });
  sim.node("n2", [&] {
    sleep_for(1500ms);
    CHECK(wall_since_start() == 1500ms);
  });
  sim.run_for(1s);
  sim.begin_fault({.kind = FaultKind::clock_skew,
                   .lasts = 2s,
                   .side_a = {"n1"},
                   .with = {{"by", Duration(-700ms)}}});
  sim.run_for(4s);
  CHECK(errors == std::vector<Duration>{0ms, -700ms, -700ms, 0ms});
  CHECK(bites(sim, "clock_skew").at("wrong clock reads") == 2);
}

TEST_CASE("a drift makes timers early or late, and what it has gained stays") {
  for (const std::int64_t ppm : {100'000, -100'000}) {
    Simulation sim(SimOptions{});
    std::vector<Duration> woke;
    std::vector<Duration> shown;
    sim.node("n1", [&] {
      for (int i = 0; i < 4; ++i) {
        sleep_for(1s);
        woke.push_back(sim.now().time_since_epoch());
        shown.push_back(now().time_since_epoch());
      }
    });
    sim.run_for(500ms);
    sim.begin_fault(
        {.kind = FaultKind::clock_drift, .lasts = 2s, .side_a = {"n1"}, .with = {{"ppm", ppm}}});
    sim.run_for(10s);
    REQUIRE(woke.size() == 4);
    // By its own clock it always sleeps a second, whatever the true time.
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(shown[i] >= (i + 1) * 1s);
      CHECK(shown[i] <= (i + 1) * 1s + 10ns);
    }
    const auto about = [](Duration time, Duration expected) {
      return time >= expected - 10ns && time <= expected + 10ns;
    };
    if (ppm > 0) {
      CHECK(about(woke[0], 500ms + 454'545'455ns));
      CHECK(about(woke[3], 3800ms));
    } else {
      CHECK(about(woke[0], 500ms + 555'555'556ns));
      CHECK(about(woke[3], 4200ms));
    }
    const auto bitten = bites(sim, "clock_drift");
    CHECK(bitten.at("timers moved") == 2);
    CHECK(bitten.at("wrong clock reads") > 0);
  }
}

TEST_CASE("deadlines of calls, contexts and tickers follow the drifting clock of their node") {
  Simulation sim(SimOptions{});
  Duration call_took{};
  Duration context_took{};
  Duration ticks_took{};
  sim.node("n1", [&] {
    sleep_for(1s);
    Duration begin = sim.now().time_since_epoch();
    (void)call("silent", Ping{}, {.timeout = 1s});
    call_took = sim.now().time_since_epoch() - begin;
    begin = sim.now().time_since_epoch();
    (void)with_timeout(1s, [] { sleep_for(100s); });
    context_took = sim.now().time_since_epoch() - begin;
    begin = sim.now().time_since_epoch();
    Ticker ticker(100ms);
    for (int i = 0; i < 10; ++i) (void)ticker.ticks().receive();
    ticks_took = sim.now().time_since_epoch() - begin;
  });
  sim.node("silent", [] { sleep_for(1000s); });
  sim.begin_fault(
      {.kind = FaultKind::clock_drift, .side_a = {"n1"}, .with = {{"ppm", std::int64_t{250'000}}}});
  sim.run_for(10s);
  CHECK(call_took / 1ms == 800);
  CHECK(context_took / 1ms == 800);
  CHECK(ticks_took / 1ms == 800);
}

TEST_CASE("a clock jumps forward and back, for good, and timers do not notice") {
  Simulation sim(SimOptions{});
  std::vector<Duration> errors;
  sim.node("n1", [&] {
    for (int i = 1; i <= 3; ++i) {
      sleep_for(1s);
      CHECK(sim.now() == TimePoint(i * 1s));
      errors.push_back(wall_since_start() - i * 1s);
    }
  });
  sim.run_for(500ms);
  sim.begin_fault(
      {.kind = FaultKind::clock_jump, .side_a = {"n1"}, .with = {{"by", Duration(1h)}}});
  sim.run_for(1s);
  sim.begin_fault(
      {.kind = FaultKind::clock_jump, .side_a = {"n1"}, .with = {{"by", Duration(-2h)}}});
  sim.run_for(5s);
  CHECK(errors == std::vector<Duration>{1h, -1h, -1h});
  CHECK(bites(sim, "clock_jump").at("clocks set") == 2);
}

TEST_CASE("slewing takes the error of a wall clock away without a jump") {
  Simulation sim(SimOptions{});
  std::vector<Duration> errors;
  sim.node("n1", [&] {
    for (int i = 0; i < 8; ++i) {
      sleep_until(now() + 1s);
      errors.push_back(wall_since_start() - sim.now().time_since_epoch());
    }
  });
  sim.begin_fault(
      {.kind = FaultKind::clock_jump, .side_a = {"n1"}, .with = {{"by", Duration(-30ms)}}});
  sim.begin_fault(
      {.kind = FaultKind::clock_slew, .side_a = {"n1"}, .with = {{"ppm", std::int64_t{10'000}}}});
  sim.run_for(20s);
  REQUIRE(errors.size() == 8);
  CHECK(errors[0] > -21ms);
  CHECK(errors[0] < -19ms);
  CHECK(errors[1] > -11ms);
  CHECK(errors[2] > -1ms);
  CHECK(errors[3] == 0ns);
  CHECK(errors[7] == 0ns);
  CHECK(bites(sim, "clock_slew").at("wrong clock reads") > 0);
}

TEST_CASE("a leap second is smeared over its window, or repeated at its end") {
  for (const bool smear : {true, false}) {
    Simulation sim(SimOptions{});
    std::vector<Duration> errors;
    sim.node("n1", [&] {
      for (int i = 1; i <= 3; ++i) {
        sleep_until(TimePoint(i * 5s));
        errors.push_back(wall_since_start() - sim.now().time_since_epoch());
      }
    });
    sim.begin_fault({.kind = FaultKind::leap_second,
                     .lasts = 10s,
                     .side_a = {"n1"},
                     .with = {{"how", std::string(smear ? "smear" : "step")}}});
    sim.run_for(20s);
    REQUIRE(errors.size() == 3);
    CHECK(errors[0] == (smear ? -500ms : 0ms));
    CHECK(errors[2] == -1s);
    CHECK(bites(sim, "leap_second").size() == 1);
  }
}

TEST_CASE("a clock line never shows a time before that for which it was asked") {
  for (const std::int64_t ppb : {0, 1, -1, 500'000'000, -500'000'000, 123'457, -999'000'000}) {
    const sim::ClockLine line{.since_ns = 1'000, .shown_ns = 77, .faster_ppb = ppb};
    std::int64_t last = 0;
    for (std::int64_t shown = 0; shown < 3'000'000'000; shown = shown * 3 + 1) {
      const std::int64_t when = line.when(shown);
      CHECK(line.at(when) >= shown);
      CHECK((when == line.since_ns || line.at(when - 1) < shown));
      CHECK(when >= last);
      last = when;
    }
  }
}

TEST_CASE("each fault of a clock gives the same hash twice") {
  for (const FaultKind kind : {FaultKind::clock_skew, FaultKind::clock_drift, FaultKind::clock_slew,
                               FaultKind::leap_second}) {
    INFO(name(kind));
    CHECK(same_twice({.kind = kind, .lasts = 300ms, .side_a = {"n1"}}));
  }
  CHECK(same_twice({.kind = FaultKind::clock_jump, .side_a = {"n1"}}));
}
