#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "support/catch.hpp"
#include "support/death.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;
using norn::test::death_of;
using norn::test::passes;
using norn::test::simulate;

TEST_CASE("a semaphore gives its permits in the order of asking") {
  CHECK(passes([] {
    norn::Semaphore permits(2);
    std::vector<norn::Duration> got(4);
    norn::TaskGroup group;
    for (std::size_t i = 0; i < 4; ++i) {
      group.spawn([&, i] {
        norn::sleep_for(std::chrono::milliseconds(i));
        permits.acquire(i == 1 ? 2 : 1);  // the second wants both
        got[i] = norn::now().time_since_epoch();
        norn::sleep_for(10ms);
        permits.release(i == 1 ? 2 : 1);
      });
    }
    group.join();
    REQUIRE(got == std::vector<norn::Duration>{0ms, 10ms, 20ms, 20ms});
    REQUIRE(permits.available() == 2);
    REQUIRE(permits.try_acquire(2));
    REQUIRE_FALSE(permits.try_acquire());
    REQUIRE_FALSE(permits.acquire_for(5ms));
  }));
}

TEST_CASE("a reader-writer lock lets readers share and writers be alone") {
  CHECK(passes([] {
    norn::RwLock lock;
    int readers = 0;
    int most_readers = 0;
    bool writing = false;
    norn::TaskGroup group;
    for (int i = 0; i < 6; ++i) {
      group.spawn([&, i] {
        if (i % 3 == 2) {
          const std::unique_lock hold(lock);
          REQUIRE(readers == 0);
          REQUIRE_FALSE(std::exchange(writing, true));
          norn::sleep_for(5ms);
          writing = false;
        } else {
          const std::shared_lock hold(lock);
          REQUIRE_FALSE(writing);
          most_readers = std::max(most_readers, ++readers);
          norn::sleep_for(5ms);
          --readers;
        }
      });
    }
    group.join();
    REQUIRE(most_readers >= 2);
  }));
}

TEST_CASE("a reader that comes after a waiting writer waits for it") {
  CHECK(passes([] {
    norn::RwLock lock;
    std::string order;
    lock.lock_shared();
    auto writer = norn::spawn([&] {
      const std::unique_lock hold(lock);
      order += 'w';
    });
    norn::sleep_for(1ms);
    auto reader = norn::spawn([&] {
      const std::shared_lock hold(lock);
      order += 'r';
    });
    norn::sleep_for(1ms);
    REQUIRE_FALSE(lock.try_lock_shared());
    lock.unlock_shared();
    writer.join();
    reader.join();
    REQUIRE(order == "wr");
  }));
}

TEST_CASE("unlocking what is not locked is misuse that says so") {
  const auto exclusive = death_of([] { simulate([] { norn::RwLock().unlock(); }); });
  CHECK(exclusive.exit_code == norn::kExitInternalError);
  CHECK(exclusive.message.find("nobody holds for writing") != std::string::npos);
  const auto shared = death_of([] { simulate([] { norn::RwLock().unlock_shared(); }); });
  CHECK(shared.message.find("nobody holds for reading") != std::string::npos);
}

TEST_CASE("a wait group waits for all that was added, and can be used again") {
  CHECK(passes([] {
    norn::WaitGroup group;
    group.wait();
    for (int round = 0; round < 2; ++round) {
      int done = 0;
      group.add(3);
      for (int i = 0; i < 3; ++i) {
        norn::spawn([&] {
          norn::sleep_for(5ms);
          ++done;
          group.done();
        }).detach();
      }
      group.wait();
      REQUIRE(done == 3);
    }
  }));
  const auto death = death_of([] { simulate([] { norn::WaitGroup().done(); }); });
  CHECK(death.exit_code == norn::kExitInternalError);
  CHECK(death.message.find("more often than add()") != std::string::npos);
}

TEST_CASE("once runs one caller and lets the others wait") {
  CHECK(passes([] {
    norn::Once once;
    int calls = 0;
    norn::TaskGroup group;
    for (int i = 0; i < 4; ++i) {
      group.spawn([&] {
        once.call([&] {
          norn::sleep_for(10ms);
          ++calls;
        });
        REQUIRE(calls == 1);
        REQUIRE(once.done());
      });
    }
    group.join();
  }));
}

TEST_CASE("once is tried again when its function throws") {
  CHECK(passes([] {
    norn::Once once;
    REQUIRE_THROWS_AS(once.call([] { throw std::runtime_error("not now"); }), std::runtime_error);
    int calls = 0;
    once.call([&] { ++calls; });
    once.call([&] { ++calls; });
    REQUIRE(calls == 1);
  }));
}

TEST_CASE("a barrier opens when the last arrives, round after round") {
  CHECK(passes([] {
    norn::Barrier barrier(3);
    int last = 0;
    int round_of[3] = {0, 0, 0};
    norn::TaskGroup group;
    for (int i = 0; i < 3; ++i) {
      group.spawn([&, i] {
        for (int round = 1; round <= 4; ++round) {
          norn::sleep_for(norn::random().between(1ms, 9ms));
          round_of[i] = round;
          if (barrier.arrive_and_wait()) ++last;
          for (const int other : round_of) REQUIRE(other >= round);
        }
      });
    }
    group.join();
    REQUIRE(last == 4);
  }));
}

TEST_CASE("defer runs at the end of the scope, the last first") {
  CHECK(passes([] {
    std::string order;
    try {
      const norn::Defer first([&] { order += '1'; });
      const norn::Defer second([&] { order += '2'; });
      norn::Defer never([&] { order += '3'; });
      never.cancel();
      throw std::runtime_error("out");
    } catch (const std::runtime_error&) {
      order += 'c';
    }
    REQUIRE(order == "21c");
  }));
}

TEST_CASE("a fiber that blocks inside a NoYield block is named") {
  const auto death = death_of([] {
    simulate([] {
      norn::spawn("careful", [] {
        const norn::NoYield guard;
        norn::sleep_for(1ms);
      }).join();
    });
  });
  CHECK(death.exit_code == norn::kExitInternalError);
  CHECK(death.message.find("'careful'") != std::string::npos);
  CHECK(death.message.find("sleep") != std::string::npos);
}

TEST_CASE("what need not wait may be called inside a NoYield block") {
  CHECK(passes([] {
    norn::Channel<int> channel(1);
    norn::Mutex mutex;
    {
      const norn::NoYield guard;
      channel.send(1);
      REQUIRE(channel.receive() == 1);
      const std::lock_guard lock(mutex);
    }
    norn::sleep_for(1ms);
  }));
}

TEST_CASE("node_local is one for each life of each node") {
  struct Counter {
    int value = 0;
  };
  norn::Simulation simulation(norn::test::options());
  std::vector<int> seen;
  for (const char* name : {"a", "b"}) {
    simulation.node(name, [&seen] {
      for (int i = 0; i < 3; ++i) ++norn::node_local<Counter>().value;
      seen.push_back(norn::node_local<Counter>().value);
      norn::sleep_for(1h);
    });
  }
  simulation.run_for(1s);
  simulation.restart("a");
  simulation.run_for(1s);
  CHECK(seen == std::vector<int>{3, 3, 3});
}
