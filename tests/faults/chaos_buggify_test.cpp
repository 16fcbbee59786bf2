// Places where node code does something rare on purpose.
#include "norn/runtime/buggify.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "norn/sim/simulation.hpp"
#include "support/catch.hpp"

using namespace norn;
using namespace std::chrono_literals;

namespace {

struct Passes {
  std::vector<bool> flush;
  std::vector<bool> batch;
  std::vector<bool> more;  // of a place that only some programs have
};

bool slow_flush() {
  return buggify();
}

Passes passes(std::uint64_t seed, bool on, bool with_more = false, std::string node = "n1") {
  Passes seen;
  Simulation sim({.scenario = "test", .seed = seed, .buggify = on});
  sim.node(std::move(node), [&] {
    for (int i = 0; i < 200; ++i) {
      if (with_more) seen.more.push_back(buggify("more"));
      seen.flush.push_back(slow_flush());
      seen.batch.push_back(buggify("tiny batch"));
      sleep_for(1ms);
    }
  });
  sim.run_for(1s);
  return seen;
}

int count(const std::vector<bool>& fired) {
  return static_cast<int>(std::count(fired.begin(), fired.end(), true));
}

}  // namespace

TEST_CASE("a place is armed in a quarter of the runs, and then fires a quarter of the time") {
  constexpr int runs = 800;
  int armed = 0;
  int fired = 0;
  int both = 0;
  for (std::uint64_t seed = 1; seed <= runs; ++seed) {
    const Passes seen = passes(seed, true);
    if (count(seen.flush) == 0) continue;
    ++armed;
    fired += count(seen.flush);
    if (count(seen.batch) > 0) ++both;
  }
  CHECK(armed > runs * 21 / 100);
  CHECK(armed < runs * 29 / 100);
  CHECK(fired > armed * 200 * 23 / 100);
  CHECK(fired < armed * 200 * 27 / 100);
  CHECK(both > armed * 17 / 100);  // places are armed independently of each other
  CHECK(both < armed * 33 / 100);
}

TEST_CASE("without being asked for, and outside of a simulation, buggify() never fires") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Passes seen = passes(seed, false);
    CHECK(count(seen.flush) + count(seen.batch) == 0);
  }
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(buggify());
}

TEST_CASE("a further place and the name of a node change nothing about the other places") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Passes seen = passes(seed, true);
    CHECK(passes(seed, true, true).flush == seen.flush);
    CHECK(passes(seed, true).batch == seen.batch);
    CHECK((count(passes(seed, true, false, "n2").flush) > 0) == (count(seen.flush) > 0));
  }
}

TEST_CASE("what buggify() did is in the summary and in the trace") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const auto run = [seed](bool on) {
      Simulation sim({.scenario = "test", .seed = seed, .buggify = on});
      sim.node("n1", [] {
        for (int i = 0; i < 50; ++i) {
          slow_flush();
          sleep_for(1ms);
        }
      });
      sim.run_for(1s);
      return sim.summary();
    };
    const RunSummary on = run(true);
    REQUIRE(on.buggify.size() == 1);
    const BuggifyCount& place = on.buggify.front();
    CHECK(place.place == "slow_flush");
    CHECK(place.where.starts_with("chaos_buggify_test.cpp:"));
    CHECK(place.passed == 50);
    CHECK((place.fired == 0 || place.armed == 1));
    CHECK(run(true).trace_hash == on.trace_hash);
    CHECK((run(false).trace_hash == on.trace_hash) == (place.fired == 0));
    CHECK(run(false).buggify.empty());
  }
}
