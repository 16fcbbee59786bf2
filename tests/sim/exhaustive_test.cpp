// Every order of a small scope: nothing that can happen is left out, and what is left out is no
// other.
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <norn/sim.hpp>

#include "norn/sim/exhaustive.hpp"
#include "support/catch.hpp"
#include "support/random_runs.hpp"

namespace {

using namespace std::chrono_literals;
using norn::Exploration;
using norn::ExploreBy;
using norn::ExploreOptions;

// What the scenario of the present test does.
std::function<void(norn::Simulation&)>& present() {
  static std::function<void(norn::Simulation&)> body;
  return body;
}

norn::Scenario story(std::function<void(norn::Simulation&)> body) {
  present() = std::move(body);
  norn::Scenario scenario;
  scenario.name = "story";
  scenario.description = "a story of a test";
  scenario.options.time = 1s;
  scenario.options.faults = "calm";
  scenario.body = [](norn::Simulation& sim) { present()(sim); };
  return scenario;
}

Exploration explore(const norn::Scenario& scenario, const ExploreOptions& options) {
  return norn::explore_all(scenario, {}, options).value();
}

std::uint64_t scramble(std::uint64_t a, std::uint64_t b) {
  std::uint64_t bits = (a + 0x9e3779b97f4a7c15U) * 0xd1b54a32d192ed03U ^ b;
  bits = (bits ^ bits >> 31U) * 0x94d049bb133111ebU;
  return bits ^ bits >> 29U;
}

struct Token {
  std::uint64_t value = 0;
  std::uint64_t left = 0;  // how often it may still be passed on
};

// A program of three nodes drawn from a number: what a node does with a token depends on all that
// it has seen before, so that each order of what it sees leaves another state.
struct RandomProgram {
  std::uint64_t number = 0;
  std::uint64_t tokens = 2;
  std::uint64_t passes = 2;
  bool timers = false;   // nodes sleep, and look at the clock
  bool clients = false;  // what clients see counts, in its order over all nodes
  bool fibers = false;   // a node has a second fiber
  std::vector<std::uint64_t> outcome{};

  void pass(norn::Simulation& sim, std::size_t me, const Token& token);
  void run(norn::Simulation& sim);
};

void RandomProgram::pass(norn::Simulation& sim, std::size_t me, const Token& token) {
  std::uint64_t& state = outcome[me];
  state = scramble(state, token.value);
  if (timers)
    state = scramble(state, static_cast<std::uint64_t>(norn::now().time_since_epoch().count()));
  const std::uint64_t draw = scramble(number, scramble(token.value, me));
  if (clients && draw % 3 == 0) {
    sim.op_call(me, "seen", nlohmann::json());
    outcome.back() = scramble(outcome.back(), state);
  }
  if (token.left == 0) return;
  const std::uint64_t to = 1 + (me + 1 + draw / 7 % 2) % 3;
  norn::send("n" + std::to_string(to), Token{scramble(token.value, 1), token.left - 1});
}

void RandomProgram::run(norn::Simulation& sim) {
  outcome.assign(4, 0);
  for (std::size_t me = 0; me < 3; ++me) {
    const auto main = [this, me, &sim] {
      if (fibers && me == 0) {
        norn::spawn("second", [this] {
          outcome[0] = scramble(outcome[0], 17);
          norn::yield();
          outcome[0] = scramble(outcome[0], 18);
        }).detach();
      }
      for (std::uint64_t i = 0; i < tokens; ++i) {
        const std::uint64_t draw = scramble(number, 31 * i + me);
        if (draw % 3 == 0) continue;
        norn::send("n" + std::to_string(1 + draw / 5 % 3),
                   Token{scramble(draw, 2), draw / 11 % (passes + 1)});
      }
      if (timers) {
        norn::spawn("timer", [this, me] {
          norn::sleep_for(norn::Duration(1 + scramble(number, me) % 3));
          outcome[me] = scramble(outcome[me], 5);
        }).detach();
      }
      norn::serve([&](const Token& token, norn::Address) { pass(sim, me, token); });
    };
    sim.node("n" + std::to_string(me + 1), main);
  }
  sim.run_for(1ms);
}

// All outcomes that the search comes to.
std::set<std::vector<std::uint64_t>> outcomes(RandomProgram program, ExploreOptions options,
                                              std::uint64_t& runs) {
  std::set<std::vector<std::uint64_t>> seen;
  options.most_runs = 3'000;
  norn::Scenario scenario = story([&](norn::Simulation& sim) {
    program.run(sim);
    // A run that the search ends early comes to no outcome.
    if (sim.now() == norn::TimePoint(1ms)) seen.insert(program.outcome);
  });
  const Exploration all = explore(scenario, options);
  runs = all.runs;
  if (!all.proved()) seen.clear();
  return seen;
}

}  // namespace

TEST_CASE("the reduced search comes to every outcome of every interleaving, in fewer runs") {
  std::uint64_t compared = 0;
  std::uint64_t reduced_runs = 0;
  std::uint64_t all_runs = 0;
  const auto programs = static_cast<std::uint64_t>(norn::test::random_runs(120));
  for (std::uint64_t number = 1; number <= programs; ++number) {
    RandomProgram program{.number = number,
                          .tokens = 1 + number / 4 % 2,
                          .timers = number % 4 == 1,
                          .clients = number % 4 == 2,
                          .fibers = number % 4 == 3};
    ExploreOptions options{.early_timers = number % 8 == 1 ? 1U : 0U, .in_order = number % 5 == 0};
    if (number % 6 == 0) options.crashes = 1;
    options.by = ExploreBy::interleavings;
    std::uint64_t full = 0;
    const auto all = outcomes(program, options, full);
    if (all.empty()) continue;  // too many
    options.by = ExploreBy::orders;
    std::uint64_t reduced = 0;
    const auto some = outcomes(program, options, reduced);
    INFO("program " << number);
    for (const auto& outcome : all) REQUIRE(some.contains(outcome));
    REQUIRE(reduced <= full + 3);  // a search that learns which nodes clients see begins once more
    ++compared;
    reduced_runs += reduced;
    all_runs += full;
  }
  CHECK(compared * 3 > programs);
  CHECK(reduced_runs * 2 < all_runs);
}

TEST_CASE("an order that breaks a property is found, and its case replays as any other") {
  // Broken only when the third message overtakes both others.
  const norn::Scenario scenario = story([](norn::Simulation& sim) {
    std::string seen;
    sim.node("reader", [&] {
      norn::serve([&](const Token& token, norn::Address) { seen += std::to_string(token.value); });
    });
    sim.node("writer", [] {
      for (std::uint64_t i = 1; i <= 3; ++i) norn::send("reader", Token{i, 0});
    });
    sim.always("the third does not come first", [&] { return seen.substr(0, 1) != "3"; });
    sim.run_for(1s);
  });
  const Exploration all = explore(scenario, {});
  REQUIRE(all.failure.has_value());
  CHECK_FALSE(all.proved());
  CHECK(all.failure->run.violation->property == "the third does not come first");
  CHECK(all.failure->repeated);
  CHECK(explore(scenario, {.in_order = true}).proved());
}

TEST_CASE("timers ring in their turn, and out of it as often as the scope allows") {
  const norn::Scenario scenario = story([](norn::Simulation& sim) {
    bool answered = false;
    bool gave_up = false;
    sim.node("server", [] {
      norn::serve([](const Token& token, norn::Address from) { norn::send(from, token); });
    });
    sim.node("client", [&] {
      norn::send("server", Token{1, 0});
      if (norn::receive_for<Token>(10ms).ok()) {
        answered = true;
      } else {
        gave_up = true;
      }
    });
    sim.always("the client does not give up", [&] { return !gave_up; });
    sim.run_for(1s);
    REQUIRE((answered || gave_up || sim.now() < norn::TimePoint(1s)));
  });
  CHECK(explore(scenario, {}).proved());
  CHECK(explore(scenario, {.early_timers = 1}).failure.has_value());
}

namespace {

void write_durably(const char* name) {
  auto file = norn::File::open(name);
  if (!file.ok()) return;
  static_cast<void>(file->append(std::as_bytes(std::span("x", 1))));
  static_cast<void>(file->sync());
  static_cast<void>(norn::sync_directory());
}

// Two files are written one after the other: a crash in between leaves the first alone.
norn::Scenario two_files(bool mended) {
  return story([mended](norn::Simulation& sim) {
    bool torn = false;
    sim.node("store", [&torn, mended] {
      const bool left = norn::read_file("left").ok();
      const bool right = norn::read_file("right").ok();
      if (left && !right) {
        if (mended) write_durably("right");
        torn = torn || !mended;
      }
      if (left) return;
      write_durably("left");
      write_durably("right");
    });
    sim.always("what is recovered is whole", [&] { return !torn; });
    sim.run_for(1s);
  });
}

}  // namespace

TEST_CASE("a crash comes at every moment, and the restart after it") {
  CHECK(explore(two_files(false), {}).proved());
  const Exploration found = explore(two_files(false), {.crashes = 1});
  INFO(found.summary());
  REQUIRE(found.failure.has_value());
  CHECK(found.failure->run.plan.faults.size() == 1);
  const Exploration all = explore(two_files(true), {.crashes = 1});
  CHECK(all.proved());
  CHECK(all.plans == 1);
  CHECK(all.runs > 3);
}

TEST_CASE("a search that comes to its limit has proved nothing") {
  const norn::Scenario scenario = story([](norn::Simulation& sim) {
    sim.node("a", [] {
      for (std::uint64_t i = 0; i < 6; ++i) norn::send(norn::self(), Token{i, 0});
      norn::serve([](const Token&, norn::Address) {});
    });
    sim.run_for(1ms);
  });
  const Exploration some = explore(scenario, {.most_runs = 100});
  CHECK_FALSE(some.proved());
  CHECK(some.runs == 100);
  const Exploration all = explore(scenario, {});
  CHECK(all.proved());
  CHECK(all.runs == 720);  // 6!
}

TEST_CASE("a scenario that is not the same in each run is not explored") {
  std::uint64_t runs = 0;
  const norn::Scenario scenario = story([&](norn::Simulation& sim) {
    const std::uint64_t messages = 2 + runs++ % 2;
    sim.node("a", [messages] {
      for (std::uint64_t i = 0; i < messages; ++i) norn::send(norn::self(), Token{i, 0});
      norn::serve([](const Token&, norn::Address) {});
    });
    sim.run_for(1ms);
  });
  const Exploration all = explore(scenario, {});
  CHECK_FALSE(all.deterministic);
  CHECK_FALSE(all.proved());
}
