// The whole application without window or renderer: opening, going places, notes, two traces.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "app/gui.hpp"
#include "app/session.hpp"
#include "model/what_if.hpp"
#include "panels/panel.hpp"
#include "panels/shell.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"
#include "viewer/support/fake_raft.hpp"
#include "viewer/support/record.hpp"
#include "viewer/support/trace_builder.hpp"

namespace norn::viewer {
namespace {

struct Viewer {
  norn::test::ScratchFolder folder;
  std::string trace = folder.path() + "/run.norn";
  Gui gui{1};
  Session session{gui.fonts(), Settings{}};

  Viewer() {
    test::record(*test::fake_raft(), trace);
    ImGui::GetIO().DisplaySize = {1600, 900};
    ImGui::GetIO().BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
    compat::prepare_fonts();
    compat::init_keys();
    compat::set_mouse(-1e4F, -1e4F);
    frames();
  }
  void frames() {
    for (int i = 0; i < 3; ++i) {
      ImGui::GetIO().DeltaTime = 1.0F / 60;
      ImGui::NewFrame();
      session.draw();
      ImGui::Render();
      compat::accept_textures();
    }
  }
  void click(const ImVec2& at, int button = 0) {
    compat::set_mouse(at.x, at.y);
    frames();
    compat::set_mouse_button(button, true);
    frames();
    compat::set_mouse_button(button, false);
    frames();
  }
  bool click(const std::string& spot) {
    const auto rect = session.context().spots.find(spot);
    if (!rect) return false;
    click(ImVec2((rect->x0 + rect->x1) / 2, (rect->y0 + rect->y1) / 2));
    return true;
  }
  void drag(const ImVec2& from, const ImVec2& to, int button) {
    compat::set_mouse(from.x, from.y);
    frames();
    compat::set_mouse_button(button, true);
    frames();
    compat::set_mouse(to.x, to.y);
    frames();
    compat::set_mouse_button(button, false);
    frames();
  }
  void press(Key key, Modifiers modifiers = {}) {
    session.press(key, modifiers);
    frames();
  }
  void write(const std::string& text) {
    ImGui::GetIO().AddInputCharactersUTF8(text.c_str());
    frames();
    compat::set_key(ImGuiKey_Enter, true);
    frames();
    compat::set_key(ImGuiKey_Enter, false);
    frames();
  }
  Navigator& nav() { return session.nav(); }
};

}  // namespace

TEST_CASE_METHOD(Viewer, "without a trace the window offers what was opened before") {
  CHECK(session.model().events().empty());
  CHECK_FALSE(session.context().spots.find("recent.0"));
  REQUIRE(session.open(trace).ok());
  CHECK(session.settings().recent.size() == 1);

  Session next(gui.fonts(), session.settings());
  for (int i = 0; i < 2; ++i) {
    ImGui::NewFrame();
    next.draw();
    ImGui::Render();
    compat::accept_textures();
  }
  CHECK(next.context().spots.find("recent.0"));
}

TEST_CASE_METHOD(Viewer,
                 "a file that cannot be opened is told in the window, and what was open stays") {
  REQUIRE(session.open(trace).ok());
  const Index events = session.model().events().size();
  std::ofstream(folder.path() + "/foreign.norn") << "not a trace";
  session.try_open(folder.path() + "/foreign.norn");
  frames();
  CHECK(session.context().notice.find("foreign.norn") != std::string::npos);
  CHECK(session.model().events().size() == events);
  REQUIRE(click("notice.close"));
  CHECK(session.context().notice.empty());
}

TEST_CASE_METHOD(Viewer,
                 "Ctrl+G goes to an event and to a time, and says what it does not understand") {
  REQUIRE(session.open(trace).ok());
  frames();
  press(Key::go_to);
  write("12");
  CHECK(nav().selected() == session.model().events().index_of(12));
  press(Key::go_to);
  write("nonsense");
  CHECK(session.context().popup.problem.find("neither an event") != std::string::npos);
  press(Key::escape);
  press(Key::go_to);
  write("999999");
  CHECK(session.context().popup.problem.find("999999") != std::string::npos);
  press(Key::escape);
  nav().view().show(0, 1e8);
  press(Key::go_to);
  write("2.5s");
  CHECK(nav().view().fraction(2.5e9) == Approx(0.5).margin(0.01));
}

TEST_CASE_METHOD(Viewer, "jumps are undone and done again") {
  REQUIRE(session.open(trace).ok());
  frames();
  const TimeView all = nav().view();
  press(Key::violation);
  press(Key::f);
  const TimeView close = nav().view();
  CHECK_FALSE(close == all);
  press(Key::back);
  press(Key::back);
  CHECK(nav().view().span_ns() == Approx(all.span_ns()));
  CHECK(nav().selected() == kNone);
  press(Key::forward);
  press(Key::forward);
  CHECK(nav().view().span_ns() == Approx(close.span_ns()));
}

TEST_CASE_METHOD(Viewer, "a note is kept beside the trace, and taken away again") {
  REQUIRE(session.open(trace).ok());
  frames();
  press(Key::violation);
  press(Key::mark);
  write("here");
  const std::string file = Marks::file_of(trace);
  REQUIRE(std::filesystem::exists(file));
  {
    const auto marks = Marks::load(trace);
    REQUIRE(marks.ok());
    REQUIRE(marks->all().size() == 1);
    CHECK(marks->all().front().note == "here");
    CHECK(marks->all().front().event == session.model().events().seq(nav().selected()));
  }
  // A damaged file of notes is told, and left as it is.
  std::ofstream(file) << "{";
  REQUIRE(session.open(trace).ok());
  CHECK(session.context().notice.find("marks.json") != std::string::npos);
  press(Key::escape);
  press(Key::mark);
  write("lost");
  CHECK(std::filesystem::file_size(file) == 1);
}

TEST_CASE_METHOD(
    Viewer, "a drag with the left button measures, with the middle one it shows that stretch") {
  REQUIRE(session.open(trace).ok());
  frames();
  drag({500, 300}, {700, 320}, 0);
  REQUIRE(session.context().measured);
  CHECK(session.context().measured->to_ns > session.context().measured->from_ns);
  const double measured = session.context().measured->to_ns - session.context().measured->from_ns;
  CHECK(nav().selected() == kNone);
  press(Key::escape);
  CHECK_FALSE(session.context().measured);
  drag({500, 300}, {700, 320}, 2);
  CHECK(nav().view().span_ns() == Approx(measured).epsilon(0.01));
  press(Key::back);
  CHECK(nav().view().span_ns() > 2 * measured);
}

TEST_CASE_METHOD(Viewer, "X and the switch change the axis, of both traces, and it is remembered") {
  REQUIRE(session.open(trace).ok());
  REQUIRE(session.open_beside(trace).ok());
  frames();
  press(Key::axis);
  CHECK(nav().ordinal());
  CHECK(session.context().other->nav.ordinal());
  CHECK(session.settings().ordinal);
  REQUIRE(click("axis.time"));
  CHECK_FALSE(nav().ordinal());
  CHECK_FALSE(session.context().other->nav.ordinal());
  REQUIRE(click("axis.events"));
  CHECK(nav().ordinal());
  // A trace that is opened later has it too, and so has the next start.
  REQUIRE(session.open(trace).ok());
  CHECK(nav().ordinal());
  Session next(gui.fonts(), session.settings());
  REQUIRE(next.open(trace).ok());
  CHECK(next.nav().ordinal());
}

TEST_CASE_METHOD(Viewer, "on steps an event is selected where it stands, and drags go by steps") {
  REQUIRE(session.open(trace).ok());
  frames();
  press(Key::axis);
  const EventTable& events = session.model().events();
  // Two events of one node at the same time: each is met by its own click.
  Index twin = kNone;
  for (Index i = 40; i + 1 < events.size() && twin == kNone; ++i) {
    const bool same = events.time_ns(i) == events.time_ns(i + 1) && events.node(i) != 0 &&
                      events.node(i) == events.node(i + 1);
    const auto kind = events.kind(i);
    if (same && kind != trace::EventKind::drop && events.kind(i + 1) != trace::EventKind::drop)
      twin = i;
  }
  REQUIRE(twin != kNone);
  nav().show({.step = twin - 5.0}, {.step = twin + 6.0});
  frames();
  const ImVec2 first = place_of(session.context(), twin);
  const ImVec2 second = place_of(session.context(), twin + 1);
  CHECK(second.x - first.x > 40);
  click(first);
  CHECK(nav().selected() == twin);
  REQUIRE(nav().cursor());
  CHECK(std::abs(*nav().cursor()->step - twin) < 0.1);
  click(second);
  CHECK(nav().selected() == twin + 1);

  // A drag measures true time, and the events; the middle button shows just those.
  drag(first, {second.x + 2, second.y}, 0);
  REQUIRE(session.context().measured);
  CHECK(session.context().measured->to_ns - session.context().measured->from_ns < 1e6);
  CHECK(*session.context().measured->to_step - *session.context().measured->from_step ==
        Approx(1).epsilon(0.05));
  nav().show_all();
  frames();
  drag({500, 300}, {700, 320}, 2);
  const double span = nav().axis().span();
  CHECK(span < events.size() / 4.0);
  drag({700, 300}, {600, 300}, 1);
  CHECK(nav().axis().span() == Approx(span));
}

TEST_CASE_METHOD(Viewer, "two compared traces stand event over event on steps") {
  REQUIRE(session.open(trace).ok());
  REQUIRE(session.open_beside(trace).ok());
  frames();
  session.context().difference.difference->wait();
  press(Key::axis);
  nav().show({.step = 30}, {.step = 60});
  frames();
  const PanelContext& other = *session.context().other;
  CHECK(other.nav.axis().from() == Approx(30));
  CHECK(other.nav.axis().to() == Approx(60));
  nav().select(40);
  frames();
  CHECK(other.nav.selected() == 40);
  CHECK(place_of(session.context(), 40).x ==
        Approx(place_of(*session.context().other, 40).x).margin(1));
}

TEST_CASE_METHOD(Viewer, "a fault is dragged and switched off for What if, and Esc leaves it") {
  std::ofstream(folder.path() + "/run.case.json") << R"({"norn_case":1,"fault_plan":{"faults":[
      {"at":"900ms","kind":"partition","lasts":"800ms","side_a":["n1","n2"]},
      {"at":"2.15s","kind":"crash","lasts":"350ms","side_a":["n5"]}]}})";
  REQUIRE(session.open(trace).ok());
  frames();
  const auto rect = session.context().spots.find("fault.0");
  REQUIRE(rect);
  const ImVec2 at{(rect->x0 + rect->x1) / 2, (rect->y0 + rect->y1) / 2};
  compat::set_mouse(at.x, at.y);
  frames();
  compat::set_mouse_button(0, true);
  frames();
  compat::set_mouse(at.x + 90, at.y);
  frames();
  CHECK(session.context().fault_drag);
  press(Key::escape);
  compat::set_mouse(at.x + 120, at.y);
  frames();
  compat::set_mouse_button(0, false);
  frames();
  REQUIRE(session.context().what_if != nullptr);
  CHECK_FALSE(session.context().what_if->changed());
  CHECK_FALSE(session.context().fault_drag);
  CHECK(nav().selected() == kNone);

  drag(at, {at.x + 90, at.y}, 0);
  CHECK(session.context().what_if->faults()[0].at_ns > 900'000'000);
  CHECK(session.context().panels->shown == "what_if");
  REQUIRE(session.context().spots.find("what_if.at.0"));
  const auto moved = session.context().spots.find("fault.0.moved");
  REQUIRE(moved);
  compat::set_mouse((moved->x0 + moved->x1) / 2, (moved->y0 + moved->y1) / 2);
  frames();
  press(Key::remove);
  CHECK_FALSE(session.context().what_if->faults()[0].on);
  CHECK(session.context().what_if->edited()["fault_plan"]["faults"].size() == 1);
}

TEST_CASE_METHOD(Viewer, "a click on a name unfolds the node's fibers") {
  REQUIRE(session.open(trace).ok());
  frames();
  REQUIRE(click("lane.n1"));
  CHECK(nav().unfolding().shows_fibers(1));
  REQUIRE(click("lane.n1"));
  CHECK_FALSE(nav().unfolding().shows_fibers(1));
}

TEST_CASE_METHOD(Viewer, "two traces show the same stretch, and the second can be closed") {
  REQUIRE(session.open(trace).ok());
  REQUIRE(session.open_beside(trace).ok());
  frames();
  REQUIRE(session.context().other != nullptr);
  nav().view().show(1e9, 2e9);
  frames();
  CHECK(session.context().other->nav.view().begin_ns() == Approx(1e9).epsilon(0.05));
  REQUIRE(click("beside.close"));
  CHECK(session.context().other == nullptr);
}

TEST_CASE_METHOD(Viewer, "the replay line and the stop in a debugger can be copied") {
  REQUIRE(session.open(trace).ok());
  frames();
  REQUIRE(click("inspector.replay"));
  CHECK(std::string(ImGui::GetClipboardText()) == session.model().facts().replay);
}

TEST_CASE("a large trace is shown by its beginning, then whole, with the same view and selection") {
  const norn::test::ScratchFolder folder;
  const std::string trace = folder.path() + "/run.norn";
  test::record(*test::fake_raft(), trace);
  auto loader = TraceLoader::open(trace, [] {}, 100);
  REQUIRE(loader.ok());
  const TraceModel first = (*loader)->take_first();
  CHECK(first.partial());
  CHECK(first.events().size() == 100);
  (*loader)->wait();
  auto whole = (*loader)->take_whole();
  REQUIRE(whole);
  REQUIRE(whole->ok());
  CHECK_FALSE((*whole)->partial());
  CHECK((*whole)->events().size() > 100);
  CHECK(first.end_ns() == (*whole)->end_ns());
  Navigator nav(first);
  nav.view().show(1e9, 2e9);
  nav.select(50);
  nav.set_model(**whole);
  CHECK(nav.view().begin_ns() == Approx(1e9));
  CHECK(nav.selected() == 50);
}

TEST_CASE("settings survive, and senseless ones fall back to what is usual") {
  const norn::test::ScratchFolder folder;
  const std::string path = folder.path() + "/deep/viewer.json";
  Settings settings;
  settings.dark = true;
  settings.ordinal = true;
  settings.width = 1234;
  settings.panel = "plots";
  settings.opened("/tmp/one.norn");
  settings.opened("/tmp/two.norn");
  settings.opened("/tmp/one.norn");
  CHECK(settings.recent == std::vector<std::string>{"/tmp/one.norn", "/tmp/two.norn"});
  REQUIRE(settings.save(path).ok());
  const auto loaded = Settings::load(path);
  REQUIRE(loaded.ok());
  CHECK(*loaded == settings);
  std::ofstream(path) << R"({"width": -7, "scale": "large", "theme": 3, "recent": [1, "a"]})";
  const auto senseless = Settings::load(path);
  REQUIRE(senseless.ok());
  CHECK(senseless->width == Settings{}.width);
  CHECK(senseless->scale == Settings{}.scale);
  CHECK(senseless->recent == std::vector<std::string>{"a"});
  std::ofstream(path) << "{";
  CHECK_FALSE(Settings::load(path).ok());
}

TEST_CASE_METHOD(Viewer, "the inspector lists the operations that clients wait for") {
  test::TraceBuilder build({"a", "b"});
  build.call(1, 1, "put", R"(["x",5])", 1);
  build.at(2 * test::kMs).call(2, 2, "get", R"(["x"])", 2);
  build.at(3 * test::kMs).timer(2);
  build.at(9 * test::kMs).ret(2, 2, trace::OpOutcome::ok, "5", 2);
  test::record(*build.take(), folder.path() + "/operations.norn");
  REQUIRE(session.open(folder.path() + "/operations.norn").ok());
  const auto called = [&](Index event) {
    nav().select(event);
    frames();
    std::vector<std::string> titles = session.context().inspector.operation_titles;
    return titles;
  };
  using Titles = std::vector<std::string>;
  const std::string put = R"(client 1 calls put #1: ["x",5])";
  const std::string get = R"(client 2 calls get #2: ["x"])";
  CHECK(called(0) == Titles{put});
  CHECK(called(2) == Titles{get, put});  // that of the event's own node first
  CHECK(called(3) == Titles{get, put});  // answered by this event
  REQUIRE(click("inspector.operation.1"));
  CHECK(nav().selected() == 0);
}

}  // namespace norn::viewer
