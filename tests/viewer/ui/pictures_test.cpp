// Pictures of the whole viewer, made by a script, held against those that someone has looked at.
// To make new ones: norn-viewer TRACE --script tests/viewer/pictures/panels.json --overwrite --out
// tests/viewer/pictures, with the traces of the test below, side by side; then look at each.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "app/png.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"
#include "support/source_folder.hpp"
#include "viewer/support/fake_raft.hpp"
#include "viewer/support/record.hpp"
#include "viewer/ui/child_process.hpp"

namespace norn::viewer {
namespace {

// Letters come out a little different with another version of the font or the renderer: pictures
// are compared by the mean colour of blocks of so many pixels on each side.
constexpr std::uint32_t kBlock = 10;
constexpr double kMostAway = 18;      // of 255, for a block to count as the same
constexpr double kMostBlocks = 0.02;  // the share of blocks that may be others

double mean(const Image& image, std::uint32_t left, std::uint32_t top, std::uint32_t channel) {
  double sum = 0;
  for (std::uint32_t y = top; y < top + kBlock; ++y) {
    for (std::uint32_t x = left; x < left + kBlock; ++x)
      sum += image.rgb[(std::size_t{y} * image.width + x) * 3 + channel];
  }
  return sum / (kBlock * kBlock);
}

// The share of blocks that differ.
double differing(const Image& one, const Image& other) {
  if (one.width != other.width || one.height != other.height) return 1;
  std::size_t blocks = 0;
  std::size_t apart = 0;
  for (std::uint32_t y = 0; y + kBlock <= one.height; y += kBlock) {
    for (std::uint32_t x = 0; x + kBlock <= one.width; x += kBlock) {
      ++blocks;
      for (std::uint32_t channel = 0; channel < 3; ++channel) {
        if (std::abs(mean(one, x, y, channel) - mean(other, x, y, channel)) > kMostAway) {
          ++apart;
          break;
        }
      }
    }
  }
  return static_cast<double>(apart) / static_cast<double>(std::max<std::size_t>(1, blocks));
}

const std::string kPictures = norn::test::source_folder() + "/tests/viewer/pictures";

}  // namespace

TEST_CASE("the panels look as they did when someone looked at them") {
  const norn::test::ScratchFolder folder;
  const std::string trace = folder.path() + "/run.norn";
  test::record(*test::fake_raft(), trace);
  test::record(*test::fake_faults(), folder.path() + "/faults.norn");
  const test::Ran ran = test::run(
      {NORN_VIEWER_PROGRAM, trace, "--script", kPictures + "/panels.json", "--out", folder.path()},
      {{"DISPLAY", ""}, {"WAYLAND_DISPLAY", ""}});
  INFO(ran.output);
  REQUIRE(ran.exit_code == 0);
  std::size_t compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kPictures)) {
    if (entry.path().extension() != ".png") continue;
    const std::string name = entry.path().filename().string();
    CAPTURE(name);
    const auto known = read_png(entry.path().string());
    const auto made = read_png(folder.path() + "/" + name);
    REQUIRE(known.ok());
    REQUIRE(made.ok());
    CHECK(differing(*known, *made) <= kMostBlocks);
    ++compared;
  }
  CHECK(compared >= 16);
}

TEST_CASE("pictures that differ in one panel are told apart") {
  const auto whole = read_png(kPictures + "/whole.png");
  const auto log = read_png(kPictures + "/log.png");
  const auto dark = read_png(kPictures + "/dark.png");
  REQUIRE((whole.ok() && log.ok() && dark.ok()));
  CHECK(differing(*whole, *whole) == 0);
  CHECK(differing(*whole, *log) > kMostBlocks);
  CHECK(differing(*whole, *dark) > 0.5);
}

}  // namespace norn::viewer
