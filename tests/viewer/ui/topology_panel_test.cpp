#include "panels/topology_panel.hpp"

#include <string>

#include "support/catch.hpp"
#include "viewer/support/fake_raft.hpp"
#include "viewer/support/trace_builder.hpp"
#include "viewer/ui/headless_ui.hpp"

namespace norn::viewer {

using test::FakeRaftTimes;
using test::HeadlessUi;
using test::kMs;
using test::TraceBuilder;
using trace::Seq;

namespace {

struct Shown {
  explicit Shown(TraceModel model) : ui(std::move(model)) {
    REQUIRE(ui.show("topology"));
    panel->topology()->wait();
    ui.frame();
    ui.frame();
  }
  HeadlessUi ui;
  TopologyPanel* panel = static_cast<TopologyPanel*>(ui.context.panels->find("topology"));
};

struct Raft : Shown {
  Raft() : Shown(TraceModel::build(test::fake_raft()).value()) {}
};

}  // namespace

TEST_CASE_METHOD(Raft, "the topology shows the cursor's moment, or else the selected event's") {
  ui.nav.set_cursor(FakeRaftTimes::kPartitionBegin + 10.0 * kMs);
  ui.frame();
  REQUIRE(panel->cluster().faults.size() == 1);
  CHECK(panel->cluster().faults[0]->is_partition());
  ui.nav.set_cursor(FakeRaftTimes::kCrash + 10.0 * kMs);
  ui.frame();
  CHECK(panel->cluster().nodes[4].state == NodeAt::State::down);
  ui.nav.select(ui.model.faults().front().begin);
  ui.frame();
  CHECK(panel->player()->event() == ui.model.faults().front().begin);
}

TEST_CASE_METHOD(Raft, "the buttons play, pause and change the speed") {
  ui.nav.set_cursor(100.0 * kMs);
  ui.frame();
  CHECK_FALSE(panel->wants_frame());
  const double before = panel->player()->time_ns();
  REQUIRE(ui.click_spot("topology.play"));
  CHECK(panel->player()->playing());
  CHECK(panel->wants_frame());
  ui.frame();
  CHECK(panel->player()->time_ns() > before);
  CHECK(ui.nav.cursor_ns() == panel->player()->time_ns());
  const double speed = panel->player()->speed();
  REQUIRE(ui.click_spot("topology.faster"));
  CHECK(panel->player()->speed() == speed * 2);
  REQUIRE(ui.click_spot("topology.slower"));
  REQUIRE(ui.click_spot("topology.slower"));
  CHECK(panel->player()->speed() == speed / 2);
  REQUIRE(ui.click_spot("topology.play"));
  CHECK_FALSE(panel->player()->playing());
}

TEST_CASE_METHOD(Raft, "while it plays the cursor does not follow the mouse") {
  ui.nav.set_cursor(100.0 * kMs);
  ui.frame();
  CHECK(panel->press(ui.context, Key::play, {}));
  ui.frame();
  const ImVec2 there = ui.at(2000.0 * kMs, 1);
  ui.move(there.x, there.y);
  ui.frame();
  ui.frame();
  CHECK(*ui.nav.cursor_ns() < 1000.0 * kMs);
  CHECK(panel->press(ui.context, Key::play, {}));
  ui.frame();
  ui.frame();
  ui.frame();
  CHECK(*ui.nav.cursor_ns() == Approx(2000.0 * kMs).margin(20.0 * kMs));
}

TEST_CASE_METHOD(Raft, "the steps select what they go to") {
  ui.nav.set_cursor(500.0 * kMs);
  ui.frame();
  REQUIRE(ui.click_spot("topology.event.on"));
  const Index first = ui.nav.selected();
  REQUIRE(first != kNone);
  REQUIRE(ui.click_spot("topology.event.on"));
  CHECK(ui.nav.selected() == first + 1);
  REQUIRE(ui.click_spot("topology.event.back"));
  CHECK(ui.nav.selected() == first);
  REQUIRE(ui.click_spot("topology.fault.on"));
  CHECK(ui.nav.selected() == ui.model.faults().front().begin);
  REQUIRE(ui.click_spot("topology.message.on"));
  CHECK(ui.model.message_of(ui.nav.selected()));
  CHECK(ui.nav.selected() > ui.model.faults().front().begin);
  REQUIRE(ui.click_spot("topology.message.back"));
  CHECK(ui.nav.selected() < ui.model.faults().front().begin);
  REQUIRE(ui.click_spot("topology.fault.on"));
  REQUIRE(ui.click_spot("topology.fault.on"));
  REQUIRE(ui.click_spot("topology.fault.back"));
  CHECK(ui.nav.selected() == ui.model.faults().front().begin);
}

TEST_CASE_METHOD(Raft, "a loop takes what the diagram shows") {
  ui.nav.view().show(1000.0 * kMs, 1200.0 * kMs);
  ui.frame();
  REQUIRE(ui.click_spot("topology.loop"));
  REQUIRE(panel->player()->loop());
  CHECK(panel->player()->loop()->begin_ns == Approx(1000.0 * kMs));
  REQUIRE(ui.click_spot("topology.play"));
  CHECK(panel->player()->time_ns() < 1200.0 * kMs);
  CHECK(panel->player()->time_ns() >= 1000.0 * kMs);
  CHECK(panel->press(ui.context, Key::loop, {}));
  CHECK_FALSE(panel->player()->loop());
}

TEST_CASE_METHOD(Raft, "a click on a node selects the last that it did") {
  ui.nav.set_cursor(800.0 * kMs);
  ui.frame();
  ui.frame();
  REQUIRE(ui.click_spot("topology.node.2"));
  REQUIRE(ui.nav.selected() != kNone);
  CHECK(ui.model.events().node(ui.nav.selected()) == 2);
  CHECK(static_cast<double>(ui.model.events().time_ns(ui.nav.selected())) <= 800.0 * kMs);
}

TEST_CASE("a click on a message on its way selects its sending") {
  TraceBuilder build({"n1", "n2"});
  const Seq sent = build.at(10 * kMs).send(1, 2, "Ask");
  build.at(110 * kMs).deliver(2, sent);
  build.at(200 * kMs).timer(1);
  Shown shown(build.model());
  shown.ui.nav.set_cursor(60.0 * kMs);
  shown.ui.frame();
  shown.ui.frame();
  REQUIRE(shown.panel->cluster().flying.size() == 1);
  const auto from = shown.ui.context.spots.find("topology.node.1");
  const auto to = shown.ui.context.spots.find("topology.node.2");
  REQUIRE((from && to));
  shown.ui.click(ImVec2((from->x0 + from->x1 + to->x0 + to->x1) / 4,
                        (from->y0 + from->y1 + to->y0 + to->y1) / 4));
  CHECK(shown.ui.nav.selected() == shown.ui.model.events().index_of(sent));
}

TEST_CASE("a hull goes around the nodes of a zone, and not around others") {
  TraceBuilder build({"n1", "n2", "n3", "n4", "n5"});
  build.source().zones = {"west", "east", "west", "", "east"};
  build.at(10 * kMs).timer(1);
  Shown shown(build.model());
  const auto spot = [&](const std::string& name) {
    const auto rect = shown.ui.context.spots.find("topology." + name);
    REQUIRE(rect);
    return *rect;
  };
  const auto holds = [](const Rect& hull, const Rect& node) {
    return hull.contains(node.min()) && hull.contains(node.max());
  };
  const Rect west = spot("zone.west");
  const Rect east = spot("zone.east");
  CHECK((holds(west, spot("node.1")) && holds(west, spot("node.3"))));
  CHECK((holds(east, spot("node.2")) && holds(east, spot("node.5"))));
  CHECK_FALSE(holds(west, spot("node.2")));
  CHECK_FALSE((holds(east, spot("node.4")) || holds(west, spot("node.4"))));
  CHECK_FALSE(shown.ui.context.spots.find("topology.zone."));
}

TEST_CASE("many nodes are a matrix of links") {
  Shown shown(TraceModel::build(test::busy_trace(20'000, 40)).value());
  shown.ui.frame();
  const auto matrix = shown.ui.context.spots.find("topology.matrix");
  REQUIRE(matrix);
  CHECK(matrix->y1 - matrix->y0 >= 40 * 7);
  CHECK_FALSE(shown.ui.context.spots.find("topology.node.1"));
  REQUIRE(shown.ui.click_spot("topology.event.back"));
}

TEST_CASE("an empty trace has an empty topology") {
  Shown shown(TraceBuilder({}).model());
  CHECK(shown.ui.click_spot("topology.play"));
  CHECK_FALSE(shown.panel->wants_frame());
}

}  // namespace norn::viewer
