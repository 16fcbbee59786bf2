// What a crash does to the fibers of a node.
#include <memory>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;

namespace {

struct Note {
  std::vector<std::string>& book;
  std::string text;
  ~Note() { book.push_back(text); }
};

struct Ping {
  using Reply = int;
  int number = 0;
};

}  // namespace

TEST_CASE("a crash unwinds every fiber of the node, wherever it blocks") {
  std::vector<std::string> book;
  norn::Simulation simulation(norn::test::options());
  simulation.node("victim", [&] {
    norn::Mutex mutex;
    norn::Channel<int> channel;
    norn::ConditionVariable never;
    const std::lock_guard lock(mutex);
    auto in_mutex = norn::spawn([&] {
      const Note note{book, "mutex"};
      mutex.lock();
    });
    auto in_channel = norn::spawn([&] {
      const Note note{book, "channel"};
      channel.receive();
    });
    auto in_condition = norn::spawn([&] {
      const Note note{book, "condition"};
      never.wait();
    });
    auto in_call = norn::spawn([&] {
      const Note note{book, "call"};
      static_cast<void>(norn::call("other", Ping{}, {.timeout = 1h}));
    });
    auto in_receive = norn::spawn([&] {
      const Note note{book, "receive"};
      norn::receive<Ping>();
    });
    auto in_sync = norn::spawn([&] {
      const Note note{book, "sync"};
      auto file = norn::File::open("f");
      for (;;) static_cast<void>(file->sync());
    });
    const Note note{book, "main"};
    norn::sleep_for(1h);
  });
  simulation.node("other", [] { norn::sleep_for(1h); });
  simulation.run_for(1s);
  CHECK(book.empty());
  simulation.crash("victim");
  CHECK(book.size() == 7);
  CHECK_FALSE(simulation.is_up("victim"));
  simulation.run_for(1s);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
}

TEST_CASE("destructors of a dying node may call the world: nothing happens") {
  int pings = 0;
  norn::Simulation simulation(norn::test::options());
  struct Farewell {
    ~Farewell() {
      norn::send("other", Ping{1});
      static_cast<void>(norn::call("other", Ping{2}, {.timeout = 1s}));
      static_cast<void>(norn::write_file("f", {}));
      norn::log("good bye");
      norn::sleep_for(1s);
      norn::spawn([] { norn::send("other", Ping{3}); }).detach();
    }
  };
  simulation.node("victim", [] {
    const Farewell farewell;
    norn::sleep_for(1h);
  });
  simulation.node("other", [&] { norn::serve([&](const Ping&) { return ++pings; }); });
  simulation.run_for(1s);
  simulation.crash("victim");
  simulation.run_for(10s);
  CHECK(pings == 0);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
}

TEST_CASE("a fiber that swallows Killed is reported by name") {
  norn::Simulation simulation(norn::test::options());
  simulation.node("victim", [] {
    norn::spawn("glutton", [] {
      try {
        norn::sleep_for(1h);
      } catch (...) {  // NOLINT(bugprone-empty-catch): the mistake to be found
      }
    }).detach();
    norn::sleep_for(1h);
  });
  simulation.run_for(1s);
  simulation.crash("victim");
  simulation.run_for(1s);
  const norn::RunSummary run = simulation.summary();
  REQUIRE(run.verdict == norn::Verdict::violated);
  CHECK(run.violation->detail.find("'glutton' of node 'victim'") != std::string::npos);
}

TEST_CASE("a fiber that swallows Killed in an endless loop is reported and left behind") {
  norn::Simulation simulation(norn::test::options());
  simulation.node("victim", [] {
    for (;;) {
      try {
        norn::sleep_for(1s);
      } catch (...) {  // NOLINT(bugprone-empty-catch): the mistake to be found
      }
    }
  });
  simulation.run_for(1s);
  simulation.crash("victim");
  const norn::RunSummary run = simulation.summary();
  REQUIRE(run.verdict == norn::Verdict::violated);
  CHECK(run.violation->detail.find("goes on for ever") != std::string::npos);
}

TEST_CASE("a restarted node begins its main function anew, with an empty memory") {
  std::vector<int> seen;
  norn::Simulation simulation(norn::test::options());
  simulation.node("n1", [&] {
    int memory = 0;
    for (;;) {
      seen.push_back(++memory);
      norn::sleep_for(1s);
    }
  });
  simulation.run_for(2500ms);
  simulation.restart("n1");
  CHECK(simulation.incarnation("n1") == 2);
  simulation.run_for(1500ms);
  CHECK(seen == std::vector<int>{1, 2, 3, 1, 2});
}

TEST_CASE("ten thousand restarts leave no fiber, message or stack behind") {
  norn::Simulation simulation(norn::test::options());
  simulation.node("n1", [] {
    for (int i = 0; i < 5; ++i) {
      norn::spawn([] { norn::call("n2", Ping{}, {.timeout = 1h}).ok(); }).detach();
    }
    const std::string large(100'000, 'x');
    norn::send("n1", norn::Bytes(large.size() / 100));
    norn::sleep_for(1h);
  });
  simulation.node("n2", [] { norn::sleep_for(1000h); });
#if defined(__SANITIZE_THREAD__)
  constexpr int kRestarts = 100;  // ThreadSanitizer itself keeps what it knew of each fiber
#else
  constexpr int kRestarts = 10'000;
#endif
  for (int i = 0; i < kRestarts; ++i) {
    simulation.run_for(10ms);
    simulation.restart("n1");
    simulation.restart("n2");
  }
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
}
