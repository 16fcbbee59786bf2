#include "norn/runtime/task.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "support/catch.hpp"
#include "support/death.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;
using norn::test::passes;
using norn::test::simulate;

TEST_CASE("join returns what the fiber's function returned") {
  CHECK(passes([] {
    auto task = norn::spawn("adder", [] {
      norn::sleep_for(5ms);
      return 40 + 2;
    });
    REQUIRE(task.join() == 42);
    REQUIRE_FALSE(task.joinable());
  }));
}

TEST_CASE("an exception that leaves a fiber is thrown by join") {
  CHECK(passes([] {
    auto task = norn::spawn([]() -> int { throw std::runtime_error("no luck"); });
    REQUIRE_THROWS_WITH(task.join(), "no luck");
  }));
}

TEST_CASE("an exception that nobody can join for ends the run and names the fiber") {
  const norn::RunSummary run = simulate([] {
    norn::spawn("careless", [] { throw std::runtime_error("lost"); }).detach();
    norn::sleep_for(1s);
  });
  REQUIRE(run.verdict == norn::Verdict::violated);
  CHECK(run.violation->detail.find("careless") != std::string::npos);
  CHECK(run.violation->detail.find("lost") != std::string::npos);
}

TEST_CASE("fibers that sleep wake in the order of time, and idle time costs nothing") {
  std::vector<int> order;
  CHECK(passes([&order] {
    norn::spawn([&order] {
      norn::sleep_for(3min);
      order.push_back(3);
    }).detach();
    norn::spawn([&order] {
      norn::sleep_for(1min);
      order.push_back(1);
    }).detach();
    norn::spawn([&order] {
      norn::sleep_for(2min);
      order.push_back(2);
    }).detach();
  }));
  CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("virtual time stands still while a fiber computes") {
  CHECK(passes([] {
    const norn::TimePoint before = norn::now();
    volatile std::int64_t sum = 0;
    for (int i = 0; i < 100'000; ++i) sum = sum + i;
    REQUIRE(norn::now() == before);
    norn::sleep_for(7us);
    REQUIRE(norn::now() - before == 7us);
  }));
}

TEST_CASE("yield lets the other fibers of this instant run") {
  CHECK(passes([] {
    bool other_ran = false;
    auto task = norn::spawn([&] { other_ran = true; });
    for (int i = 0; i < 100 && !other_ran; ++i) norn::yield();
    REQUIRE(other_ran);
    task.join();
  }));
}

TEST_CASE("a fiber may block inside a catch block, and others may throw meanwhile") {
  CHECK(passes([] {
    auto thrower = [](int number) {
      try {
        throw std::runtime_error(std::to_string(number));
      } catch (const std::exception& caught) {
        norn::sleep_for(std::chrono::milliseconds(10 - number));
        REQUIRE(caught.what() == std::to_string(number));
        try {
          throw;
        } catch (const std::runtime_error& again) {
          REQUIRE(again.what() == std::to_string(number));
        }
      }
    };
    std::vector<norn::Task<void>> tasks;
    for (int i = 0; i < 8; ++i) tasks.push_back(norn::spawn([&thrower, i] { thrower(i); }));
    for (auto& task : tasks) task.join();
    REQUIRE(std::uncaught_exceptions() == 0);
  }));
}

TEST_CASE("joining a task twice is misuse that says so") {
  const auto death = norn::test::death_of([] {
    simulate([] {
      auto task = norn::spawn([] {});
      task.join();
      task.join();
    });
  });
  CHECK(death.exit_code == norn::kExitInternalError);
  CHECK(death.message.find("join() of a Task that was joined") != std::string::npos);
}

TEST_CASE("a blocking call outside of a fiber is misuse that says so") {
  const auto death = norn::test::death_of([] { norn::sleep_for(1ms); });
  CHECK(death.exit_code == norn::kExitInternalError);
  CHECK(death.message.find("outside of a fiber") != std::string::npos);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("an overflowing stack is found at the next switch and names the fiber") {
  const int others = GENERATE(1, 2000);  // with many fibers canaries are looked at more rarely
  const auto death = norn::test::death_of([others] {
    norn::SimOptions options = norn::test::options();
    options.stack_size = std::size_t{64} * 1024;
    norn::Simulation simulation(options);
    simulation.node("n1", [others] {
      for (int i = 0; i < others; ++i)
        norn::spawn("neighbour", [] { norn::sleep_for(1s); }).detach();
      norn::spawn("greedy", [] {
        volatile char large[std::size_t{80} * 1024];
        for (std::size_t i = sizeof(large); i > 0; --i) large[i - 1] = 'x';
        norn::sleep_for(1ms);
        large[0] = 'y';
      }).detach();
      norn::sleep_for(10ms);
    });
    simulation.run_for(1s);
  });
  CHECK(death.exit_code == norn::kExitInternalError);
  CHECK(death.message.find("'greedy'") != std::string::npos);
  CHECK(death.message.find("overflowed its stack") != std::string::npos);
}
#endif

TEST_CASE("with guard pages an overflow ends the process at the first byte too many") {
  const auto death = norn::test::death_of([] {
    norn::SimOptions options = norn::test::options();
    options.stack_size = std::size_t{64} * 1024;
    options.guard_pages = true;
    norn::Simulation simulation(options);
    simulation.node("n1", [] {
      volatile char large[std::size_t{300} * 1024];
      for (std::size_t i = sizeof(large); i > 0; i -= 64) large[i - 1] = static_cast<char>(i);
    });
    simulation.run_for(1s);
  });
  CHECK(death.exit_code != 0);
}

TEST_CASE("wait() says how a task ended, and leaves it to be joined") {
  CHECK(passes([] {
    auto good = norn::spawn([] { return 1; });
    auto bad = norn::spawn([] { throw std::runtime_error("broken"); });
    REQUIRE(good.wait() == norn::TaskEnd::returned);
    REQUIRE(bad.wait() == norn::TaskEnd::threw);
    REQUIRE(good.join() == 1);
    REQUIRE_THROWS_WITH(bad.join(), "broken");
  }));
}
