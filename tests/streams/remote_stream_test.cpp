// Streams between nodes: nothing lost, nothing doubled, and a slow end slows the source.
#include <numeric>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "norn/runtime/codec_json.hpp"
#include "norn/runtime/stream.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;
using norn::Pipe;

namespace {

struct Reading {
  int number = 0;
  std::string text;
};

Pipe<Reading> readings(int count, int& made) {
  return Pipe<Reading>::generate([count, &made]() -> std::optional<Reading> {
    if (made == count) return std::nullopt;
    const int number = made++;
    return Reading{number, "reading " + std::to_string(number)};
  });
}

bool is_sequence(const std::vector<int>& values, int count) {
  std::vector<int> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return values == all;
}

struct Outcome {
  std::vector<int> taken;
  int made = 0;
  int most_ahead = 0;
  bool sent = false;
  std::string error;
  norn::RunSummary run;
};

struct Trial {
  std::uint64_t seed = 1;
  norn::LinkOptions links{};
  int count = 500;
  norn::Duration slow{};  // at the receiver, for each value
  norn::RemotePipeOptions options{.credit = 16};
  bool partitions = false;
};

Outcome run(const Trial& trial) {
  Outcome out;
  norn::Simulation simulation(norn::test::options(trial.seed));
  simulation.links(trial.links);
  simulation.node("sink", [&] {
    Pipe<Reading>::receive_from("readings", trial.options).for_each([&](const Reading& reading) {
      out.taken.push_back(reading.number);
      out.most_ahead = std::max(out.most_ahead, out.made - static_cast<int>(out.taken.size()));
      if (trial.slow > norn::Duration::zero()) norn::sleep_for(trial.slow);
    });
    norn::sleep_for(1h);
  });
  simulation.node("source", [&] {
    const auto sent = readings(trial.count, out.made).send_to("sink", "readings", trial.options);
    out.sent = sent.ok();
    if (!sent) out.error = sent.error().message;
    norn::sleep_for(1h);
  });
  if (trial.partitions) {
    for (int i = 0; i < 5; ++i) {
      simulation.run_for(1500ms);
      simulation.partition({"source"}, {"sink"});
      simulation.run_for(2s);
      simulation.heal();
    }
  }
  simulation.run_for(300s);
  out.run = simulation.summary();
  return out;
}

constexpr norn::LinkOptions kBad{
    .latency = {.slow = {1, 10}, .slow_max = std::chrono::milliseconds(200)},
    .loss = {1, 4},
    .duplicate = {1, 4}};

}  // namespace

TEST_CASE("a stream arrives whole and in order") {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Outcome out = run({.seed = seed});
    CHECK(out.run.verdict == norn::Verdict::passed);
    CHECK(out.sent);
    CHECK(is_sequence(out.taken, 500));
    // A few messages for each batch of values, not one for each value.
    CHECK(out.run.messages < 700);
  }
}

TEST_CASE("loss, doubling and reordering lose, double and reorder nothing") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const Outcome out = run({.seed = seed, .links = kBad});
    CHECK(out.run.verdict == norn::Verdict::passed);
    CHECK(out.sent);
    CHECK(is_sequence(out.taken, 500));
    CHECK(run({.seed = seed, .links = kBad}).run.trace_hash == out.run.trace_hash);
  }
  // What the test would see of a stream without the protocol.
  std::vector<int> plain;
  norn::Simulation simulation(norn::test::options());
  simulation.links(kBad);
  simulation.node("sink", [&] {
    norn::serve([&](const Reading& reading) { plain.push_back(reading.number); });
  });
  simulation.node("source", [] {
    for (int i = 0; i < 500; ++i) norn::send("sink", Reading{i, ""});
  });
  simulation.run_for(60s);
  CHECK_FALSE(is_sequence(plain, 500));
}

TEST_CASE("partitions shorter than the patience only delay") {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Outcome out = run({.seed = seed, .slow = 20ms, .partitions = true});
    CHECK(out.sent);
    CHECK(is_sequence(out.taken, 500));
  }
}

TEST_CASE("a slow receiver slows the sender: never more ahead than twice the credit") {
  for (const bool bad : {false, true}) {
    const Outcome out =
        run({.links = bad ? kBad : norn::LinkOptions{}, .count = 200, .slow = 20ms});
    CHECK(out.sent);
    CHECK(is_sequence(out.taken, 200));
    CHECK(out.most_ahead <= 2 * 16 + 1);
    CHECK(out.most_ahead >= 16);
  }
}

TEST_CASE("a single credit works, and so does an empty stream") {
  const Outcome one = run({.links = kBad, .count = 50, .options = {.credit = 1}});
  CHECK(one.sent);
  CHECK(is_sequence(one.taken, 50));
  CHECK(one.most_ahead <= 2);
  const Outcome none = run({.links = kBad, .count = 0});
  CHECK(none.sent);
  CHECK(none.taken.empty());
}

TEST_CASE("a stream that rests for long is not given up") {
  std::vector<int> taken;
  norn::Simulation simulation(norn::test::options());
  simulation.node("sink", [&] {
    Pipe<int>::receive_from("slow").for_each([&](int n) { taken.push_back(n); });
  });
  simulation.node("source", [&] {
    const auto sent = Pipe<int>::from({0, 1, 2})
                          .map([](int n) {
                            norn::sleep_for(60s);
                            return n;
                          })
                          .send_to("sink", "slow");
    REQUIRE(sent.ok());
  });
  simulation.run_for(400s);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
  CHECK(is_sequence(taken, 3));
}

TEST_CASE("a receiver that wants no more tells the sender, and the source stops") {
  int made = 0;
  std::string error;
  norn::Simulation simulation(norn::test::options());
  simulation.node(
      "sink", [&] { REQUIRE(Pipe<Reading>::receive_from("r").take(10).collect().size() == 10); });
  simulation.node("source", [&] {
    const auto sent = readings(1'000'000, made).send_to("sink", "r");
    REQUIRE_FALSE(sent.ok());
    REQUIRE(sent.error().code == norn::Errc::closed);
    REQUIRE(norn::now() < norn::TimePoint{} + 1s);
    error = sent.error().message;
  });
  simulation.run_for(5s);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
  CHECK(error == "stream 'r': the receiver wants no more, or forgot it");
  CHECK(made < 300);
}

TEST_CASE("the crash of either side breaks the stream, and a new one can follow") {
  for (const std::string victim : {"sink", "source"}) {
    std::vector<int> taken;
    int broken_at_sink = 0;
    int broken_at_source = 0;
    int complete = 0;
    norn::Simulation simulation(norn::test::options());
    simulation.node("sink", [&] {
      for (;;) {
        taken.clear();
        try {
          Pipe<int>::receive_from("n").for_each([&](int n) { taken.push_back(n); });
          ++complete;
        } catch (const norn::PipeBroken&) {
          ++broken_at_sink;
        }
      }
    });
    simulation.node("source", [&] {
      for (;;) {
        int next = 0;
        const auto sent = Pipe<int>::generate([&]() -> std::optional<int> { return next++; })
                              .take(100)
                              .throttle(1, 10ms)
                              .send_to("sink", "n");
        if (sent.ok()) break;
        ++broken_at_source;
      }
      norn::sleep_for(1h);
    });
    simulation.run_for(500ms);
    simulation.restart(victim);
    simulation.run_for(60s);
    CHECK(simulation.summary().verdict == norn::Verdict::passed);
    CHECK(complete == 1);
    CHECK(broken_at_sink == (victim == "source" ? 1 : 0));
    CHECK(broken_at_source == (victim == "sink" ? 1 : 0));
  }
}

TEST_CASE("streams of different names and types share a node") {
  int done = 0;
  norn::Simulation simulation(norn::test::options());
  simulation.links(kBad);
  simulation.node("sink", [&] {
    norn::TaskGroup group;
    for (const char* const name : {"a", "b"}) {
      group.spawn([&done, name] {
        const auto all = Pipe<int>::receive_from(name).collect();
        REQUIRE(all == std::vector<int>(50, *name));
        ++done;
      });
    }
    group.spawn([&done] {
      REQUIRE(Pipe<std::string>::receive_from("a").collect() == std::vector<std::string>{"x", "y"});
      ++done;
    });
    group.join();
    norn::sleep_for(1h);
  });
  simulation.node("source", [&] {
    norn::TaskGroup group;
    for (const char* const name : {"a", "b"}) {
      group.spawn([name] {
        REQUIRE(Pipe<int>::from(std::vector<int>(50, *name)).send_to("sink", name).ok());
      });
    }
    REQUIRE(Pipe<std::string>::from({"x", "y"}).send_to("sink", "a").ok());
    group.join();
  });
  simulation.run_for(120s);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
  CHECK(done == 3);
}
