// Server: calls, casts, infos, deferred replies, ends.
#include "norn/runtime/server.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "norn/runtime/codec_json.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;
using norn::Errc;
using norn::ExitKind;
using norn::Pid;

namespace {

struct Add {
  using Reply = int;
  int by = 0;
};
struct Reset {};
struct Later {
  using Reply = int;
};
struct Release {
  int value = 0;
};
struct Greet {  // goes as CBOR, both ways
  using Reply = std::string;
  std::string name;
  std::optional<Pid> friend_of;
};
struct Crash {
  using Reply = int;
};
struct Leave {};
struct Silent {
  using Reply = int;
};
struct Unknown {
  using Reply = int;
};

void counter(std::vector<std::string>* book = nullptr) {
  int value = 0;
  std::vector<norn::From<Later>> waiting;
  norn::Server(
      norn::on_call([&](const Add& add) { return value += add.by; }),
      norn::on_cast([&](const Reset&) { value = 0; }),
      norn::on_call([&](const Later&, norn::From<Later> from) { waiting.push_back(from); }),
      norn::on_info([&](const Release& release) {
        for (const auto& from : waiting) norn::reply(from, release.value);
        waiting.clear();
      }),
      norn::on_call([](const Greet& greet) { return "hello " + greet.name; }),
      norn::on_call([](const Crash&) -> int { throw std::runtime_error("crashed"); }),
      norn::on_cast([](const Leave&) { norn::exit(ExitKind::normal); }),
      norn::on_call([](const Silent&, norn::From<Silent>) {}),
      norn::on_stop([&](const norn::ExitReason& reason) {
        if (book != nullptr) book->push_back(to_string(reason));
      }))
      .run();
}

Pid start_counter(std::vector<std::string>* book = nullptr) {
  return norn::spawn_actor("counter", [book] { counter(book); });
}

}  // namespace

TEST_CASE("a server answers calls in order, and takes casts and infos between them") {
  CHECK(norn::test::passes([] {
    const Pid server = start_counter();
    CHECK(*norn::call(server, Add{2}) == 2);
    CHECK(*norn::call(server, Add{3}) == 5);
    norn::cast(server, Reset{});
    CHECK(*norn::call(server, Add{1}) == 1);
    CHECK(*norn::call(server, Greet{"you", {}}) == "hello you");
    CHECK(norn::call(server, Unknown{}).error().code == Errc::timeout);
    CHECK(*norn::call(server, Add{1}) == 2);
    CHECK(norn::stop(server).ok());
  }));
}

TEST_CASE("a reply may come later, and one that comes too late is dropped") {
  CHECK(norn::test::passes([] {
    const Pid server = start_counter();
    auto first = norn::spawn([server] { return *norn::call(server, Later{}, {.timeout = 1min}); });
    auto second = norn::spawn([server] {
      const auto answer = norn::call(server, Later{}, {.timeout = 1s});
      CHECK(answer.error().code == Errc::timeout);
      return *norn::call(server, Add{1});
    });
    norn::sleep_for(10s);
    norn::send(server, Release{7});
    CHECK(first.join() == 7);
    CHECK(second.join() == 1);
  }));
}

TEST_CASE("a call to a server that is gone, or that ends before its answer, fails at once") {
  std::vector<std::string> book;
  CHECK(norn::test::passes([&] {
    const Pid server = start_counter(&book);
    const auto crashed = norn::call(server, Crash{}, {.timeout = 1h});
    REQUIRE_FALSE(crashed.ok());
    CHECK(crashed.error().code == Errc::closed);
    CHECK(crashed.error().message.find("error: crashed") != std::string::npos);
    const auto gone = norn::call(server, Add{1}, {.timeout = 1h});
    CHECK(gone.error().code == Errc::closed);
    CHECK(gone.error().message.find("noproc") != std::string::npos);
    CHECK(norn::now().time_since_epoch() == 0s);
  }));
  CHECK(book == std::vector<std::string>{"error: crashed"});
}

TEST_CASE("a call that waits when the server stops is told") {
  CHECK(norn::test::passes([] {
    const Pid server = start_counter();
    auto caller = norn::spawn([server] {
      const auto answer = norn::call(server, Silent{}, {.timeout = 1h});
      CHECK(answer.error().code == Errc::closed);
      CHECK(answer.error().message.find("shutdown") != std::string::npos);
    });
    norn::sleep_for(1s);
    CHECK(norn::stop(server, {.reason = ExitKind::shutdown}).ok());
    caller.join();
    CHECK(norn::stop(server).error().code == Errc::closed);
  }));
}

TEST_CASE("on_stop is called for stop, exit and errors, and for the parent's exit when trapped") {
  std::vector<std::string> book;
  CHECK(norn::test::passes([&] {
    const norn::ActorScope scope;
    const Pid stopped = start_counter(&book);
    CHECK(norn::stop(stopped, {.reason = norn::ExitReason::error("by request")}).ok());
    const Pid left = start_counter(&book);
    norn::cast(left, Leave{});
    norn::sleep_for(1s);
    CHECK_FALSE(norn::is_alive(left));
    const Pid trapping = norn::spawn_actor("trapping", [&] {
      norn::trap_exits(true);
      counter(&book);
    });
    const Pid plain = start_counter(&book);
    norn::sleep_for(1s);
    norn::exit(trapping, ExitKind::shutdown);
    norn::exit(plain, ExitKind::shutdown);
    norn::sleep_for(1s);
    CHECK_FALSE(norn::is_alive(trapping));
    CHECK_FALSE(norn::is_alive(plain));
  }));
  CHECK(book == std::vector<std::string>{"error: by request", "normal", "shutdown"});
}

TEST_CASE("a server may act when it has been idle") {
  CHECK(norn::test::passes([] {
    int idle = 0;
    const Pid server = norn::spawn_actor("idler", [&] {
      norn::Server(norn::on_cast([](const Reset&) {}), norn::after(10s, [&] { ++idle; })).run();
    });
    for (int i = 0; i < 10; ++i) {
      norn::cast(server, Reset{});
      norn::sleep_for(3s);
    }
    CHECK(idle == 0);
    norn::sleep_for(25s);
    CHECK(idle == 2);
  }));
}

TEST_CASE("calls cross nodes, and learn when the node is gone") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    norn::Simulation simulation(norn::test::options(seed));
    Pid server;
    int calls = 0;
    bool failed = false;
    simulation.node("server", [&] {
      server = start_counter();
      norn::sleep_for(24h);
    });
    simulation.node("client", [&] {
      norn::sleep_for(1ms);
      for (int i = 1; i <= 50; ++i) {
        const auto answer = norn::call(server, Add{1}, {.timeout = 1min});
        REQUIRE(answer.ok());
        CHECK(*answer == i);
        ++calls;
      }
      CHECK(*norn::call(server, Greet{"far", server}, {.timeout = 1min}) == "hello far");
      const auto answer = norn::call(server, Silent{}, {.timeout = 1h});
      CHECK(answer.error().code == Errc::closed);
      CHECK(answer.error().message.find("noconnection") != std::string::npos);
      failed = true;
    });
    simulation.links({.loss = {1, 20}, .duplicate = {1, 20}});
    simulation.run_for(1min);
    CHECK(calls == 50);
    simulation.crash("server");
    simulation.run_for(1min);
    CHECK(failed);
    CHECK(simulation.summary().verdict == norn::Verdict::passed);
  }
}

TEST_CASE("a crash of the caller's node ends its calls, and the server goes on") {
  norn::Simulation simulation(norn::test::options());
  Pid server;
  simulation.node("server", [&] {
    server = start_counter();
    norn::sleep_for(24h);
  });
  simulation.node("client", [&] {
    norn::sleep_for(1ms);
    for (int i = 0; i < 3; ++i) {
      norn::spawn([&] { norn::call(server, Silent{}, {.timeout = 1h}).ok(); }).detach();
    }
    CHECK(norn::call(server, Add{1}).ok());
    norn::call(server, Silent{}, {.timeout = 1h}).ok();
  });
  for (int i = 0; i < 20; ++i) {
    simulation.run_for(50ms);
    simulation.restart("client");
  }
  simulation.run_for(10s);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
}
