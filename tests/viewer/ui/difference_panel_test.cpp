#include "panels/difference_panel.hpp"

#include <fstream>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/scratch_folder.hpp"
#include "viewer/support/trace_builder.hpp"
#include "viewer/ui/headless_ui.hpp"

namespace norn::viewer {

using test::HeadlessUi;
using test::kMs;
using test::TraceBuilder;
using trace::Seq;

namespace {

// Two runs that part at 60 ms: here n1 leads, there n2 wakes up, and all that follows is 4 ms
// later.
TraceModel run(bool here) {
  TraceBuilder build({"n1", "n2"});
  const std::int64_t late = here ? 0 : 4 * kMs;
  for (int i = 0; i < 5; ++i) {
    const Seq sent = build.at(i * 10 * kMs).send(1, 2, "M", 0, "early " + std::to_string(i));
    build.at((i * 10 + 5) * kMs).deliver(2, sent);
  }
  build.at(60 * kMs);
  if (here) {
    build.state(1, "role", "\"leader\"");
  } else {
    build.timer(2);
  }
  for (int i = 7; i < 20; ++i) {
    const Seq sent = build.at(i * 10 * kMs + late).send(1, 2, "M", 0, "late " + std::to_string(i));
    build.at((i * 10 + 5) * kMs + late).deliver(2, sent);
  }
  return build.model();
}

struct Beside {
  HeadlessUi ui{run(true)};
  TraceModel there = run(false);
  Navigator nav{there};
  PanelContext other{.nav = nav, .theme = ui.context.theme, .fonts = ui.gui.fonts()};
  std::vector<Request> asked;

  Beside() {
    ui.context.other = &other;
    other.other = &ui.context;
    ui.context.ask = [this](const Request& request) { asked.push_back(request); };
    REQUIRE(ui.show("difference"));
    ui.context.difference.difference->wait();
    for (int i = 0; i < 3; ++i) ui.frame();
  }
  ~Beside() { forget_difference(ui.context); }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;
};

}  // namespace

TEST_CASE_METHOD(Beside, "a button goes to where the two traces part, on both sides") {
  REQUIRE(ui.click_spot("difference.parting"));
  CHECK(ui.nav.selected() == 10);
  CHECK(nav.selected() == 10);
}

TEST_CASE_METHOD(Beside, "a row of the list selects what is different, on both sides") {
  const auto& stretches = ui.context.difference.difference->stretches();
  REQUIRE(stretches.size() == 2);
  REQUIRE(ui.click_spot("difference.row.0"));
  CHECK(ui.nav.selected() == stretches[0].first[0]);
  REQUIRE(ui.click_spot("difference.row.1"));
  CHECK(nav.selected() == stretches[1].first[1]);
}

TEST_CASE_METHOD(Beside, "locked views show what happens at the same time, whichever is moved") {
  ui.nav.view().show(90.0 * kMs, 110.0 * kMs);
  ui.frame();
  CHECK(nav.view().begin_ns() == Approx(94.0 * kMs));
  CHECK(nav.view().end_ns() == Approx(114.0 * kMs));
  nav.view().show(124.0 * kMs, 144.0 * kMs);
  ui.frame();
  CHECK(ui.nav.view().begin_ns() == Approx(120.0 * kMs));
  ui.nav.set_cursor(100.0 * kMs);
  ui.frame();
  REQUIRE(nav.cursor_ns());
  CHECK(*nav.cursor_ns() == Approx(104.0 * kMs));
  // The twin of what is selected is selected too.
  ui.nav.select(12);
  ui.frame();
  CHECK(nav.selected() == ui.context.difference.difference->partner(Side::here, 12));
}

TEST_CASE_METHOD(Beside, "unlocked views are moved one by one") {
  REQUIRE(ui.click_spot("difference.lock"));
  CHECK_FALSE(ui.context.difference.locked);
  const double before = nav.view().begin_ns();
  ui.nav.view().show(90.0 * kMs, 110.0 * kMs);
  ui.frame();
  CHECK(nav.view().begin_ns() == before);
}

TEST_CASE_METHOD(Beside, "the other trace is closed by a button") {
  REQUIRE(ui.click_spot("difference.close"));
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].what == Request::What::close_beside);
}

TEST_CASE("the neighbours of a shrunk case are offered, and any other file") {
  const norn::test::ScratchFolder folder;
  const std::string near = folder.path() + "/case.near.norn";
  std::ofstream(near) << "x";
  TraceBuilder build({"n1"});
  build.source().run_facts.path = folder.path() + "/case.min.norn";
  build.at(0).timer(1);
  HeadlessUi ui(build.model());
  std::vector<Request> asked;
  ui.context.ask = [&](const Request& request) { asked.push_back(request); };
  REQUIRE(ui.show("difference"));
  ui.frame();
  REQUIRE(ui.click_spot("difference.neighbour.0"));
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].what == Request::What::open_beside);
  CHECK(asked[0].path == near);
  CHECK_FALSE(ui.click_spot("difference.neighbour.1"));
  REQUIRE(ui.click_spot("difference.path"));
  ui.type("/tmp/b.norn");
  REQUIRE(ui.click_spot("difference.open"));
  REQUIRE(asked.size() == 2);
  CHECK(asked[1].path == "/tmp/b.norn");
}

}  // namespace norn::viewer
