#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;
using norn::after;
using norn::Channel;
using norn::on_done;
using norn::on_receive;
using norn::on_send;
using norn::otherwise;
using norn::test::passes;
using norn::test::simulate;

TEST_CASE("select takes the case that is ready, and nothing from the others") {
  CHECK(passes([] {
    Channel<int> numbers(1);
    Channel<std::string> words(1);
    numbers.send(7);
    const std::string got = norn::select(
        on_receive(numbers, [](std::optional<int> n) { return std::to_string(n.value()); }),
        on_receive(words, [](std::optional<std::string> word) { return word.value(); }));
    REQUIRE(got == "7");
    REQUIRE(words.size() == 0);
    REQUIRE(numbers.size() == 0);
  }));
}

TEST_CASE("select blocks until the first of its cases can go ahead") {
  CHECK(passes([] {
    Channel<int> first;
    Channel<int> second;
    auto sender = norn::spawn([&] {
      norn::sleep_for(30ms);
      second.send(2);
      norn::sleep_for(30ms);
      first.send(1);
    });
    std::vector<int> got;
    for (int i = 0; i < 2; ++i) {
      norn::select(on_receive(first, [&](std::optional<int> n) { got.push_back(n.value()); }),
                   on_receive(second, [&](std::optional<int> n) { got.push_back(n.value()); }));
    }
    sender.join();
    REQUIRE(got == std::vector<int>{2, 1});
  }));
}

TEST_CASE("among ready cases each is chosen, by the seed") {
  std::set<std::string> orders;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    std::string order;
    simulate(
        [&] {
          std::array<Channel<int>, 3> channels{Channel<int>(1), Channel<int>(1), Channel<int>(1)};
          for (auto& channel : channels) channel.send(0);
          for (int i = 0; i < 3; ++i) {
            norn::select(on_receive(channels[0], [&](auto) { order += 'a'; }),
                         on_receive(channels[1], [&](auto) { order += 'b'; }),
                         on_receive(channels[2], [&](auto) { order += 'c'; }));
          }
        },
        seed);
    orders.insert(order);
  }
  CHECK(orders.size() == 6);
}

TEST_CASE("a case that is always ready does not starve another") {
  CHECK(passes([] {
    Channel<int> busy(1);
    Channel<int> rare(1);
    rare.send(1);
    int rounds = 0;
    for (bool seen = false; !seen; ++rounds) {
      static_cast<void>(busy.try_send(0));
      norn::select(on_receive(busy, [](auto) {}), on_receive(rare, [&](auto) { seen = true; }));
      REQUIRE(rounds < 200);
    }
  }));
}

TEST_CASE("otherwise makes select return at once") {
  CHECK(passes([] {
    Channel<int> empty;
    const norn::TimePoint before = norn::now();
    const int got = norn::select(on_receive(empty, [](std::optional<int> n) { return n.value(); }),
                                 on_send(empty, 1, [] { return 2; }), otherwise([] { return 3; }));
    REQUIRE(got == 3);
    REQUIRE(norn::now() == before);
  }));
}

TEST_CASE("after ends the wait, the shortest first") {
  CHECK(passes([] {
    Channel<int> empty;
    const norn::TimePoint before = norn::now();
    const int got = norn::select(after(50ms, [] { return 50; }), after(20ms, [] { return 20; }),
                                 on_receive(empty, [](auto) { return 0; }));
    REQUIRE(got == 20);
    REQUIRE(norn::now() - before == 20ms);
    REQUIRE_FALSE(empty.try_send(1));  // nobody waits there any more
  }));
}

TEST_CASE("a null channel is never ready") {
  CHECK(passes([] {
    Channel<int> real(1);
    Channel<int>* off = nullptr;
    real.send(1);
    for (int i = 0; i < 20; ++i) {
      const bool sent = norn::select(on_receive(off, [](auto) { return false; }),
                                     on_send(off, 1, [] { return false; }),
                                     on_receive(real, [](auto) { return true; }));
      REQUIRE(sent);
      real.send(1);
    }
  }));
}

TEST_CASE("a closed channel is always ready to receive") {
  CHECK(passes([] {
    Channel<int> channel(2);
    channel.send(5);
    channel.close();
    std::vector<std::optional<int>> got;
    for (int i = 0; i < 3; ++i) {
      norn::select(on_receive(channel, [&](std::optional<int> n) { got.push_back(n); }),
                   after(1s, [] { REQUIRE(false); }));
    }
    REQUIRE(got == std::vector<std::optional<int>>{5, std::nullopt, std::nullopt});
  }));
}

TEST_CASE("closing wakes a select that waits to receive") {
  CHECK(passes([] {
    Channel<int> channel;
    auto closer = norn::spawn([&] {
      norn::sleep_for(5ms);
      channel.close();
    });
    const bool ended =
        norn::select(on_receive(channel, [](std::optional<int> n) { return !n.has_value(); }));
    REQUIRE(ended);
    closer.join();
  }));
}

TEST_CASE("two selects meet on an unbuffered channel, once") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CHECK(simulate(
              [] {
                Channel<int> left;
                Channel<int> right;
                int sent = 0;
                int received = 0;
                auto other = norn::spawn([&] {
                  for (int i = 0; i < 50; ++i) {
                    norn::select(on_send(left, i, [&] { ++sent; }),
                                 on_send(right, i, [&] { ++sent; }));
                  }
                });
                for (int i = 0; i < 50; ++i) {
                  const int got = norn::select(
                      on_receive(left, [](std::optional<int> n) { return n.value(); }),
                      on_receive(right, [](std::optional<int> n) { return n.value(); }));
                  REQUIRE(got == i);
                  ++received;
                }
                other.join();
                REQUIRE(sent == received);
                REQUIRE_FALSE(left.try_receive().has_value());
                REQUIRE_FALSE(right.try_receive().has_value());
              },
              seed)
              .verdict == norn::Verdict::passed);
  }
}

TEST_CASE("select sees the end of a context") {
  CHECK(passes([] {
    Channel<int> empty;
    const norn::Context context = norn::Context().with_timeout(25ms);
    const norn::TimePoint before = norn::now();
    const bool over = norn::select(on_receive(empty, [](auto) { return false; }),
                                   on_done(context, [] { return true; }));
    REQUIRE(over);
    REQUIRE(norn::now() - before == 25ms);
    REQUIRE(context.error() == norn::Errc::timeout);
  }));
}

TEST_CASE("senders and receivers of a channel are served in the order of their coming") {
  CHECK(passes([] {
    Channel<int> channel;
    std::vector<int> got;
    norn::TaskGroup group;
    for (int i = 0; i < 5; ++i) {
      group.spawn([&, i] {
        norn::sleep_for(std::chrono::milliseconds(i + 1));
        const int value = channel.receive().value();
        got.push_back(10 * i + value);
      });
    }
    norn::sleep_for(20ms);
    for (int i = 0; i < 5; ++i) channel.send(i);
    group.join();
    std::sort(got.begin(), got.end());
    REQUIRE(got == std::vector<int>{0, 11, 22, 33, 44});
  }));
}

TEST_CASE("timers fire once, and can be stopped and set anew") {
  CHECK(passes([] {
    norn::Timer timer(10ms);
    norn::Timer never(10ms);
    REQUIRE(never.stop());
    const norn::TimePoint begun = norn::now();
    REQUIRE(timer.fired().receive() == begun + 10ms);
    REQUIRE_FALSE(timer.stop());
    REQUIRE_FALSE(timer.reset(5ms));
    REQUIRE(timer.fired().receive() == begun + 15ms);
    norn::sleep_for(50ms);
    REQUIRE(never.fired().size() == 0);
  }));
}

TEST_CASE("a ticker keeps its beat and drops what is not taken") {
  CHECK(passes([] {
    norn::Ticker ticker(10ms);
    const norn::TimePoint begun = norn::now();
    for (int i = 1; i <= 3; ++i) REQUIRE(ticker.ticks().receive() == begun + i * 10ms);
    norn::sleep_for(35ms);  // ticks at 40, 50, 60: one waits
    REQUIRE(ticker.ticks().receive() == begun + 40ms);
    REQUIRE(ticker.ticks().receive() == begun + 70ms);
    ticker.stop();
    norn::sleep_for(100ms);
    REQUIRE(ticker.ticks().size() == 0);
  }));
}
