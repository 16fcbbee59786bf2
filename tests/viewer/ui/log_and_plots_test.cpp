// The log and the plots, drawn to nowhere, with a mouse and keys.
#include <cstdint>
#include <string>

#include "panels/log_panel.hpp"
#include "panels/plots_panel.hpp"
#include "panels/popups.hpp"
#include "support/catch.hpp"
#include "viewer/support/fake_raft.hpp"
#include "viewer/support/trace_builder.hpp"
#include "viewer/ui/headless_ui.hpp"

namespace norn::viewer {

using test::HeadlessUi;
using trace::EventKind;

namespace {

struct RaftLog {
  HeadlessUi ui{TraceModel::build(test::fake_raft()).value()};

  RaftLog() { REQUIRE(ui.show("log")); }
  EventFilter& filter() {
    for (int i = 0; i < 100 && !ui.context.filter->done(); ++i) ui.frame();
    return *ui.context.filter;
  }
  void write(const std::string& spot, const std::string& text) {
    REQUIRE(ui.click_spot(spot));
    ui.type(text);
  }
  EventKind kind_at(Index position) { return ui.model.events().kind(filter().at(position)); }
};

}  // namespace

TEST_CASE("messages that the filter does not list are faint in the diagram") {
  HeadlessUi ui(TraceModel::build(test::fake_raft()).value());
  ui.nav.view().show(2.3e9, 2.5e9);
  // How much ink there is in the picture.
  const auto ink = [&] {
    ui.frame();
    std::uint64_t sum = 0;
    const ImDrawData& drawn = *ImGui::GetDrawData();
    for (int i = 0; i < drawn.CmdListsCount; ++i) {
      for (const ImDrawVert& vertex : drawn.CmdLists[i]->VtxBuffer) sum += vertex.col >> 24U;
    }
    return sum;
  };
  const std::uint64_t all = ink();
  CHECK(ui.context.drawn.messages > 3);
  shared_filter(ui.context).set({.text = "violation"});
  const std::uint64_t few = ink();
  REQUIRE(ui.context.filter->done());
  CHECK(few < all);
  shared_filter(ui.context).set({});
  ++ui.context.picture_version;
  CHECK(ink() == all);
}

TEST_CASE("a filter is written over any panel, said in the status bar and cleared there") {
  HeadlessUi ui(TraceModel::build(test::fake_raft()).value());
  REQUIRE(ui.show("plots"));
  CHECK_FALSE(ui.context.spots.find("filter.clear").has_value());
  REQUIRE(press_popup(ui.context, Key::find));
  ui.frame();
  ui.frame();
  ui.type("drop");
  for (int i = 0; i < 5; ++i) ui.frame();
  REQUIRE(ui.context.filter_shown() != nullptr);
  CHECK(ui.context.filter->spec().text == "drop");
  CHECK(ui.context.panels->shown == "plots");
  CHECK(ui.context.spots.find("filter.clear").has_value());
  // Esc brings back what was: nothing.
  REQUIRE(press_popup(ui.context, Key::escape));
  ui.frame();
  CHECK(ui.context.filter_shown() == nullptr);
  compat::init_keys();
  REQUIRE(press_popup(ui.context, Key::find));
  ui.frame();
  ui.frame();
  ui.type("send");
  compat::set_key(ImGuiKey_Enter, true);
  ui.frame();
  compat::set_key(ImGuiKey_Enter, false);
  ui.frame();
  CHECK(ui.context.popup.which == Popup::Which::none);
  REQUIRE(ui.context.filter_shown() != nullptr);
  // The log's own box shows the same.
  REQUIRE(ui.show("log"));
  CHECK(ui.context.filter->spec().text == "send");
  REQUIRE(ui.click_spot("filter.clear"));
  CHECK(ui.context.filter_shown() == nullptr);
  ui.frame();
  CHECK_FALSE(ui.context.spots.find("filter.clear").has_value());
}

TEST_CASE("bundles and lanes' marks count what passes the filter") {
  HeadlessUi ui(TraceModel::build(test::busy_trace(20'000, 5)).value());
  ui.context.most_messages = 10;
  ui.frame();
  REQUIRE(ui.context.drawn.bundles > 0);
  CHECK(ui.context.drawn.passing == ui.context.drawn.messages);
  CHECK(ui.context.drawn.passing_marks == ui.context.drawn.marks);
  shared_filter(ui.context).set({.text = "drop and to = n3"});
  for (int i = 0; i < 20; ++i) ui.frame();
  REQUIRE(ui.context.filter->done());
  std::uint64_t passing = 0;
  for (const Link& link : ui.model.messages().links()) {
    for (const Message& message : link.messages)
      passing += ui.context.filter->may_pass(message) ? 1 : 0;
  }
  REQUIRE(passing > 0);
  CHECK(ui.context.drawn.passing == passing);
  CHECK(ui.context.drawn.passing < ui.context.drawn.messages);
  // Losses are on no lane.
  CHECK(ui.context.drawn.passing_marks == 0);
  shared_filter(ui.context).set({.text = "node = n3"});
  for (int i = 0; i < 20; ++i) ui.frame();
  CHECK(ui.context.drawn.passing_marks > 0);
  CHECK(ui.context.drawn.passing_marks < ui.context.drawn.marks);
}

TEST_CASE("the overview shows where something passes the filter") {
  HeadlessUi ui(TraceModel::build(test::fake_raft()).value());
  const Rect area = ui.areas().overview;
  // Corners in the colour of what passes, within the overview.
  const auto corners = [&](const char* text) {
    shared_filter(ui.context).set({.text = text});
    for (int i = 0; i < 10; ++i) ui.frame();
    std::size_t count = 0;
    const ImDrawData& drawn = *ImGui::GetDrawData();
    for (int i = 0; i < drawn.CmdListsCount; ++i) {
      for (const ImDrawVert& vertex : drawn.CmdLists[i]->VtxBuffer) {
        const bool inside = area.contains({vertex.pos.x, vertex.pos.y});
        if (inside && vertex.col == faded(ui.context.theme->accent, 0.75F)) ++count;
      }
    }
    return count;
  };
  CHECK(corners("") == 0);
  const std::size_t broken = corners("violation");
  CHECK(broken > 0);
  CHECK(corners("send") > 10 * broken);
}

TEST_CASE("operations that do not pass the filter are faint in the history") {
  test::TraceBuilder build({"n1", "n2"});
  build.at(0).start(1);
  build.at(10 * test::kMs).call(7, 1, "write", "1");
  build.at(30 * test::kMs).ret(7, 1, trace::OpOutcome::ok, "null");
  build.at(40 * test::kMs).log(2, trace::LogLevel::info, "something else");
  HeadlessUi ui(build.model());
  REQUIRE(ui.show("history"));
  const auto ink = [&] {
    for (int i = 0; i < 20; ++i) ui.frame();
    std::uint64_t sum = 0;
    const Rect dock = ui.areas().dock;
    const ImDrawData& drawn = *ImGui::GetDrawData();
    for (int i = 0; i < drawn.CmdListsCount; ++i) {
      for (const ImDrawVert& vertex : drawn.CmdLists[i]->VtxBuffer)
        sum += dock.contains({vertex.pos.x, vertex.pos.y}) ? vertex.col >> 24U : 0;
    }
    return sum;
  };
  const std::uint64_t all = ink();
  shared_filter(ui.context).set({.text = "op_call or op_return"});
  CHECK(ink() == all);
  shared_filter(ui.context).set({.text = "log"});
  CHECK(ink() < all);
}

TEST_CASE_METHOD(RaftLog, "what is typed into the filter box filters for all views") {
  write("log.filter", "drop and to = n3");
  REQUIRE(filter().active());
  REQUIRE(filter().count() > 0);
  REQUIRE(filter().count() < ui.model.events().size());
  for (Index i = 0; i < filter().count(); ++i) CHECK(kind_at(i) == EventKind::drop);
  REQUIRE(ui.click_spot("log.clear"));
  CHECK_FALSE(filter().active());
}

TEST_CASE_METHOD(RaftLog, "a mistake in the filter keeps the rows and says where it is") {
  write("log.filter", "drop and colour = red");
  REQUIRE(filter().problem().has_value());
  CHECK(filter().problem()->at == 9);
  ui.frame();
}

TEST_CASE_METHOD(RaftLog, "chips switch kinds and nodes off and on again") {
  REQUIRE(ui.click_spot("log.kind.messages"));
  for (Index i = 0; i < filter().count(); ++i) {
    CHECK(kind_at(i) != EventKind::send);
    CHECK(kind_at(i) != EventKind::deliver);
  }
  REQUIRE(ui.click_spot("log.node.n2"));
  for (Index i = 0; i < filter().count(); ++i) CHECK(ui.model.events().node(filter().at(i)) != 2);
  REQUIRE(ui.click_spot("log.kind.messages"));
  REQUIRE(ui.click_spot("log.node.n2"));
  CHECK_FALSE(filter().active());
}

TEST_CASE_METHOD(RaftLog,
                 "a click on a row selects its event, and a selected event is scrolled to") {
  REQUIRE(ui.click_spot("log.row.2"));
  CHECK(ui.nav.selected() == 2);
  const Index late = ui.model.events().size() - 3;
  ui.nav.select(late);
  ui.frame();
  ui.frame();
  CHECK(ui.nav.selected() == late);
  REQUIRE(ui.click_spot("log.row.0"));
  CHECK(ui.nav.selected() > 100);
  const Index at_top = ui.nav.selected();
  ui.wheel({ui.context.spots.find("log.rows")->x0 + 50, ui.context.spots.find("log.rows")->y0 + 30},
           2);
  REQUIRE(ui.click_spot("log.row.0"));
  CHECK(ui.nav.selected() == at_top - 6);
}

TEST_CASE_METHOD(RaftLog, "the scroll bar is dragged to the end") {
  const auto bar = ui.context.spots.find("log.bar");
  REQUIRE(bar.has_value());
  ui.click({(bar->x0 + bar->x1) / 2, bar->y1 - 2});
  REQUIRE(ui.click_spot("log.row.0"));
  CHECK(ui.nav.selected() + 30 > ui.model.events().size());
}

TEST_CASE_METHOD(RaftLog, "a search steps through its matches, forth and back") {
  write("log.search", "election");
  ui.frame();
  REQUIRE(ui.click_spot("log.next"));
  const Index first = ui.nav.selected();
  REQUIRE(first != kNone);
  CHECK(title_of(ui.model, first).find("won the election") == 0);
  REQUIRE(ui.click_spot("log.next"));
  const Index second = ui.nav.selected();
  CHECK(second > first);
  REQUIRE(ui.click_spot("log.previous"));
  CHECK(ui.nav.selected() == first);
  REQUIRE(ui.click_spot("log.previous"));
  CHECK(ui.nav.selected() == first);
}

TEST_CASE_METHOD(RaftLog, "the key for searching puts the keyboard into the search box") {
  auto* const log = dynamic_cast<LogPanel*>(ui.context.panels->find("log"));
  REQUIRE(log != nullptr);
  CHECK(log->press(ui.context, Key::find, {}));
  ui.frame();
  ui.frame();
  ui.type("election");
  ui.frame();
  log->step_match(ui.context, 1);
  CHECK(ui.nav.selected() != kNone);
  CHECK_FALSE(log->press(ui.context, Key::f, {}));
}

TEST_CASE_METHOD(RaftLog, "the up and down keys go from row to row of what passes") {
  write("log.filter", "drop");
  auto* const log = ui.context.panels->find("log");
  CHECK(log->press(ui.context, Key::down, {}));
  CHECK(ui.nav.selected() == filter().at(0));
  CHECK(log->press(ui.context, Key::down, {}));
  CHECK(log->press(ui.context, Key::down, {}));
  CHECK(ui.nav.selected() == filter().at(2));
  CHECK(log->press(ui.context, Key::up, {}));
  CHECK(ui.nav.selected() == filter().at(1));
}

TEST_CASE_METHOD(RaftLog, "following the cursor brings its moment into the table") {
  REQUIRE(ui.click_spot("log.follow"));
  const ImVec2 middle = ui.at(2.0e9, 3);
  ui.move(middle.x, middle.y);
  ui.frame();
  ui.frame();
  ui.frame();
  REQUIRE(ui.click_spot("log.row.3"));
  const auto time = static_cast<double>(ui.model.events().time_ns(ui.nav.selected()));
  CHECK(time > 1.8e9);
  CHECK(time < 2.2e9);
}

TEST_CASE_METHOD(RaftLog, "the help of the filter language opens") {
  REQUIRE(ui.click_spot("log.help"));
  CHECK(ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel));
}

TEST_CASE("many nodes have their chips in a list that is opened") {
  HeadlessUi ui{TraceModel::build(test::busy_trace(3000, 30)).value()};
  REQUIRE(ui.show("log"));
  CHECK_FALSE(ui.click_spot("log.node.n17"));
  REQUIRE(ui.click_spot("log.nodes"));
  REQUIRE(ui.click_spot("log.node.n17"));
  CHECK(ui.context.filter->spec().hides_node(17));
}

TEST_CASE("plots are chosen, read and clicked") {
  HeadlessUi ui{TraceModel::build(test::fake_raft()).value()};
  REQUIRE(ui.show("plots"));
  auto* const plots = dynamic_cast<PlotsPanel*>(ui.context.panels->find("plots"));
  REQUIRE(plots != nullptr);
  for (int i = 0; i < 10; ++i) ui.frame();
  CHECK_FALSE(plots->wants_frame());
  const std::size_t shown = plots->shown().size();
  REQUIRE(shown > 0);
  REQUIRE(ui.click_spot("plots.series.messages a second"));
  CHECK(plots->shown().size() == shown + 1);
  REQUIRE(ui.click_spot("plots.series.messages a second"));
  CHECK(plots->shown().size() == shown);
  const auto chart = ui.context.spots.find("plots.chart.message latency");
  REQUIRE(chart.has_value());
  CHECK(chart->x0 == Approx(ui.diagram().lanes.x0));
  CHECK(chart->x1 == Approx(ui.diagram().lanes.x1));
  ui.click({(chart->x0 + chart->x1) / 2, (chart->y0 + chart->y1) / 2});
  REQUIRE(ui.nav.selected() != kNone);
  CHECK(ui.model.events().kind(ui.nav.selected()) == EventKind::deliver);
  REQUIRE(ui.nav.cursor_ns().has_value());
  CHECK(*ui.nav.cursor_ns() == Approx(1.5e9).epsilon(0.02));
  const double span = ui.nav.view().span_ns();
  ui.wheel({(chart->x0 + chart->x1) / 2, (chart->y0 + chart->y1) / 2}, 1);
  CHECK(ui.nav.view().span_ns() < span);
  const double begin = ui.nav.view().begin_ns();
  ui.drag_right({(chart->x0 + chart->x1) / 2, chart->y0 + 20},
                {(chart->x0 + chart->x1) / 2 - 100, chart->y0 + 20});
  CHECK(ui.nav.view().begin_ns() > begin);
}

}  // namespace norn::viewer
