// The real program: pictures by command line, bad input, and its window with a real mouse and keys.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "app/png.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"
#include "viewer/support/fake_raft.hpp"
#include "viewer/support/record.hpp"
#include "viewer/ui/child_process.hpp"
#include "viewer/ui/virtual_screen.hpp"

namespace norn::viewer {

using norn::test::ScratchFolder;
using test::ChildProcess;
using test::Ran;
using test::VirtualScreen;

namespace {

const std::string kProgram = NORN_VIEWER_PROGRAM;
// No display at all.
const std::map<std::string, std::string> kHeadless = {{"DISPLAY", ""}, {"WAYLAND_DISPLAY", ""}};

struct Recorded {
  ScratchFolder folder;
  std::string trace = folder.path() + "/run.norn";
  std::string picture = folder.path() + "/out.png";
  Recorded() { test::record(*test::fake_raft(), trace); }
};

void pause(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

// wait_until() gives up after ten minutes only: what takes a moment here takes long on a busy
// machine, or with sanitizers.
bool wait_until(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(10);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    pause(100);
  }
  return true;
}

double brightness(const Image& image) {
  double sum = 0;
  for (const std::uint8_t value : image.rgb) sum += value;
  return image.rgb.empty() ? 0 : sum / static_cast<double>(image.rgb.size());
}

std::size_t differing_bytes(const Image& x, const Image& y) {
  if (x.rgb.size() != y.rgb.size()) return std::max(x.rgb.size(), y.rgb.size());
  std::size_t count = 0;
  for (std::size_t i = 0; i < x.rgb.size(); ++i) count += x.rgb[i] != y.rgb[i] ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE_METHOD(Recorded, "the program makes a picture without a display") {
  const Ran ran = test::run({kProgram, trace, "--screenshot", picture, "--size", "1280x720",
                             "--from", "0.8s", "--to", "1.8s"},
                            kHeadless);
  INFO(ran.output);
  REQUIRE(ran.exit_code == 0);
  CHECK(ran.output.empty());
  const auto image = read_png(picture);
  REQUIRE(image.ok());
  CHECK(image->width == 1280);
  CHECK(image->height == 720);
  CHECK(brightness(*image) > 150);

  const Ran again = test::run({kProgram, trace, "--screenshot", picture}, kHeadless);
  CHECK(again.exit_code == 2);
  CHECK(again.output.find("exists") != std::string::npos);
  CHECK(test::run({kProgram, trace, "--screenshot", picture, "--force"}, kHeadless).exit_code == 0);
}

TEST_CASE_METHOD(Recorded, "bad input ends with code 2, one line and no picture") {
  const std::string cut = folder.path() + "/cut.norn";
  std::ofstream(cut) << "NORN";
  const std::string foreign = folder.path() + "/foreign.norn";
  std::ofstream(foreign) << std::string(5000, 'x');
  const std::vector<std::vector<std::string>> commands = {
      {kProgram},
      {kProgram, "--nonsense"},
      {kProgram, "/nonexistent.norn", "--screenshot", picture},
      {kProgram, cut, "--screenshot", picture},
      {kProgram, foreign, "--screenshot", picture},
      {kProgram, folder.path(), "--screenshot", picture},
      {kProgram, trace, "--screenshot", picture, "--from", "7"},
      {kProgram, trace, "--screenshot", picture, "--select", "99999999"},
      {kProgram, trace, "--screenshot", "/nonexistent/out.png"},
      {kProgram, trace},  // no display to open a window on
  };
  for (const auto& command : commands) {
    CAPTURE(command);
    const Ran ran = test::run(command, kHeadless);
    INFO(ran.output);
    CHECK(ran.exit_code == 2);
    CHECK(std::count(ran.output.begin(), ran.output.end(), '\n') == 1);
    CHECK(ran.output.rfind("norn-viewer: ", 0) == 0);
    CHECK_FALSE(std::filesystem::exists(picture));
  }
}

TEST_CASE("help and version are printed with code 0") {
  CHECK(test::run({kProgram, "--help"}).output.find("--screenshot") != std::string::npos);
  CHECK(test::run({kProgram, "--help"}).exit_code == 0);
  CHECK(test::run({kProgram, "--version"}).exit_code == 0);
}

TEST_CASE_METHOD(
    Recorded, "the window reacts to real keys and a real mouse, and rests when nothing happens") {
  if (const std::string missing = VirtualScreen::why_not(); !missing.empty()) {
    WARN("skipped: " << missing);
    return;
  }
  const VirtualScreen screen(1280, 800);
  ChildProcess viewer({kProgram, trace},
                      {{"DISPLAY", screen.display()},
                       {"WAYLAND_DISPLAY", ""},
                       {"LIBGL_ALWAYS_SOFTWARE", "1"},
                       {"XDG_CONFIG_HOME", folder.path()}},
                      folder.path() + "/viewer.log");
  REQUIRE(wait_until([&] { return brightness(screen.picture()) > 150; }));
  Image before;
  // The window has drawn what came so far: half a second long it sleeps, and its picture stays.
  const auto rests = [&] {
    return wait_until([&] {
      before = screen.picture();
      for (int i = 0; i < 10; ++i) {
        if (!viewer.sleeping()) return false;
        pause(50);
      }
      return viewer.sleeping() && differing_bytes(before, screen.picture()) == 0;
    });
  };
  const auto changes = [&](std::size_t bytes = 500) {
    return wait_until([&] { return differing_bytes(before, screen.picture()) > bytes; }) && rests();
  };
  // One thing at a time: pressed, moved and released between two frames is no drag.
  const auto drag = [&](const char* button, const char* from, const char* to) {
    for (const std::vector<std::string>& step : std::vector<std::vector<std::string>>{
             {"mousemove", from, "400"}, {"mousedown", button}, {"mousemove", to, "410"}}) {
      screen.xdotool(step);
      CHECK(rests());
    }
    screen.xdotool({"mouseup", button});
  };
  REQUIRE(rests());

  screen.xdotool({"mousemove", "600", "400"});
  CHECK(changes());
  screen.xdotool({"click", "4"});  // the wheel, one step up
  CHECK(changes());
  const Image unpanned = before;
  drag("3", "500", "650");
  CHECK(rests());
  CHECK(differing_bytes(unpanned, before) > 5000);
  screen.xdotool({"key", "question"});
  CHECK(changes());
  screen.xdotool({"key", "Escape"});
  CHECK(changes());
  screen.xdotool({"key", "v"});
  CHECK(changes());
  screen.xdotool({"key", "t"});
  CHECK(wait_until([&] { return brightness(screen.picture()) < 70; }));
  CHECK(rests());
  screen.xdotool({"key", "Home"});
  CHECK(changes());
  // Ctrl+G asks where to go; Enter selects the event, which colours all lanes.
  screen.xdotool({"key", "ctrl+g"});
  CHECK(changes());
  screen.xdotool({"type", "--delay", "60", "300"});
  CHECK(changes(20));
  screen.xdotool({"key", "Return"});
  CHECK(changes(100'000));
  // A tab of the dock, and a stretch by the middle button.
  screen.xdotool({"mousemove", "34", "757", "click", "1"});
  CHECK(changes());
  const Image whole = before;
  drag("2", "300", "500");
  CHECK(rests());
  CHECK(differing_bytes(whole, before) > 5000);
  REQUIRE(viewer.running());

  // When nothing happens nothing is drawn.
  CHECK(wait_until([&] {
    const long used = viewer.cpu_ticks();
    pause(1000);
    return viewer.cpu_ticks() - used <= 2;
  }));
  viewer.terminate();
  CHECK(viewer.wait() == -15);
}

}  // namespace norn::viewer
