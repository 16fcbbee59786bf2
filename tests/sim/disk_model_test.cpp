// The disk against a model so naive that it is plainly right: whole contents, copied at each sync.
#include <fcntl.h>

#include <cstdint>
#include <map>
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

struct ModelFile {
  std::string now;
  std::string durable;
  std::uint64_t unsynced_writes = 0;
  std::uint64_t unsynced_bytes = 0;
};

std::string directory(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

struct Model {
  std::vector<ModelFile> files;
  std::map<std::string, std::size_t> names;
  std::map<std::string, std::size_t> durable_names;
  std::vector<std::pair<std::string, std::string>> renames_between_directories;
  std::map<int, std::size_t> open;

  void write(std::size_t file, std::uint64_t offset, const std::string& text) {
    std::string& now = files[file].now;
    if (now.size() < offset + text.size()) now.resize(offset + text.size(), '\0');
    now.replace(offset, text.size(), text);
    ++files[file].unsynced_writes;
    files[file].unsynced_bytes += text.size();
  }

  void truncate(std::size_t file, std::uint64_t size) {
    if (files[file].now.size() == size) return;
    files[file].now.resize(size, '\0');
    ++files[file].unsynced_writes;
  }

  void sync_directory(const std::string& synced) {
    std::set<std::string> all{synced};
    for (std::size_t before = 0; before != all.size();) {
      before = all.size();
      for (const auto& [from, to] : renames_between_directories) {
        if (all.contains(from) || all.contains(to)) all.insert({from, to});
      }
    }
    for (const std::string& each : all) {
      std::erase_if(durable_names, [&](const auto& name) { return directory(name.first) == each; });
      for (const auto& [name, file] : names) {
        if (directory(name) == each) durable_names[name] = file;
      }
    }
    std::erase_if(renames_between_directories,
                  [&](const auto& pair) { return all.contains(pair.first); });
  }

  DiskLoss crash() {
    DiskLoss loss;
    std::set<std::size_t> reached;
    std::set<std::string> all_names;
    for (const auto* map : {&names, &durable_names}) {
      for (const auto& [name, file] : *map) {
        reached.insert(file);
        all_names.insert(name);
      }
    }
    for (const std::string& name : all_names) {
      const auto now = names.find(name);
      const auto durable = durable_names.find(name);
      const bool same =
          now != names.end() && durable != durable_names.end() && now->second == durable->second;
      loss.names_lost += same ? 0 : 1;
    }
    for (const std::size_t file : reached) {
      loss.writes_lost += files[file].unsynced_writes;
      loss.bytes_lost += files[file].unsynced_bytes;
      files[file] = {files[file].durable, files[file].durable};
    }
    names = durable_names;
    renames_between_directories.clear();
    open.clear();
    return loss;
  }
};

// One random walk over both; every step's result and, now and then, all contents are compared.
class Walk {
 public:
  explicit Walk(std::uint64_t seed) : draws_(seed) {}

  void step() {
    switch (draws_.below(16)) {
      case 0:
      case 1:
        return open();
      case 2:
        return close();
      case 3:
      case 4:
      case 5:
      case 6:
        return write();
      case 7:
        return truncate();
      case 8:
      case 9:
        return sync();
      case 10:
        return rename();
      case 11:
        return unlink();
      case 12:
      case 13:
        return sync_directory();
      case 14:
        return compare();
      default:
        return crash();
    }
  }

  void compare() {
    REQUIRE(disk_.files() == model_.names.size());
    for (const auto& [name, file] : model_.names) {
      const int descriptor = disk_.open(name, O_RDONLY);
      REQUIRE(descriptor >= 0);
      compare_content(descriptor, file);
      REQUIRE(disk_.close(descriptor) == 0);
    }
    for (const auto& [descriptor, file] : model_.open) compare_content(descriptor, file);
  }

 private:
  std::string any_name() {
    static const std::vector<std::string> kNames = {"log",    "log.new", "vote", "snap/1",
                                                    "snap/2", "tmp/x",   "tmp/y"};
    return kNames[draws_.below(kNames.size())];
  }

  // Small offsets meet the edges of blocks often.
  std::uint64_t any_offset() {
    const std::uint64_t block = draws_.below(4) * Inode::kBlockBytes;
    return block + (draws_.below(3) == 0 ? draws_.below(Inode::kBlockBytes) : draws_.below(3));
  }

  void open() {
    if (model_.open.size() > 20) return;
    const std::string name = any_name();
    const bool truncated = draws_.below(3) == 0;
    const bool create = draws_.below(4) != 0;
    const int descriptor =
        disk_.open(name, O_RDWR | (truncated ? O_TRUNC : 0) | (create ? O_CREAT : 0));
    if (!create && !model_.names.contains(name)) {
      REQUIRE(descriptor == -ENOENT);
      return;
    }
    REQUIRE(descriptor >= 0);
    REQUIRE(!model_.open.contains(descriptor));
    if (!model_.names.contains(name)) {
      model_.names[name] = model_.files.size();
      model_.files.emplace_back();
    }
    if (truncated) model_.truncate(model_.names[name], 0);
    model_.open[descriptor] = model_.names[name];
  }

  std::map<int, std::size_t>::iterator any_open() {
    auto at = model_.open.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(draws_.below(model_.open.size())));
    return at;
  }

  void close() {
    if (model_.open.empty()) return;
    const auto at = any_open();
    REQUIRE(disk_.close(at->first) == 0);
    model_.open.erase(at);
  }

  void write() {
    if (model_.open.empty()) return;
    const auto [descriptor, file] = *any_open();
    const bool append = draws_.below(2) == 0;
    const std::uint64_t offset = append ? model_.files[file].now.size() : any_offset();
    const std::uint64_t length = 1 + draws_.below(draws_.below(4) == 0 ? 10'000 : 60);
    const std::string text(length, static_cast<char>('a' + draws_.below(26)));
    REQUIRE(disk_.pwrite(descriptor, text.data(), text.size(), offset) ==
            static_cast<std::int64_t>(text.size()));
    model_.write(file, offset, text);
  }

  void truncate() {
    if (model_.open.empty()) return;
    const auto [descriptor, file] = *any_open();
    const std::uint64_t size = any_offset();
    REQUIRE(disk_.ftruncate(descriptor, size) == 0);
    model_.truncate(file, size);
  }

  void sync() {
    if (model_.open.empty()) return;
    const auto [descriptor, file] = *any_open();
    REQUIRE(disk_.fsync(descriptor) == 0);
    model_.files[file] = {model_.files[file].now, model_.files[file].now};
  }

  void rename() {
    const std::string from = any_name();
    const std::string to = any_name();
    const int result = disk_.rename(from, to);
    if (!model_.names.contains(from)) {
      REQUIRE(result == -ENOENT);
      return;
    }
    REQUIRE(result == 0);
    if (from == to) return;
    model_.names[to] = model_.names[from];
    model_.names.erase(from);
    if (directory(from) != directory(to)) {
      model_.renames_between_directories.emplace_back(directory(from), directory(to));
    }
  }

  void unlink() {
    const std::string name = any_name();
    REQUIRE(disk_.unlink(name) == (model_.names.erase(name) == 1 ? 0 : -ENOENT));
  }

  void sync_directory() {
    const std::string synced = directory(any_name());
    REQUIRE(disk_.fsync_directory(synced) == 0);
    model_.sync_directory(synced);
  }

  void crash() {
    if (draws_.below(4) != 0) return;
    REQUIRE(disk_.crash() == model_.crash());
    compare();
    std::set<std::size_t> kept;
    for (const auto& [name, file] : model_.names) kept.insert(file);
    std::uint64_t blocks = 0;
    for (const std::size_t file : kept) {
      blocks += (model_.files[file].now.size() + Inode::kBlockBytes - 1) / Inode::kBlockBytes;
    }
    REQUIRE(disk_.used_bytes() <= blocks * Inode::kBlockBytes);
  }

  void compare_content(int descriptor, std::size_t file) {
    const std::string& expected = model_.files[file].now;
    REQUIRE(disk_.size(descriptor) == static_cast<std::int64_t>(expected.size()));
    REQUIRE(disk_.unsynced_bytes(descriptor) ==
            static_cast<std::int64_t>(model_.files[file].unsynced_bytes));
    std::string bytes(expected.size() + 1, '?');
    REQUIRE(disk_.pread(descriptor, bytes.data(), bytes.size(), 0) ==
            static_cast<std::int64_t>(expected.size()));
    bytes.pop_back();
    REQUIRE((bytes == expected));
  }

  Draws draws_;
  Disk disk_;
  Model model_;
};

}  // namespace

TEST_CASE("random operations and crashes leave what a naive model says") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    INFO("seed " << seed);
    Walk walk(seed);
    for (int step = 0; step < 400; ++step) walk.step();
    walk.compare();
  }
}

}  // namespace norn::sim
