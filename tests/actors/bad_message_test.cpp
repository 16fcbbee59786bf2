// Bytes that do not decode, wherever they arrive: dropped with a warning by who receives, an error
// for who waits for a reply.
#include <functional>
#include <string>
#include <vector>

#include "norn/actors.hpp"
#include "norn/runtime.hpp"
#include "norn/runtime/codec_json.hpp"
#include "norn/runtime/rpc.hpp"
#include "norn/runtime/stream.hpp"
#include "support/catch.hpp"
#include "support/death.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;
using norn::Errc;

namespace {

struct Ask {
  using Reply = std::uint64_t;
  std::uint64_t number = 0;
};
struct Note {
  std::uint64_t number = 0;
};

// Of other sizes under the same names, as a careless new version would have them.
struct ShortAsk {
  static constexpr std::string_view kMessageName = "Ask";
  using Reply = std::uint64_t;
  std::uint16_t number = 0;
};
struct AskForShort {
  static constexpr std::string_view kMessageName = "Ask";
  using Reply = std::uint16_t;
  std::uint64_t number = 0;
};
struct ShortNote {
  static constexpr std::string_view kMessageName = "Note";
  std::uint16_t number = 0;
};

// Two nodes, and whether both did what they should.
bool between(const std::function<void()>& serve, const std::function<void()>& body) {
  norn::Simulation simulation(norn::test::options());
  bool done = false;
  simulation.node("server", serve);
  simulation.node("client", [&] {
    norn::sleep_for(1ms);
    body();
    done = true;
    norn::sleep_for(1h);
  });
  simulation.run_for(10min);
  return done && simulation.summary().verdict == norn::Verdict::passed;
}

norn::Pid start_server() {
  return norn::spawn_actor("server", [] {
    std::uint64_t sum = 0;
    norn::Server(norn::on_call([&](const Ask& ask) { return ask.number + sum; }),
                 norn::on_cast([&](const Note& note) { sum += note.number; }),
                 norn::on_info([&](const Note& note) { sum += note.number; }))
        .run();
  });
}

}  // namespace

TEST_CASE("a reply that does not decode is the error bad_message of the call, between nodes") {
  CHECK(between([] { norn::serve([](const AskForShort&) { return std::uint16_t{1}; }); },
                [] {
                  const auto reply = norn::call("server", Ask{1});
                  REQUIRE(reply.error().code == Errc::bad_message);
                }));
}

TEST_CASE("a request that does not decode is dropped, and its caller runs into its timeout") {
  const auto ask_wrongly_then_rightly = [] {
    const norn::TimePoint before = norn::now();
    REQUIRE(norn::call("server", ShortAsk{1}, {.timeout = 1s}).error().code == Errc::timeout);
    REQUIRE(norn::now() - before == 1s);
    REQUIRE(norn::call("server", Ask{7}).value() == 7);
  };
  const auto answer = [](const Ask& ask) { return ask.number; };
  CHECK(between([answer] { norn::serve(answer); }, ask_wrongly_then_rightly));
  CHECK(between([answer] { norn::serve_concurrently({.limit = 1}, answer); },
                ask_wrongly_then_rightly));
}

TEST_CASE("receive_for passes over what does not decode, and keeps to its time") {
  CHECK(between(
      [] {
        REQUIRE(norn::receive_for<Note>(1s).error().code == Errc::timeout);
        REQUIRE(norn::now().time_since_epoch() == 1s);
        REQUIRE(norn::receive_for<Note>(10s)->value.number == 5);
        norn::sleep_for(1h);
      },
      [] {
        norn::send("server", ShortNote{1});
        norn::sleep_for(2s);
        norn::send("server", ShortNote{2});
        norn::send("server", Note{5});
      }));
}

TEST_CASE("a Server drops calls, casts and infos that do not decode, and lives on") {
  CHECK(norn::test::passes([] {
    const norn::Pid server = start_server();
    norn::cast(server, ShortNote{1});
    norn::send(server, ShortNote{2});
    REQUIRE(norn::call(server, ShortAsk{1}, {.timeout = 1s}).error().code == Errc::timeout);
    norn::cast(server, Note{10});
    norn::send(server, Note{20});
    REQUIRE(norn::call(server, Ask{3}).value() == 33);
    REQUIRE(norn::call(server, AskForShort{3}).error().code == Errc::bad_message);
    REQUIRE(norn::is_alive(server));
  }));
}

TEST_CASE("a child whose arguments do not decode fails to start, and its supervisor lives on") {
  CHECK(norn::test::passes([] {
    const norn::Pid pool =
        *norn::start_supervisor("pool", {.strategy = norn::Strategy::simple_one_for_one},
                                {norn::dynamic_child<Note>("worker", [](const Note&) {
                                  norn::started();
                                  norn::sleep_for(1h);
                                })});
    const auto child = norn::start_child_with(pool, ShortNote{1});
    REQUIRE(child.error().code == Errc::closed);
    REQUIRE(child.error().message.find("do not decode") != std::string::npos);
    REQUIRE(norn::start_child_with(pool, Note{1}).ok());
  }));
}

TEST_CASE("receiving two streams of one name and type on a node is misuse that says so") {
  const auto death = norn::test::death_of([] {
    norn::test::simulate([] {
      const auto receive = [] { norn::Pipe<int>::receive_from("numbers").for_each([](int) {}); };
      norn::TaskGroup group;
      group.spawn(receive);
      group.spawn(receive);
      group.join();
    });
  });
  CHECK(death.exit_code == norn::kExitInternalError);
  CHECK(death.message.find("received on this node already") != std::string::npos);
}
