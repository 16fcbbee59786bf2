// Crashes that keep a part of what was not synced.
#include <map>
#include <set>
#include <string>

#include "faults/disk_support.hpp"

namespace norn::disk_tests {
namespace {

struct Torn {
  std::function<void()> write;        // in the first life, from the start
  std::function<std::string()> look;  // in the second: what is there
  FaultValues with{};
};

struct Seen {
  std::map<std::string, int> states;  // by what was there: in how many seeds
  std::uint64_t kept = 0;
  std::uint64_t torn = 0;
  std::uint64_t names = 0;
};

RunSummary crash_once(const Torn& torn, std::uint64_t seed, std::string& found) {
  Simulation sim(test::options(seed));
  int life = 0;
  sim.node("n1", [&] {
    if (++life == 1) {
      torn.write();
      sleep_for(100s);
    } else {
      found = torn.look();
    }
  });
  sim.begin_fault({.kind = FaultKind::torn_writes, .side_a = {"n1"}, .with = torn.with});
  sim.run_for(1s);
  sim.restart("n1");
  sim.run_for(1s);
  const RunSummary summary = sim.summary();
  if (summary.violation) FAIL(summary.violation->detail);
  return summary;
}

Seen crash_often(const Torn& torn, std::uint64_t seeds = 200) {
  Seen seen;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    std::string found;
    const RunSummary summary = crash_once(torn, seed, found);
    ++seen.states[found];
    seen.kept += bit(summary, "torn_writes", "writes kept");
    seen.torn += bit(summary, "torn_writes", "writes torn");
    seen.names += bit(summary, "torn_writes", "names kept");
  }
  std::string once;
  std::string again;
  CHECK(crash_once(torn, 5, once).trace_hash == crash_once(torn, 5, again).trace_hash);
  CHECK(once == again);
  return seen;
}

}  // namespace

TEST_CASE("a crash may keep a write, lose it, or keep its size without its bytes") {
  const Torn torn{.write =
                      [] {
                        make_durable("data", "one");
                        REQUIRE(File::open("data")->append(bytes("two")).ok());
                      },
                  .look = [] { return content("data"); }};
  const Seen seen = crash_often(torn);
  CHECK(seen.states.size() == 3);
  CHECK(seen.states.at("one") > 20);
  CHECK(seen.states.at("onetwo") > 60);
  CHECK(seen.states.at(std::string("one\0\0\0", 6)) > 2);
  CHECK(seen.kept > 60);
  CHECK(seen.torn > 10);
}

TEST_CASE("writes reach the disk in any order, and are torn at sectors") {
  const Torn torn{.write =
                      [] {
                        make_durable("data", std::string(1536, '.'));
                        Result<File> file = File::open("data");
                        REQUIRE(file->write_at(0, bytes(std::string(512, 'a'))).ok());
                        REQUIRE(file->write_at(512, bytes(std::string(1024, 'b'))).ok());
                      },
                  .look =
                      [] {
                        const std::string data = content("data");
                        for (std::size_t i = 0; i < 1536; ++i) CHECK(data[i] == data[i & ~511U]);
                        return std::string{data[0], data[512], data[1024]};
                      },
                  .with = {{"torn", Ratio{1, 2}}}};
  const Seen seen = crash_often(torn, 400);
  const std::set<std::string> all = {"...", "a..", ".b.", "..b", "ab.", "a.b", ".bb", "abb"};
  for (const auto& [state, times] : seen.states) CHECK(all.contains(state));
  CHECK(seen.states.size() == all.size());
}

TEST_CASE("a write to a sector does not reach the disk before an earlier one to it") {
  const Torn torn{.write =
                      [] {
                        make_durable("data", "..");
                        Result<File> file = File::open("data");
                        REQUIRE(file->write_at(0, bytes("a")).ok());
                        REQUIRE(file->write_at(1, bytes("b")).ok());
                      },
                  .look = [] { return content("data"); }};
  const Seen seen = crash_often(torn);
  CHECK(seen.states.size() == 3);
  CHECK(seen.states.contains(".."));
  CHECK(seen.states.contains("a."));
  CHECK(seen.states.contains("ab"));
}

TEST_CASE("a grain of a page keeps a page whole") {
  const Torn torn{
      .write =
          [] {
            make_durable("data", std::string(8192, '.'));
            REQUIRE(File::open("data")->write_at(0, bytes(std::string(8192, 'a'))).ok());
          },
      .look =
          [] {
            const std::string data = content("data");
            for (std::size_t i = 0; i < 8192; ++i) CHECK(data[i] == data[i & ~4095U]);
            return std::string{data[0], data[4096]};
          },
      .with = {{"grain", std::int64_t{4096}}, {"torn", Ratio{1, 1}}}};
  CHECK(crash_often(torn).states.size() == 4);
}

TEST_CASE("names survive on their own, and a rename as a whole") {
  const Torn torn{.write =
                      [] {
                        make_durable("a", "a");
                        REQUIRE(write_file("new", bytes("x")).ok());
                        REQUIRE(rename_file("a", "b").ok());
                      },
                  .look = [] { return content("a") + content("b") + content("new"); }};
  const Seen seen = crash_often(torn);
  for (const auto& [state, times] : seen.states)
    CHECK((state.starts_with("a-") || state.starts_with("-a")));
  CHECK(seen.states.contains("a--"));
  CHECK(seen.states.contains("-a-"));
  CHECK(seen.states.contains("a-x"));
  CHECK(seen.states.contains("-ax"));
  CHECK(seen.states.contains("-a"));  // a name without content
  CHECK(seen.names > 100);
}

TEST_CASE("what was synced survives every crash, and what a crash kept survives the next") {
  const Torn torn{.write =
                      [] {
                        make_durable("data", "safe");
                        REQUIRE(File::open("data")->append(bytes("more")).ok());
                        REQUIRE(File::open("data")->sync().ok());
                        REQUIRE(write_file("else", bytes("x")).ok());
                      },
                  .look = [] { return content("data"); }};
  CHECK(crash_often(torn).states.size() == 1);
}

TEST_CASE("without torn_writes a crash keeps nothing that was not synced") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Simulation sim(test::options(seed));
    int life = 0;
    sim.node("n1", [&] {
      if (++life == 1) {
        make_durable("data", "one");
        REQUIRE(File::open("data")->append(bytes("two")).ok());
        sleep_for(100s);
      } else {
        CHECK(content("data") == "one");
      }
    });
    sim.run_for(1s);
    sim.restart("n1");
    sim.run_for(1s);
    CHECK(life == 2);
    CHECK_FALSE(sim.violated().has_value());
  }
}

}  // namespace norn::disk_tests
