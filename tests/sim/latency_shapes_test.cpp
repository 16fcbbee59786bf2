// The shapes of latencies over a million draws, against what is known of the distributions.
#include "engine/latency_shapes.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "engine/choice_hash.hpp"
#include "engine/distributions.hpp"
#include "norn/sim/wan.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

namespace norn::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSamples = 1'000'000;

struct Sample {
  std::vector<double> sorted;  // in milliseconds
  double mean = 0;
  double deviation = 0;

  double quantile(double share) const {
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
  }
};

Sample sample(const Latency& latency, std::uint64_t seed = 21) {
  Sample sample;
  sample.sorted.reserve(kSamples);
  for (std::uint64_t i = 0; i < kSamples; ++i) {
    const Duration time = sim::latency(draw(seed, i), latency);
    sample.sorted.push_back(static_cast<double>(time.count()) / 1e6);
    sample.mean += sample.sorted.back() / kSamples;
  }
  for (const double time : sample.sorted)
    sample.deviation += (time - sample.mean) * (time - sample.mean) / kSamples;
  sample.deviation = std::sqrt(sample.deviation);
  std::sort(sample.sorted.begin(), sample.sorted.end());
  return sample;
}

bool near(double value, double expected, double share) {
  return std::abs(value - expected) <= expected * share;
}

// P(X <= x) of the standard normal distribution.
double normal_share(double x) {
  return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

}  // namespace

TEST_CASE("constant: every draw is the same") {
  const Sample constant = sample(Latency::constant_of(5ms));
  CHECK(constant.sorted.front() == 5);
  CHECK(constant.sorted.back() == 5);
}

TEST_CASE("uniform: mean, deviation, quantiles and both ends") {
  const Sample uniform = sample(Latency::uniform_of(2ms, 12ms));
  CHECK(near(uniform.mean, 7, 0.002));
  CHECK(near(uniform.deviation, 10 / std::sqrt(12.0), 0.002));
  for (const double share : {0.01, 0.25, 0.5, 0.75, 0.99})
    CHECK(near(uniform.quantile(share), 2 + 10 * share, 0.005));
  CHECK(uniform.sorted.front() >= 2);
  CHECK(uniform.sorted.back() <= 12);
}

TEST_CASE("exponential: mean, deviation and quantiles") {
  const Sample exponential = sample(Latency::exponential_of(1ms, 5ms));
  CHECK(near(exponential.mean, 5, 0.005));
  CHECK(near(exponential.deviation, 4, 0.01));
  for (const double share : {0.1, 0.5, 0.9, 0.99})
    CHECK(near(exponential.quantile(share), 1 - 4 * std::log(1 - share), 0.01));
}

TEST_CASE("the normal distribution: moments and quantiles out to a tail of 1 in 100,000") {
  std::vector<double> draws;
  double sum = 0;
  double squares = 0;
  double cubes = 0;
  double fourths = 0;
  for (std::uint64_t i = 0; i < kSamples; ++i) {
    const double x = static_cast<double>(normal(draw(22, i))) / static_cast<double>(1 << 28);
    draws.push_back(x);
    sum += x / kSamples;
    squares += x * x / kSamples;
    cubes += x * x * x / kSamples;
    fourths += x * x * x * x / kSamples;
  }
  CHECK(std::abs(sum) < 0.005);
  CHECK(std::abs(squares - 1) < 0.007);
  CHECK(std::abs(cubes) < 0.015);
  CHECK(std::abs(fourths - 3) < 0.05);
  for (const double x : {-4.2, -3.0, -2.0, -1.0, -0.3, 0.0, 0.5, 1.5, 2.5, 3.5, 4.2}) {
    const double expected = normal_share(x);
    const auto below = static_cast<double>(
        std::count_if(draws.begin(), draws.end(), [x](double each) { return each <= x; }));
    INFO("share below " << x);
    CHECK(std::abs(below / kSamples - expected) <=
          5 * std::sqrt(expected * (1 - expected) / kSamples));
  }
}

TEST_CASE("log-normal: mean, deviation, median and 99th percentile") {
  for (const Ratio sigma : {Ratio{1, 4}, Ratio{1, 2}, Ratio{1, 1}}) {
    const double s = static_cast<double>(sigma.times) / sigma.out_of;
    const Sample log_normal = sample(Latency::log_normal_of(1ms, 5ms, sigma));
    // The median asked for is that of the whole time: 4 ms above the least.
    const double mean = 1 + 4 * std::exp(s * s / 2);
    const double variance = (std::exp(s * s) - 1) * std::exp(s * s) * 16;
    INFO("sigma " << s);
    CHECK(near(log_normal.mean, mean, 0.01));
    CHECK(near(log_normal.deviation, std::sqrt(variance), 0.03));
    CHECK(near(log_normal.quantile(0.5), 5, 0.005));
    CHECK(near(log_normal.quantile(0.99), 1 + 4 * std::exp(2.3263 * s), 0.02));
    CHECK(near(log_normal.quantile(0.01), 1 + 4 * std::exp(-2.3263 * s), 0.02));
  }
}

TEST_CASE("a log-normal number at the edges of its range is no nonsense") {
  bool sound = true;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    const std::int64_t huge = log_normal(draw(23, i), std::int64_t{1} << 59, {1000, 1});
    sound = sound && huge >= 0 && huge <= std::int64_t{1} << 60 &&
            log_normal(draw(23, i), 0, {1, 1}) == 0 &&
            log_normal(draw(23, i), 1000, {0, 1}) == 1000;
  }
  CHECK(sound);
  CHECK(log_normal(0, 1, {1, 1}) >= 0);
  CHECK(log_normal(~std::uint64_t{0}, 1, {1, 1}) >= 0);
}

TEST_CASE("bimodal: the share of the far mode, and the means of both") {
  const Latency latency = Latency::bimodal_of(1ms, 2ms, {1, 10}, 101ms);
  const Sample bimodal = sample(latency);
  CHECK(near(bimodal.mean, 0.9 * 2 + 0.1 * 101, 0.01));
  // 9 in 10 are 1 ms + Exp(1 ms), 1 in 10 is 1 ms + Exp(100 ms).
  for (const double time : {2.0, 5.0, 50.0, 200.0}) {
    const double above = 0.9 * std::exp(-(time - 1)) + 0.1 * std::exp(-(time - 1) / 100);
    const auto place = std::upper_bound(bimodal.sorted.begin(), bimodal.sorted.end(), time);
    const double share = static_cast<double>(bimodal.sorted.end() - place) / kSamples;
    INFO("share above " << time << " ms");
    CHECK(std::abs(share - above) <= 5 * std::sqrt(above / kSamples) + 0.0001);
  }
}

TEST_CASE("quantiles: what was measured comes out again, with straight lines in between") {
  const std::vector<Duration> measured = {1ms, 2ms, 2ms, 4ms, 100ms};
  const Sample empirical = sample(Latency::quantiles_of(measured));
  CHECK(near(empirical.quantile(0.25), 2, 0.01));
  CHECK(empirical.quantile(0.4) == 2);
  CHECK(near(empirical.quantile(0.625), 3, 0.01));
  CHECK(near(empirical.quantile(0.875), 52, 0.01));
  CHECK(near(empirical.mean, (1.5 + 2 + 3 + 52) / 4, 0.005));
  CHECK(empirical.sorted.front() >= 1);
  CHECK(empirical.sorted.back() <= 100);
}

TEST_CASE("a slow share and jitter come on top of every shape") {
  for (Latency latency :
       {Latency::constant_of(5ms), Latency::uniform_of(4ms, 6ms),
        Latency::log_normal_of(4ms, 5ms, {1, 10}), Latency::quantiles_of({4ms, 6ms})}) {
    const double mean = sample(latency).mean;
    latency.slow = {1, 100};
    latency.slow_max = 105ms;
    const Sample slow = sample(latency);
    CHECK(near(slow.mean, mean * 0.99 + 55 * 0.01, 0.01));
    CHECK(slow.sorted.back() > 104);
    latency.slow = {0, 1};
    latency.jitter = 4ms;
    CHECK(near(sample(latency).mean, mean + 2, 0.005));
    CHECK(sample(latency).sorted.front() >= 4);
  }
}

TEST_CASE("a file of quantiles is read, and what is wrong with one is said with its line") {
  const test::ScratchFolder folder;
  const std::string path = folder.path() + "/quantiles";
  const auto read = [&path](const std::string& text) {
    std::ofstream(path) << text;
    return load_quantiles(path);
  };
  CHECK(read("# measured\n1ms\n\n1.5ms\n20ms\n").value() ==
        std::vector<Duration>{1ms, 1500us, 20ms});
  CHECK(read("1ms\n").error().message == path + ": fewer than two quantiles");
  CHECK(read("2ms\n1ms\n").error().message == path + ":2: 1ms is less than the one before");
  CHECK(read("1ms\n\n5\n").error().message.starts_with(path + ":3: "));
  CHECK(load_quantiles(path + "s").error().code == Errc::not_found);
}

TEST_CASE("the presets have the round trips that their sources give") {
  const auto round_trip = [](const LinkOptions& link, double share) {
    return 2 * sample(link.latency).quantile(share);
  };
  // Guo et al., "Pingmesh": 216 and 268 us, 1.26 and 1.34 ms.
  CHECK(near(round_trip(wan::same_rack(), 0.5), 0.216, 0.01));
  CHECK(near(round_trip(wan::same_rack(), 0.99), 1.26, 0.05));
  CHECK(near(round_trip(wan::same_zone(), 0.5), 0.268, 0.01));
  CHECK(near(round_trip(wan::same_zone(), 0.99), 1.34, 0.05));
  CHECK(near(2 * sample(wan::far_apart(150ms).latency).mean, 150, 0.01));
  CHECK(sample(wan::far_apart(150ms).latency).sorted.front() > 71);
  for (const std::string_view name : wan::preset_names()) CHECK(wan::preset(name).has_value());
}

// The same on every compiler, processor and optimisation level.
TEST_CASE("the shapes give the golden values") {
  std::uint64_t all = 0;
  const Latency shapes[] = {Latency::uniform_of(1ms, 9ms), Latency::log_normal_of(1ms, 5ms, {3, 4}),
                            Latency::bimodal_of(1ms, 2ms, {1, 10}, 50ms),
                            Latency::quantiles_of({1ms, 2ms, 7ms})};
  for (const Latency& shape : shapes) {
    for (std::uint64_t i = 0; i < 10'000; ++i)
      all = mix(all, static_cast<std::uint64_t>(latency(draw(24, i), shape).count()));
  }
  CHECK(all == 0x9f069f94560ac5a5U);
}

}  // namespace norn::sim
