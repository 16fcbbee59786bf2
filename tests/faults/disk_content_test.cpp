// What disks do to content: rot, lost and misdirected writes, and the copies that are spared.
#include <array>
#include <map>
#include <string>
#include <vector>

#include "faults/disk_support.hpp"

namespace norn::disk_tests {
namespace {

// How many bits differ in each sector that differs at all.
std::map<std::size_t, int> differences(const std::string& a, const std::string& b) {
  std::map<std::size_t, int> bits;
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto different = static_cast<unsigned char>(a[i] ^ b[i]);
    if (different != 0) bits[i / 512] += __builtin_popcount(different);
  }
  return bits;
}

}  // namespace

TEST_CASE("a rotten sector reads back with the same bit turned each time, until it is rewritten") {
  const std::string good(200 * 512, 'x');
  std::map<std::size_t, int> rotten;
  const Story story{
      .fault = {.kind = FaultKind::bit_rot, .with = {{"share", Ratio{1, 10}}}},
      .before = [&] { make_durable("data", good); },
      .during =
          [&] {
            const std::string read = content("data");
            rotten = differences(good, read);
            REQUIRE_FALSE(rotten.empty());
            for (const auto& [sector, bits] : rotten) CHECK(bits == 1);
            CHECK(content("data") == read);
            // Byte by byte it is the same rot.
            Result<File> file = File::open("data");
            const std::size_t sector = rotten.begin()->first;
            std::string slowly;
            for (std::size_t i = 0; i < 512; ++i) {
              std::array<std::byte, 1> one{};
              REQUIRE(file->read_at(sector * 512 + i, one).ok());
              slowly += static_cast<char>(one[0]);
            }
            CHECK(slowly == read.substr(sector * 512, 512));
            // What is in memory only does not rot, nor, with luck, other content.
            int healed = 0;
            for (const auto& each : rotten) {
              const std::string other(512, 'y');
              REQUIRE(file->write_at(each.first * 512, bytes(other)).ok());
              CHECK(content("data").substr(each.first * 512, 512) == other);
            }
            REQUIRE(file->sync().ok());
            const std::string after = content("data");
            for (const auto& each : rotten)
              healed += after.substr(each.first * 512, 512) == std::string(512, 'y') ? 1 : 0;
            CHECK(healed >= static_cast<int>(rotten.size()) / 2);
          },
      .after =
          [&] {
            const std::string read = content("data");
            for (const auto& [sector, bits] : differences(good, read)) {
              CHECK(read.substr(sector * 512, 512) == std::string(512, 'y'));
              CHECK(rotten.contains(sector));
            }
          }};
  CHECK(bit(tell(story), "bit_rot", "sectors rotten") > 0);
  CHECK(rotten.size() < 50);
  check_repeats(story);
}

TEST_CASE("a lost write is acknowledged by its sync, and reads as if it had not been made") {
  const Story story{.fault = {.kind = FaultKind::lost_write, .with = {{"share", Ratio{1, 1}}}},
                    .before = [] { make_durable("data", "older"); },
                    .during =
                        [] {
                          Result<File> file = File::open("data");
                          REQUIRE(file->write_at(0, bytes("NEW")).ok());
                          REQUIRE(file->append(bytes("!!")).ok());
                          CHECK(content("data") == "NEWer!!");
                          CHECK(file->sync().ok());
                          CHECK(content("data") == std::string("older\0\0", 7));
                        },
                    .after =
                        [] {
                          Result<File> file = File::open("data");
                          REQUIRE(file->write_at(0, bytes("NEWER!!")).ok());
                          CHECK(file->sync().ok());
                          CHECK(content("data") == "NEWER!!");
                        }};
  CHECK(bit(tell(story), "lost_write", "writes lost") == 2);
  check_repeats(story);
}

TEST_CASE("a misdirected write leaves its place as it was and overwrites another sector") {
  const std::string good(4 * 512, 'x');
  const Story story{
      .fault = {.kind = FaultKind::misdirected_write, .with = {{"share", Ratio{1, 1}}}},
      .before = [&] { make_durable("data", good); },
      .during =
          [&] {
            Result<File> file = File::open("data");
            REQUIRE(file->write_at(512 + 7, bytes("NEW")).ok());
            CHECK(file->sync().ok());
            const std::string read = content("data");
            CHECK(read.size() == good.size());
            CHECK(read.substr(512, 512) == good.substr(512, 512));
            const std::size_t at = read.find("NEW");
            REQUIRE(at != std::string::npos);
            CHECK(at % 512 == 7);
          },
      .after =
          [] {
            Result<File> file = File::open("data");
            REQUIRE(file->write_at(512, bytes("RIGHT")).ok());
            CHECK(file->sync().ok());
            CHECK(content("data").substr(512, 5) == "RIGHT");
          }};
  CHECK(bit(tell(story), "misdirected_write", "writes misdirected") == 1);
  check_repeats(story);
}

TEST_CASE("of each block a quorum of the nodes keeps its copy, and the others do not all") {
  const std::vector<std::string> nodes = {"n1", "n2", "n3", "n4", "n5"};
  constexpr std::size_t kBlocks = 40;
  const std::string good(kBlocks * 4096, 'x');
  for (const FaultKind kind :
       {FaultKind::bit_rot, FaultKind::lost_write, FaultKind::misdirected_write}) {
    Simulation sim(test::options(3));
    std::map<std::string, std::vector<bool>> sound;
    for (const std::string& name : nodes) {
      sim.node(name, [&sound, &good, name] {
        make_durable("data", std::string(good.size(), 'o'));
        sleep_until(TimePoint(1s));
        Result<File> file = File::open("data");
        for (std::size_t i = 0; i < kBlocks; ++i)
          REQUIRE(file->write_at(i * 4096, bytes(std::string_view(good).substr(0, 4096))).ok());
        REQUIRE(file->sync().ok());
        const std::string read = content("data");
        for (std::size_t i = 0; i < kBlocks; ++i)
          sound[name].push_back(read.substr(i * 4096, 4096) == good.substr(0, 4096));
      });
    }
    sim.run_for(500ms);
    sim.begin_fault({.kind = kind,
                     .side_a = nodes,
                     .with = {{"share", Ratio{1, 1}}, {"keep_copies", std::int64_t{3}}}});
    sim.run_for(10s);
    CHECK_FALSE(sim.violated().has_value());
    std::map<std::string, int> damaged;
    for (std::size_t i = 0; i < kBlocks; ++i) {
      int copies = 0;
      for (const std::string& name : nodes) {
        copies += sound[name][i] ? 1 : 0;
        damaged[name] += sound[name][i] ? 0 : 1;
      }
      CHECK(copies >= 3);
    }
    for (const std::string& name : nodes) CHECK(damaged[name] > 0);
  }
}

}  // namespace norn::disk_tests
