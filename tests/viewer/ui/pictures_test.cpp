// Pictures of the whole viewer, made by a script, held against those that someone has looked at.
// To make new ones: run the test with NORN_KEEP_PICTURES=FOLDER, which gets what was made; then
// look at each.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "app/png.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"
#include "support/source_folder.hpp"
#include "viewer/support/fake_raft.hpp"
#include "viewer/support/record.hpp"
#include "viewer/ui/child_process.hpp"

namespace norn::viewer {

using nlohmann::json;

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

void write(const std::string& path, const json& content) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << content.dump() << '\n';
}

// Beside the trace: the case of its two faults, and a campaign of 200 seeds in which two properties
// broke, with a branch of the first failure.
void write_case_and_campaign(const std::string& folder) {
  write(
      folder + "/run.case.json",
      {{"norn_case", 1},
       {"fault_plan",
        {{"faults",
          json::array(
              {{{"at", "900ms"},
                {"kind", "partition"},
                {"lasts", "800ms"},
                {"side_a", {"n1", "n2"}}},
               {{"at", "2.15s"}, {"kind", "crash"}, {"lasts", "350ms"}, {"side_a", {"n5"}}}})}}}});
  const std::string campaign = folder + "/campaign";
  write(campaign + "/manifest.json", {{"norn_campaign", 1},
                                      {"scenario", "raft"},
                                      {"options", {{"variant", "vote-not-persisted"}}},
                                      {"seeds", {{"first", 0}, {"count", 200}}}});
  std::ofstream journal(campaign + "/journal.jsonl");
  for (std::uint64_t part = 0; part < 20; ++part) {
    json groups = json::array();
    const auto broken = [&](const char* property, const char* message, const char* detail) {
      const std::uint64_t seed = part * 10 + 7;
      groups.push_back({{"kind", "violation"},
                        {"property", property},
                        {"message", message},
                        {"count", 1 + part % 2},
                        {"first_seed", seed},
                        {"smallest",
                         {{"seed", seed},
                          {"events", 400 + 37 * part},
                          {"at", std::to_string(part % 4 + 1) + ".5s"},
                          {"detail", detail}}}});
    };
    if (part % 6 == 1) broken("one leader", "n# and n# lead term #", "n2 and n4 lead term 2");
    if (part == 13)
      broken("what is acknowledged stays", "key # was #, then nothing",
             "key 3 was 41, then nothing");
    const auto property = [](const char* name, const char* kind, std::uint64_t held) {
      return json{{"name", name}, {"kind", kind}, {"evaluated", 10}, {"held", held}};
    };
    json properties = json::array();
    properties.push_back(property("one leader", "always", part % 6 == 1 ? 9 : 10));
    properties.push_back(property("what is acknowledged stays", "always", part == 13 ? 9 : 10));
    properties.push_back(property("a leader steps down", "sometimes", part % 5));
    journal << json{{"part",
                     {{"first", part * 10},
                      {"count", 10},
                      {"properties", properties},
                      {"groups", groups}}}}
                   .dump()
            << '\n';
  }
  for (const char* const seed : {"17", "77"}) {
    const std::string stem = campaign + "/cases/raft-" + seed;
    write(stem + ".case.json",
          {{"norn_case", 1},
           {"scenario", "raft"},
           {"seed", std::stoi(seed)},
           {"violation",
            {{"property", "one leader"}, {"detail", "n2 and n4 lead term 2"}, {"at", "1.5s"}}},
           {"trace", {{"events", 437}}}});
    for (const char* const kind : {".norn", ".min.norn", ".near.norn"})
      std::ofstream(stem + kind) << "not opened here";
  }
  json points = json::array();
  for (const auto& [at, failed] : {std::pair("0s", 2), std::pair("600ms", 3), std::pair("1.2s", 11),
                                   std::pair("1.3s", 17), std::pair("1.9s", 20)})
    points.push_back({{"at", at}, {"futures", 20}, {"failed", failed}});
  write(campaign + "/branch.json",
        {{"norn_report", 1},
         {"command", "branch"},
         {"seed", 7},
         {"points", points},
         {"steepest",
          {{"before", points[1]},
           {"after", points[2]},
           {"events", "900ms  partition  n1 n2 | n3 n4 n5\n1.12s  n4  becomes candidate"}}}});
}

void must_run(const std::string& folder, const std::string& script) {
  // Relative paths only: none of this machine may stand in a picture.
  const test::Ran ran = test::run(
      {"/bin/sh", "-c", "cd \"$1\" && shift && exec \"$@\"", "sh", folder, NORN_VIEWER_PROGRAM,
       "run.norn", "--script", kPictures + "/" + script, "--out", "."},
      {{"DISPLAY", ""}, {"WAYLAND_DISPLAY", ""}, {"TMPDIR", "."}});
  INFO(ran.output);
  REQUIRE(ran.exit_code == 0);
}

}  // namespace

TEST_CASE("the panels look as they did when someone looked at them") {
  const norn::test::ScratchFolder folder;
  test::record(*test::fake_raft(), folder.path() + "/run.norn");
  test::record(*test::fake_faults(), folder.path() + "/faults.norn");
  must_run(folder.path(), "panels.json");
  write_case_and_campaign(folder.path());
  must_run(folder.path(), "runs.json");
  if (const char* const kept = std::getenv("NORN_KEEP_PICTURES")) {
    std::filesystem::copy(folder.path(), kept,
                          std::filesystem::copy_options::overwrite_existing |
                              std::filesystem::copy_options::recursive);
  }
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
  CHECK(compared >= 21);
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
