// Nodes that stop, and nodes that come back other than they were.
#include <chrono>
#include <new>
#include <string>
#include <vector>

#include <norn/sim.hpp>

#include "faults/fault_support.hpp"
#include "support/catch.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

namespace {

std::string content(std::string_view path) {
  const Result<Bytes> bytes = read_file(path);
  if (!bytes) return "nothing";
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

void keep(std::string_view path, std::string_view text) {
  REQUIRE(replace_file(path, std::as_bytes(std::span(text))).ok());
}

}  // namespace

TEST_CASE("a node that waits for being stopped ends by itself, in its own time") {
  Simulation sim(SimOptions{});
  std::vector<std::string> told;
  sim.node("n1", [&] {
    told.emplace_back("up");
    CHECK_FALSE(stop_requested());
    wait_for_stop();
    CHECK(stop_requested());
    sleep_for(100ms);
    told.emplace_back("done at " + std::to_string(now().time_since_epoch() / 1ms));
  });
  sim.run_for(1s);
  sim.begin_fault({.kind = FaultKind::shutdown, .lasts = 1s, .side_a = {"n1"}});
  sim.run_for(2s);
  CHECK(told == std::vector<std::string>{"up", "done at 1100", "up"});
  CHECK(sim.incarnation("n1") == 2);
  CHECK(bites(sim, "shutdown").at("nodes stopped") == 1);
}

TEST_CASE(
    "a node that does not end in its time of grace is killed, one that does not care at once") {
  Simulation sim(SimOptions{});
  std::int64_t last_of_deaf = 0;
  std::int64_t last_of_slow = 0;
  sim.node("deaf", [&] {
    for (;;) {
      sleep_for(10ms);
      last_of_deaf = now().time_since_epoch() / 1ms;
    }
  });
  sim.node("slow", [&] {
    for (;;) {
      sleep_for(10ms);
      if (!stop_requested()) continue;
      last_of_slow = now().time_since_epoch() / 1ms;
    }
  });
  sim.run_for(1005ms);
  sim.shut_down("deaf", 500ms);
  sim.shut_down("slow", 500ms);
  sim.run_for(2s);
  CHECK_FALSE(sim.is_up("deaf"));
  CHECK_FALSE(sim.is_up("slow"));
  CHECK(last_of_deaf == 1000);
  CHECK(last_of_slow == 1500);
}

TEST_CASE("a rolling upgrade: each node comes back with the next version and its files") {
  Simulation sim(SimOptions{});
  std::vector<std::string> seen;
  const auto version = [&seen](const char* number) {
    return [&seen, number] {
      seen.push_back(std::string(number) + " finds " + content("state"));
      keep("state", number);
      sleep_for(1h);
    };
  };
  for (const char* const name : {"n1", "n2"}) sim.node(name, version("v1"));
  for (const char* const name : {"n1", "n2"}) sim.next_version(name, version("v2"));
  sim.next_version("n1", version("v3"));
  sim.run_for(1s);
  CHECK(seen == std::vector<std::string>{"v1 finds nothing", "v1 finds nothing"});
  seen.clear();
  sim.upgrade("n1");
  sim.run_for(1s);
  sim.upgrade("n2");
  sim.run_for(1s);
  CHECK(seen == std::vector<std::string>{"v2 finds v1", "v2 finds v1"});
  sim.restart("n2");
  sim.run_for(1s);
  CHECK(seen.back() == "v2 finds v2");
  sim.upgrade("n1");
  sim.upgrade("n2");
  sim.run_for(1s);
  CHECK(seen.size() == 5);
  CHECK(sim.incarnation("n1") == 3);
  CHECK(bites(sim, "upgrade").at("nodes upgraded") == 3);
}

TEST_CASE("a machine comes back with an empty disk, or with another's") {
  for (const FaultKind kind : {FaultKind::wipe_disk, FaultKind::swap_disk}) {
    Simulation sim(SimOptions{});
    std::vector<std::string> seen;
    for (const char* const name : {"n1", "n2", "n3"}) {
      sim.node(name, [&, name] {
        seen.push_back(std::string(name) + " finds " + content("name"));
        keep("name", name);
        sleep_for(1h);
      });
    }
    sim.run_for(1s);
    seen.clear();
    sim.begin_fault({.kind = kind, .lasts = 100ms, .side_a = {"n1", "n2", "n3"}});
    sim.run_for(1s);
    const bool wiped = kind == FaultKind::wipe_disk;
    std::sort(seen.begin(), seen.end());
    CHECK(seen == (wiped ? std::vector<std::string>{"n1 finds nothing", "n2 finds nothing",
                                                    "n3 finds nothing"}
                         : std::vector<std::string>{"n1 finds n3", "n2 finds n1", "n3 finds n2"}));
    CHECK(bites(sim, name(kind)).at("disks lost") == 3);
  }
}

TEST_CASE("memory() refuses what is beyond the limit of its node, and gives again what came back") {
  Simulation sim(SimOptions{});
  std::size_t most = 0;
  bool refused = false;
  bool given_again = false;
  sim.node("n1",
           [&] {
             std::pmr::vector<std::pmr::string> cache(&memory());
             try {
               for (;;) {
                 cache.emplace_back(1000, 'x');
                 most = cache.size();
               }
             } catch (const std::bad_alloc&) {
               refused = true;
             }
             CHECK(memory_in_use() <= 100'000);
             cache = std::pmr::vector<std::pmr::string>(&memory());
             CHECK(memory_in_use() == 0);
             cache.emplace_back(50'000, 'x');
             given_again = true;
           },
           {.memory_limit = 100'000});
  std::size_t unlimited = 0;
  sim.node("n2", [&] {
    const std::pmr::string large(1'000'000, 'x', &memory());
    unlimited = large.size();
  });
  sim.run_for(1s);
  CHECK(unlimited == 1'000'000);
  CHECK(refused);
  CHECK(most > 50);
  CHECK(given_again);
}

TEST_CASE("a fault leaves a node with little memory, or lets some allocations fail") {
  for (const bool little : {true, false}) {
    Simulation sim(SimOptions{});
    int before = 0;
    int during = 0;
    int after = 0;
    sim.node("n1", [&] {
      for (int i = 0; i < 300; ++i) {
        sleep_for(10ms);
        try {
          const std::pmr::string text(2000, 'x', &memory());
          REQUIRE(text.size() == 2000);
        } catch (const std::bad_alloc&) {
          ++(i < 100 ? before : i < 200 ? during : after);
        }
      }
    });
    sim.run_for(1005ms);
    sim.begin_fault({.kind = FaultKind::memory_limit,
                     .lasts = 1s,
                     .side_a = {"n1"},
                     .with = {{"bytes", std::int64_t{little ? 1000 : 1'000'000}},
                              {"fails", little ? Ratio{0, 1} : Ratio{1, 4}}}});
    sim.run_for(10s);
    CHECK(before == 0);
    CHECK(after == 0);
    if (little) {
      CHECK(during == 100);
    } else {
      CHECK(during > 10);
      CHECK(during < 45);
    }
    CHECK(bites(sim, "memory_limit").at("allocations failed") ==
          static_cast<std::uint64_t>(during));
  }
}

TEST_CASE("what stands in one zone dies together") {
  Simulation sim(SimOptions{});
  for (int i = 0; i < 6; ++i) {
    sim.node("n" + std::to_string(i), [] { sleep_for(1h); },
             {.region = i < 4 ? "eu" : "us", .zone = i % 2 == 0 ? "a" : "b", .rack = "r7"});
  }
  const auto up = [&] {
    std::string text;
    for (int i = 0; i < 6; ++i) text += sim.is_up("n" + std::to_string(i)) ? '1' : '0';
    return text;
  };
  sim.run_for(1s);
  sim.begin_fault({.kind = FaultKind::crash, .lasts = 1s, .side_a = {"zone:a"}});
  CHECK(up() == "010101");
  sim.run_for(2s);
  CHECK(up() == "111111");
  sim.begin_fault({.kind = FaultKind::kill, .lasts = 1s, .side_a = {"region:eu", "n1", "n5"}});
  CHECK(up() == "000010");
  sim.run_for(2s);
  sim.begin_fault({.kind = FaultKind::crash, .side_a = {"rack:r7"}});
  CHECK(up() == "000000");
  CHECK(bites(sim, "crash").at("nodes killed") == 9);
}

TEST_CASE("a zone is cut off from another by its name") {
  Simulation sim(SimOptions{});
  int answered = 0;
  sim.node("n1", [] { serve([](const Ping&) { return true; }); }, {.zone = "a"});
  sim.node("n2",
           [&] {
             for (int i = 0; i < 10; ++i) {
               if (call("n1", Ping{}, {.timeout = 100ms}).ok()) ++answered;
             }
           },
           {.zone = "b"});
  sim.begin_fault({.kind = FaultKind::partition, .side_a = {"zone:a"}, .side_b = {"zone:b"}});
  sim.run_for(10s);
  CHECK(answered == 0);
  CHECK(bites(sim, "partition").at("messages dropped") >= 10);
}

TEST_CASE("a plan that puts a node and its zone on two sides is refused with its path") {
  FaultPlan plan;
  plan.faults.push_back(
      {.kind = FaultKind::partition, .at = 1s, .side_a = {"n1"}, .side_b = {"n2", "zone:a"}});
  Simulation sim(SimOptions{.plan = plan});
  sim.node("n1", [] {}, {.zone = "a"});
  sim.node("n2", [] {});
  CHECK_THROWS_WITH(sim.run_for(1s),
                    "fault plan: faults[0].side_b[1]: \"zone:a\" means \"n1\", which is on side_a");
}

TEST_CASE("each fault of a restart gives the same hash twice") {
  for (const FaultKind kind : {FaultKind::shutdown, FaultKind::upgrade, FaultKind::wipe_disk,
                               FaultKind::swap_disk, FaultKind::memory_limit}) {
    INFO(name(kind));
    CHECK(same_twice({.kind = kind, .lasts = 300ms, .side_a = {"n1", "n2"}}));
  }
}
