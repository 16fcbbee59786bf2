#include "engine/distributions.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "engine/choice_hash.hpp"
#include "support/catch.hpp"

namespace norn::sim {
namespace {

constexpr std::uint64_t kMaxDraw = std::numeric_limits<std::uint64_t>::max();

// Pearson's statistic of `counts` against equal expectations.
double chi_square(const std::vector<std::uint64_t>& counts) {
  double total = 0;
  for (const std::uint64_t count : counts) total += static_cast<double>(count);
  const double expected = total / static_cast<double>(counts.size());
  double sum = 0;
  for (const std::uint64_t count : counts) {
    const double difference = static_cast<double>(count) - expected;
    sum += difference * difference / expected;
  }
  return sum;
}

// The statistic has mean k - 1 and variance 2 (k - 1) over k cells. Five standard deviations are
// passed by chance once in a million; the draws are fixed, so a pass stays one.
bool is_uniform(const std::vector<std::uint64_t>& counts) {
  const auto degrees = static_cast<double>(counts.size() - 1);
  const double deviation = std::sqrt(2 * degrees);
  const double statistic = chi_square(counts);
  return statistic > degrees - 5 * deviation && statistic < degrees + 5 * deviation;
}

// The share of runs in which a bit of the result flips when a bit of the input does: the worst
// distance from one half over all pairs of bits.
template <class Function>
double worst_flip(const Function& function, std::uint64_t samples) {
  double worst = 0;
  for (unsigned in = 0; in < 64; ++in) {
    std::array<std::uint64_t, 64> flips{};
    for (std::uint64_t i = 0; i < samples; ++i) {
      const std::uint64_t changed = function(i, 0) ^ function(i, std::uint64_t{1} << in);
      for (unsigned out = 0; out < 64; ++out) flips[out] += changed >> out & 1;
    }
    for (const std::uint64_t count : flips) {
      const double share = static_cast<double>(count) / static_cast<double>(samples);
      worst = std::max(worst, std::abs(share - 0.5));
    }
  }
  return worst;
}

}  // namespace

TEST_CASE("each bit of either word flips each bit of the mix half of the time") {
  // 4,096 samples have a standard deviation of 0.0078; the worst of 4,096 pairs lies near 3.6 of
  // them. Inputs are small neighbouring numbers, the hardest case.
  constexpr double limit = 0.045;
  CHECK(worst_flip([](std::uint64_t i, std::uint64_t flip) { return mix(i ^ flip, 1); }, 4096) <
        limit);
  CHECK(worst_flip([](std::uint64_t i, std::uint64_t flip) { return mix(1, i ^ flip); }, 4096) <
        limit);
  CHECK(worst_flip([](std::uint64_t i, std::uint64_t flip) { return mix(i ^ flip, i); }, 4096) <
        limit);
}

TEST_CASE("no value of one word makes the mix forget the other") {
  // The constants that mix() adds would make a bare product zero, whatever the other word.
  for (const std::uint64_t a : {std::uint64_t{0}, kMaxDraw, std::uint64_t{0x6a09e667f3bcc909},
                                std::uint64_t{0xbb67ae8584caa73b}}) {
    std::set<std::uint64_t> first;
    std::set<std::uint64_t> second;
    for (std::uint64_t i = 0; i < 65'536; ++i) {
      first.insert(mix(a, i));
      second.insert(mix(i, a));
    }
    CHECK(first.size() == 65'536);
    CHECK(second.size() == 65'536);
  }
}

TEST_CASE("draws of neighbouring seeds, keys and occurrences are uniform in every byte") {
  constexpr std::uint64_t samples = 1 << 16;
  for (unsigned byte = 0; byte < 8; ++byte) {
    std::vector<std::uint64_t> by_seed(256);
    std::vector<std::uint64_t> by_key(256);
    std::vector<std::uint64_t> by_occurrence(256);
    for (std::uint64_t i = 0; i < samples; ++i) {
      const std::uint64_t key = choice_key(ChoiceKind::message_loss, mix(1, 2), i);
      ++by_seed[draw(i, 42) >> (8 * byte) & 255];
      ++by_key[draw(42, i) >> (8 * byte) & 255];
      ++by_occurrence[draw(1, key) >> (8 * byte) & 255];
    }
    INFO("byte " << byte);
    CHECK(is_uniform(by_seed));
    CHECK(is_uniform(by_key));
    CHECK(is_uniform(by_occurrence));
  }
}

TEST_CASE("draws of neighbouring keys, seeds and kinds are independent of each other") {
  constexpr std::uint64_t samples = 1 << 18;
  std::vector<std::uint64_t> next_occurrence(4096);
  std::vector<std::uint64_t> next_seed(4096);
  std::vector<std::uint64_t> next_kind(4096);
  std::vector<std::uint64_t> swapped(4096);
  for (std::uint64_t i = 0; i < samples; ++i) {
    const auto pair = [](std::uint64_t a, std::uint64_t b) { return (a >> 58) << 6 | b >> 58; };
    const auto key = [](ChoiceKind kind, std::uint64_t n) { return choice_key(kind, 7, n); };
    const std::uint64_t here = draw(3, key(ChoiceKind::message_delay, i));
    ++next_occurrence[pair(here, draw(3, key(ChoiceKind::message_delay, i + 1)))];
    ++next_seed[pair(here, draw(4, key(ChoiceKind::message_delay, i)))];
    ++next_kind[pair(here, draw(3, key(ChoiceKind::message_loss, i)))];
    ++swapped[pair(mix(i, i + 1), mix(i + 1, i))];
  }
  CHECK(is_uniform(next_occurrence));
  CHECK(is_uniform(next_seed));
  CHECK(is_uniform(next_kind));
  CHECK(is_uniform(swapped));
}

TEST_CASE("below and between reach both ends and nothing beyond") {
  CHECK(below(0, 10) == 0);
  CHECK(below(kMaxDraw, 10) == 9);
  CHECK(below(kMaxDraw, 1) == 0);
  CHECK(below(kMaxDraw, kMaxDraw) == kMaxDraw - 1);
  CHECK(between(0, -5, 5) == -5);
  CHECK(between(kMaxDraw, -5, 5) == 5);
  CHECK(between(kMaxDraw / 3, 7, 7) == 7);
  constexpr auto low = std::numeric_limits<std::int64_t>::min();
  constexpr auto high = std::numeric_limits<std::int64_t>::max();
  CHECK(between(0, low, high) == low);
  CHECK(between(kMaxDraw, low, high) == high);
  CHECK(between(kMaxDraw, Duration(3), Duration(9)) == Duration(9));
}

TEST_CASE("below is uniform for bounds that are no power of two") {
  for (const std::uint64_t bound : {3U, 10U, 100U, 1000U}) {
    std::vector<std::uint64_t> counts(bound);
    for (std::uint64_t i = 0; i < 200'000; ++i) ++counts[below(draw(5, i), bound)];
    INFO("bound " << bound);
    CHECK(is_uniform(counts));
  }
}

TEST_CASE("chance is exact at its edges and right in between") {
  CHECK_FALSE(chance(0, {0, 1}));
  CHECK(chance(kMaxDraw, {1, 1}));
  CHECK(chance(kMaxDraw, {5, 5}));
  // Of n equal parts of all draws, the first is chosen by 1/n, and the draw behind it is not.
  CHECK(chance(kMaxDraw / 3, {1, 3}));
  CHECK_FALSE(chance(kMaxDraw / 3 + 1, {1, 3}));
  std::uint64_t taken = 0;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) taken += chance(draw(6, i), {1, 1000}) ? 1 : 0;
  CHECK(taken > 1000 - 5 * 32);
  CHECK(taken < 1000 + 5 * 32);
}

TEST_CASE("what split leaves is uniform, whatever number it gave") {
  std::vector<std::uint64_t> counts(256);
  for (std::uint64_t i = 0; i < 1'000'000; ++i) {
    const Split split = sim::split(draw(7, i), 100);
    if (split.number < 5) ++counts[split.rest >> 56];
  }
  CHECK(is_uniform(counts));
}

TEST_CASE("the logarithm is right within a thousandth of itself") {
  double worst = 0;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) {
    const std::uint64_t bits = draw(8, i);
    // u as minus_log() documents it.
    const auto zeros = std::countr_zero(bits >> 40 | std::uint64_t{1} << 16);
    const double mantissa =
        0.5 + static_cast<double>(bits >> 56) / 512 +
        static_cast<double>(bits >> 16 & 0xffffff) / 512 / static_cast<double>(1 << 24);
    const double exact = -std::log(std::ldexp(mantissa, -zeros));
    const double error = std::abs(static_cast<double>(minus_log(bits)) / 4294967296.0 - exact);
    // 2^-31 is the rounding of the table.
    worst = std::max(worst, (error - std::ldexp(1.0, -31)) / exact);
  }
  CHECK(worst < 0.001);
}

TEST_CASE("exponential draws have the right mean, spread and tail") {
  constexpr std::int64_t mean = 1'000'000;
  constexpr int samples = 2'000'000;
  double sum = 0;
  double squares = 0;
  std::int64_t largest = 0;
  std::array<int, 8> above{};
  for (std::uint64_t i = 0; i < samples; ++i) {
    const std::int64_t value = exponential(draw(9, i), mean);
    REQUIRE(value >= 0);
    largest = std::max(largest, value);
    sum += static_cast<double>(value);
    squares += static_cast<double>(value) * static_cast<double>(value);
    for (std::size_t k = 0; k < above.size(); ++k) {
      above[k] += value >= static_cast<std::int64_t>(k) * mean ? 1 : 0;
    }
  }
  const double measured = sum / samples / mean;
  CHECK(std::abs(measured - (1 - std::exp(-8.0))) < 5.0 / std::sqrt(double{samples}));
  // Of an exponential with mean 1, cut off at 8, the mean square is 2 - 18 e^-8.
  CHECK(std::abs(squares / samples / mean / mean - (2 - 18 * std::exp(-8.0))) < 0.02);
  CHECK(largest == 8 * mean);
  for (std::size_t k = 0; k < above.size(); ++k) {
    const double expected = std::exp(-static_cast<double>(k));
    const double share = static_cast<double>(above[k]) / samples;
    INFO("share above " << k << " means: " << share);
    CHECK(std::abs(share - expected) <= 5 * std::sqrt(expected / samples));
  }
  CHECK(exponential(0, 0) == 0);
  constexpr std::int64_t largest_mean = (std::int64_t{1} << 60) - 1;
  CHECK(exponential(0, largest_mean) == 8 * largest_mean);
}

TEST_CASE("a latency keeps its minimum, its mean and its share of slow messages") {
  const Latency options;  // 100 us, 800 us, 1 in 1,000 up to 100 ms
  constexpr std::uint64_t samples = 2'000'000;
  std::uint64_t slow = 0;
  double usual_sum = 0;
  double slow_sum = 0;
  Duration least = Duration::max();
  Duration most{};
  const Duration cut = options.min + 8 * (options.usual - options.min);
  for (std::uint64_t i = 0; i < samples; ++i) {
    const std::uint64_t bits = draw(10, i);
    const Duration delay = latency(bits, options);
    least = std::min(least, delay);
    most = std::max(most, delay);
    if (chance(bits, options.slow)) {
      ++slow;
      slow_sum += static_cast<double>(delay.count());
      REQUIRE(delay >= options.usual);
    } else {
      usual_sum += static_cast<double>(delay.count());
      REQUIRE(delay <= cut);
    }
  }
  CHECK(least >= options.min);
  CHECK(least < options.min + Duration(10));
  CHECK(most <= options.slow_max);
  CHECK(most > options.slow_max * 99 / 100);
  CHECK(slow > 2000 - 5 * 45);
  CHECK(slow < 2000 + 5 * 45);
  CHECK(std::abs(usual_sum / static_cast<double>(samples - slow) / 799'765 - 1) < 0.005);
  CHECK(std::abs(slow_sum / static_cast<double>(slow) / 50'400'000 - 1) < 0.06);
}

TEST_CASE("a latency without spread or slow messages is constant") {
  using std::chrono::milliseconds;
  const Latency constant{milliseconds(5), milliseconds(5), {0, 1}, milliseconds(0)};
  const Latency below_minimum{milliseconds(5), milliseconds(1), {0, 1}, milliseconds(0)};
  const Latency always_slow{milliseconds(1), milliseconds(2), {1, 1}, milliseconds(2)};
  for (std::uint64_t i = 0; i < 100; ++i) {
    CHECK(latency(draw(1, i), constant) == milliseconds(5));
    CHECK(latency(draw(1, i), below_minimum) == milliseconds(5));
    CHECK(latency(draw(1, i), always_slow) >= milliseconds(1));
  }
}

// The same on every compiler, processor and optimisation level: a seed means the same run for ever.
TEST_CASE("draws and distributions give the golden values") {
  CHECK(mix(0, 0) == 0xb8b040daffc00c27U);
  CHECK(mix(1, 2) == 0x606c583d731629f6U);
  CHECK(mix(2, 1) == 0x965d1f56a43c1116U);
  CHECK(text_key("") == 0xe68da1fa7a9a60f5U);
  CHECK(text_key("n1") == 0x0c4a4181d30f2a23U);
  CHECK(choice_key(ChoiceKind::message_delay, 1, 0) == 0xf04c7c40a4022cb7U);
  CHECK(choice_key(ChoiceKind::workload, 1, 99) == 0xd08f13d44b4dc620U);
  CHECK(draw(1, 0) == 0xd9c5728cfb86eeafU);
  CHECK(exponential(0x0000000000000000U, std::int64_t{1'000'000'000}) == 8000000000);
  CHECK(exponential(0x0000000000000001U, std::int64_t{1'000'000'000}) == 8000000000);
  CHECK(exponential(0x0123456789abcdefU, std::int64_t{1'000'000'000}) == 687677880);
  CHECK(exponential(0x8000000000000000U, std::int64_t{1'000'000'000}) == 8000000000);
  CHECK(exponential(0xffffffffffffffffU, std::int64_t{1'000'000'000}) == 0);
  CHECK(exponential(0xdeadbeefcafef00dU, std::int64_t{1'000'000'000}) == 759903515);
  std::uint64_t all = 0;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    const std::uint64_t bits = draw(11, i);
    all = mix(all, below(bits, 1000));
    all = mix(all, static_cast<std::uint64_t>(between(bits, -7, 1'000'000)));
    all = mix(all, chance(bits, {1, 3}) ? 1 : 0);
    all = mix(all, static_cast<std::uint64_t>(exponential(bits, std::int64_t{123'456'789})));
    all = mix(all, static_cast<std::uint64_t>(latency(bits, Latency{}).count()));
  }
  CHECK(all == 0x8fc7dc55cb43b66aU);
}

}  // namespace norn::sim
