// Faults of processes: they die, they stand still, they are slow.
#include <chrono>
#include <string>
#include <vector>

#include <norn/sim.hpp>

#include "faults/fault_support.hpp"
#include "support/catch.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

namespace {

std::int64_t ms(TimePoint when) {
  return std::chrono::floor<std::chrono::milliseconds>(when.time_since_epoch()).count();
}

}  // namespace

TEST_CASE("a paused node runs nothing, its timers fire late and messages wait for it") {
  Simulation sim(SimOptions{});
  std::vector<std::int64_t> ticks;
  std::vector<std::int64_t> heard;
  sim.node("n1", [&] {
    spawn("ticker", [&] {
      for (;;) {
        sleep_for(10ms);
        ticks.push_back(ms(now()));
      }
    }).detach();
    serve([&](const Ping&) {
      heard.push_back(ms(now()));
      return true;
    });
  });
  sim.node("n2", [] {
    sleep_for(30ms);
    (void)call("n1", Ping{}, {.timeout = 500ms});
  });
  sim.run_for(5ms);
  sim.begin_fault({.kind = FaultKind::pause, .lasts = 95ms, .side_a = {"n1"}});
  sim.run_for(195ms);
  REQUIRE_FALSE(ticks.empty());
  CHECK(ticks.front() == 100);
  CHECK(ticks.size() == 11);
  REQUIRE(heard.size() == 1);
  CHECK(heard.front() == 100);
  // The ticker, and the server for the message.
  CHECK(bites(sim, "pause").at("wake-ups delayed") == 2);
}

TEST_CASE("a pause that stops the timers shifts them by its length") {
  Simulation sim(SimOptions{});
  std::int64_t woke = 0;
  std::int64_t by_its_clock = 0;
  std::int64_t wall = 0;
  sim.node("n1", [&] {
    sleep_for(100ms);
    woke = ms(sim.now());
    by_its_clock = ms(now());
    wall = (WallClock::now() - kWallClockStart) / 1ms;
  });
  sim.run_for(50ms);
  sim.begin_fault({.kind = FaultKind::pause,
                   .lasts = 1s,
                   .side_a = {"n1"},
                   .with = {{"timers", std::string("stop")}}});
  sim.run_for(2s);
  CHECK(woke == 1100);
  CHECK(by_its_clock == 100);
  CHECK(wall == 1100);
  CHECK(bites(sim, "pause").at("timers moved") == 1);
}

TEST_CASE("pause() and resume() by hand, one pause within another") {
  Simulation sim(SimOptions{});
  int ticks = 0;
  sim.node("n1", [&] {
    for (;;) {
      sleep_for(10ms);
      ++ticks;
    }
  });
  sim.run_for(45ms);
  CHECK(ticks == 4);
  sim.pause("n1");
  sim.begin_fault({.kind = FaultKind::pause, .lasts = 20ms, .side_a = {"n1"}});
  sim.run_for(100ms);
  CHECK(ticks == 4);
  sim.resume("n1");
  sim.run_for(25ms);
  CHECK(ticks == 7);
}

TEST_CASE("a node that crashes and starts while its machine is paused runs after the pause") {
  Simulation sim(SimOptions{});
  std::vector<std::int64_t> starts;
  sim.node("n1", [&] { starts.push_back(ms(now())); });
  sim.run_for(10ms);
  sim.begin_fault({.kind = FaultKind::pause, .lasts = 100ms, .side_a = {"n1"}});
  sim.restart("n1");
  sim.run_for(200ms);
  CHECK(starts == std::vector<std::int64_t>{0, 110});
}

TEST_CASE("a computing fiber that is paused goes on computing before the others") {
  Simulation sim(SimOptions{});
  std::vector<std::string> order;
  sim.node("n1", [&] {
    spawn("other", [&] {
      sleep_for(5ms);
      order.emplace_back("other " + std::to_string(ms(now())));
    }).detach();
    consume(20ms);
    order.emplace_back("consumed " + std::to_string(ms(now())));
  });
  sim.run_for(2ms);
  sim.begin_fault({.kind = FaultKind::pause, .lasts = 50ms, .side_a = {"n1"}});
  sim.run_for(200ms);
  CHECK(order == std::vector<std::string>{"consumed 52", "other 52"});
}

TEST_CASE("on a slow processor work takes longer, and wake-ups wait for each other") {
  Simulation sim(SimOptions{});
  std::vector<std::int64_t> woke;
  std::int64_t consumed = 0;
  sim.node("n1", [&] {
    for (int i = 0; i < 3; ++i) {
      spawn("sleeper", [&] {
        sleep_for(10ms);
        woke.push_back(ms(now()));
      }).detach();
    }
    sleep_for(50ms);
    consume(5ms);
    consumed = ms(now());
    sleep_until(TimePoint(200ms));
    woke.push_back(ms(now()));
  });
  sim.run_for(1ms);
  sim.begin_fault({.kind = FaultKind::slow_cpu,
                   .lasts = 150ms,
                   .side_a = {"n1"},
                   .with = {{"factor", std::int64_t{10}}, {"wake_cost", Duration(2ms)}}});
  sim.run_for(1s);
  CHECK(woke == std::vector<std::int64_t>{12, 14, 16, 200});
  CHECK(consumed == 102);
  CHECK(bites(sim, "slow_cpu").at("wake-ups delayed") == 5);
}

TEST_CASE("a killed process leaves what it wrote in the page cache, a crashed machine does not") {
  for (const FaultKind kind : {FaultKind::kill, FaultKind::crash}) {
    Simulation sim(SimOptions{});
    std::uint64_t found = 0;
    sim.node("n1", [&] {
      auto file = File::open("log").value();
      found = file.size().value();
      (void)file.write_at(0, std::as_bytes(std::span("hello", 5)));
      if (found == 0) (void)sync_directory("");
      sleep_for(10s);
    });
    sim.run_for(1s);
    sim.begin_fault({.kind = kind, .lasts = 100ms, .side_a = {"n1"}});
    CHECK_FALSE(sim.is_up("n1"));
    sim.run_for(200ms);
    CHECK(sim.is_up("n1"));
    CHECK(found == (kind == FaultKind::kill ? 5 : 0));
    CHECK(bites(sim, name(kind)).at("nodes killed") == 1);
  }
}

TEST_CASE("the peer of a killed process is told that the connection is over") {
  Simulation sim(SimOptions{});
  std::int64_t ended = 0;
  sim.node("server", [] {
    auto listener = TcpListener::listen(80).value();
    auto stream = listener.accept().value();
    std::byte byte{};
    (void)stream.read(std::span(&byte, 1));
  });
  sim.node("client", [&] {
    auto stream = TcpStream::connect("server", 80).value();
    std::byte byte{};
    (void)stream.read(std::span(&byte, 1));
    ended = ms(now());
  });
  sim.run_for(100ms);
  CHECK(ended == 0);
  sim.kill("server");
  sim.run_for(100ms);
  CHECK(ended >= 100);
}

TEST_CASE("a crash loop kills and starts again and again, and ends with the node up") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Simulation sim(SimOptions{.seed = seed});
    int lives = 0;
    sim.node("n1", [&] {
      ++lives;
      sleep_for(100s);
    });
    sim.run_for(1ms);
    sim.begin_fault({.kind = FaultKind::crash_loop, .lasts = 10s, .side_a = {"n1"}});
    sim.run_for(11s);
    CHECK(sim.is_up("n1"));
    CHECK(lives > 8);
    CHECK(lives < 60);
    CHECK(bites(sim, "crash_loop").at("nodes killed") + 1 == static_cast<std::uint64_t>(lives));
  }
}

TEST_CASE("a node crashes while it recovers, as often as it is told") {
  Simulation sim(SimOptions{});
  int lives = 0;
  int recovered = 0;
  sim.node("n1", [&] {
    ++lives;
    sleep_for(30ms);  // recovers
    ++recovered;
    sleep_for(100s);
  });
  sim.run_for(1s);
  sim.begin_fault({.kind = FaultKind::crash_in_recovery,
                   .lasts = 5s,
                   .side_a = {"n1"},
                   .with = {{"times", std::int64_t{3}}, {"within", Duration(20ms)}}});
  sim.run_for(6s);
  CHECK(lives == 5);
  CHECK(recovered == 2);
  CHECK(bites(sim, "crash_in_recovery").at("nodes killed") == 4);
}

TEST_CASE("each fault of a process gives the same hash twice") {
  for (const FaultKind kind : {FaultKind::kill, FaultKind::pause, FaultKind::slow_cpu,
                               FaultKind::crash_loop, FaultKind::crash_in_recovery}) {
    INFO(name(kind));
    CHECK(same_twice({.kind = kind, .lasts = 300ms, .side_a = {"n1", "n2"}}));
  }
}
