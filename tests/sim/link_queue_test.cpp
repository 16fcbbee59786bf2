// The queue of a link against the formulas of queueing theory, and CoDel.
#include "network/link_queue.hpp"

#include <cmath>
#include <cstdint>
#include <limits>

#include "engine/choice_hash.hpp"
#include "engine/distributions.hpp"
#include "support/catch.hpp"

namespace norn::sim {
namespace {

constexpr std::int64_t kPerSecond = 1'000'000'000;  // a byte a nanosecond
constexpr std::int64_t kMeanBytes = 1'000'000;      // a millisecond of service
constexpr Bandwidth kWide{.bytes_per_second = kPerSecond,
                          .queue_bytes = std::numeric_limits<std::int64_t>::max()};

// The mean wait in units of the mean service, with exponential arrivals at `load`.
double mean_wait(double load, bool exponential_sizes) {
  constexpr std::uint64_t messages = 4'000'000;
  LinkQueue queue;
  std::int64_t now = 0;
  double waits = 0;
  int dropped = 0;
  const auto gap = static_cast<std::int64_t>(static_cast<double>(kMeanBytes) / load);
  for (std::uint64_t i = 0; i < messages; ++i) {
    now += exponential(draw(31, i), gap);
    const std::int64_t bytes =
        exponential_sizes ? exponential(draw(32, i), kMeanBytes) : kMeanBytes;
    waits += static_cast<double>(queue.waiting_ns(now)) / messages;
    dropped += queue.pass(now, bytes, kWide) ? 0 : 1;
  }
  CHECK(dropped == 0);
  return waits / static_cast<double>(kMeanBytes);
}

}  // namespace

TEST_CASE("the mean waits are those of M/M/1 and M/D/1") {
  for (const double load : {0.3, 0.5, 0.7, 0.85}) {
    INFO("load " << load);
    // Kleinrock, "Queueing Systems" I (1975), 3.2 and 5.6: rho / (1 - rho) services, and half.
    const double expected = load / (1 - load);
    CHECK(std::abs(mean_wait(load, true) / expected - 1) < 0.03);
    CHECK(std::abs(mean_wait(load, false) / (expected / 2) - 1) < 0.03);
  }
}

TEST_CASE("a message takes its bytes' time, waits for those before it, or finds the queue full") {
  const Bandwidth slow{.bytes_per_second = 1000, .queue_bytes = 300};
  LinkQueue queue;
  CHECK(queue.pass(0, 100, slow) == 100'000'000);
  CHECK(queue.pass(0, 100, slow) == 200'000'000);
  CHECK(queue.pass(50'000'000, 100, slow) == 250'000'000);
  CHECK(queue.pass(50'000'000, 100, slow) == std::nullopt);
  CHECK(queue.pass(50'000'000, 50, slow) == 300'000'000);
  CHECK(queue.pass(10'000'000'000, 100, slow) == 100'000'000);
  CHECK(queue.pass(10'000'000'000, 301, slow) == std::nullopt);
}

TEST_CASE("CoDel lets a burst pass that is gone within its interval") {
  const Bandwidth link{.bytes_per_second = 1'000'000,
                       .queue_bytes = 1'000'000,
                       .discipline = QueueDiscipline::codel};
  LinkQueue queue;
  for (int i = 0; i < 60; ++i) CHECK(queue.pass(0, 1500, link).has_value());  // 90 ms
}

TEST_CASE("CoDel brings a standing queue down to its target, by ever more drops") {
  const Bandwidth link{.bytes_per_second = 1'500'000,
                       .queue_bytes = 10'000'000,
                       .discipline = QueueDiscipline::codel};
  LinkQueue queue;
  // 500 messages more than the link carries stand before it, then as many come as it carries, but
  // for those that are dropped.
  std::int64_t now = 0;
  for (int i = 0; i < 500; ++i) queue.pass(now, 1500, link);
  int drops = 0;
  int before_second = 0;
  for (int i = 0; i < 10'000; ++i) {
    now += 1'000'000;
    drops += queue.pass(now, 1500, link) ? 0 : 1;
    if (now == 1'000'000'000) before_second = drops;
  }
  CHECK(before_second >= 1);
  CHECK(drops > 4 * before_second);
  CHECK(queue.waiting_ns(now) < 3 * LinkQueue::kTargetNs);
}

}  // namespace norn::sim
