#include "explore/ordered_seeds.hpp"

#include <atomic>
#include <stdexcept>
#include <vector>

#include "support/catch.hpp"

using norn::explore::OrderedSeeds;

namespace {

// Work that takes longer for some seeds than for others.
std::uint64_t busy(std::uint64_t seed) {
  volatile std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < (seed % 7) * 20'000; ++i) sum = sum + i;
  return seed;
}

}  // namespace

TEST_CASE("results are taken in order, whatever the number of threads") {
  for (const unsigned jobs : {1U, 2U, 8U}) {
    std::vector<std::uint64_t> taken;
    OrderedSeeds<std::uint64_t> seeds(
        {100, 299}, busy,
        [&](std::uint64_t seed) {
          taken.push_back(seed);
          return true;
        },
        nullptr);
    seeds.go(jobs);
    REQUIRE(taken.size() == 200);
    for (std::size_t i = 0; i < taken.size(); ++i) CHECK(taken[i] == 100 + i);
  }
}

TEST_CASE("nothing is taken after the result that is the last") {
  for (const unsigned jobs : {1U, 8U}) {
    std::vector<std::uint64_t> taken;
    OrderedSeeds<std::uint64_t> seeds(
        {1, 1'000'000'000}, busy,
        [&](std::uint64_t seed) {
          taken.push_back(seed);
          return seed < 57;
        },
        nullptr);
    seeds.go(jobs);
    CHECK(taken.size() == 57);
    CHECK(taken.back() == 57);
  }
}

TEST_CASE("the range of all numbers has no end that overflows") {
  constexpr std::uint64_t kLast = ~std::uint64_t{0};
  std::vector<std::uint64_t> taken;
  const auto take = [&](std::uint64_t seed) {
    taken.push_back(seed);
    return taken.size() < 3;
  };
  const auto run = [](std::uint64_t seed) { return seed; };
  OrderedSeeds<std::uint64_t>({0, kLast}, run, take, nullptr).go(2);
  CHECK(taken == std::vector<std::uint64_t>{0, 1, 2});
  taken.clear();
  OrderedSeeds<std::uint64_t>({kLast - 1, kLast}, run, take, nullptr).go(2);
  CHECK(taken == std::vector<std::uint64_t>{kLast - 1, kLast});
}

TEST_CASE("an exception of a run comes out, and ends the others") {
  for (const unsigned jobs : {1U, 4U}) {
    std::uint64_t taken = 0;
    OrderedSeeds<std::uint64_t> seeds(
        {1, 1'000'000'000},
        [](std::uint64_t seed) {
          if (seed == 40) throw std::runtime_error("forty");
          return seed;
        },
        [&](std::uint64_t) {
          ++taken;
          return true;
        },
        nullptr);
    CHECK_THROWS_AS(seeds.go(jobs), std::runtime_error);
    CHECK(taken < 40);
  }
}

TEST_CASE("an interruption lets the runs that were begun end, and begins no more") {
  std::atomic<bool> interrupted{false};
  std::atomic<std::uint64_t> begun{0};
  std::uint64_t taken = 0;
  OrderedSeeds<std::uint64_t> seeds(
      {1, 1'000'000'000},
      [&](std::uint64_t seed) {
        ++begun;
        return seed;
      },
      [&](std::uint64_t seed) {
        ++taken;
        if (seed == 20) interrupted = true;
        return true;
      },
      &interrupted);
  seeds.go(4);
  CHECK(taken >= 20);
  CHECK(taken == begun);
}
