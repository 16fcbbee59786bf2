// Pictures made without a display.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "app/png.hpp"
#include "app/screenshot.hpp"
#include "app/stage.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"
#include "viewer/support/fake_raft.hpp"
#include "viewer/support/record.hpp"
#include "viewer/ui/headless_ui.hpp"

namespace norn::viewer {

using norn::test::ScratchFolder;
using test::HeadlessUi;

namespace {

struct Colour {
  int red = 0;
  int green = 0;
  int blue = 0;
};

Colour pixel(const Image& image, const ImVec2& at) {
  const std::size_t x = static_cast<std::size_t>(at.x);
  const std::size_t y = static_cast<std::size_t>(at.y);
  const std::uint8_t* const p = &image.rgb[(y * image.width + x) * 3];
  return {p[0], p[1], p[2]};
}

Colour of(ImU32 colour) {
  return {static_cast<int>(colour & 255U), static_cast<int>((colour >> 8U) & 255U),
          static_cast<int>((colour >> 16U) & 255U)};
}

// What `front` looks like on `back`.
Colour blend(ImU32 front, ImU32 back) {
  const int alpha = static_cast<int>(front >> 24U);
  const auto mix = [&](int f, int b) { return (f * alpha + b * (255 - alpha)) / 255; };
  const Colour f = of(front);
  const Colour b = of(back);
  return {mix(f.red, b.red), mix(f.green, b.green), mix(f.blue, b.blue)};
}

int difference(const Colour& x, const Colour& y) {
  return std::max(
      {std::abs(x.red - y.red), std::abs(x.green - y.green), std::abs(x.blue - y.blue)});
}

Image picture(const ScreenshotOptions& options) {
  const ScratchFolder folder;
  test::record(*test::fake_raft(), folder.path() + "/run.norn");
  auto image = take_screenshot(folder.path() + "/run.norn", options);
  if (!image) FAIL(image.error().message);
  return std::move(image).value();
}

}  // namespace

TEST_CASE(
    "a screenshot has the size asked for and shows partition, crash and leaders where they are") {
  HeadlessUi ui(TraceModel::build(test::fake_raft()).value());
  const Image image = picture({});
  REQUIRE(image.width == 1600);
  REQUIRE(image.height == 900);

  const Theme& theme = light_theme();
  const auto inside = [&](double t, trace::NodeId node, float dy) {
    ImVec2 at = ui.at(t, node);
    at.y += dy;
    return at;
  };
  // Far from lines and labels, near the upper edge of a lane's row, in the second of three parts of
  // the partition.
  constexpr double kQuiet = 1.162e9;
  CHECK(difference(pixel(image, inside(kQuiet, 4, -58)),
                   blend(theme.partition_fill, theme.background)) <= 3);
  CHECK(difference(pixel(image, inside(kQuiet, 5, -58)), blend(theme.partition_fill, theme.lane)) <=
        3);
  // Before the partition there is bare background between the messages.
  int bare = 0;
  for (int dx = 0; dx < 40; ++dx) {
    if (difference(pixel(image, inside(0.7e9 + dx * 5e6, 4, -58)), of(theme.background)) <= 3)
      ++bare;
  }
  CHECK(bare > 0);
  CHECK(difference(pixel(image, inside(0.65e9, 2, 0)), of(theme.leader)) <= 3);
  CHECK(difference(pixel(image, inside(2.8e9, 4, 0)), of(theme.leader)) <= 3);
  CHECK(difference(pixel(image, inside(0.65e9, 3, 0)), of(theme.follower)) <= 3);
  // The gap is hatched: two colours, neither of them the lane's.
  std::set<int> reds;
  for (int dx = 0; dx < 16; ++dx) reds.insert(pixel(image, inside(2.46e9 + dx * 2e6, 5, 20)).red);
  CHECK(reds.size() >= 2);
}

TEST_CASE("a screenshot in the dark theme is dark") {
  const Image image = picture({.size = {800, 600}, .dark = true});
  double sum = 0;
  for (const std::uint8_t value : image.rgb) sum += value;
  CHECK(sum / static_cast<double>(image.rgb.size()) < 70);
}

TEST_CASE("a scaled screenshot has the pixels asked for") {
  const Image image = picture({.size = {2000, 1200}, .scale = 2});
  CHECK(image.width == 2000);
  CHECK(image.height == 1200);
}

TEST_CASE("selecting an event that is not there is an error that says so") {
  const ScratchFolder folder;
  test::record(*test::fake_raft(), folder.path() + "/run.norn");
  const auto image = take_screenshot(folder.path() + "/run.norn", {.select = 1'000'000});
  REQUIRE_FALSE(image.ok());
  CHECK(image.error().message.find("1000000") != std::string::npos);
}

TEST_CASE("a picture is written whole, and never over another unless asked") {
  const ScratchFolder folder;
  const std::string path = folder.path() + "/out.png";
  const Image image{.width = 2, .height = 1, .rgb = {255, 0, 0, 0, 0, 255}};
  REQUIRE(write_png(image, path, false).ok());
  const auto again = write_png(image, path, false);
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().code == Errc::already_exists);
  CHECK(write_png(image, path, true).ok());
  const auto read = read_png(path);
  REQUIRE(read.ok());
  CHECK(read->width == 2);
  CHECK(read->rgb == image.rgb);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a picture that cannot be written is an error that names the file") {
  const Image image{.width = 1, .height = 1, .rgb = {0, 0, 0}};
  const auto written = write_png(image, "/nonexistent/folder/out.png", false);
  REQUIRE_FALSE(written.ok());
  CHECK(written.error().message.find("/nonexistent/folder/out.png") != std::string::npos);
}

TEST_CASE("letters grow and shrink with everything else, and are as they were afterwards") {
  const ScratchFolder folder;
  test::record(*test::fake_raft(), folder.path() + "/run.norn");
  auto made = Stage::create({1600, 900}, 1, {});
  REQUIRE(made.ok());
  Stage& stage = **made;
  REQUIRE(stage.session().open(folder.path() + "/run.norn").ok());
  const auto press = [&](Key key) {
    stage.session().press(key, {});
    stage.settle();
    return stage.picture();
  };
  stage.settle();
  const Image before = stage.picture();
  const auto tab = stage.session().context().spots.find("dock.log");
  REQUIRE(tab);
  press(Key::larger);
  press(Key::larger);
  press(Key::larger);
  CHECK(stage.session().settings().scale == 1.5F);
  CHECK(ImGui::GetIO().DisplaySize.x == Catch::Detail::Approx(1600 / 1.5).epsilon(0.001));
  const auto moved = stage.session().context().spots.find("dock.log");
  REQUIRE(moved);
  CHECK(moved->y0 * 1.5F < 900);
  for (int i = 0; i < 20; ++i) press(Key::larger);
  // The letters stay as small as it takes for panels to have room.
  CHECK(stage.session().settings().scale == 4);
  CHECK(ImGui::GetIO().DisplaySize.x >= 719);
  CHECK(press(Key::normal_size).rgb == before.rgb);
  press(Key::smaller);
  CHECK(stage.session().settings().scale == 0.9F);
  CHECK(press(Key::normal_size).rgb == before.rgb);
}

}  // namespace norn::viewer
