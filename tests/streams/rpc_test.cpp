#include "norn/runtime/rpc.hpp"

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;

namespace {

struct Deposit {
  using Reply = int;
  int amount = 0;
};
struct Work {
  using Reply = int;
  int milliseconds = 0;
};
struct Hint {
  int number = 0;
};

constexpr norn::LinkOptions kLossy{.latency = {}, .loss = {1, 3}, .duplicate = {1, 5}};
constexpr norn::RetryPolicy kStubborn{.attempts = 50, .first = 20ms, .max = 100ms};

struct Deposits {
  int succeeded = 0;
  int balance = 0;
  norn::RunSummary run;
};

// A hundred deposits of 1 over a link that loses and doubles.
template <class Serve>
Deposits deposits(std::uint64_t seed, Serve serve) {
  Deposits out;
  norn::Simulation simulation(norn::test::options(seed));
  simulation.links(kLossy);
  simulation.node("bank",
                  [&] { serve([&](const Deposit& d) { return out.balance += d.amount; }); });
  simulation.node("client", [&] {
    for (int i = 0; i < 100; ++i) {
      const auto reply = norn::call("bank", Deposit{1}, {.timeout = 60s, .retry = kStubborn});
      if (reply.ok()) ++out.succeeded;
    }
  });
  simulation.run_for(300s);
  out.run = simulation.summary();
  return out;
}

const auto kPlain = [](auto handler) { norn::serve(handler); };
const auto kForgetful = [](auto handler) { norn::serve({.remember = 0}, handler); };
const auto kConcurrent = [](auto handler) { norn::serve_concurrently({}, handler); };

}  // namespace

TEST_CASE("a call that is sent again until it is answered is acted upon once") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Deposits sequential = deposits(seed, kPlain);
    CHECK(sequential.run.verdict == norn::Verdict::passed);
    CHECK(sequential.succeeded == 100);
    CHECK(sequential.balance == 100);
    CHECK(deposits(seed, kPlain).run.trace_hash == sequential.run.trace_hash);
    const Deposits at_once = deposits(seed, kConcurrent);
    CHECK(at_once.succeeded == 100);
    CHECK(at_once.balance == 100);
  }
  // Without the memory the same run doubles deposits.
  CHECK(deposits(1, kForgetful).balance > 110);
}

TEST_CASE("the memory of answers is bounded") {
  int handled = 0;
  norn::Simulation simulation(norn::test::options());
  simulation.links({.latency = {.min = 1ms, .usual = 1ms, .slow = {0, 1}}});
  simulation.node("server",
                  [&] { norn::serve({.remember = 2}, [&](const Deposit&) { return ++handled; }); });
  simulation.node("client", [&] {
    for (int i = 0; i < 10; ++i) {
      REQUIRE(norn::call("server", Deposit{i}, {.retry = {.attempts = 2}}).ok());
    }
  });
  simulation.run_for(10s);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
  CHECK(handled == 10);
}

TEST_CASE("requests are sent again at growing intervals, as often as asked") {
  std::vector<norn::Duration> arrivals;
  norn::Simulation simulation(norn::test::options());
  simulation.links({.latency = {.min = 1ms, .usual = 1ms, .slow = {0, 1}}});
  simulation.node("server", [&] {
    for (;;) {
      norn::receive<Deposit>();
      arrivals.push_back(norn::now() - norn::TimePoint{});
    }
  });
  simulation.node("client", [] {
    const auto reply =
        norn::call("server", Deposit{},
                   {.timeout = 10s,
                    .retry = {.attempts = 5, .first = 100ms, .max = 300ms, .jitter_percent = 0}});
    REQUIRE(reply.error().code == norn::Errc::timeout);
    REQUIRE(norn::now() == norn::TimePoint{} + 10s);
  });
  simulation.run_for(20s);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
  CHECK(arrivals == std::vector<norn::Duration>{1ms, 101ms, 301ms, 601ms, 901ms});
}

TEST_CASE("a caller that is cancelled calls off the handler on the other node") {
  int called_off = 0;
  int finished = 0;
  norn::Duration when{};
  norn::Simulation simulation(norn::test::options());
  simulation.node("server", [&] {
    norn::serve_concurrently({}, [&](const Work& work) {
      try {
        norn::sleep_for(std::chrono::milliseconds(work.milliseconds));
      } catch (const norn::Cancelled&) {
        ++called_off;
        when = norn::now() - norn::TimePoint{};
        throw;
      }
      return ++finished;
    });
  });
  simulation.node("client", [] {
    auto task = norn::spawn(
        "caller", [] { static_cast<void>(norn::call("server", Work{5000}, {.timeout = 10s})); });
    const auto other = norn::spawn(
        "other", [] { REQUIRE(norn::call("server", Work{300}, {.timeout = 10s}).ok()); });
    norn::sleep_for(100ms);
    task.cancel();
    REQUIRE(task.wait() == norn::TaskEnd::cancelled);
    norn::sleep_for(1s);
    REQUIRE(other.done());
  });
  simulation.run_for(20s);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
  CHECK(called_off == 1);
  CHECK(finished == 1);
  CHECK(when >= 100ms);
  CHECK(when < 250ms);
}

TEST_CASE("a handler sees its caller's deadline and is called off when it passes") {
  int called_off = 0;
  norn::Simulation simulation(norn::test::options());
  simulation.node("server", [&] {
    norn::serve_concurrently({}, [&](const Work&) {
      REQUIRE(norn::Context::current().deadline() == norn::TimePoint{} + 700ms);
      try {
        norn::sleep_for(1h);
      } catch (const norn::Cancelled& cancelled) {
        REQUIRE(cancelled.why == norn::Errc::timeout);
        REQUIRE(norn::now() == norn::TimePoint{} + 700ms);
        ++called_off;
        throw;
      }
      return 0;
    });
  });
  simulation.node("client", [&] {
    REQUIRE(norn::call("server", Work{}, {.timeout = 700ms}).error().code == norn::Errc::timeout);
  });
  simulation.run_for(5s);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
  CHECK(called_off == 1);
}

TEST_CASE("a request that is called off while it waits in the mailbox is never begun") {
  for (const bool tell : {true, false}) {
    int begun = 0;
    norn::Simulation simulation(norn::test::options());
    simulation.node("server", [&] {
      norn::sleep_for(2s);
      norn::serve([&](const Work&) { return ++begun; });
    });
    simulation.node("client", [&] {
      for (int i = 0; i < 3; ++i) {
        REQUIRE_FALSE(norn::call("server", Work{}, {.timeout = 100ms, .cancel_server = tell}).ok());
      }
    });
    simulation.run_for(5s);
    CHECK(simulation.summary().verdict == norn::Verdict::passed);
    CHECK(begun == (tell ? 0 : 3));
  }
}

TEST_CASE("a node that does not listen for cancellations does not keep them") {
  norn::Simulation simulation(norn::test::options());
  int hints = 0;
  simulation.node("server",
                  [&] {
                    norn::sleep_for(5s);
                    norn::serve([&](const Hint&) { ++hints; });
                  },
                  {.mailbox_limit = 1});
  simulation.node("client", [&] {
    for (int i = 0; i < 20; ++i) {
      REQUIRE_FALSE(norn::call("server", Work{}, {.timeout = 20ms, .cancel_server = true}).ok());
    }
    norn::sleep_for(1s);
    norn::send("server", Hint{1});
  });
  simulation.run_for(10s);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
  CHECK(hints == 1);
}

TEST_CASE("no more handlers run at once than the limit says") {
  int now_running = 0;
  int most = 0;
  int answered = 0;
  norn::Simulation simulation(norn::test::options());
  simulation.node("server", [&] {
    norn::serve_concurrently({.limit = 3}, [&](const Work& work) {
      most = std::max(most, ++now_running);
      norn::sleep_for(std::chrono::milliseconds(work.milliseconds));
      return --now_running;
    });
  });
  simulation.node("client", [&] {
    norn::TaskGroup group;
    for (int i = 0; i < 12; ++i) {
      group.spawn([&] {
        if (norn::call("server", Work{100}, {.timeout = 5s}).ok()) ++answered;
      });
    }
    group.join();
  });
  simulation.run_for(20s);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
  CHECK(most == 3);
  CHECK(answered == 12);
}

TEST_CASE("what a handler throws comes out of serve_concurrently") {
  int caught = 0;
  norn::Simulation simulation(norn::test::options());
  simulation.node("server", [&] {
    try {
      norn::serve_concurrently({}, [](const Work& work) {
        norn::sleep_for(std::chrono::milliseconds(work.milliseconds));
        if (work.milliseconds == 50) throw std::runtime_error("no");
        return 1;
      });
    } catch (const std::runtime_error& problem) {
      REQUIRE(problem.what() == std::string("no"));
      REQUIRE(norn::now() < norn::TimePoint{} + 1s);
      ++caught;
    }
  });
  simulation.node("client", [] {
    auto slow = norn::spawn([] { static_cast<void>(norn::call("server", Work{5000})); });
    static_cast<void>(norn::call("server", Work{50}));
  });
  simulation.run_for(5s);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
  CHECK(caught == 1);
}

TEST_CASE("a server that crashes forgets, and a repeated call may be acted upon again") {
  // At most once a life: a crash between the acting and the answer is the caller's to think of.
  int handled = 0;
  norn::Simulation simulation(norn::test::options());
  simulation.node("server", [&] {
    norn::serve([&](const Work&) {
      ++handled;
      norn::sleep_for(50ms);
      return handled;
    });
  });
  simulation.node("client", [] {
    const auto reply = norn::call("server", Work{}, {.timeout = 10s, .retry = kStubborn});
    REQUIRE(reply.ok());
    REQUIRE(*reply == 2);
  });
  simulation.run_for(30ms);
  simulation.restart("server");
  simulation.run_for(10s);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
  CHECK(handled == 2);
}
