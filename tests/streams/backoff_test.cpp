#include "norn/runtime/backoff.hpp"

#include <stdexcept>
#include <vector>

#include "norn/runtime.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;

TEST_CASE("waits double up to the longest, and begin anew after a reset") {
  const bool passed = norn::test::passes([] {
    norn::Backoff backoff({.first = 100ms, .max = 1s, .factor = 2, .jitter_percent = 0});
    std::vector<norn::Duration> waits;
    for (int i = 0; i < 6; ++i) waits.push_back(backoff.next());
    REQUIRE(waits == std::vector<norn::Duration>{100ms, 200ms, 400ms, 800ms, 1s, 1s});
    REQUIRE(backoff.failures() == 6);
    backoff.reset();
    REQUIRE(backoff.next() == 100ms);
  });
  CHECK(passed);
}

TEST_CASE("jitter shortens each wait by a drawn share, never more than asked") {
  std::vector<norn::Duration> first;
  std::vector<norn::Duration> again;
  for (auto* const waits : {&first, &again}) {
    norn::test::simulate(
        [waits] {
          norn::Backoff backoff({.first = 1s, .max = 1s, .jitter_percent = 30});
          for (int i = 0; i < 50; ++i) waits->push_back(backoff.next());
        },
        7);
  }
  CHECK(first == again);
  CHECK(first.size() == 50);
  for (const norn::Duration wait : first) {
    CHECK(wait >= 700ms);
    CHECK(wait <= 1s);
  }
  CHECK(*std::max_element(first.begin(), first.end()) -
            *std::min_element(first.begin(), first.end()) >
        200ms);
}

TEST_CASE("an attempt that lasted is healthy, and the next failure is the first") {
  const bool passed = norn::test::passes([] {
    norn::Backoff backoff({.first = 100ms, .max = 10s, .jitter_percent = 0, .healthy_after = 5s});
    for (int i = 0; i < 4; ++i) backoff.wait();
    norn::sleep_for(4s);
    REQUIRE(backoff.next() == 1600ms);
    norn::sleep_for(1600ms + 5s);
    REQUIRE(backoff.next() == 100ms);
  });
  CHECK(passed);
}

TEST_CASE("with_backoff calls again until there is a success") {
  const bool passed = norn::test::passes([] {
    int calls = 0;
    const norn::TimePoint before = norn::now();
    const auto value = norn::with_backoff(
        [&]() -> norn::Result<int> {
          if (++calls < 4) return norn::Error{norn::Errc::io_error, "not yet"};
          return calls;
        },
        {.backoff = {.first = 100ms, .jitter_percent = 0}});
    REQUIRE(value.value_or(0) == 4);
    REQUIRE(norn::now() - before == 700ms);
    norn::with_backoff([&] {
      if (++calls < 6) throw std::runtime_error("again");
    });
    REQUIRE(calls == 6);
  });
  CHECK(passed);
}

TEST_CASE("with_backoff gives up with the last failure") {
  const bool passed = norn::test::passes([] {
    int calls = 0;
    const auto value = norn::with_backoff(
        [&]() -> norn::Result<void> {
          return norn::Error{norn::Errc::io_error, std::to_string(++calls)};
        },
        {.attempts = 3});
    REQUIRE_FALSE(value.ok());
    REQUIRE(value.error().message == "3");
    calls = 0;
    const auto throwing = [&] {
      ++calls;
      throw std::runtime_error("for ever");
    };
    REQUIRE_THROWS_AS(norn::with_backoff(throwing, {.attempts = 2}), std::runtime_error);
    REQUIRE(calls == 2);
  });
  CHECK(passed);
}
