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

// wait_until() polls for up to a minute: a window on a busy machine takes its time.
bool wait_until(const std::function<bool()>& holds) {
  for (int i = 0; i < 300; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  return false;
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
  Image before = screen.picture();
  const auto changes = [&] {
    const bool changed =
        wait_until([&] { return differing_bytes(before, screen.picture()) > 500; });
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    before = screen.picture();
    return changed;
  };

  screen.xdotool({"mousemove", "600", "400"});
  CHECK(changes());
  screen.xdotool({"click", "4"});  // the wheel, one step up
  CHECK(changes());
  screen.xdotool(
      {"mousemove", "500", "400", "mousedown", "3", "mousemove", "650", "400", "mouseup", "3"});
  CHECK(changes());
  screen.xdotool({"key", "question"});
  CHECK(changes());
  screen.xdotool({"key", "Escape"});
  CHECK(changes());
  screen.xdotool({"key", "v"});
  CHECK(changes());
  screen.xdotool({"key", "t"});
  CHECK(changes());
  CHECK(brightness(screen.picture()) < 70);
  screen.xdotool({"key", "Home"});
  CHECK(changes());
  // Ctrl+G asks where to go; Enter selects the event, which colours all lanes.
  screen.xdotool({"key", "ctrl+g"});
  CHECK(changes());
  screen.xdotool({"type", "--delay", "60", "300"});
  screen.xdotool({"key", "Return"});
  CHECK(wait_until([&] { return differing_bytes(before, screen.picture()) > 100'000; }));
  CHECK(changes());
  // A tab of the dock, and a stretch by the middle button.
  screen.xdotool({"mousemove", "34", "757", "click", "1"});
  CHECK(changes());
  for (const std::vector<std::string>& step :
       std::vector<std::vector<std::string>>{{"mousemove", "300", "300"},
                                             {"mousedown", "2"},
                                             {"mousemove", "500", "310"},
                                             {"mouseup", "2"}}) {
    screen.xdotool(step);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
  CHECK(changes());
  REQUIRE(viewer.running());

  // A few frames settle what the last key did; after that nothing is drawn.
  std::this_thread::sleep_for(std::chrono::seconds(2));
  const long used = viewer.cpu_ticks();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  CHECK(viewer.cpu_ticks() - used <= 2);
  viewer.terminate();
  CHECK(viewer.wait() == -15);
}

}  // namespace norn::viewer
