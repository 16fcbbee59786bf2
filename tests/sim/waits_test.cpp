// Who waits on whom: circles of calls, what a report says of waits, and livelocks.
#include <string>

#include "norn/actors.hpp"
#include "norn/runtime.hpp"
#include "norn/sim/simulation.hpp"
#include "support/catch.hpp"

using namespace norn;
using namespace std::chrono_literals;

namespace {

struct Transfer {
  using Reply = int;
  int hops;
};

constexpr CallOptions kForEver{.timeout = Duration::max()};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string detail_of(const Simulation& sim) {
  return sim.violated() ? sim.violated()->detail : std::string("(no violation)");
}

// Passes the transfer on, and answers when that is answered.
auto pass_on_to(std::string next, CallOptions options) {
  return [next = std::move(next), options](const Transfer& transfer) {
    if (transfer.hops == 0) return 1;
    return call(next, Transfer{transfer.hops - 1}, options).value_or(0) + 1;
  };
}

// Each of the nodes n1, n2, ... passes on to the next, the last one to the first; the client asks
// all of them at once.
struct Ring {
  int size = 2;
  int hops = 1;
  CallOptions options = kForEver;
  bool concurrent = false;
  NodeOptions node{};
};

std::string node_name(int number) {
  return "n" + std::to_string(number);
}

void add_ring(Simulation& sim, const Ring& ring) {
  for (int i = 1; i <= ring.size; ++i) {
    const auto handler = pass_on_to(node_name(i % ring.size + 1), ring.options);
    sim.node(
        node_name(i),
        [handler, concurrent = ring.concurrent] {
          if (concurrent) serve_concurrently({}, handler);
          serve(handler);
        },
        ring.node);
  }
  sim.node("client", [ring] {
    for (int i = 1; i <= ring.size; ++i) send(node_name(i), Transfer{ring.hops});
    sleep_for(1h);
  });
}

}  // namespace

// ---- circles of calls without a deadline

TEST_CASE("two servers that call each other are a deadlock, with the cycle in its report") {
  Simulation sim(SimOptions{});
  add_ring(sim, {.size = 2});
  sim.run_for(60s);
  REQUIRE(sim.violated());
  CHECK(sim.violated()->property == "no deadlock");
  const std::string detail = detail_of(sim);
  INFO(detail);
  CHECK(contains(detail, "n1 'main' waits for n2 to answer Transfer (since 0.00"));
  CHECK(contains(detail, "n2 'main' waits for n1 to answer Transfer (since 0.00"));
  CHECK(contains(detail, "it lies in the mailbox): a cycle"));
  CHECK_FALSE(contains(detail, "deadline"));
  CHECK(sim.violated()->at.time_since_epoch() < 2s);  // not only at the end
}

TEST_CASE("three servers that call each other in a ring are a deadlock of all three") {
  Simulation sim(SimOptions{});
  add_ring(sim, {.size = 3});
  sim.run_for(60s);
  REQUIRE(sim.violated());
  const std::string detail = detail_of(sim);
  INFO(detail);
  CHECK(contains(detail, "n1 'main' waits for n2 to answer"));
  CHECK(contains(detail, "n2 'main' waits for n3 to answer"));
  CHECK(contains(detail, "n3 'main' waits for n1 to answer"));
  CHECK(contains(detail, ": a cycle"));
}

TEST_CASE("a server that calls its own node waits for itself") {
  Simulation sim(SimOptions{});
  add_ring(sim, {.size = 1});
  sim.run_for(10s);
  REQUIRE(sim.violated());
  CHECK(contains(detail_of(sim), "n1 'main' waits for n1 to answer Transfer"));
}

TEST_CASE("servers that answer each request in a fiber of its own call each other freely") {
  Simulation sim(SimOptions{});
  add_ring(sim, {.size = 3, .hops = 7, .concurrent = true});
  sim.run_for(60s);
  INFO(detail_of(sim));
  CHECK_FALSE(sim.violated());
}

TEST_CASE("a request that comes back to its own handlers closes the circle through all of them") {
  Simulation sim(SimOptions{});
  struct Outer {
    using Reply = int;
  };
  struct Inner {
    using Reply = int;
  };
  sim.node("n1", [] {
    Mutex mutex;
    spawn("worker", [&] {
      const std::lock_guard lock(mutex);
      static_cast<void>(call("n2", Outer{}, kForEver));
    }).detach();
    serve_concurrently({}, [&](const Inner&) {
      const std::lock_guard lock(mutex);
      return 1;
    });
  });
  sim.node("n2", [] {
    serve_concurrently({}, [](const Outer&) { return call("n1", Inner{}, kForEver).value_or(0); });
  });
  sim.run_for(10s);
  REQUIRE(sim.violated());
  const std::string detail = detail_of(sim);
  INFO(detail);
  CHECK(contains(detail,
                 "n1 'worker' waits for n2 to answer Outer (since 0.000 s, 'Outer' is at it)"));
  CHECK(contains(detail, "n2 'Outer' waits for n1 to answer Inner"));
  CHECK(contains(detail, "n1 'Inner' waits for the Mutex of 'worker'"));
  CHECK(contains(detail, ": a cycle"));
}

TEST_CASE("a long call without a deadline that is answered in the end is no deadlock") {
  Simulation sim(SimOptions{});
  int answered = 0;
  sim.node("n1", [&] {
    answered = call("n2", Transfer{1}, kForEver).value_or(0);
    serve([](const Transfer&) { return 7; });
  });
  sim.node("n2", [] {
    serve([](const Transfer&) {
      sleep_for(30s);
      return 1;
    });
  });
  sim.run_for(60s);
  INFO(detail_of(sim));
  CHECK_FALSE(sim.violated());
  CHECK(answered == 1);
}

TEST_CASE("a circle that another fiber of one of the nodes can open is no deadlock") {
  Simulation sim(SimOptions{});
  int answered = 0;
  sim.node("n1", [&] {
    spawn("later", [] {
      sleep_for(20s);
      serve([](const Transfer&) { return 5; });
    }).detach();
    answered = call("n2", Transfer{1}, kForEver).value_or(0);
  });
  sim.node("n2", [] { serve(pass_on_to("n1", kForEver)); });
  sim.run_for(60s);
  INFO(detail_of(sim));
  CHECK_FALSE(sim.violated());
  CHECK(answered == 6);
}

TEST_CASE("calls with deadlines that wait for each other resolve, and are no deadlock") {
  Simulation sim(SimOptions{});
  add_ring(sim, {.size = 2, .options = {.timeout = 2s}});
  sim.calls_are_answered(5s);
  sim.run_for(60s);
  INFO(detail_of(sim));
  CHECK_FALSE(sim.violated());
}

TEST_CASE("nodes that may sleep for ever may do so in a circle") {
  Simulation sim(SimOptions{});
  add_ring(sim, {.node = {.deadlock_is_violation = false}});
  sim.run_for(10s);
  CHECK_FALSE(sim.violated());
}

TEST_CASE("a call without a deadline whose request is lost waits for nobody, and is told of") {
  for (const bool asked : {false, true}) {
    Simulation sim(SimOptions{});
    sim.node("n1", [] { static_cast<void>(call("n2", Transfer{0}, kForEver)); });
    sim.node("n2", [] { serve([](const Transfer&) { return 1; }); });
    sim.link("n1", "n2", {.loss = {1, 1}});
    if (asked) sim.calls_are_answered(5s);
    sim.run_for(10s);
    CHECK(sim.violated().has_value() == asked);
    if (!asked) continue;
    CHECK(sim.violated()->property == "calls are answered");
    CHECK(contains(detail_of(sim),
                   "n1 'main' waits for n2 to answer Transfer (since 0.000 s, "
                   "nobody is seen at it)"));
  }
}

// ---- reports of what should have happened and did not

TEST_CASE("no progress for calls that expire in a circle: the report names the circle") {
  Simulation sim(SimOptions{});
  int done = 0;
  for (int i = 1; i <= 2; ++i) {
    const std::string next = node_name(i % 2 + 1);
    sim.node(node_name(i), [next] {
      for (;;) {  // asks, and serves only in between
        static_cast<void>(call(next, Transfer{0}, {.timeout = 1s}));
        serve_for(1us, [](const Transfer&) { return 1; });
      }
    });
  }
  sim.progress("transfers are done", [&] { return static_cast<std::uint64_t>(done); },
               {.within = 5500ms});
  sim.run_for(10s);
  REQUIRE(sim.violated());
  const std::string detail = detail_of(sim);
  INFO(detail);
  CHECK(contains(detail, "it stayed at 0, in the 5500 ms after the last fault ended. Waits: "));
  CHECK(contains(detail, "n1 'main' waits for n2 to answer Transfer"));
}

TEST_CASE("calls of actors, and of nodes that there are not, are told of too") {
  Simulation sim(SimOptions{});
  sim.node("n1", [] {
    const Pid deaf = spawn_actor("deaf", [] { sleep_for(1h); });
    spawn("asks", [deaf] { static_cast<void>(norn::call(deaf, Transfer{0}, kForEver)); }).detach();
    static_cast<void>(call(Address::from_id(99), Transfer{0}, kForEver));
  });
  sim.eventually("never", [] { return false; }, {.within = 5s});
  sim.run_for(10s);
  const std::string detail = detail_of(sim);
  INFO(detail);
  CHECK(sim.violated()->property == "never");
  CHECK(contains(detail, "n1 'asks' waits for n1 to answer its actor "));
  CHECK(contains(detail, "n1 'main' waits for a node that there is not to answer Transfer"));
}

TEST_CASE("no progress for handlers that call each other until their deadlines: a cycle") {
  Simulation sim(SimOptions{});
  add_ring(sim, {.options = {.timeout = 30s}});
  sim.eventually("never", [] { return false; }, {.within = 5s});
  sim.run_for(10s);
  REQUIRE(sim.violated());
  const std::string detail = detail_of(sim);
  INFO(detail);
  CHECK(contains(detail,
                 "it never held, in the 5000 ms after the last fault ended. Waits: "
                 "n1 'main' waits for n2 to answer Transfer"));
  CHECK(contains(detail, ": a cycle, until a deadline ends it"));
}

namespace {

struct MayI {
  using Reply = bool;
};

// Two who want to enter: each asks the other one, who says no as long as it wants to enter itself.
void polite(const std::string& other, bool stubborn, std::uint64_t& entered) {
  bool wants = true;
  spawn("door", [&] { serve([&](const MayI&) { return !wants; }); }).detach();
  for (;;) {
    sleep_for(20ms);
    wants = true;
    const bool granted = call(other, MayI{}, {.timeout = 100ms}).value_or(false);
    if (granted || stubborn) ++entered;
    if (granted) wants = false;
    if (granted) sleep_for(10ms);
  }
}

}  // namespace

TEST_CASE("a livelock is reported with what kept happening") {
  Simulation sim(SimOptions{});
  std::uint64_t entered = 0;
  sim.node("n1", [&] { polite("n2", false, entered); });
  sim.node("n2", [&] { polite("n1", false, entered); });
  sim.progress("somebody enters", [&] { return entered; }, {.within = 5s});
  sim.run_for(10s);
  REQUIRE(sim.violated());
  const std::string detail = detail_of(sim);
  INFO(detail);
  CHECK(contains(detail, "Meanwhile, since 0.000 s: "));
  CHECK(contains(detail, "n1 sent n2 2"));
  CHECK(contains(detail, " MayI, "));
  CHECK(contains(detail, "'main' was woken 4"));
}

TEST_CASE("two of which one is stubborn make progress") {
  Simulation sim(SimOptions{});
  std::uint64_t entered = 0;
  sim.node("n1", [&] { polite("n2", false, entered); });
  sim.node("n2", [&] { polite("n1", true, entered); });
  sim.progress("somebody enters", [&] { return entered; }, {.within = 5s, .again = true});
  sim.run_for(60s);
  INFO(detail_of(sim));
  CHECK_FALSE(sim.violated());
}

TEST_CASE("progress that has to come again and again is missed when it ends") {
  for (const bool again : {false, true}) {
    Simulation sim(SimOptions{});
    std::uint64_t done = 0;
    sim.node("n1", [&] {
      for (int i = 0; i < 1000; ++i) {
        sleep_for(10ms);
        if (i < 300) ++done;
      }
    });
    sim.progress("work is done", [&] { return done; }, {.within = 1s, .again = again});
    sim.run_for(9s);
    INFO(detail_of(sim));
    CHECK(sim.violated().has_value() == again);
    const RunSummary summary = sim.summary();
    CHECK(summary.properties.at(0).judged);
    if (!again) continue;
    CHECK(contains(detail_of(sim), "it stayed at 300, in the 1000 ms since "));
    CHECK(contains(detail_of(sim), "n1 'main' was woken 100 times"));
  }
}

TEST_CASE("who waits is not told of those who only wait for work") {
  Simulation sim(SimOptions{});
  sim.node("n1", [] { serve([](const Transfer&) { return 1; }); });
  sim.node("n2", [] { sleep_for(1h); });
  sim.eventually("never", [] { return false; }, {.within = 1s});
  sim.run_for(2s);
  CHECK(detail_of(sim) == "it never held, in the 1000 ms after the last fault ended");
}
