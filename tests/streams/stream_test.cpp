#include "norn/runtime/stream.hpp"

#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "norn/runtime/codec_json.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;
using norn::Pipe;

namespace {

std::vector<int> numbers(int count) {
  std::vector<int> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

// 0, 1, 2, … for ever; says how far it got.
Pipe<int> counting(int& next) {
  return Pipe<int>::generate([&next]() -> std::optional<int> { return next++; });
}

}  // namespace

TEST_CASE("stages take values one by one, in order") {
  const bool passed = norn::test::passes([] {
    const auto pipe =
        Pipe<int>::from(numbers(10)).filter([](int n) { return n % 2 == 1; }).map([](int n) {
          return std::to_string(n * n);
        });
    REQUIRE(pipe.collect() == std::vector<std::string>{"1", "9", "25", "49", "81"});
    REQUIRE(pipe.skip(1).take(2).collect() == std::vector<std::string>{"9", "25"});
    REQUIRE(pipe.take(0).collect().empty());
    REQUIRE(pipe.take_while([](const std::string& s) { return s.size() < 2; }).collect().size() ==
            2);
    REQUIRE(Pipe<int>::from({1}).then(Pipe<int>::from({2, 3})).collect() ==
            std::vector<int>{1, 2, 3});
    REQUIRE(Pipe<int>::from(numbers(5)).fold(0, [](int sum, int n) { return sum + n; }) == 10);
  });
  CHECK(passed);
}

TEST_CASE("an end that wants no more stops an endless source") {
  const bool passed = norn::test::passes([] {
    int next = 0;
    REQUIRE(counting(next).take(5).collect() == numbers(5));
    REQUIRE(next == 5);
    next = 0;
    REQUIRE(counting(next).buffer(4).take(5).collect() == numbers(5));
    REQUIRE(next <= 12);
    next = 0;
    REQUIRE(counting(next).merge(counting(next)).take(6).collect().size() == 6);
  });
  CHECK(passed);
}

TEST_CASE("a slow end slows the source: no more is ahead than the buffer holds") {
  const bool passed = norn::test::passes([] {
    int made = 0;
    int used = 0;
    int most_ahead = 0;
    counting(made).buffer(8).take(100).for_each([&](int) {
      norn::sleep_for(1ms);
      most_ahead = std::max(most_ahead, made - ++used);
    });
    REQUIRE(most_ahead >= 8);
    REQUIRE(most_ahead <= 10);
    made = used = most_ahead = 0;
    counting(made).take(100).for_each(
        [&](int) { most_ahead = std::max(most_ahead, made - ++used); });
    REQUIRE(most_ahead == 0);
  });
  CHECK(passed);
}

TEST_CASE("throttle spaces values, and batch gathers them for no longer than asked") {
  const bool passed = norn::test::passes([] {
    const norn::TimePoint before = norn::now();
    REQUIRE(Pipe<int>::from(numbers(11)).throttle(10, 1s).collect().size() == 11);
    REQUIRE(norn::now() - before == 1s);
    const auto batches = Pipe<int>::from(numbers(10)).throttle(1, 100ms).batch(4, 250ms).collect();
    REQUIRE(batches == std::vector<std::vector<int>>{{0, 1, 2}, {3, 4, 5}, {6, 7, 8}, {9}});
    const auto full = Pipe<int>::from(numbers(10)).batch(4, 1s).collect();
    REQUIRE(full == std::vector<std::vector<int>>{{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9}});
  });
  CHECK(passed);
}

TEST_CASE("merge gives all values of both, each in its own order") {
  const bool passed = norn::test::passes([] {
    auto all =
        Pipe<int>::from(numbers(20))
            .throttle(1, 3ms)
            .merge(Pipe<int>::from(numbers(20)).map([](int n) { return n + 100; }).throttle(1, 5ms))
            .collect();
    REQUIRE(all.size() == 40);
    std::vector<int> small;
    std::copy_if(all.begin(), all.end(), std::back_inserter(small), [](int n) { return n < 100; });
    REQUIRE(small == numbers(20));
    REQUIRE(all != small);
  });
  CHECK(passed);
}

TEST_CASE("map_async works on several at once and keeps the order") {
  const bool passed = norn::test::passes([] {
    for (const std::size_t at_once : {std::size_t{1}, std::size_t{2}, std::size_t{5}}) {
      std::size_t running = 0;
      std::size_t most = 0;
      const norn::TimePoint before = norn::now();
      const auto squares = Pipe<int>::from(numbers(40))
                               .map_async(at_once,
                                          [&](int n) {
                                            most = std::max(most, ++running);
                                            norn::sleep_for(n % 3 == 0 ? 30ms : 10ms);
                                            --running;
                                            return n * n;
                                          })
                               .collect();
      REQUIRE(squares.size() == 40);
      for (int i = 0; i < 40; ++i) REQUIRE(squares[static_cast<std::size_t>(i)] == i * i);
      REQUIRE(most == at_once);
      REQUIRE(norn::now() - before <= (at_once == 1 ? 680ms : 500ms));
    }
  });
  CHECK(passed);
}

TEST_CASE("an exception in any stage comes out at the end, and all fibers are gone") {
  const bool passed = norn::test::passes([] {
    const auto bad = [](int n) -> int {
      if (n == 7) throw std::runtime_error("seven");
      return n;
    };
    int next = 0;
    const auto endless = [&next] { return counting(next); };
    REQUIRE_THROWS_WITH(endless().map(bad).collect(), "seven");
    next = 0;
    REQUIRE_THROWS_WITH(endless().map(bad).buffer(3).collect(), "seven");
    next = 0;
    REQUIRE_THROWS_WITH(endless().buffer(3).map(bad).collect(), "seven");
    next = 0;
    REQUIRE_THROWS_WITH(endless().map_async(3, bad).collect(), "seven");
    next = 0;
    REQUIRE_THROWS_WITH(endless().map(bad).merge(Pipe<int>::from({1})).collect(), "seven");
    next = 0;
    REQUIRE_THROWS_WITH(endless()
                            .batch(2, 1s)
                            .map([](const std::vector<int>& v) -> int {
                              throw std::runtime_error(std::to_string(v.size()));
                            })
                            .collect(),
                        "2");
  });
  CHECK(passed);
}

TEST_CASE("a pipe reads from a channel and writes into one") {
  const bool passed = norn::test::passes([] {
    norn::Channel<int> in(2);
    norn::Channel<int> out(100);
    auto feeder = norn::spawn([&] {
      for (int i = 0; i < 10; ++i) in.send(i);
      in.close();
    });
    Pipe<int>::from(in).map([](int n) { return n + 1; }).into(out);
    feeder.join();
    REQUIRE(out.size() == 10);
    REQUIRE_FALSE(out.closed());
  });
  CHECK(passed);
}

TEST_CASE("a cancelled context ends a pipe and its fibers") {
  const bool passed = norn::test::passes([] {
    int next = 0;
    const auto result = norn::with_timeout(
        1s, [&] { counting(next).throttle(10, 1s).buffer(5).for_each([](int) {}); });
    REQUIRE(result.error().code == norn::Errc::timeout);
    const int then = next;
    norn::sleep_for(5s);
    REQUIRE(next == then);
  });
  CHECK(passed);
}
