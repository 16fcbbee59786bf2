#include "panels/causality_section.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "viewer/support/trace_builder.hpp"
#include "viewer/ui/headless_ui.hpp"

namespace norn::viewer {

using test::HeadlessUi;
using test::kMs;
using test::TraceBuilder;
using trace::Seq;

namespace {

// n1 asks n2, which asks n3. n4 talks to n1 meanwhile.
struct Relay {
  TraceBuilder build{{"n1", "n2", "n3", "n4"}};
  Seq woken = build.at(10 * kMs).timer(1);
  Seq asked = build.at(20 * kMs).send(1, 2, "Ask", woken);
  Seq noise = build.at(40 * kMs).send(4, 1, "Noise");
  Seq heard = build.at(60 * kMs).deliver(2, asked);
  Seq passed = build.send(2, 3, "Ask", heard);
  Seq noticed = build.at(90 * kMs).deliver(1, noise);
  Seq reached = build.at(120 * kMs).deliver(3, passed);
  Seq end = build.at(200 * kMs).timer(4);
  HeadlessUi ui{build.model()};

  // The inspector finds its layout in the first frames after something else was selected.
  void settle() {
    for (int i = 0; i < 3; ++i) ui.frame();
  }
  Index at(Seq seq) const { return ui.model.events().index_of(seq); }
  ImVec2 place(Seq seq) const {
    return ui.at(static_cast<double>(ui.model.events().time_ns(at(seq))),
                 ui.model.events().node(at(seq)));
  }
};

}  // namespace

TEST_CASE_METHOD(Relay, "a click on an event tells past, future and concurrent apart") {
  ui.click(place(heard));
  REQUIRE(ui.nav.selected() == at(heard));
  const CausalView& causal = ui.context.causal;
  CHECK(causal.relation(at(asked)) == Relation::past);
  CHECK(causal.relation(at(reached)) == Relation::future);
  CHECK(causal.relation(at(noise)) == Relation::concurrent);
  CHECK((causal.counts.past == 2 && causal.counts.future == 2 && causal.counts.concurrent == 3));
}

TEST_CASE_METHOD(Relay, "the box leaves only what led to the selected event in the diagram") {
  ui.click(place(reached));
  CHECK(ui.context.drawn.messages == 3);
  const auto marks = ui.context.drawn.marks;
  settle();
  REQUIRE(ui.click_spot("causality.only_past"));
  CHECK(ui.nav.only_past());
  CHECK(ui.context.drawn.messages == 2);
  CHECK(ui.context.drawn.marks < marks);
  // What is not drawn cannot be clicked.
  ui.click(place(noise));
  CHECK(ui.nav.selected() == kNone);
  CHECK_FALSE(ui.nav.only_past());
  ui.frame();
  CHECK(ui.context.drawn.messages == 3);
}

TEST_CASE_METHOD(Relay, "the key O shows only the past, also of bundles") {
  ui.context.most_messages = 1;
  ui.nav.select(at(reached));
  ui.frame();
  CHECK(ui.context.drawn.messages == 3);
  CHECK(ui.nav.press(Key::only_past, {}));
  ui.frame();
  CHECK(ui.context.drawn.messages == 2);
  CHECK(ui.nav.press(Key::only_past, {}));
  ui.frame();
  CHECK(ui.context.drawn.messages == 3);
}

TEST_CASE_METHOD(Relay, "a click with Shift shows the way between two events") {
  ui.click(place(reached));
  compat::set_shift(true);
  ui.click(place(woken));
  compat::set_shift(false);
  ui.frame();
  CHECK(ui.nav.selected() == at(reached));
  CHECK(ui.nav.second() == at(woken));
  std::vector<Index> way;
  for (const PathStep& step : ui.context.causal.path) way.push_back(step.event);
  CHECK(way == std::vector<Index>{at(woken), at(asked), at(heard), at(passed), at(reached)});
  // A step of the way is shown in the diagram, and the selection stays.
  ui.nav.view().show(150.0 * kMs, 200.0 * kMs);
  REQUIRE(ui.click_spot("causality.step.0"));
  CHECK(ui.nav.view().begin_ns() < 10.0 * kMs);
  CHECK(ui.nav.selected() == at(reached));
  REQUIRE(ui.click_spot("causality.clear"));
  CHECK(ui.nav.second() == kNone);
  CHECK(ui.context.causal.path.empty());
}

TEST_CASE_METHOD(Relay, "events that know nothing of one another have no way between them") {
  ui.click(place(reached));
  compat::set_shift(true);
  ui.click(place(noise));
  compat::set_shift(false);
  ui.frame();
  CHECK(ui.nav.second() == at(noise));
  CHECK(ui.context.causal.path.empty());
}

TEST_CASE_METHOD(Relay, "buttons lead to the cause and to the first effect") {
  ui.click(place(heard));
  settle();
  REQUIRE(ui.click_spot("causality.cause"));
  CHECK(ui.nav.selected() == at(asked));
  settle();
  REQUIRE(ui.click_spot("causality.effect"));
  CHECK(ui.nav.selected() == at(heard));
  settle();
  REQUIRE(ui.click_spot("causality.effect"));
  CHECK(ui.nav.selected() == at(passed));
}

}  // namespace norn::viewer
