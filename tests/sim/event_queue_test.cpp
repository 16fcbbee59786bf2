#include "engine/event_queue.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <queue>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace norn::sim {
namespace {

// A reference: std::priority_queue in the order of (time, order).
struct Later {
  bool operator()(const QueuedEvent& a, const QueuedEvent& b) const {
    return std::tie(a.time_ns, a.order) > std::tie(b.time_ns, b.order);
  }
};
using Reference = std::priority_queue<QueuedEvent, std::vector<QueuedEvent>, Later>;

bool same(const QueuedEvent& a, const QueuedEvent& b) {
  return a.time_ns == b.time_ns && a.order == b.order && a.data == b.data;
}

class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}
  // SplitMix64 (Steele, Lea, Flood 2014).
  std::uint64_t next() {
    std::uint64_t x = state_ += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
  }
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }

 private:
  std::uint64_t state_;
};

// Both queues get the same events; every event popped and every hint is compared.
class Pair {
 public:
  void push(std::int64_t time_ns, std::uint64_t order) {
    const QueuedEvent event{time_ns, order, ++pushed_};
    queue_.push(event);
    reference_.push(event);
  }

  void pop() {
    if (const QueuedEvent* hint = queue_.look_ahead(0))
      hints_right_ &= same(*hint, reference_.top());
    times_right_ &= queue_.next_time() == reference_.top().time_ns;
    tops_right_ &= same(queue_.top(), reference_.top());
    const QueuedEvent second =
        queue_.look_ahead(1) != nullptr ? *queue_.look_ahead(1) : QueuedEvent{0, 0, 0};
    const QueuedEvent event = queue_.pop();
    pops_right_ &= same(event, reference_.top());
    reference_.pop();
    if (second.data != 0) hints_right_ &= same(second, reference_.top());
    now_ns_ = event.time_ns;
    last_order_ = event.order;
  }

  // Keeps one event in `share`.
  void thin_out(std::uint64_t share) {
    const auto gone = [share](const QueuedEvent& event) { return event.data % share != 0; };
    queue_.remove_if(gone);
    Reference kept;
    for (; !reference_.empty(); reference_.pop()) {
      if (!gone(reference_.top())) kept.push(reference_.top());
    }
    reference_ = std::move(kept);
  }

  void drain() {
    while (!reference_.empty() && right()) pop();
  }

  std::int64_t now_ns() const { return now_ns_; }
  std::uint64_t last_order() const { return last_order_; }
  std::uint64_t pushed() const { return pushed_; }
  std::size_t size() const { return reference_.size(); }
  EventQueue& queue() { return queue_; }
  bool right() const {
    return hints_right_ && times_right_ && tops_right_ && pops_right_ &&
           queue_.size() == reference_.size() && queue_.empty() == reference_.empty();
  }

 private:
  EventQueue queue_;
  Reference reference_;
  std::int64_t now_ns_ = 0;
  std::uint64_t last_order_ = 0;
  std::uint64_t pushed_ = 0;
  bool hints_right_ = true;
  bool times_right_ = true;
  bool tops_right_ = true;
  bool pops_right_ = true;
};

using Delay = std::function<std::int64_t(Numbers&)>;

// The hold model: `pending` events are kept; each one popped is followed by a new one.
bool hold(std::size_t pending, std::size_t operations, const Delay& delay, bool random_order,
          std::uint64_t seed) {
  Pair pair;
  Numbers numbers(seed);
  // A random order is unique by its low bits.
  const auto order = [&] {
    return random_order ? numbers.next() << 24 | (pair.pushed() & 0xffffffU) : pair.pushed();
  };
  for (std::size_t i = 0; i < pending; ++i) {
    const std::uint64_t chosen = order();
    pair.push(delay(numbers), chosen);
  }
  for (std::size_t i = 0; i < operations && pair.right(); ++i) {
    pair.pop();
    const std::uint64_t chosen = order();
    pair.push(pair.now_ns() + delay(numbers), chosen);
  }
  pair.drain();
  return pair.right() && pair.size() == 0;
}

struct Workload {
  std::string name;
  Delay delay;
};

std::vector<Workload> workloads() {
  constexpr std::int64_t kHuge = std::int64_t{1} << 40;
  return {
      {"none", [](Numbers&) { return 0; }},
      {"constant", [](Numbers&) { return 1'000'000; }},
      {"two values", [](Numbers& n) { return n.below(2) == 0 ? 0 : 1'000; }},
      {"many equal", [](Numbers& n) { return static_cast<std::int64_t>(n.below(4)); }},
      {"uniform",
       [](Numbers& n) { return static_cast<std::int64_t>(500'000 + n.below(1'500'000)); }},
      {"any power of two", [](Numbers& n) { return std::int64_t{1} << n.below(50); }},
      {"any size",
       [](Numbers& n) { return static_cast<std::int64_t>(n.next() >> (20 + n.below(44))); }},
      {"rare huge gaps",
       [](Numbers& n) {
         return n.below(100) == 0 ? kHuge : static_cast<std::int64_t>(n.below(1'000));
       }},
  };
}

TEST_CASE("the event queue pops in the order of time, then order, like a sorted list",
          "[event_queue]") {
  for (const Workload& workload : workloads()) {
    for (const std::size_t pending : {1U, 2U, 3U, 8U, 31U, 96U, 97U, 98U, 200U, 1'000U, 20'000U}) {
      for (const bool random_order : {false, true}) {
        INFO(workload.name << ", " << pending << " pending, random order " << random_order);
        REQUIRE(hold(pending, 3 * pending + 2'000, workload.delay, random_order, pending));
      }
    }
  }
}

TEST_CASE("a million pending events are popped in order", "[event_queue]") {
  const auto uniform = [](Numbers& n) { return static_cast<std::int64_t>(n.below(2'000'000)); };
  REQUIRE(hold(1'000'000, 1'000'000, uniform, false, 7));
}

TEST_CASE("a million events at one time are popped by their order", "[event_queue]") {
  const auto none = [](Numbers&) { return 5; };
  REQUIRE(hold(1'000'000, 1'000, none, true, 8));
}

TEST_CASE("the queue may grow and shrink in bursts", "[event_queue]") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Pair pair;
    Numbers numbers(seed);
    const std::uint64_t spread_bits = numbers.below(45) + 1;
    for (int burst = 0; burst < 40 && pair.right(); ++burst) {
      for (std::uint64_t i = numbers.below(400); i > 0; --i) {
        const auto delay = static_cast<std::int64_t>(numbers.next() >> (64 - spread_bits));
        pair.push(pair.now_ns() + delay, pair.pushed());
      }
      for (std::uint64_t i = numbers.below(400); i > 0 && pair.size() > 0; --i) pair.pop();
    }
    pair.drain();
    INFO("seed " << seed);
    REQUIRE(pair.right());
  }
}

TEST_CASE("events that are removed are gone, and the others stay in order", "[event_queue]") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Pair pair;
    Numbers numbers(seed);
    const std::uint64_t spread_bits = numbers.below(45) + 1;
    for (int burst = 0; burst < 30 && pair.right(); ++burst) {
      for (std::uint64_t i = numbers.below(600); i > 0; --i) {
        const auto delay = static_cast<std::int64_t>(numbers.next() >> (64 - spread_bits));
        pair.push(pair.now_ns() + delay, pair.pushed());
      }
      for (std::uint64_t i = numbers.below(200); i > 0 && pair.size() > 0; --i) pair.pop();
      if (numbers.below(3) == 0) pair.thin_out(1 + numbers.below(50));
    }
    pair.drain();
    INFO("seed " << seed);
    REQUIRE(pair.right());
  }
}

TEST_CASE("events may be pushed before the top that was looked at", "[event_queue]") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Pair pair;
    Numbers numbers(seed);
    for (int i = 0; i < 500; ++i)
      pair.push(1'000'000'000 + static_cast<std::int64_t>(numbers.below(1'000)), pair.pushed());
    for (int round = 0; round < 10 && pair.right(); ++round) {
      // Looking at the top sorts the bottom and moves the base; then comes much that is earlier.
      const std::int64_t top_ns = pair.queue().next_time();
      const auto room = static_cast<std::uint64_t>(top_ns - pair.now_ns()) + 1;
      for (std::uint64_t i = numbers.below(300); i > 0; --i) {
        pair.push(pair.now_ns() + static_cast<std::int64_t>(numbers.below(room)), pair.pushed());
      }
      for (std::uint64_t i = numbers.below(200); i > 0 && pair.size() > 0; --i) pair.pop();
    }
    pair.drain();
    INFO("seed " << seed);
    REQUIRE(pair.right());
  }
}

TEST_CASE("an event at the present time may have a lower order than the last one popped",
          "[event_queue]") {
  Pair pair;
  Numbers numbers(3);
  for (std::uint64_t i = 0; i < 300; ++i) pair.push(10, (numbers.next() >> 20 << 16) | i);
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    pair.pop();
    const std::uint64_t below_last = numbers.below(pair.last_order() / 2 + 1);
    pair.push(pair.now_ns(), (below_last >> 16 << 16 | 0x8000U) + (i & 0x7fffU));
    if (i % 2 == 0) pair.push(pair.now_ns() + 1, (numbers.next() >> 20 << 16) | (i & 0x7fffU));
    if (i % 2 == 0) pair.pop();
  }
  pair.drain();
  REQUIRE(pair.right());
}

TEST_CASE("the greatest times and orders fit", "[event_queue]") {
  Pair pair;
  constexpr auto kLast = std::numeric_limits<std::int64_t>::max();
  for (std::int64_t i = 0; i < 300; ++i) {
    pair.push(kLast - i, ~pair.pushed());
    pair.push(kLast, ~pair.pushed());
    pair.push(i, pair.pushed());
  }
  pair.drain();
  REQUIRE(pair.right());
  REQUIRE(pair.now_ns() == kLast);
}

TEST_CASE("a cleared queue starts again at time zero", "[event_queue]") {
  EventQueue queue;
  for (int round = 0; round < 3; ++round) {
    for (std::uint64_t i = 0; i < 5'000; ++i)
      queue.push({static_cast<std::int64_t>(i * 977), i, i});
    for (std::uint64_t i = 0; i < 1'000; ++i) REQUIRE(queue.pop().data == i);
    queue.clear();
    REQUIRE(queue.empty());
    REQUIRE(queue.look_ahead(0) == nullptr);
    queue.push({3, 0, 42});
    REQUIRE(queue.top().data == 42);
    REQUIRE(queue.pop().data == 42);
    queue.clear();
  }
}

TEST_CASE("few pending events can all be looked ahead at", "[event_queue]") {
  EventQueue queue;
  for (std::uint64_t i = 0; i < 32; ++i)
    queue.push({static_cast<std::int64_t>((i * 7) % 32), i, i});
  for (std::int64_t i = 0; i < 32; ++i)
    REQUIRE(queue.look_ahead(static_cast<std::size_t>(i))->time_ns == i);
  REQUIRE(queue.look_ahead(32) == nullptr);
}

}  // namespace
}  // namespace norn::sim
