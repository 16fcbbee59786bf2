// StateMachine: states, postponed and inserted events, time-outs, entering.
#include "norn/runtime/state_machine.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;
using norn::ExitKind;
using norn::Pid;

namespace {

enum class Light { red, green, blue };

struct Switch {
  Light to = Light::red;
};
struct Number {
  int value = 0;
};
struct Ask {
  using Reply = int;
};
struct Stay {};

using Machine = norn::StateMachine<Light>;

std::string name_of(Light light) {
  return light == Light::red ? "red" : light == Light::green ? "green" : "blue";
}

// Runs a machine that `build` gives its handlers, and `body` beside it.
template <class Build, class Body>
bool passes(Build build, Body body) {
  return norn::test::passes([=] {
    const Pid pid = norn::spawn_actor("machine", [=] {
      Machine machine(Light::red);
      machine.in_any(norn::on_cast([&](const Switch& change) { machine.go(change.to); }));
      build(machine);
      machine.run();
    });
    body(pid);
    norn::exit(pid, ExitKind::kill);
  });
}

}  // namespace

TEST_CASE("a state's own handlers go before those of any state, and calls are answered") {
  CHECK(passes(
      [](Machine& m) {
        m.in_any(norn::on_call([](const Ask&) { return 0; }));
        m.in(Light::green, norn::on_call([](const Ask&) { return 1; }));
      },
      [](Pid pid) {
        CHECK(*norn::call(pid, Ask{}) == 0);
        norn::cast(pid, Switch{Light::green});
        CHECK(*norn::call(pid, Ask{}) == 1);
        norn::cast(pid, Switch{Light::blue});
        CHECK(*norn::call(pid, Ask{}) == 0);
        norn::send(pid, Number{1});  // no handler: dropped
        CHECK(*norn::call(pid, Ask{}) == 0);
      }));
}

TEST_CASE("postponed events come back in order when the state changes, before newer ones") {
  std::vector<int> seen;
  CHECK(passes(
      [&](Machine& m) {
        m.in(Light::red, norn::on_info([&](const Number&) { m.postpone(); }));
        m.in(Light::red, norn::on_cast([&](const Stay&) { m.go(Light::red); }));
        m.in(Light::green, norn::on_info([&](const Number& number) {
               if (number.value == 2) return m.postpone();
               seen.push_back(number.value);
             }));
        m.in(Light::blue, norn::on_info([&](const Number& n) { seen.push_back(10 * n.value); }));
      },
      [&](Pid pid) {
        for (int i = 1; i <= 3; ++i) norn::send(pid, Number{i});
        norn::cast(pid, Stay{});  // the same state: nothing comes back
        norn::sleep_for(1s);
        CHECK(seen.empty());
        norn::cast(pid, Switch{Light::green});
        norn::send(pid, Number{4});
        norn::sleep_for(1s);
        CHECK(seen == std::vector<int>{1, 3, 4});
        norn::cast(pid, Switch{Light::blue});
        norn::sleep_for(1s);
        CHECK(seen == std::vector<int>{1, 3, 4, 20});
      }));
}

TEST_CASE("a call may be postponed until there is an answer") {
  CHECK(passes(
      [](Machine& m) {
        m.in(Light::red, norn::on_call([&](const Ask&, norn::From<Ask>) { m.postpone(); }));
        m.in(Light::green, norn::on_call([](const Ask&) { return 7; }));
      },
      [](Pid pid) {
        auto asker = norn::spawn([pid] { return *norn::call(pid, Ask{}, {.timeout = 1min}); });
        norn::sleep_for(10s);
        CHECK_FALSE(asker.done());
        norn::cast(pid, Switch{Light::green});
        CHECK(asker.join() == 7);
      }));
}

TEST_CASE("inserted events go before postponed ones, and those before the mailbox") {
  std::vector<int> seen;
  CHECK(passes(
      [&](Machine& m) {
        m.in(Light::red, norn::on_info([&](const Number&) { m.postpone(); }));
        m.in(Light::red, norn::on_cast([&](const Stay&) {
               m.next_event(Number{8});
               m.next_event(Number{9});
               m.go(Light::green);
             }));
        m.in(Light::green, norn::on_info([&](const Number& n) { seen.push_back(n.value); }));
      },
      [&](Pid pid) {
        norn::send(pid, Number{1});
        norn::send(pid, Number{2});
        norn::cast(pid, Stay{});
        norn::send(pid, Number{3});
        norn::sleep_for(1s);
        CHECK(seen == std::vector<int>{8, 9, 1, 2, 3});
      }));
}

TEST_CASE("a state time-out ends with its state, and is not touched by events") {
  std::vector<std::string> book;
  CHECK(passes(
      [&](Machine& m) {
        m.on_enter(Light::green, [&](const Light&) { m.state_timeout(10s); });
        m.in(Light::green, norn::on_info([](const Number&) {}));
        m.on_state_timeout(Light::green, [&] {
          book.push_back("green over");
          m.go(Light::red);
        });
        m.on_state_timeout(Light::blue, [&] { book.push_back("never"); });
      },
      [&](Pid pid) {
        norn::cast(pid, Switch{Light::green});
        for (int i = 0; i < 9; ++i) {
          norn::sleep_for(1s);
          norn::send(pid, Number{i});
        }
        CHECK(book.empty());
        norn::sleep_for(1100ms);
        CHECK(book == std::vector<std::string>{"green over"});
        norn::cast(pid, Switch{Light::green});
        norn::sleep_for(5s);
        norn::cast(pid, Switch{Light::blue});  // cancels it
        norn::sleep_for(1min);
        CHECK(book.size() == 1);
      }));
}

TEST_CASE("a state time-out asked for together with a change is the new state's, in any order") {
  int rung = 0;
  CHECK(passes(
      [&](Machine& m) {
        m.in(Light::red, norn::on_cast([&](const Stay&) {
               m.state_timeout(5s);
               m.go(Light::green);
             }));
        m.on_state_timeout(Light::green, [&] { ++rung; });
      },
      [&](Pid pid) {
        norn::cast(pid, Stay{});
        norn::sleep_for(6s);
        CHECK(rung == 1);
      }));
}

TEST_CASE("an event time-out ends with the next event, a named one with nothing but its name") {
  int idle = 0;
  int named = 0;
  CHECK(passes(
      [&](Machine& m) {
        m.in_any(norn::on_info([&](const Number&) { m.event_timeout(2s); }));
        m.in_any(norn::on_cast([&](const Stay&) { m.timeout("tea", 10s); }));
        m.on_event_timeout(Light::red, [&] { ++idle; });
        m.on_timeout("tea", [&] { ++named; });
      },
      [&](Pid pid) {
        norn::cast(pid, Stay{});
        for (int i = 0; i < 5; ++i) {
          norn::send(pid, Number{i});
          norn::sleep_for(1s);
        }
        CHECK(idle == 0);
        norn::sleep_for(2s);
        CHECK(idle == 1);
        norn::cast(pid, Switch{Light::green});
        norn::sleep_for(4s);
        CHECK(named == 1);
        CHECK(idle == 1);
      }));
}

TEST_CASE("entering is told of at the start and at each change, before any event") {
  std::vector<std::string> book;
  CHECK(passes(
      [&](Machine& m) {
        for (const Light light : {Light::red, Light::green, Light::blue}) {
          m.on_enter(light, [&book, light](const Light& before) {
            book.push_back(name_of(before) + ">" + name_of(light));
          });
        }
        m.in_any(norn::on_info([&](const Number& n) {
          book.push_back(std::to_string(n.value));
          if (n.value == 1) m.go(Light::green);
        }));
      },
      [&](Pid pid) {
        norn::send(pid, Number{1});
        norn::send(pid, Number{2});
        norn::cast(pid, Switch{Light::blue});
        norn::sleep_for(1s);
        CHECK(book == std::vector<std::string>{"red>red", "1", "red>green", "2", "green>blue"});
      }));
}

TEST_CASE("a machine stops as a server does") {
  std::vector<std::string> book;
  CHECK(passes(
      [&](Machine& m) {
        m.on_stop([&](const norn::ExitReason& reason) { book.push_back(to_string(reason)); });
        m.in(Light::red, norn::on_info([&](const Number&) { m.postpone(); }));
      },
      [&](Pid pid) {
        norn::send(pid, Number{1});
        CHECK(norn::stop(pid, {.reason = ExitKind::shutdown}).ok());
        CHECK(norn::call(pid, Ask{}).error().code == norn::Errc::closed);
      }));
  CHECK(book == std::vector<std::string>{"shutdown"});
}

TEST_CASE("a crash in the middle of postponed events loses nothing of the pool") {
  norn::Simulation simulation(norn::test::options());
  simulation.node("n1", [] {
    const Pid pid = norn::spawn_actor("machine", [] {
      Machine m(Light::red);
      m.in(Light::red, norn::on_info([&](const Number&) { m.postpone(); }));
      m.run();
    });
    for (int i = 0;; ++i) {
      norn::send(pid, Number{i});
      norn::sleep_for(1ms);
    }
  });
  for (int i = 0; i < 20; ++i) {
    simulation.run_for(20ms);
    simulation.restart("n1");
  }
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
}
