#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;
using norn::Cancelled;
using norn::Context;
using norn::test::passes;

namespace {

// Every blocking call of the runtime, each blocked for ever.
struct BlockingCall {
  const char* name;
  std::function<void()> block;
};

struct Question {
  using Reply = int;
  int n = 0;
};

std::vector<BlockingCall> channel_calls() {
  return {
      {"sleep", [] { norn::sleep_for(24h); }},
      {"channel receive",
       [] {
         norn::Channel<int> channel;
         static_cast<void>(channel.receive());
       }},
      {"channel receive_for",
       [] {
         norn::Channel<int> channel;
         static_cast<void>(channel.receive_for(24h));
       }},
      {"channel send",
       [] {
         norn::Channel<int> channel;
         channel.send(1);
       }},
      {"select",
       [] {
         norn::Channel<int> channel;
         norn::select(norn::on_receive(channel, [](auto) {}), norn::after(24h, [] {}));
       }},
  };
}

std::vector<BlockingCall> synchronising_calls() {
  return {
      {"mutex",
       [] {
         norn::Mutex mutex;
         auto holder = norn::spawn([&] {
           const norn::Shield shield;
           mutex.lock();
           norn::sleep_for(10s);
           mutex.unlock();
         });
         norn::yield();
         norn::Defer join([&] { static_cast<void>(holder.wait()); });
         norn::sleep_for(1ms);
         mutex.lock();
       }},
      {"condition variable",
       [] {
         norn::ConditionVariable changed;
         changed.wait();
       }},
      {"semaphore",
       [] {
         norn::Semaphore none(0);
         none.acquire();
       }},
      {"wait group",
       [] {
         norn::WaitGroup group;
         group.add();
         group.wait();
       }},
      {"barrier",
       [] {
         norn::Barrier barrier(2);
         barrier.arrive_and_wait();
       }},
      {"join",
       [] {
         auto task = norn::spawn([] {
           const norn::Shield shield;
           norn::sleep_for(1h);
         });
         task.join();
       }},
  };
}

std::vector<BlockingCall> message_calls() {
  return {
      {"receive", [] { static_cast<void>(norn::receive<Question>()); }},
      {"receive_for", [] { static_cast<void>(norn::receive_for<Question>(24h)); }},
      {"call", [] { static_cast<void>(norn::call("n1", Question{}, {.timeout = 24h})); }},
      {"serve", [] { norn::serve([](const Question& question) { return question.n; }); }},
      {"context wait", [] { Context().wait(); }},
      {"timer",
       [] {
         norn::Timer timer(24h);
         static_cast<void>(timer.fired().receive());
       }},
  };
}

std::vector<BlockingCall> blocking_calls() {
  std::vector<BlockingCall> all = channel_calls();
  for (const auto& more : {synchronising_calls(), message_calls()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

TEST_CASE("every blocking call ends when its context is cancelled") {
  for (const BlockingCall& call : blocking_calls()) {
    INFO(call.name);
    CHECK(passes([&call] {
      const Context context = Context().with_cancel();
      std::optional<norn::Errc> why;
      auto task = norn::spawn([&] {
        const Context::Scope scope(context);
        try {
          call.block();
        } catch (const Cancelled& cancelled) {
          why = cancelled.why;
        }
      });
      norn::sleep_for(10ms);
      const norn::TimePoint before = norn::now();
      context.cancel();
      task.join();
      REQUIRE(why == norn::Errc::cancelled);
      REQUIRE(norn::now() - before <= 10s);
    }));
  }
}

TEST_CASE("every blocking call ends when its node dies, and its destructors run") {
  for (const BlockingCall& call : blocking_calls()) {
    INFO(call.name);
    norn::Simulation simulation(norn::test::options());
    int entered = 0;
    int left = 0;
    simulation.node("n1", [&] {
      norn::spawn([&] {
        ++entered;
        const norn::Defer count([&] { ++left; });
        call.block();
      }).detach();
      norn::sleep_for(24h);
    });
    simulation.run_for(1s);
    CHECK(left == 0);
    simulation.crash("n1");
    CHECK(entered == 1);
    CHECK(left == 1);
    simulation.restart("n1");
    simulation.run_for(1s);
    CHECK(entered == 2);
    CHECK(simulation.summary().verdict == norn::Verdict::passed);
  }
}

TEST_CASE("every blocking call ends at the deadline of its context") {
  for (const BlockingCall& call : blocking_calls()) {
    INFO(call.name);
    CHECK(passes([&call] {
      const norn::Result<void> result = norn::with_timeout(20ms, call.block);
      REQUIRE_FALSE(result.ok());
      REQUIRE(result.error().code == norn::Errc::timeout);
      REQUIRE_FALSE(Context::current().over());
      norn::sleep_for(1ms);  // the fiber can block again
    }));
  }
}

TEST_CASE("a blocking call in a context that is over throws at once, again and again") {
  CHECK(passes([] {
    const Context context = Context().with_cancel();
    context.cancel();
    const Context::Scope scope(context);
    const norn::TimePoint before = norn::now();
    for (int i = 0; i < 3; ++i) REQUIRE_THROWS_AS(norn::sleep_for(1s), Cancelled);
    REQUIRE(norn::now() == before);
    {
      const norn::Shield shield;
      norn::sleep_for(1s);
    }
    REQUIRE(norn::now() - before == 1s);
    REQUIRE_THROWS_AS(norn::yield(), Cancelled);
  }));
}

TEST_CASE("cancelling goes down the tree and not up") {
  CHECK(passes([] {
    const Context root = Context().with_cancel();
    const Context left = root.with_cancel();
    const Context leaf = left.with_cancel();
    const Context right = root.with_cancel();
    left.cancel();
    REQUIRE(left.over());
    REQUIRE(leaf.over());
    REQUIRE_FALSE(root.over());
    REQUIRE_FALSE(right.over());
    root.cancel();
    REQUIRE(right.over());
    REQUIRE(root.with_cancel().over());  // made from one that is over
    REQUIRE_FALSE(Context().over());
  }));
}

TEST_CASE("the earlier deadline counts, whoever set it") {
  CHECK(passes([] {
    const Context early = Context().with_timeout(10ms);
    const Context late = early.with_timeout(1h);
    REQUIRE(late.deadline() == early.deadline());
    const Context soon = early.with_timeout(5ms);
    norn::sleep_for(6ms);
    REQUIRE(soon.error() == norn::Errc::timeout);
    REQUIRE_FALSE(early.over());
    norn::sleep_for(5ms);
    REQUIRE(late.error() == norn::Errc::timeout);
    REQUIRE(Context().with_deadline(norn::now() - 1ms).over());
  }));
}

TEST_CASE("a context carries values, found from below") {
  static constexpr norn::ContextKey<std::string> kUser;
  static constexpr norn::ContextKey<std::string> kTrace;
  CHECK(passes([] {
    const Context context = Context().with_value(kUser, std::string("ada"));
    const Context below = context.with_cancel().with_value(kTrace, std::string("t1"));
    REQUIRE(*below.value(kUser) == "ada");
    REQUIRE(context.value(kTrace) == nullptr);
    const Context::Scope scope(below);
    norn::spawn([] { REQUIRE(*Context::current().value(kTrace) == "t1"); }).join();
  }));
}

TEST_CASE("fibers inherit the context of who spawns them") {
  CHECK(passes([] {
    const Context context = Context().with_timeout(10ms);
    norn::Task<void> task;
    {
      const Context::Scope scope(context);
      task = norn::spawn([] {
        norn::spawn([] { norn::sleep_for(24h); }).detach();
        norn::sleep_for(24h);
      });
    }
    REQUIRE(task.wait() == norn::TaskEnd::cancelled);
    REQUIRE(norn::now().time_since_epoch() == 10ms);
    REQUIRE_THROWS_AS(task.join(), norn::TaskCancelled);
  }));
}

TEST_CASE("a task can be cancelled by itself, and one that has ended cannot") {
  CHECK(passes([] {
    bool cleaned = false;
    auto task = norn::spawn([&] {
      const norn::Defer clean([&] {
        norn::sleep_for(5ms);  // clean-up may block
        cleaned = true;
      });
      norn::sleep_for(24h);
    });
    norn::sleep_for(1ms);
    task.cancel();
    REQUIRE(task.wait() == norn::TaskEnd::cancelled);
    REQUIRE(cleaned);
    auto quick = norn::spawn([] { return 5; });
    norn::sleep_for(1ms);
    quick.cancel();
    REQUIRE(quick.join() == 5);
  }));
}

TEST_CASE("a value that was handed over is not lost to a cancellation") {
  CHECK(passes([] {
    norn::Channel<int> channel;
    int got = 0;
    auto task = norn::spawn([&] {
      got = channel.receive().value();
      norn::sleep_for(1h);
    });
    norn::sleep_for(1ms);
    channel.send(3);  // served, but not running yet
    task.cancel();
    REQUIRE(task.wait() == norn::TaskEnd::cancelled);
    REQUIRE(got == 3);
  }));
}

TEST_CASE("a cancelled waiter gives its place to the next") {
  CHECK(passes([] {
    norn::Mutex mutex;
    norn::RwLock rw_lock;
    norn::Semaphore permits(1);
    std::vector<std::string> got;
    mutex.lock();
    rw_lock.lock_shared();
    auto impatient_writer = norn::spawn([&] { rw_lock.lock(); });
    auto greedy = norn::spawn([&] { permits.acquire(5); });
    auto impatient = norn::spawn([&] { mutex.lock(); });
    norn::sleep_for(1ms);
    auto next = norn::spawn([&] {
      const std::lock_guard lock(mutex);
      got.emplace_back("mutex");
    });
    auto reader = norn::spawn([&] {
      rw_lock.lock_shared();
      got.emplace_back("reader");
      rw_lock.unlock_shared();
    });
    auto modest = norn::spawn([&] {
      permits.acquire();
      got.emplace_back("permit");
    });
    norn::sleep_for(1ms);
    REQUIRE(got.empty());
    impatient_writer.cancel();
    greedy.cancel();
    impatient.cancel();
    norn::sleep_for(1ms);
    reader.join();
    modest.join();
    mutex.unlock();
    next.join();
    REQUIRE(got.size() == 3);
    rw_lock.unlock_shared();
  }));
}

TEST_CASE("a group joins its fibers, and carries the first failure") {
  CHECK(passes([] {
    int ended = 0;
    norn::TaskGroup group;
    for (int i = 0; i < 3; ++i) {
      group.spawn([&ended] {
        const norn::Defer count([&ended] { ++ended; });
        norn::sleep_for(1h);
      });
    }
    group.spawn([] {
      norn::sleep_for(10ms);
      throw std::runtime_error("broken");
    });
    REQUIRE_THROWS_WITH(group.join(), "broken");
    REQUIRE(ended == 3);
    REQUIRE(norn::now().time_since_epoch() == 10ms);
  }));
}

TEST_CASE("leaving the scope of a group cancels and joins what still runs") {
  CHECK(passes([] {
    int ended = 0;
    {
      norn::TaskGroup group;
      for (int i = 0; i < 3; ++i) {
        group.spawn([&ended] {
          const norn::Defer count([&ended] {
            norn::sleep_for(3ms);
            ++ended;
          });
          norn::sleep_for(1h);
        });
      }
      norn::sleep_for(1ms);
    }
    REQUIRE(ended == 3);
    REQUIRE(norn::now().time_since_epoch() == 4ms);
  }));
}

TEST_CASE("cancelling the outer work ends the groups inside it") {
  CHECK(passes([] {
    int inner_ended = 0;
    const norn::Result<void> result = norn::with_timeout(10ms, [&] {
      norn::TaskGroup group;
      group.spawn([&] {
        norn::TaskGroup inner;
        inner.spawn([&] {
          const norn::Defer count([&] { ++inner_ended; });
          norn::sleep_for(1h);
        });
        inner.join();
      });
      group.join();
    });
    REQUIRE(result.error().code == norn::Errc::timeout);
    REQUIRE(inner_ended == 1);
  }));
}
