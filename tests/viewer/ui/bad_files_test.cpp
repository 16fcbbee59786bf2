// Files that are cut, altered, foreign or newer, opened in a window that shows a trace: one line
// says what is wrong and where, and the trace stays. The same by the command line.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "app/gui.hpp"
#include "app/session.hpp"
#include "norn/trace/reader.hpp"
#include "norn/trace/recorder.hpp"
#include "panels/shell.hpp"
#include "support/bad_files.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"
#include "viewer/support/fake_raft.hpp"
#include "viewer/support/record.hpp"
#include "viewer/ui/child_process.hpp"

namespace norn::viewer {

using norn::test::BadFile;
using norn::test::bytes_of_file;
using norn::test::with_other_byte;
using norn::test::write_file;
using trace::EventKind;

namespace {

// A window with a trace in it, and a file to be dropped onto it.
struct OpenWindow {
  norn::test::ScratchFolder folder;
  std::string trace = folder.path() + "/run.norn";
  std::string dropped = folder.path() + "/dropped.norn";
  std::string sound;
  Gui gui{1};
  Session session{gui.fonts(), Settings{}};
  Index events = 0;

  OpenWindow() {
    test::record(*test::fake_raft(), trace);
    sound = bytes_of_file(trace);
    ImGui::GetIO().DisplaySize = {1600, 900};
    ImGui::GetIO().BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
    compat::prepare_fonts();
    compat::init_keys();
    compat::set_mouse(-1e4F, -1e4F);
    REQUIRE(session.open(trace).ok());
    events = session.model().events().size();
    frame();
  }
  void frame() {
    ImGui::GetIO().DeltaTime = 1.0F / 60;
    ImGui::NewFrame();
    session.draw();
    ImGui::Render();
    compat::accept_textures();
  }
  // Dropped, or opened from the list of recent files.
  std::string drop(const std::string& path) {
    session.context().notice.clear();
    session.try_open(path);
    session.wait();
    for (int i = 0; i < 3; ++i) frame();
    return session.context().notice;
  }
  bool shows_what_it_showed() const {
    return session.path() == trace && session.model().events().size() == events &&
           session.settings().recent == std::vector<std::string>{trace};
  }
  static bool is_one_line(const std::string& notice, const std::string& path) {
    return notice.starts_with(path + ": ") && notice.find('\n') == std::string::npos;
  }
};

// What a killed process leaves of twenty messages.
std::string interrupted_recording(const std::string& folder) {
  const std::string path = folder + "/killed.norn";
  {
    auto opened =
        trace::Recorder::open({.mode = trace::RecorderOptions::Mode::file, .path = path},
                              {{"scenario", "raft"}, {"seed", 7}, {"nodes", {"n1", "n2"}}});
    REQUIRE(opened.ok());
    trace::Recorder& recorder = **opened;
    for (trace::NodeId node = 1; node <= 2; ++node)
      recorder.record({.kind = EventKind::node_start, .node = node, .a = 1});
    for (int i = 0; i < 20; ++i) {
      recorder.set_time(i * 5'000'000);
      recorder.set_context(1, 0, 1);
      const auto send = recorder.send(2, recorder.intern("Hello"), {}, false);
      recorder.set_time(i * 5'000'000 + 2'000'000);
      recorder.deliver(send, 2, recorder.intern("Hello"), 0);
    }
  }
  return bytes_of_file(path + ".partial");
}

}  // namespace

TEST_CASE_METHOD(OpenWindow, "a file that is no trace is told by name, and the open trace stays") {
  for (const BadFile& file : norn::test::bad_files(folder.path(), sound)) {
    const std::string notice = drop(file.path);
    CAPTURE(file.path, notice);
    CHECK(is_one_line(notice, file.path));
    CHECK(notice.find(file.says) != std::string::npos);
    CHECK(shows_what_it_showed());
    CHECK(session.context().spots.find("notice.close"));
    CHECK_FALSE(session.open_beside(file.path).ok());
    CHECK(session.context().other == nullptr);
  }
}

TEST_CASE_METHOD(OpenWindow, "a folder without runs is told, and the open trace stays") {
  const std::string notice = drop(folder.path());
  CAPTURE(notice);
  CHECK(is_one_line(notice, folder.path()));
  CHECK(shows_what_it_showed());
}

TEST_CASE_METHOD(OpenWindow, "a trace that was cut anywhere is refused, and the open one stays") {
  for (std::size_t size = 0; size < sound.size(); size += size < 300 ? 1 : 211) {
    write_file(dropped, std::string_view(sound).substr(0, size));
    const std::string notice = drop(dropped);
    CAPTURE(size, notice);
    REQUIRE(is_one_line(notice, dropped));
    REQUIRE(notice.find(": byte ") != std::string::npos);
    REQUIRE(shows_what_it_showed());
  }
}

TEST_CASE_METHOD(OpenWindow, "a trace with any byte altered is refused, and the open one stays") {
  for (std::size_t at = 0; at < sound.size(); at += at < 300 ? 1 : 173) {
    write_file(dropped, with_other_byte(sound, at, 1U << (at % 8)));
    const std::string notice = drop(dropped);
    CAPTURE(at, notice);
    REQUIRE(is_one_line(notice, dropped));
    REQUIRE(shows_what_it_showed());
  }
}

TEST_CASE_METHOD(OpenWindow,
                 "an interrupted recording shows what is whole, and says how far that is") {
  const std::string left = interrupted_recording(folder.path());
  int opened = 0;
  for (std::size_t size = 0; size <= left.size(); size += size + 9 < left.size() ? 3 : 1) {
    REQUIRE(session.open(trace).ok());
    write_file(dropped, std::string_view(left).substr(0, size));
    const std::string notice = drop(dropped);
    CAPTURE(size, notice);
    if (!notice.empty()) {
      REQUIRE(is_one_line(notice, dropped));
      REQUIRE(session.path() == trace);
      continue;
    }
    ++opened;
    REQUIRE(session.path() == dropped);
    REQUIRE(session.model().events().size() == (size == left.size() ? 42 : 0));
    REQUIRE_FALSE(session.model().facts().complete);
    REQUIRE(session.context().spots.find("inspector.cut_short"));
  }
  CHECK(session.model().facts().incomplete_reason ==
        "the recording was interrupted: 1 whole chunks with 42 events, then nothing more at byte " +
            std::to_string(left.size()));
  CHECK(opened > 50);
}

TEST_CASE_METHOD(OpenWindow,
                 "where only a later part is damaged the beginning is shown, and told") {
  test::record(*test::busy_trace(TraceLoader::kFirstEvents + 100'000, 6), dropped);
  std::string bytes = bytes_of_file(dropped);
  const auto reader = trace::Reader::open(dropped);
  REQUIRE(reader.ok());
  const std::uint64_t last = reader->chunk(reader->chunk_count() - 1).offset;
  write_file(dropped, with_other_byte(std::move(bytes), last + 2000, 4));
  const std::string notice = drop(dropped);
  CHECK(notice.starts_with("only the beginning is shown: " + dropped + ": byte "));
  CHECK(notice.find("damaged") != std::string::npos);
  CHECK(session.path() == dropped);
  CHECK(session.model().events().size() == TraceLoader::kFirstEvents);
  CHECK_FALSE(session.loading());
}

TEST_CASE_METHOD(OpenWindow, "by the command line each of them is one line and exit code 2") {
  const std::string picture = folder.path() + "/out.png";
  for (const BadFile& file : norn::test::bad_files(folder.path(), sound)) {
    const test::Ran ran = test::run({NORN_VIEWER_PROGRAM, file.path, "--screenshot", picture},
                                    {{"DISPLAY", ""}, {"WAYLAND_DISPLAY", ""}});
    CAPTURE(file.path, ran.output);
    CHECK(ran.exit_code == 2);
    CHECK(ran.output.starts_with("norn-viewer: " + file.path + ": "));
    CHECK(ran.output.find(file.says) != std::string::npos);
    CHECK(std::count(ran.output.begin(), ran.output.end(), '\n') == 1);
    CHECK_FALSE(std::filesystem::exists(picture));
  }
}

}  // namespace norn::viewer
