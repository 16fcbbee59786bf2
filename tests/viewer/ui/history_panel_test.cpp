// The panel of client histories, drawn to nowhere, with a mouse.
#include "panels/history_panel.hpp"

#include <string>

#include "support/catch.hpp"
#include "viewer/support/fake_raft.hpp"
#include "viewer/ui/headless_ui.hpp"

namespace norn::viewer {

using test::HeadlessUi;
using test::kMs;
using test::TraceBuilder;
using trace::OpOutcome;
using trace::Seq;

namespace {

// A read that misses a write which was acknowledged before it began.
struct MissedWrite {
  TraceBuilder build{{"c1", "c2"}};
  Seq put = build.at(10 * kMs).call(1, 1, "put", R"(["x",1])", 1);
  Seq put_done = build.at(30 * kMs).ret(1, 1, OpOutcome::ok, "null", 1);
  Seq get = build.at(50 * kMs).call(2, 2, "get", R"(["x"])", 2);
  Seq got = build.at(80 * kMs).ret(2, 2, OpOutcome::ok, "null", 2);
  Seq end = build.at(100 * kMs).run_end(trace::RunEnd::completed);
  HeadlessUi ui{build.model()};
  HistoryPanel* panel = nullptr;

  MissedWrite() {
    REQUIRE(ui.show("history"));
    panel = dynamic_cast<HistoryPanel*>(ui.context.panels->find("history"));
    REQUIRE(panel != nullptr);
    for (int i = 0; i < 5; ++i) ui.frame();
    REQUIRE(panel->history() != nullptr);
    REQUIRE(panel->history()->done());
  }
  Index at(Seq seq) const { return ui.model.events().index_of(seq); }
  void check() {
    REQUIRE(ui.click_spot("history.check"));
    for (int i = 0; i < 1'000'000 && !panel->check()->done(); ++i) ui.frame();
    ui.frame();
    ui.frame();
    ui.frame();
    CHECK_FALSE(panel->wants_frame());
  }
  // Where an operation's bar is: its row from above, and a moment of it.
  ImVec2 bar(int row, double t_ns) const {
    const auto rect = ui.context.spots.find("history.row." + std::to_string(row));
    REQUIRE(rect.has_value());
    return {ui.at(t_ns, 1).x, (rect->y0 + rect->y1) / 2};
  }
};

}  // namespace

TEST_CASE_METHOD(MissedWrite, "a click on a bar selects its call, the next one its answer") {
  ui.click(bar(1, 65.0 * kMs));
  CHECK(ui.nav.selected() == at(get));
  ui.click(bar(1, 65.0 * kMs));
  CHECK(ui.nav.selected() == at(got));
  ui.click(bar(0, 20.0 * kMs));
  CHECK(ui.nav.selected() == at(put));
}

TEST_CASE_METHOD(MissedWrite, "the checker is asked and shows the operation that fits nowhere") {
  CHECK(panel->check() == nullptr);
  check();
  REQUIRE(panel->check()->outcome().result.verdict == check::Verdict::violated);
  REQUIRE(ui.click_spot("history.misfit"));
  CHECK(ui.nav.selected() == at(get));
  REQUIRE(ui.click_spot("history.order.row.0"));
  CHECK(ui.nav.selected() == at(put));
  REQUIRE(ui.click_spot("history.order.row.1"));
  CHECK(ui.nav.selected() == at(get));
}

TEST_CASE_METHOD(MissedWrite, "rows are by client or by key") {
  REQUIRE(ui.context.spots.find("history.row.1").has_value());
  REQUIRE(ui.click_spot("history.by_key"));
  CHECK_FALSE(ui.context.spots.find("history.row.1").has_value());
  ui.click(bar(0, 65.0 * kMs));
  CHECK(ui.nav.selected() == at(get));
  REQUIRE(ui.click_spot("history.by_client"));
  CHECK(ui.context.spots.find("history.row.1").has_value());
}

TEST_CASE_METHOD(MissedWrite, "another model is chosen and judges anew") {
  check();
  REQUIRE(ui.click_spot("history.model"));
  ui.frame();
  ui.frame();
  REQUIRE(ui.click_spot("history.model.queue"));
  CHECK(panel->check() == nullptr);
  check();
  CHECK_FALSE(panel->check()->outcome().problem.empty());
}

TEST_CASE("a trace without operations says so") {
  HeadlessUi ui{TraceModel::build(test::fake_raft()).value()};
  REQUIRE(ui.show("history"));
  for (int i = 0; i < 5; ++i) ui.frame();
  CHECK_FALSE(ui.click_spot("history.check"));
}

}  // namespace norn::viewer
