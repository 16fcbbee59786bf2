// The history of a disk since its last syncs: keeping all of it is as if no crash had been, keeping
// none of it is a plain crash, and whatever is kept has what it needs.
#include <fcntl.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "disk/disk.hpp"
#include "engine/choice_hash.hpp"
#include "engine/distributions.hpp"
#include "support/catch.hpp"

namespace norn::sim {
namespace {

class Draws {
 public:
  explicit Draws(std::uint64_t seed) : seed_(seed) {}
  std::uint64_t below(std::uint64_t bound) { return sim::below(draw(seed_, ++count_), bound); }

 private:
  std::uint64_t seed_;
  std::uint64_t count_ = 0;
};

// Keeps a part of a history at each crash: `of_ten` of ten units, if they have what they need.
class Keeps final : public DiskTrouble {
 public:
  Keeps(std::uint64_t of_ten, std::uint64_t seed) : of_ten_(of_ten), draws_(seed) {}
  std::uint32_t crash_grain() override { return 512; }
  std::vector<bool> keep(const CrashGraph& graph) override {
    std::vector<bool> kept(graph.units.size());
    for (std::size_t i = 0; i < kept.size(); ++i)
      kept[i] = is_allowed(graph, i, kept) && draws_.below(10) < of_ten_;
    return kept;
  }

 private:
  std::uint64_t of_ten_;
  Draws draws_;
};

using Files = std::map<std::string, std::string>;

std::string disk_path(const std::string& directory, const std::string& name) {
  std::string path = directory;
  if (!path.empty()) path += '/';
  return path += name;
}

void find_files(Disk& disk, const std::string& directory, Files& files) {
  std::vector<std::string> names;
  REQUIRE(disk.list(directory, names) == 0);
  for (const std::string& name : names) {
    if (name.ends_with('/')) continue;
    const std::string path = disk_path(directory, name);
    const int descriptor = disk.open(path, O_RDONLY);
    REQUIRE(descriptor >= 0);
    std::string bytes(static_cast<std::size_t>(disk.size(descriptor)), '?');
    REQUIRE(disk.pread(descriptor, bytes.data(), bytes.size(), 0) ==
            static_cast<std::int64_t>(bytes.size()));
    REQUIRE(disk.close(descriptor) == 0);
    files[path] = std::move(bytes);
  }
}

Files content_of(Disk& disk) {
  Files files;
  find_files(disk, "", files);
  find_files(disk, "snap", files);
  find_files(disk, "tmp", files);
  return files;
}

std::string any_name(Draws& draws) {
  static const std::vector<std::string> kNames = {"log", "vote", "snap/1", "snap/2", "tmp/x"};
  return kNames[draws.below(kNames.size())];
}

void change_file(Disk& disk, Draws& draws, const std::string& name, std::size_t longest) {
  const int file = disk.open(name, O_RDWR | O_CREAT | (draws.below(8) == 0 ? O_TRUNC : 0));
  REQUIRE(file >= 0);
  for (std::uint64_t calls = 1 + draws.below(4); calls > 0; --calls) {
    const std::uint64_t at = draws.below(3) * 4096 + draws.below(1000);
    if (draws.below(5) == 0) {
      REQUIRE(disk.ftruncate(file, at) == 0);
      continue;
    }
    const std::string text(1 + draws.below(longest), static_cast<char>('a' + draws.below(26)));
    REQUIRE(disk.pwrite(file, text.data(), text.size(), at) ==
            static_cast<std::int64_t>(text.size()));
  }
  if (draws.below(4) == 0) REQUIRE(disk.fsync(file) == 0);
  REQUIRE(disk.close(file) == 0);
}

void step(Disk& disk, Draws& draws, std::size_t longest) {
  const std::string name = any_name(draws);
  switch (draws.below(8)) {
    case 0:
      static_cast<void>(disk.rename(name, any_name(draws)));
      return;
    case 1:
      static_cast<void>(disk.unlink(name));
      return;
    case 2:
      static_cast<void>(disk.fsync_directory(draws.below(2) == 0 ? "" : "snap"));
      return;
    default:
      change_file(disk, draws, name, longest);
  }
}

}  // namespace

TEST_CASE("a crash that keeps everything is as if it had not been") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    Draws draws(seed);
    Disk disk;
    disk.set_trouble(std::make_shared<Keeps>(10, seed));
    for (int crash = 0; crash < 10; ++crash) {
      for (int i = 0; i < 20; ++i) step(disk, draws, 2000);
      const Files before = content_of(disk);
      REQUIRE(disk.crash() == DiskLoss{});
      REQUIRE(content_of(disk) == before);
      // What was kept is durable.
      disk.crash();
      REQUIRE(content_of(disk) == before);
    }
  }
}

TEST_CASE("a crash that keeps nothing is a plain crash") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    Draws draws(seed);
    Draws again(seed);
    Disk disk;
    Disk plain;
    disk.set_trouble(std::make_shared<Keeps>(0, seed));
    for (int crash = 0; crash < 10; ++crash) {
      for (int i = 0; i < 20; ++i) {
        step(disk, draws, 2000);
        step(plain, again, 2000);
      }
      disk.crash();
      plain.crash();
      REQUIRE(content_of(disk) == content_of(plain));
      REQUIRE(disk.used_bytes() == plain.used_bytes());
    }
  }
}

TEST_CASE("every sector that a crash leaves holds one of its versions, or zeros that a size made") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    Draws draws(seed);
    Disk disk;
    disk.set_trouble(std::make_shared<Keeps>(6, seed));
    std::set<std::pair<std::uint64_t, std::string>> versions;  // by place
    const int file = disk.open("log", O_RDWR | O_CREAT);
    REQUIRE(disk.fsync_directory("") == 0);
    std::string now(4096, '\0');
    for (int i = 0; i < 30; ++i) {
      const std::string text(1 + draws.below(700), static_cast<char>('a' + draws.below(26)));
      const std::uint64_t at = draws.below(4096 - text.size());
      REQUIRE(disk.pwrite(file, text.data(), text.size(), at) ==
              static_cast<std::int64_t>(text.size()));
      now.replace(at, text.size(), text);
      for (std::uint64_t sector = 0; sector < 8; ++sector)
        versions.emplace(sector, now.substr(sector * 512, 512));
    }
    disk.crash();
    std::string left = content_of(disk).at("log");
    left.resize(4096, '\0');
    for (std::uint64_t sector = 0; sector < 8; ++sector) {
      const std::string found = left.substr(sector * 512, 512);
      // A size that was lost cuts a sector off.
      const std::string seen = found.substr(0, found.find_last_not_of('\0') + 1);
      const bool known = std::any_of(versions.begin(), versions.end(), [&](const auto& version) {
        return version.first == sector && version.second.starts_with(seen);
      });
      CHECK((known || seen.empty()));
    }
  }
}

TEST_CASE("a long history is made shorter, and has the same end") {
  Disk disk;
  disk.set_trouble(std::make_shared<Keeps>(10, 1));
  const int file = disk.open("log", O_RDWR | O_CREAT);
  REQUIRE(disk.fsync_directory("") == 0);
  Draws draws(1);
  for (int i = 0; i < 3000; ++i) {
    const std::string text(1 + draws.below(2000), static_cast<char>('a' + draws.below(26)));
    REQUIRE(disk.pwrite(file, text.data(), text.size(), draws.below(20'000)) > 0);
    if (draws.below(50) == 0) REQUIRE(disk.ftruncate(file, draws.below(20'000)) == 0);
  }
  CHECK(disk.crash_graph(512).units.size() < 6000);
  const Files before = content_of(disk);
  disk.crash();
  CHECK(content_of(disk) == before);
}

TEST_CASE("a long history of names is made shorter, and has the same end") {
  Disk disk;
  disk.set_trouble(std::make_shared<Keeps>(10, 1));
  for (int i = 0; i < 5000; ++i) {
    const int file = disk.open("new", O_RDWR | O_CREAT);
    REQUIRE(disk.close(file) == 0);
    REQUIRE(disk.rename("new", "log") == 0);
  }
  CHECK(disk.crash_graph(512).units.size() <= 1024);
  const Files before = content_of(disk);
  disk.crash();
  CHECK(content_of(disk) == before);
}

}  // namespace norn::sim
