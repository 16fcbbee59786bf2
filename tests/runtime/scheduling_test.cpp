#if defined(__SANITIZE_THREAD__)
#include <unistd.h>
#endif

#include <mutex>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "support/catch.hpp"
#include "support/death.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;
using norn::test::death_of;
using norn::test::options;
using norn::test::passes;
using norn::test::simulate;

TEST_CASE("of fibers that are ready at one instant the higher priority runs first") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::string order;
    simulate(
        [&] {
          for (const int priority : {0, 5, -3, 2}) {
            norn::spawn(std::to_string(priority),
                        [&order, priority] { order += std::to_string(priority) + " "; },
                        {.priority = static_cast<std::int8_t>(priority)})
                .detach();
          }
          norn::sleep_for(1ms);
        },
        seed);
    CHECK(order == "5 2 0 -3 ");
  }
}

TEST_CASE("a fiber with a run budget lets others run in the middle of work that never blocks") {
  const auto longest_turn = [](std::uint32_t budget) {
    int longest = 0;
    simulate([&] {
      norn::Channel<int> channel(1);
      int turns = 0;
      auto worker = norn::spawn("worker",
                                [&] {
                                  for (int i = 0; i < 1000; ++i) {
                                    channel.send(i);
                                    static_cast<void>(channel.receive());
                                    longest = std::max(longest, ++turns);
                                  }
                                },
                                {.budget = budget});
      while (!worker.done()) {
        turns = 0;
        norn::yield();
      }
    });
    return longest;
  };
  CHECK(longest_turn(0) == 1000);
  CHECK(longest_turn(20) < 1000);
}

TEST_CASE("newest first walks a tree of fibers depth first") {
  const auto most_fibers = [](norn::host::ReadyOrder order) {
    norn::SimOptions given = options();
    given.ready_order = order;
    given.stack_size = std::size_t{64} * 1024;
    norn::Simulation simulation(given);
    int alive = 0;
    int most = 0;
    std::function<void(int)> grow = [&](int depth) {
      most = std::max(most, ++alive);
      norn::TaskGroup group;
      for (int i = 0; depth > 0 && i < 4; ++i) group.spawn([&grow, depth] { grow(depth - 1); });
      group.join();
      --alive;
    };
    simulation.node("n1", [&] { grow(5); });
    simulation.run_for(1s);
    CHECK(simulation.summary().verdict == norn::Verdict::passed);
    return most;
  };
  CHECK(most_fibers(norn::host::ReadyOrder::newest_first) <= 6);
  CHECK(most_fibers(norn::host::ReadyOrder::first_come) > 300);
}

TEST_CASE("work holds the processor of its node, and of no other") {
  norn::Simulation simulation(options());
  std::vector<std::string> events;
  const auto note = [&events](const std::string& what) {
    events.push_back(what + "@" + std::to_string(norn::now().time_since_epoch() / 1ms));
  };
  simulation.node("busy", [&] {
    norn::spawn([&] {
      norn::sleep_for(2ms);
      note("timer");
    }).detach();
    norn::consume(10ms);
    note("worked");
    norn::sleep_for(1h);
  });
  simulation.node("other", [&] {
    norn::sleep_for(3ms);
    note("other");
    norn::sleep_for(1h);
  });
  simulation.run_for(1s);
  CHECK(events == std::vector<std::string>{"other@3", "worked@10", "timer@10"});
}

TEST_CASE("work takes longer on a slow node") {
  norn::Simulation simulation(options());
  norn::TimePoint ended{};
  simulation.node("slow",
                  [&] {
                    norn::consume(10ms);
                    ended = norn::now();
                  },
                  {.cpu_time_permille = 2500});
  simulation.run_for(1s);
  CHECK(ended.time_since_epoch() == 25ms);
}

TEST_CASE("a node that dies while it works starts anew with a free processor") {
  norn::Simulation simulation(options());
  int finished = 0;
  simulation.node("n1", [&] {
    norn::spawn([&] {
      norn::sleep_for(1ms);
      ++finished;
    }).detach();
    norn::consume(1h);
  });
  simulation.run_for(1s);
  CHECK(finished == 0);
  simulation.restart("n1");
  simulation.run_for(1s);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
}

TEST_CASE("blocking() returns what the work returns, and throws what it throws") {
  CHECK(passes([] {
    REQUIRE(norn::blocking([] { return std::string("done"); }) == "done");
    REQUIRE_THROWS_WITH(norn::blocking([] { throw std::runtime_error("foreign"); }), "foreign");
    bool ran = false;
    norn::blocking([&] { ran = true; });
    REQUIRE(ran);
  }));
}

TEST_CASE("all fibers asleep is a violation that says who waits for what") {
  const norn::RunSummary summary = simulate([] {
    norn::Channel<int> channel;
    norn::WaitGroup group;
    group.add();
    norn::spawn("reader", [&] { static_cast<void>(channel.receive()); }).detach();
    norn::sleep_for(5ms);
    group.wait();
  });
  REQUIRE(summary.violation.has_value());
  CHECK(summary.violation->property == "no deadlock");
  const std::string& detail = summary.violation->detail;
  INFO(detail);
  CHECK(detail.find("'reader' waits: channel receive, since 0 us") != std::string::npos);
  CHECK(detail.find("'main' waits: wait group, since 5000 us") != std::string::npos);
  CHECK(detail.find("scheduling_test.cpp:") != std::string::npos);
}

TEST_CASE("a node that waits for messages or a time is not deadlocked") {
  CHECK(passes([] {
    norn::spawn("server", [] { norn::serve([](const int&) {}); }).detach();
    norn::WaitGroup group;
    group.add();
    group.wait();
  }));
  CHECK(passes([] {
    norn::Ticker ticker(1h);
    while (ticker.ticks().receive()) {
    }
  }));
  CHECK(passes([] {
    const norn::Context::Scope scope(norn::Context().with_timeout(24h));
    norn::Channel<int> channel;
    static_cast<void>(channel.receive());
  }));
}

TEST_CASE("a node may say that waiting for ever is no mistake") {
  norn::Simulation simulation(options());
  simulation.node("n1", [] { norn::Context().wait(); }, {.deadlock_is_violation = false});
  simulation.run_for(1s);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
}

TEST_CASE("fibers that lock in a circle are found at once, whatever else runs") {
  const norn::RunSummary summary = simulate([] {
    norn::Mutex a;
    norn::Mutex b;
    norn::spawn("background", [] { norn::serve([](const int&) {}); }).detach();
    auto first = norn::spawn("first", [&] {
      const std::lock_guard hold_a(a);
      norn::sleep_for(1ms);
      const std::lock_guard hold_b(b);
    });
    auto second = norn::spawn("second", [&] {
      const std::lock_guard hold_b(b);
      norn::sleep_for(2ms);
      const std::lock_guard hold_a(a);
    });
    first.join();
    second.join();
  });
  REQUIRE(summary.violation.has_value());
  INFO(summary.violation->detail);
  CHECK(summary.violation->at.time_since_epoch() == 2ms);
  CHECK(summary.violation->detail.find(
            "fiber 'second' of node 'n1': deadlock: it waits for a Mutex that fiber 'first' holds, "
            "which waits for one that fiber 'second' holds") != std::string::npos);
}

TEST_CASE("the fibers of a node can be listed") {
  CHECK(passes([] {
    norn::spawn("sleeper", [] { norn::sleep_for(1h); }).detach();
    norn::sleep_for(3ms);
    const std::string text = norn::dump_fibers();
    INFO(text);
    REQUIRE(text.find("'main' runs") != std::string::npos);
    REQUIRE(text.find("'sleeper' waits: sleep, since 0 us (for 3000 us), with a deadline, spawned "
                      "by fiber 1 at ") != std::string::npos);
  }));
}

TEST_CASE("a fiber that never blocks ends the process with its name and its stack") {
  const auto death = death_of([] {
    norn::SimOptions given = options();
    given.stall_limit = 200ms;
    norn::Simulation simulation(given);
    simulation.node("n1", [] {
      norn::spawn("spinner", [] {
        volatile bool forever = true;
        while (forever) {
#if defined(__SANITIZE_THREAD__)
          ::usleep(0);  // ThreadSanitizer keeps a signal back until the next call that it watches
#endif
        }
      }).join();
    });
    simulation.run_for(1s);
  });
  INFO(death.message);
  CHECK(death.exit_code == 1);
  CHECK(
      death.message.find("fiber 'spinner' (number 2) of node 'n1' has run for more than 200 ms") !=
      std::string::npos);
  CHECK(death.message.find("scheduling_test.cpp:") != std::string::npos);
  CHECK(death.message.find("norn-test-runtime(") != std::string::npos);  // a frame of the stack
}

TEST_CASE("a profile says where the fibers spent their time, and changes nothing") {
  const auto run = [](bool profile) {
    norn::SimOptions given = options();
    given.profile = profile;
    norn::Simulation simulation(given);
    simulation.node("n1", [] {
      for (int i = 0; i < 3; ++i) {
        norn::spawn("worker", [] {
          norn::sleep_for(10ms);
          norn::consume(2ms);
        }).join();
      }
    });
    simulation.run_for(1s);
    return simulation.summary();
  };
  const norn::RunSummary with = run(true);
  CHECK(with.trace_hash == run(false).trace_hash);
  CHECK(run(false).fibers.empty());
  REQUIRE(with.fibers.size() == 2);
  const norn::FiberProfile& worker = with.fibers[1];
  CHECK(worker.node == "n1");
  CHECK(worker.fiber == "worker");
  CHECK(worker.fibers == 3);
  CHECK(worker.runs == 9);
  using Waited = std::vector<std::pair<std::string, norn::Duration>>;
  CHECK(worker.waited == Waited{{"sleep", 30ms}, {"cpu", 6ms}});
  CHECK(with.fibers[0].waited == Waited{{"join", 36ms}});
  CHECK(worker.real > 0ns);
  const std::string text = norn::profile_text(with.fibers);
  CHECK(text.find("n1 worker: sleep 30000 us, cpu 6000 us") != std::string::npos);
}

TEST_CASE("the park of each fiber goes into the trace when that is asked for") {
  const auto events = [](bool parks) {
    norn::SimOptions given = options();
    given.record_parks = parks;
    norn::Simulation simulation(given);
    simulation.node("n1", [] {
      for (int i = 0; i < 10; ++i) norn::sleep_for(1ms);
    });
    simulation.run_for(1s);
    return simulation.summary().events;
  };
  CHECK(events(true) == events(false) + 10);
}
