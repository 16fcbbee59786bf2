#include "norn/runtime/directory.hpp"

#include <string>
#include <vector>

#include "norn/runtime/file.hpp"
#include "support/two_nodes.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

namespace {

using Names = std::vector<std::string>;

Directory open_directory(std::string_view path) {
  Result<Directory> directory = Directory::open(path);
  if (!directory) FAIL(directory.error().message);
  return std::move(*directory);
}

void write_synced(const Directory& directory, std::string_view name, std::string_view text) {
  Result<File> file = File::open(directory.path_of(name), {.truncate = true});
  REQUIRE(file.ok());
  REQUIRE(file->write_at(0, bytes_of(text)).ok());
  REQUIRE(file->sync().ok());
}

std::string text_of(const std::string& path) {
  const Result<Bytes> bytes = read_file(path);
  REQUIRE(bytes.ok());
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

}  // namespace

TEST_CASE("a directory lists its files in order, and knows them by name") {
  const auto run = simulate([] {
    Directory snaps = open_directory("snap/");
    CHECK(snaps.path() == "snap");
    CHECK(snaps.list()->empty());
    write_synced(snaps, "b", "2");
    write_synced(snaps, "a", "1");
    write_synced(snaps, "deep/c", "3");
    CHECK(*snaps.list() == Names{"a", "b", "deep/"});
    CHECK(*open_directory("").list() == Names{"snap/"});
    CHECK(snaps.contains("a"));
    CHECK_FALSE(snaps.contains("c"));
    CHECK(snaps.path_of("a") == "snap/a");
    CHECK(open_directory("").path_of("a") == "a");
  });
  CHECK(run.verdict == Verdict::passed);
}

TEST_CASE("renaming replaces, moving takes a file elsewhere, removing needs one") {
  const auto run = simulate([] {
    Directory here = open_directory("here");
    Directory there = open_directory("there");
    write_synced(here, "new", "new");
    write_synced(here, "old", "old");
    REQUIRE(here.rename("new", "old").ok());
    CHECK(*here.list() == Names{"old"});
    CHECK(text_of("here/old") == "new");
    REQUIRE(here.move("old", there, "moved").ok());
    CHECK(here.list()->empty());
    CHECK(text_of("there/moved") == "new");
    REQUIRE(there.remove("moved").ok());
    CHECK(there.remove("moved").error().code == Errc::not_found);
    CHECK(there.rename("moved", "x").error().code == Errc::not_found);
  });
  CHECK(run.verdict == Verdict::passed);
}

TEST_CASE("a file is no directory") {
  const auto run = simulate([] {
    write_synced(open_directory(""), "file", "1");
    CHECK(Directory::open("file").error().code == Errc::invalid);
    CHECK(Directory::open("file/below").error().code == Errc::invalid);
  });
  CHECK(run.verdict == Verdict::passed);
}

TEST_CASE("a crash keeps a renamed name if its directory was synced, and not else") {
  for (const bool synced : {true, false}) {
    std::string found;
    int life = 0;
    Simulation simulation(options());
    simulation.node("n1", [&] {
      Directory root = open_directory("");
      if (++life == 1) {
        write_synced(root, "value", "old");
        REQUIRE(root.sync().ok());
        write_synced(root, "value.new", "new");
        REQUIRE(root.rename("value.new", "value").ok());
        if (synced) REQUIRE(root.sync().ok());
        sleep_for(1h);
      }
      found = text_of("value");
    });
    simulation.run_for(1s);
    simulation.restart("n1");
    simulation.run_for(1s);
    CHECK(simulation.summary().verdict == Verdict::passed);
    CHECK(found == (synced ? "new" : "old"));
  }
}
