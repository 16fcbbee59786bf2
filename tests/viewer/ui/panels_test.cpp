// The panels, drawn to nowhere, with a mouse.
#include <chrono>
#include <cmath>
#include <string>
#include <utility>

#include "support/catch.hpp"
#include "viewer/support/fake_raft.hpp"
#include "viewer/support/trace_builder.hpp"
#include "viewer/ui/headless_ui.hpp"

namespace norn::viewer {

using test::FakeRaftTimes;
using test::HeadlessUi;
using test::kMs;
using test::TraceBuilder;
using trace::EventKind;
using trace::Seq;

namespace {

TraceModel raft() {
  return TraceModel::build(test::fake_raft()).value();
}

ImVec2 between(const ImVec2& a, const ImVec2& b, float share) {
  return {a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share};
}

// A message of 100 ms, alone on the screen.
struct OneMessage {
  TraceBuilder build{{"n1", "n2", "n3"}};
  Seq woken = build.at(0).timer(1);
  Seq sent = build.at(100 * kMs).send(1, 3, "Vote", woken, R"({"term":3})");
  Seq got = build.at(200 * kMs).deliver(3, sent);
  Seq end = build.at(300 * kMs).run_end(trace::RunEnd::completed);
  HeadlessUi ui{build.model()};
  Index at(Seq seq) const { return ui.model.events().index_of(seq); }
};

}  // namespace

TEST_CASE_METHOD(OneMessage,
                 "clicking a message near its head selects the delivery, near its tail the send") {
  const ImVec2 tail = ui.at(100.0 * kMs, 1);
  const ImVec2 head = ui.at(200.0 * kMs, 3);
  ui.click(between(tail, head, 0.3F));
  CHECK(ui.nav.selected() == at(sent));
  ui.click(between(tail, head, 0.7F));
  CHECK(ui.nav.selected() == at(got));
  CHECK(ui.context.inspector.text.title == "receive Vote from n1");
  CHECK(ui.context.inspector.text.payload.find("\"term\": 3") != std::string::npos);
  REQUIRE(ui.context.inspector.chain.events.size() == 3);
  CHECK(ui.context.inspector.chain.root == at(woken));
}

TEST_CASE_METHOD(OneMessage, "clicking an event on its lane selects it, clicking nothing clears") {
  ui.click(ui.at(0, 1));
  CHECK(ui.nav.selected() == at(woken));
  const ImVec2 nowhere = ui.at(280.0 * kMs, 2);
  ui.click(nowhere);
  CHECK(ui.nav.selected() == kNone);
}

TEST_CASE_METHOD(OneMessage, "a cause listed in the inspector is selected by a click") {
  ui.nav.select(at(got));
  ui.frame();
  ui.frame();
  // The lines of the chain are the last things in the panel: look for them from above.
  const Rect inspector = ui.areas().inspector;
  for (float y = inspector.y0 + 100; y < inspector.y1 && ui.nav.selected() == at(got); y += 12) {
    ui.click({inspector.x0 + 60, y});
  }
  CHECK(ui.nav.selected() == at(sent));
}

TEST_CASE_METHOD(OneMessage, "the wheel zooms at the mouse and a right drag pans") {
  const ImVec2 mouse = ui.at(150.0 * kMs, 2);
  const double span = ui.nav.view().span_ns();
  ui.wheel(mouse, 3);
  CHECK(ui.nav.view().span_ns() < span * 0.6);
  CHECK(std::abs(ui.at(150.0 * kMs, 2).x - mouse.x) < 1);
  ui.drag_right(mouse, {mouse.x + 80, mouse.y});
  CHECK(std::abs(ui.at(150.0 * kMs, 2).x - (mouse.x + 80)) < 2);
}

TEST_CASE_METHOD(OneMessage, "the mouse sets the time cursor") {
  const ImVec2 mouse = ui.at(150.0 * kMs, 2);
  ui.move(mouse.x, mouse.y);
  ui.frame();
  REQUIRE(ui.nav.cursor_ns().has_value());
  CHECK(*ui.nav.cursor_ns() == Approx(150.0 * kMs).epsilon(0.01));
}

TEST_CASE("a click in the overview moves the view there") {
  HeadlessUi ui(raft());
  ui.nav.view().show(0, 100.0 * kMs);
  const Rect overview = ui.areas().overview;
  ui.click({overview.x0 + overview.width() / 2, (overview.y0 + overview.y1) / 2});
  CHECK((ui.nav.view().begin_ns() + ui.nav.view().end_ns()) / 2 ==
        Approx(FakeRaftTimes::kEnd / 2.0).epsilon(0.02));
}

TEST_CASE("clicking a fault in the strip selects its beginning") {
  HeadlessUi ui(raft());
  const float x = ui.at(1300.0 * kMs, 1).x;
  const Rect strip = ui.diagram().faults;
  ui.click({x, (strip.y0 + strip.y1) / 2});
  REQUIRE(ui.nav.selected() != kNone);
  CHECK(ui.model.events().kind(ui.nav.selected()) == EventKind::fault_begin);
  CHECK(ui.context.inspector.text.title == "partition begins");
}

TEST_CASE("clicking the verdict selects the violation") {
  HeadlessUi ui(raft());
  const Rect verdict = ui.diagram().verdict;
  ui.click({verdict.x0 + verdict.width() / 2, (verdict.y0 + verdict.y1) / 2});
  CHECK(ui.nav.selected() == ui.model.violations()[0].event);
}

TEST_CASE("a lost message is selected by its cross") {
  HeadlessUi ui(raft());
  const Fault& partition = ui.model.faults()[0];
  Index lost = kNone;
  for (Index i = partition.begin; i < ui.model.events().size() && lost == kNone; ++i) {
    if (ui.model.events().kind(i) == EventKind::drop) lost = i;
  }
  REQUIRE(lost != kNone);
  const auto t = static_cast<double>(ui.model.events().time_ns(lost));
  ui.nav.view().show(t - 40.0 * kMs, t + 10.0 * kMs);
  const auto found = ui.model.message_of(lost);
  REQUIRE(found);
  const Rect lanes = ui.diagram().lanes;
  LaneLayout layout;
  layout.place(5, lanes.height(), 0);
  const MessagePath path = Paths(ui.model, layout).of(*found.link, *found.message);
  ui.click({lanes.x0 + static_cast<float>(ui.nav.view().fraction(path.end_ns)) * lanes.width(),
            lanes.y0 + path.end_y});
  CHECK(ui.nav.selected() == lost);
}

TEST_CASE("everything can be drawn at every zoom, dark and light, large and small") {
  for (const ImVec2 size : {ImVec2(1600, 900), ImVec2(500, 300), ImVec2(3000, 1200)}) {
    HeadlessUi ui(raft(), size);
    ui.nav.set_help(true);
    ui.nav.select(ui.model.violations()[0].event);
    for (int i = 0; i < 100; ++i) {
      ui.context.theme = i % 2 == 0 ? &light_theme() : &dark_theme();
      if (i == 60) ui.nav.set_ordinal(true);
      if (i == 60) ui.nav.show_all();
      ui.nav.zoom(0.7, 0.37);
      ui.frame();
      CHECK(ImGui::GetDrawData()->TotalVtxCount > 0);
    }
  }
}

TEST_CASE("a wrong clock is drawn, and so are a ring and a flapping partition") {
  const auto vertices = [](bool with_faults) {
    TraceBuilder build({"n1", "n2", "n3", "n4"});
    for (trace::NodeId node = 1; node <= 4; ++node) build.at(0).timer(node);
    const char* const sides =
        R"({"side_a":["n1","n2","n3","n4"],"by":"-20ms","ppm":100,"reach":1})";
    std::uint64_t number = 0;
    for (const char* const kind : {"clock_skew", "clock_drift", "clock_jump", "ring"}) {
      build.at(static_cast<std::int64_t>(10 + number) * kMs);
      if (with_faults) build.fault_begin(number, kind, sides);
      ++number;
    }
    build.at(100 * kMs).run_end(trace::RunEnd::completed);
    HeadlessUi ui(build.model());
    const ImVec2 at = ui.at(50.0 * kMs, 2);
    ui.move(at.x, at.y + 12);
    ui.frame();
    ui.frame();
    return ImGui::GetDrawData()->TotalVtxCount;
  };
  CHECK(vertices(true) > vertices(false) + 100);
}

TEST_CASE("an empty trace and a trace without roles are drawn") {
  HeadlessUi empty(TraceBuilder({}).model());
  empty.nav.set_ordinal(true);
  empty.frame();
  CHECK(ImGui::GetDrawData()->TotalVtxCount > 0);
}

TEST_CASE("two hundred lanes scroll") {
  HeadlessUi ui(TraceModel::build(test::busy_trace(20'000, 200)).value());
  const Rect names = ui.diagram().names;
  ui.wheel({names.x0 + 30, names.y0 + 100}, -5);
  CHECK(ui.nav.scroll() > 0);
  for (int i = 0; i < 100; ++i) ui.wheel({names.x0 + 30, names.y0 + 100}, -20);
  CHECK(ui.nav.scroll() <= 200 * LaneLayout::kLeastHeight);
}

TEST_CASE("a frame of a million events has few vertices at every zoom") {
  HeadlessUi ui(TraceModel::build(test::busy_trace(1'000'000, 7)).value());
  double slowest_ms = 0;
  int most = 0;
  for (int i = 0; i < 70; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    ui.frame();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    slowest_ms = std::max(slowest_ms, took.count());
    most = std::max(most, ImGui::GetDrawData()->TotalVtxCount);
    ui.nav.view().zoom(0.8, 0.61);
  }
  WARN("slowest frame " << slowest_ms << " ms, at most " << most << " vertices");
  CHECK(most < 200'000);
}

}  // namespace norn::viewer
