#include <mutex>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "support/catch.hpp"
#include "support/death.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;
using norn::test::passes;
using norn::test::simulate;

TEST_CASE("a mutex lets in one fiber at a time, in the order of asking") {
  std::vector<int> order;
  CHECK(passes([&order] {
    norn::Mutex mutex;
    int inside = 0;
    std::vector<norn::Task<void>> tasks;
    for (int i = 0; i < 5; ++i) {
      tasks.push_back(norn::spawn([&, i] {
        norn::sleep_for(std::chrono::milliseconds(i));
        const std::lock_guard lock(mutex);
        REQUIRE(++inside == 1);
        order.push_back(i);
        norn::sleep_for(20ms);
        --inside;
      }));
    }
    for (auto& task : tasks) task.join();
  }));
  CHECK(order == std::vector<int>{0, 1, 2, 3, 4});
}

TEST_CASE("try_lock never blocks") {
  CHECK(passes([] {
    norn::Mutex mutex;
    REQUIRE(mutex.try_lock());
    auto task = norn::spawn([&] { return mutex.try_lock(); });
    REQUIRE_FALSE(task.join());
    mutex.unlock();
  }));
}

TEST_CASE("locking a mutex one holds is misuse that says so") {
  const auto death = norn::test::death_of([] {
    simulate([] {
      norn::Mutex mutex;
      mutex.lock();
      mutex.lock();
    });
  });
  CHECK(death.exit_code == norn::kExitInternalError);
  CHECK(death.message.find("holds the Mutex already") != std::string::npos);
}

TEST_CASE("a condition variable wakes one or all, and gives up at its deadline") {
  CHECK(passes([] {
    norn::ConditionVariable changed;
    int woken = 0;
    std::vector<norn::Task<void>> tasks;
    for (int i = 0; i < 3; ++i) {
      tasks.push_back(norn::spawn([&] {
        changed.wait();
        ++woken;
      }));
    }
    norn::sleep_for(1ms);
    changed.notify_one();
    norn::sleep_for(1ms);
    REQUIRE(woken == 1);
    changed.notify_all();
    for (auto& task : tasks) task.join();
    REQUIRE(woken == 3);
    const norn::TimePoint before = norn::now();
    REQUIRE_FALSE(changed.wait_for(15ms));
    REQUIRE(norn::now() - before == 15ms);
  }));
}

TEST_CASE("waiting with a lock gives the mutex away and takes it back") {
  CHECK(passes([] {
    norn::Mutex mutex;
    norn::ConditionVariable changed;
    bool ready = false;
    auto waiter = norn::spawn([&] {
      std::unique_lock lock(mutex);
      while (!ready) changed.wait(lock);
      return lock.owns_lock();
    });
    norn::sleep_for(1ms);
    {
      const std::lock_guard lock(mutex);
      ready = true;
      changed.notify_one();
    }
    REQUIRE(waiter.join());
  }));
}

TEST_CASE("an unbuffered channel hands over directly") {
  CHECK(passes([] {
    norn::Channel<int> channel;
    bool sent = false;
    auto sender = norn::spawn([&] {
      channel.send(7);
      sent = true;
    });
    norn::sleep_for(10ms);
    REQUIRE_FALSE(sent);
    REQUIRE(channel.receive() == 7);
    sender.join();
    REQUIRE(sent);
  }));
}

TEST_CASE("a buffered channel blocks its sender only when it is full, and keeps the order") {
  CHECK(passes([] {
    norn::Channel<int> channel(3);
    int sent = 0;
    auto sender = norn::spawn([&] {
      for (int i = 0; i < 10; ++i) {
        channel.send(i);
        ++sent;
      }
      channel.close();
    });
    norn::sleep_for(1ms);
    REQUIRE(sent == 3);
    REQUIRE_FALSE(channel.try_send(99));
    for (int i = 0; i < 10; ++i) REQUIRE(channel.receive() == i);
    REQUIRE_FALSE(channel.receive().has_value());
    sender.join();
  }));
}

TEST_CASE("closing a channel wakes its receivers, and what is inside is still received") {
  CHECK(passes([] {
    norn::Channel<std::string> channel(2);
    channel.send("last");
    auto blocked = norn::spawn([&] {
      norn::Channel<int> empty;
      auto receiver = norn::spawn([&] { return empty.receive().has_value(); });
      norn::sleep_for(1ms);
      empty.close();
      return receiver.join();
    });
    REQUIRE_FALSE(blocked.join());
    channel.close();
    REQUIRE(channel.receive() == "last");
    REQUIRE_FALSE(channel.receive().has_value());
    REQUIRE_FALSE(channel.try_receive().has_value());
  }));
}

TEST_CASE("try_send hands over to a receiver that waits, once") {
  CHECK(passes([] {
    norn::Channel<int> channel;
    REQUIRE_FALSE(channel.try_send(1));
    auto receiver = norn::spawn([&] { return *channel.receive(); });
    norn::sleep_for(1ms);
    REQUIRE(channel.try_send(2));
    REQUIRE_FALSE(channel.try_send(3));
    REQUIRE(receiver.join() == 2);
  }));
}

TEST_CASE("receive_for gives up at its deadline and leaves nothing promised") {
  CHECK(passes([] {
    norn::Channel<int> channel;
    const norn::TimePoint before = norn::now();
    REQUIRE_FALSE(channel.receive_for(30ms).has_value());
    REQUIRE(norn::now() - before == 30ms);
    REQUIRE_FALSE(channel.try_send(1));
  }));
}

TEST_CASE("sending on a closed channel is misuse that says so") {
  const auto death = norn::test::death_of([] {
    simulate([] {
      norn::Channel<int> channel(1);
      channel.close();
      channel.send(1);
    });
  });
  CHECK(death.exit_code == norn::kExitInternalError);
  CHECK(death.message.find("closed Channel") != std::string::npos);
}
