// The axis of the space-time diagram: steps of events instead of time, and moving along it.
#include "model/axis.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "model/lanes.hpp"
#include "model/navigator.hpp"
#include "support/catch.hpp"
#include "viewer/support/fake_raft.hpp"
#include "viewer/support/trace_builder.hpp"

namespace norn::viewer {

using test::kMs;
using test::TraceBuilder;

namespace {

TraceModel timers(const std::vector<std::int64_t>& times_ns) {
  TraceBuilder build({"a", "b"});
  for (const std::int64_t t : times_ns) build.at(t).timer(1);
  return build.model();
}

// Forty events at 0, then one every millisecond.
TraceModel crowded() {
  std::vector<std::int64_t> times(40, 0);
  for (int i = 1; i <= 60; ++i) times.push_back(i * kMs);
  return timers(times);
}

DiagramAxis shown(const TraceModel& model, double from, double to) {
  StepView view(OrdinalAxis(model).last());
  view.show(from, to);
  return {model.events(), view, OrdinalAxis(model)};
}

}  // namespace

TEST_CASE("a moment between two events lies between their steps, and leads back to itself") {
  const TraceModel model = timers({0, 0, 0, 10, 10, 50, 1000});
  const OrdinalAxis axis(model);
  CHECK(axis.last() == 6);
  CHECK(axis.last_step(5) == Approx(2.5));
  CHECK(axis.last_step(30) == Approx(4.5));
  CHECK(axis.last_step(525) == Approx(5.5));
  double before = -1e9;
  for (double t = -200; t < 1500; t += 0.25) {
    for (const double step : {axis.first_step(t), axis.last_step(t)}) {
      CHECK(axis.time_at(step) == Approx(t).margin(1e-6));
      CHECK(step >= before);
      before = step;
    }
  }
  for (double step = -3; step < 12; step += 0.125) {
    const double t = axis.time_at(step);
    CHECK(axis.first_step(t) <= step + 1e-9);
    CHECK(axis.last_step(t) >= step - 1e-9);
  }
}

TEST_CASE("events of one nanosecond stand side by side") {
  const TraceModel model = timers({0, 0, 0, 10, 10, 50, 1000});
  const OrdinalAxis axis(model);
  CHECK(axis.first_step(0) == 0);
  CHECK(axis.last_step(0) == 2);
  CHECK(axis.first_step(10) == 3);
  CHECK(axis.last_step(10) == 4);
  CHECK(axis.first_step(50) == axis.last_step(50));
  const DiagramAxis all = shown(model, 0, 8);
  for (Index i = 1; i < model.events().size(); ++i)
    CHECK(all.fraction_of(i) - all.fraction_of(i - 1) == Approx(1.0 / 8));
  // A time alone means that all of it has happened; a step says which of them.
  CHECK(all.happened_by({.t_ns = 0}) == 2);
  CHECK(all.happened_by({.t_ns = 0, .step = 1.4}) == 1);
  CHECK(all.happened_by({.t_ns = -1}) == kNone);
  CHECK(all.nearest(model.lanes().of(1).events, {.t_ns = 10, .step = 3.4}) == 3);
  CHECK(all.nearest(model.lanes().of(1).events, {.t_ns = 10, .step = 3.6}) == 4);
  CHECK(all.count_between({.t_ns = 0, .step = 0.5}, {.t_ns = 10, .step = 3.2}) == 3);
  CHECK(all.count_between({.t_ns = 0}, {.t_ns = 10}) == 5);
}

TEST_CASE(
    "beyond the ends the mean pace goes on, and before the rest is read it leads to the end") {
  const TraceModel model = timers({0, 100, 400});
  const OrdinalAxis axis(model);
  CHECK(axis.last_step(600) == Approx(3));
  CHECK(axis.first_step(-200) == Approx(-1));
  CHECK(axis.time_at(-1) == Approx(-200));
  const OrdinalAxis partial(model.events(), 13, 1400);
  CHECK(partial.last() == 12);
  CHECK(partial.last_step(400) == 2);
  CHECK(partial.last_step(900) == Approx(7));
  CHECK(partial.time_at(7) == Approx(900));
  CHECK(partial.last_step(1400) == Approx(12));
}

TEST_CASE("a trace without events and one with a single event have an axis") {
  const TraceModel none = TraceBuilder({"a"}).model();
  const TraceModel one = timers({5 * kMs});
  for (const TraceModel* model : {&none, &one}) {
    Navigator nav(*model);
    nav.press(Key::axis, {});
    CHECK(nav.ordinal());
    nav.wheel(5, 0.3, {});
    nav.press(Key::d, {});
    nav.press(Key::f, {});
    nav.press(Key::right, {});
    const DiagramAxis axis = nav.axis();
    CHECK(axis.span() == Approx(StepView::kLeastSteps));
    CHECK(std::isfinite(axis.fraction(5.0 * kMs)));
    CHECK(std::isfinite(axis.moment_at(0.5).t_ns));
    CHECK(axis.end_event() == model->events().size());
    CHECK(make_step_ticks(model->events(), axis, 1000, 100).major.size() <= 1);
  }
  CHECK(OrdinalAxis(one).last_step(5.0 * kMs) == 0);
}

TEST_CASE("the view goes among events of one nanosecond, where time stands still") {
  const TraceModel model = crowded();
  Navigator nav(model);
  nav.press(Key::axis, {});
  CHECK(nav.axis().first_event() == 0);
  CHECK(nav.axis().end_event() == 100);
  const double at = nav.axis().fraction_of(20);
  for (int i = 0; i < 50; ++i) nav.wheel(1, at, {});
  // Eight steps are the closest, and what was under the mouse still is.
  CHECK(nav.axis().span() == Approx(StepView::kLeastSteps));
  CHECK(nav.axis().fraction_of(20) == Approx(at));
  CHECK(nav.axis().begin_ns() == 0);
  CHECK(nav.axis().end_ns() == 0);
  const Index first = nav.axis().first_event();
  nav.press(Key::d, {.shift = true});
  CHECK(nav.axis().first_event() > first);
  CHECK(nav.axis().end_ns() == 0);
  nav.press(Key::a, {.shift = true});
  CHECK(nav.axis().first_event() == first);
  // What is not in view is brought into it, at the same time too; and back() leads back.
  nav.remember();
  nav.select_and_show(39);
  CHECK(nav.axis().fraction_of(39) == Approx(0.5));
  nav.press(Key::back, {});
  CHECK(nav.axis().first_event() == first);
}

TEST_CASE("changing the axis keeps what is shown, and changing it back leads to the same place") {
  const TraceModel model = crowded();
  Navigator nav(model);
  nav.view().show(20.0 * kMs, 40.0 * kMs);
  const TimeView before = nav.view();
  nav.press(Key::axis, {});
  CHECK(nav.axis().fraction_of(60 - 1) == Approx(0).margin(1e-9));
  CHECK(nav.axis().fraction(30.0 * kMs) == Approx(0.5));
  nav.press(Key::axis, {});
  CHECK_FALSE(nav.ordinal());
  CHECK(nav.view().begin_ns() == Approx(before.begin_ns()));
  CHECK(nav.view().end_ns() == Approx(before.end_ns()));
  nav.press(Key::axis, {});
  nav.show({.t_ns = 0, .step = 4}, {.t_ns = 0, .step = 14});
  nav.press(Key::axis, {});
  nav.press(Key::axis, {});
  CHECK(nav.axis().from() == Approx(4));
  CHECK(nav.axis().to() == Approx(14));
}

TEST_CASE("who sets the stretch of time sets the steps, and steps set the stretch of time") {
  const TraceModel model = crowded();
  Navigator nav(model);
  nav.set_ordinal(true);
  nav.view().show(10.0 * kMs, 30.0 * kMs);
  CHECK(nav.axis().from() == Approx(49));
  CHECK(nav.axis().to() == Approx(69));
  nav.pan(0.5);
  CHECK(nav.view().begin_ns() == Approx(20.0 * kMs));
  CHECK(nav.view().end_ns() == Approx(40.0 * kMs));
  // Going to a time keeps the number of steps, whatever time they take there.
  nav.centre_on(1.0 * kMs);
  CHECK(nav.axis().span() == Approx(20));
  CHECK(nav.axis().fraction(1.0 * kMs) == Approx(0.5));
  nav.show_all();
  CHECK(nav.axis().end_event() - nav.axis().first_event() == 100);
}

TEST_CASE("arrow keys and F move by steps") {
  TraceBuilder build({"a", "b"});
  for (int i = 0; i < 50; ++i) build.at(0).timer(1);
  const auto sent = build.at(kMs).send(1, 2, "Ping");
  for (int i = 0; i < 30; ++i) build.at(kMs).timer(2);
  const auto got = build.at(kMs).deliver(2, sent);
  build.at(900 * kMs).timer(1);
  const TraceModel model = build.model();
  Navigator nav(model);
  nav.set_ordinal(true);
  nav.select(model.events().index_of(sent));
  nav.focus();
  const DiagramAxis axis = nav.axis();
  // The message fills a fifth of the width, although it took no time.
  CHECK(axis.fraction_of(model.events().index_of(got)) -
            axis.fraction_of(model.events().index_of(sent)) ==
        Approx(31.0 / axis.span()));
  CHECK(axis.fraction_of(model.events().index_of(sent)) > 0.3);
  // Among events of one time, the one that stands nearest is meant.
  nav.press(Key::down, {});
  CHECK(nav.selected() == model.events().index_of(sent) + 1);
}

TEST_CASE("cells of steps fold every event once, and none when each has room") {
  const TraceModel model = crowded();
  const auto& lane = model.lanes().of(1).events;
  const auto whole = fold(model.events(), lane, shown(model, 0, 99).cells(0.1));
  std::uint32_t sum = 0;
  for (const Fold& mark : whole) {
    sum += mark.count;
    CHECK(mark.last - mark.first + 1 == mark.count);
  }
  CHECK(sum == 100);
  CHECK(whole.size() <= 11);
  const auto close = fold(model.events(), lane, shown(model, 10, 20).cells(1.0 / 300));
  CHECK(close.size() >= 10);
  for (const Fold& mark : close) CHECK(mark.count == 1);
}

TEST_CASE("on steps, messages are given exactly when they touch the events in view") {
  const TraceModel model = TraceModel::build(test::busy_trace(20'000, 5)).value();
  for (const Index first : {0U, 5'000U, 12'345U}) {
    const Index beyond = first + 300;
    const OrdinalAxis axis(model);
    const auto visible = visible_messages(
        model.events(), model.messages(),
        {.begin_ns = axis.time_at(first),
         .end_ns = axis.time_at(beyond - 1),
         .width_px = 1000,
         .steps = VisibleQuery::Steps{.first = first, .beyond = beyond, .span = 300}});
    std::size_t expected = 0;
    for (const Link& link : model.messages().links()) {
      expected += static_cast<std::size_t>(std::count_if(
          link.messages.begin(), link.messages.end(),
          [&](const Message& m) { return m.send < beyond && (m.end == kNone || m.end >= first); }));
    }
    CHECK(visible.bundles.empty());
    CHECK(visible.single.size() == expected);
    CHECK(expected > 0);
  }
  const auto all = visible_messages(
      model.events(), model.messages(),
      {.begin_ns = 0,
       .end_ns = 1e18,
       .width_px = 1000,
       .limit = 100,
       .steps = VisibleQuery::Steps{.first = 0, .beyond = model.events().size(), .span = 20'000}});
  CHECK(all.single.empty());
  CHECK(all.total + all.hidden == model.messages().count());
}

TEST_CASE("labels of steps are round numbers, each with the time of its event") {
  const TraceModel model = crowded();
  const StepTicks far = make_step_ticks(model.events(), shown(model, 0, 99), 1000, 90);
  REQUIRE(far.major.size() == 10);
  CHECK(far.major.front().number == "#10");
  CHECK(far.major.front().time == "0 s");
  CHECK(far.major.back().number == "#100");
  CHECK(far.major.back().time == "0.0600 s");
  for (const StepTick& tick : far.major) CHECK(model.events().seq(tick.event) % 10 == 0);
  CHECK(far.minor.size() == 40);
  // Close up each event has its label.
  const StepTicks close = make_step_ticks(model.events(), shown(model, 41, 49), 1000, 90);
  CHECK(close.major.size() == 9);
  CHECK(close.minor.empty());
  CHECK(make_step_ticks(model.events(), DiagramAxis(model.events(), TimeView(0, 1)), 1000, 90)
            .major.empty());
}

TEST_CASE("what was shown by steps stays when the whole trace takes the place of its beginning") {
  const TraceModel part = timers({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 20});
  std::vector<std::int64_t> times = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 20};
  for (int i = 0; i < 500; ++i) times.push_back(1000 + i);
  const TraceModel whole = timers(times);
  Navigator nav(part);
  nav.set_ordinal(true);
  nav.show({.step = 1}, {.step = 9});
  nav.set_model(whole);
  CHECK(nav.axis().from() == Approx(1));
  CHECK(nav.axis().to() == Approx(9));
  nav.show_all();
  CHECK(nav.axis().end_event() == 512);
}

}  // namespace norn::viewer
