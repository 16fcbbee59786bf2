#include "model/navigator.hpp"

#include <memory>

#include "support/catch.hpp"
#include "viewer/support/trace_builder.hpp"

namespace norn::viewer {

using test::kMs;
using test::TraceBuilder;
using trace::Seq;

namespace {

struct Fixture {
  TraceBuilder build{{"a", "b"}};
  Seq first = build.at(10 * kMs).timer(1);
  Seq sent = build.at(20 * kMs).send(1, 2, "Ping", first);
  Seq fault = build.at(22 * kMs).fault_begin(0, "partition", R"({"side_a":["a"]})");
  Seq got = build.at(25 * kMs).deliver(2, sent);
  Seq last = build.at(90 * kMs).timer(1);
  Seq broken = build.at(99 * kMs).violation(2, "safety", "two leaders", got);
  TraceModel model = build.model();
  Navigator nav{model};
  Index at(Seq seq) const { return model.events().index_of(seq); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "arrow keys step along a lane and across lanes") {
  nav.press(Key::right, {});
  CHECK(nav.selected() == at(first));
  nav.press(Key::right, {});
  CHECK(nav.selected() == at(sent));
  nav.press(Key::down, {});
  CHECK(nav.selected() == at(got));
  nav.press(Key::right, {});
  CHECK(nav.selected() == at(broken));
  nav.press(Key::right, {});
  CHECK(nav.selected() == at(broken));
  nav.press(Key::up, {});
  CHECK(nav.selected() == at(last));
  nav.press(Key::left, {});
  CHECK(nav.selected() == at(sent));
}

TEST_CASE_METHOD(Fixture, "steps skip what does not pass the filter, unless shift is held") {
  auto filter = std::make_shared<EventFilter>(model, EventFilter::Options{.indexed = true});
  filter->set({.text = "timer or violation"});
  filter->run();
  nav.set_filter(filter);
  nav.press(Key::right, {});
  CHECK(nav.selected() == at(first));
  nav.press(Key::right, {});
  CHECK(nav.selected() == at(last));
  nav.press(Key::left, {});
  CHECK(nav.selected() == at(first));
  nav.press(Key::right, {.shift = true});
  CHECK(nav.selected() == at(sent));
  // On the other lane only the violation passes.
  nav.press(Key::down, {});
  CHECK(nav.selected() == at(broken));
  nav.press(Key::left, {});
  CHECK(nav.selected() == at(broken));
  nav.press(Key::up, {});
  nav.press(Key::down, {.shift = true});
  CHECK(nav.selected() == at(broken));
  filter->set({.text = "timer"});
  filter->run();
  nav.select(at(sent));
  nav.press(Key::down, {});
  CHECK(nav.selected() == at(sent));
  nav.press(Key::down, {.shift = true});
  CHECK(nav.selected() == at(got));
  // A jump goes wherever it leads.
  nav.press(Key::violation, {});
  CHECK(nav.selected() == at(broken));
}

TEST_CASE_METHOD(Fixture, "a step brings the event into view") {
  nav.view().show(0, 30.0 * kMs);
  nav.select(at(sent));
  nav.press(Key::right, {});
  CHECK(nav.selected() == at(last));
  CHECK(nav.view().begin_ns() < 90.0 * kMs);
  CHECK(nav.view().end_ns() > 90.0 * kMs);
}

TEST_CASE_METHOD(Fixture, "the wheel zooms at the cursor, finer with Ctrl and coarser with Shift") {
  const double whole = nav.view().span_ns();
  const double under = nav.view().time_at(0.25);
  nav.wheel(1, 0.25, {.control = true});
  const double fine = nav.view().span_ns();
  CHECK(nav.view().time_at(0.25) == Approx(under));
  nav.press(Key::home, {});
  nav.wheel(1, 0.25, {});
  const double usual = nav.view().span_ns();
  nav.press(Key::home, {});
  nav.wheel(1, 0.25, {.shift = true});
  CHECK(nav.view().span_ns() < usual);
  CHECK(usual < fine);
  CHECK(fine < whole);
}

TEST_CASE_METHOD(Fixture, "W and S zoom, A and D pan, Home shows everything") {
  const TimeView whole = nav.view();
  nav.press(Key::w, {});
  CHECK(nav.view().span_ns() < whole.span_ns());
  const double begin = nav.view().begin_ns();
  nav.press(Key::d, {});
  CHECK(nav.view().begin_ns() > begin);
  nav.press(Key::a, {});
  CHECK(nav.view().begin_ns() == Approx(begin));
  nav.press(Key::s, {});
  nav.press(Key::home, {});
  CHECK(nav.view() == whole);
}

TEST_CASE_METHOD(Fixture, "F shows the selected message in close-up, or the violation") {
  nav.select(at(sent));
  nav.press(Key::f, {});
  CHECK(nav.view().begin_ns() < 20.0 * kMs);
  CHECK(nav.view().end_ns() > 25.0 * kMs);
  CHECK(nav.view().span_ns() < 90.0 * kMs);
  nav.press(Key::escape, {});
  CHECK(nav.selected() == kNone);
  nav.press(Key::f, {});
  CHECK(nav.selected() == at(broken));
}

TEST_CASE_METHOD(Fixture, "keys lead to causes, faults and the violation") {
  CHECK(nav.press(Key::violation, {}));
  CHECK(nav.selected() == at(broken));
  CHECK(nav.press(Key::next_cause, {}));
  CHECK(nav.selected() == at(got));
  CHECK(nav.press(Key::next_cause, {}));
  CHECK(nav.press(Key::next_cause, {}));
  CHECK(nav.selected() == at(first));
  CHECK_FALSE(nav.press(Key::next_cause, {}));
  nav.press(Key::next_fault, {});
  CHECK(nav.selected() == at(fault));
  nav.press(Key::next_fault, {});
  CHECK(nav.selected() == at(fault));
  nav.select(at(last));
  nav.press(Key::previous_fault, {});
  CHECK(nav.selected() == at(fault));
}

TEST_CASE_METHOD(Fixture, "Esc closes the help and clears the selection") {
  nav.press(Key::help, {});
  CHECK(nav.help_open());
  nav.select(at(first));
  nav.press(Key::escape, {});
  CHECK_FALSE(nav.help_open());
  CHECK(nav.selected() == kNone);
}

TEST_CASE("no key does harm to an empty trace") {
  const TraceModel model = TraceBuilder({}).model();
  Navigator nav(model);
  for (int key = 0; key <= static_cast<int>(Key::theme); ++key)
    nav.press(static_cast<Key>(key), {});
  CHECK(nav.selected() == kNone);
}

}  // namespace norn::viewer
