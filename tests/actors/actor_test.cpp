// Actors of one node: messages, selective receive, links, monitors, exits.
#include "norn/runtime/actor.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "norn/runtime/codec_json.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;
using norn::after;
using norn::ExitKind;
using norn::match;
using norn::match_if;
using norn::Pid;

namespace {

struct Number {
  int value = 0;
};
struct Text {
  std::uint64_t length = 0;
};
struct Go {};
struct Ask {
  using Reply = int;
};

struct Padded {  // goes as CBOR
  char letter = 'a';
  std::string word;
};

// Runs `body` as an actor of the only node.
bool passes(std::function<void()> body) {
  return norn::test::passes([body = std::move(body)] {
    const norn::ActorScope scope;
    body();
  });
}

norn::Down next_down() {
  return norn::receive(match<norn::Down>([](const norn::Down& down) { return down; }));
}

int next_number() {
  return norn::receive(match<Number>([](const Number& number) { return number.value; }));
}

void idle() {
  norn::sleep_for(1h);
}

}  // namespace

TEST_CASE("a pid is printed with the node's name, and compares and hashes by all its parts") {
  CHECK(passes([] {
    const Pid me = norn::self_pid();
    CHECK(to_string(me) == "<n1.1.1>");
    const Pid other = norn::spawn_actor("other", idle);
    CHECK(to_string(other) == "<n1.2.1>");
    CHECK(me < other);
    CHECK(me != other);
    CHECK(std::hash<Pid>{}(me) != std::hash<Pid>{}(other));
    CHECK_FALSE(Pid{}.valid());
    CHECK(to_string(Pid{}) == "<nobody>");
    norn::exit(other, ExitKind::kill);
  }));
}

TEST_CASE("a message of any type is encoded and comes as it was sent") {
  CHECK(passes([] {
    norn::send(norn::self_pid(), Padded{'x', "hello"});
    norn::receive(match<Padded>([](const Padded& padded) {
      CHECK(padded.letter == 'x');
      CHECK(padded.word == "hello");
    }));
    norn::send(norn::self_pid(), norn::self_pid());
    CHECK(norn::receive(match<Pid>([](const Pid& pid) { return pid; })) == norn::self_pid());
  }));
}

TEST_CASE("receive takes the first message that any clause takes, and leaves others in order") {
  CHECK(passes([] {
    const Pid me = norn::self_pid();
    for (int i = 1; i <= 3; ++i) norn::send(me, Number{i});
    norn::send(me, Text{7});
    norn::send(me, Number{4});
    CHECK(norn::receive(match<Text>([](const Text& text) { return text.length; })) == 7);
    const auto even = [](const Number& number) { return number.value % 2 == 0; };
    CHECK(norn::receive(match_if<Number>(even, [](const Number& n) { return n.value; })) == 2);
    std::vector<int> rest;
    for (int i = 0; i < 3; ++i) rest.push_back(next_number());
    CHECK(rest == std::vector<int>{1, 3, 4});
  }));
}

TEST_CASE("the first message decides, not the first clause") {
  CHECK(passes([] {
    const Pid me = norn::self_pid();
    norn::send(me, Text{1});
    norn::send(me, Number{2});
    const std::string got = norn::receive(match<Number>([](const Number&) { return "number"; }),
                                          match<Text>([](const Text&) { return "text"; }));
    CHECK(got == "text");
  }));
}

TEST_CASE("receive blocks until a fitting message comes, past those that do not fit") {
  CHECK(passes([] {
    const Pid me = norn::self_pid();
    norn::spawn_actor("sender", [me] {
      for (int i = 0; i < 5; ++i) {
        norn::send(me, Text{1});
        norn::sleep_for(1s);
      }
      norn::send(me, Number{9});
    });
    CHECK(next_number() == 9);
    CHECK(norn::now().time_since_epoch() == 5s);
  }));
}

TEST_CASE("after() ends a receive in time, and after(0) looks once without blocking") {
  CHECK(passes([] {
    const Pid me = norn::self_pid();
    const auto poll = [] {
      return norn::receive(match<Number>([](const Number& n) { return n.value; }),
                           after(0s, [] { return -1; }));
    };
    CHECK(poll() == -1);
    norn::send(me, Text{1});
    CHECK(poll() == -1);
    norn::send(me, Number{5});
    CHECK(poll() == 5);
    const norn::TimePoint begin = norn::now();
    norn::spawn_actor("noise", [me] {
      for (int i = 0; i < 20; ++i) {
        norn::send(me, Text{1});
        norn::sleep_for(10ms);
      }
    });
    CHECK(norn::receive(match<Number>([](const Number& n) { return n.value; }),
                        after(100ms, [] { return -2; })) == -2);
    CHECK(norn::now() - begin == 100ms);
  }));
}

TEST_CASE("a message that does not decode is dropped and the receive goes on") {
  CHECK(passes([] {
    const Pid me = norn::self_pid();
    norn::detail::post(me, norn::detail::kMessageClass<Number>, norn::Bytes(3));
    norn::send(me, Number{1});
    CHECK(next_number() == 1);
  }));
}

TEST_CASE("what an actor sent before its end comes before its Down, and Down comes once") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto run = norn::test::simulate(
        [] {
          const norn::ActorScope scope;
          const Pid me = norn::self_pid();
          const auto [pid, ref] = norn::spawn_monitor("child", [me] {
            for (int i = 0; i < 10; ++i) norn::send(me, Number{i});
          });
          std::string story;
          for (int i = 0; i < 11; ++i) {
            norn::receive(
                match<Number>([&](const Number& n) { story += static_cast<char>('0' + n.value); }),
                match<norn::Down>([&](const norn::Down& down) {
                  story += down.ref == ref && down.pid == pid ? 'D' : '?';
                  CHECK(down.reason == ExitKind::normal);
                }));
          }
          CHECK(story == "0123456789D");
          CHECK(norn::receive(match<norn::Down>([](const norn::Down&) { return true; }),
                              after(1min, [] { return false; })) == false);
        },
        seed);
    CHECK(run.verdict == norn::Verdict::passed);
  }
}

TEST_CASE("each monitor gets a Down of its own") {
  CHECK(passes([] {
    const Pid pid = norn::spawn_actor("child", [] { norn::sleep_for(1s); });
    const norn::MonitorRef first = norn::monitor(pid);
    const norn::MonitorRef second = norn::monitor(pid);
    CHECK(first != second);
    CHECK(next_down().ref == first);
    CHECK(next_down().ref == second);
  }));
}

TEST_CASE("a monitor of an actor that is gone tells noproc at once") {
  CHECK(passes([] {
    const Pid pid = norn::spawn_actor("child", [] {});
    norn::sleep_for(1s);
    CHECK_FALSE(norn::is_alive(pid));
    const norn::TimePoint before = norn::now();
    norn::monitor(pid);
    CHECK(next_down().reason == ExitKind::noproc);
    CHECK(norn::now() == before);
    norn::monitor(Pid{});
    CHECK(next_down().reason == ExitKind::noproc);
  }));
}

TEST_CASE("demonitor takes the Down back, even one that has come") {
  CHECK(passes([] {
    const auto [first, first_ref] = norn::spawn_monitor("first", idle);
    norn::demonitor(first_ref);
    norn::exit(first, ExitKind::kill);
    const auto [second, second_ref] = norn::spawn_monitor("second", [] {});
    norn::sleep_for(1s);
    norn::demonitor(second_ref);
    CHECK(norn::receive(match<norn::Down>([](const norn::Down&) { return true; }),
                        after(1s, [] { return false; })) == false);
  }));
}

TEST_CASE("an exception is an error exit for who monitors, and a violation when nobody does") {
  CHECK(passes([] {
    norn::spawn_monitor("child", [] { throw std::runtime_error("no luck"); });
    const norn::Down down = next_down();
    CHECK(down.reason.kind == ExitKind::error);
    CHECK(down.reason.text == "no luck");
    norn::spawn_monitor("other", [] { throw 7; });
    CHECK(next_down().reason.kind == ExitKind::error);
  }));
  const auto run = norn::test::simulate([] {
    norn::spawn_actor("lonely", [] { throw std::runtime_error("no luck"); });
    norn::sleep_for(1s);
  });
  REQUIRE(run.verdict == norn::Verdict::violated);
  CHECK(run.violation->detail.find("'lonely'") != std::string::npos);
}

TEST_CASE("a link carries an abnormal end to the other, and a normal one not") {
  CHECK(passes([] {
    const auto [parent, ref] = norn::spawn_monitor("parent", [] {
      norn::spawn_link("quiet", [] { norn::sleep_for(1s); });
      norn::spawn_link("loud", [] {
        norn::sleep_for(2s);
        norn::exit(norn::ExitReason::error("broken"));
      });
      norn::sleep_for(1h);
    });
    const norn::Down down = next_down();
    CHECK(down.pid == parent);
    CHECK(down.reason == norn::ExitReason::error("broken"));
    CHECK(norn::now().time_since_epoch() == 2s);
  }));
}

TEST_CASE("links work both ways, and unlink undoes them") {
  CHECK(passes([] {
    norn::trap_exits(true);
    const Pid child = norn::spawn_link("child", idle);
    norn::monitor(child);
    const Pid loose = norn::spawn_link("loose", idle);
    norn::unlink(loose);
    norn::exit(loose, norn::ExitReason::error("x"));
    const Pid middle = norn::spawn_actor("middle", [child] {
      norn::link(child);
      norn::sleep_for(1s);
      norn::exit(norn::ExitReason::error("middle"));
    });
    static_cast<void>(middle);
    CHECK(next_down().reason == norn::ExitReason::error("middle"));
    const auto signal =
        norn::receive(match<norn::ExitSignal>([](const norn::ExitSignal& s) { return s; }));
    CHECK(signal.from == child);
    CHECK(norn::receive(match<norn::ExitSignal>([](const norn::ExitSignal&) { return 1; }),
                        after(1s, [] { return 0; })) == 0);
  }));
}

TEST_CASE("a link to an actor that is gone gives the exit signal noproc") {
  CHECK(passes([] {
    const Pid gone = norn::spawn_actor("gone", [] {});
    norn::sleep_for(1s);
    norn::spawn_monitor("linker", [gone] {
      norn::link(gone);
      norn::sleep_for(1h);
    });
    CHECK(next_down().reason == ExitKind::noproc);
    norn::trap_exits(true);
    norn::link(gone);
    norn::receive(match<norn::ExitSignal>([&](const norn::ExitSignal& signal) {
      CHECK(signal.from == gone);
      CHECK(signal.reason == ExitKind::noproc);
    }));
  }));
}

TEST_CASE(
    "exit signals: normal does nothing, others end, trapped ones are messages, kill is not "
    "trapped") {
  CHECK(passes([] {
    const auto trapper = [] {
      norn::trap_exits(true);
      for (;;) {
        norn::receive(match<norn::ExitSignal>([](const norn::ExitSignal& signal) {
          if (signal.reason == norn::ExitReason::error("enough")) norn::exit(ExitKind::shutdown);
        }));
      }
    };
    const Pid plain = norn::spawn_monitor("plain", idle).pid;
    norn::sleep_for(1s);
    norn::exit(plain, ExitKind::normal);
    norn::sleep_for(1s);
    CHECK(norn::is_alive(plain));
    norn::exit(plain, ExitKind::shutdown);
    CHECK(next_down().reason == ExitKind::shutdown);

    const Pid first = norn::spawn_monitor("first", trapper).pid;
    norn::sleep_for(1s);
    norn::exit(first, ExitKind::shutdown);
    norn::sleep_for(1s);
    CHECK(norn::is_alive(first));
    norn::exit(first, norn::ExitReason::error("enough"));
    CHECK(next_down().reason == ExitKind::shutdown);

    const Pid second = norn::spawn_monitor("second", trapper).pid;
    norn::sleep_for(1s);
    norn::exit(second, ExitKind::kill);
    CHECK(next_down().reason == ExitKind::killed);

    norn::spawn_monitor("self", [] {
      norn::exit(norn::self_pid(), ExitKind::normal);
      norn::sleep_for(1h);
      CHECK(false);
    });
    CHECK(next_down().reason == ExitKind::normal);
  }));
}

TEST_CASE("an exit signal ends an actor out of any blocking call, and before it ran at all") {
  std::vector<std::string> ended;
  struct Note {
    std::vector<std::string>& book;
    std::string text;
    ~Note() { book.push_back(text); }
  };
  CHECK(passes([&] {
    norn::Mutex mutex;
    const std::lock_guard lock(mutex);
    norn::Channel<int> channel;
    std::vector<Pid> pids;
    const auto blocked = [&](const std::string& name, auto block) {
      pids.push_back(norn::spawn_monitor(name, [&ended, name, block] {
                       const Note note{ended, name};
                       block();
                       CHECK(false);
                     }).pid);
    };
    blocked("sleep", [] { norn::sleep_for(1h); });
    blocked("receive", [] { next_number(); });
    blocked("receive for", [] { norn::receive(match<Go>([](const Go&) {}), after(1h, [] {})); });
    blocked("mutex", [&] { mutex.lock(); });
    blocked("channel", [&] { channel.receive(); });
    blocked("call", [] { norn::call("n1", Ask{}, {.timeout = 1h}).ok(); });
    norn::sleep_for(1s);
    for (const Pid& pid : pids) norn::exit(pid, ExitKind::kill);
    for (std::size_t i = 0; i < pids.size(); ++i) CHECK(next_down().reason == ExitKind::killed);
    const Pid unborn = norn::spawn_monitor("unborn", [] { CHECK(false); }).pid;
    norn::exit(unborn, ExitKind::shutdown);
    CHECK(next_down().reason == ExitKind::shutdown);
  }));
  CHECK(ended.size() == 6);
}

TEST_CASE("messages to an actor that has ended are dropped, and its number is not used again") {
  CHECK(passes([] {
    const Pid first = norn::spawn_actor("first", [] {});
    norn::sleep_for(1s);
    const Pid second = norn::spawn_actor("second", [] {
      CHECK(norn::receive(match<Number>([](const Number&) { return 1; }),
                          after(1s, [] { return 0; })) == 0);
    });
    CHECK(first != second);
    norn::send(first, Number{1});
    norn::sleep_for(2s);
  }));
}

TEST_CASE("a crash ends every actor of the node and loses its mailboxes") {
  norn::Simulation simulation(norn::test::options());
  int lives = 0;
  simulation.node("n1", [&] {
    ++lives;
    const norn::ActorScope scope;
    for (int i = 0; i < 3; ++i) {
      const Pid pid = norn::spawn_link("child", [] { norn::receive(match<Go>([](const Go&) {})); });
      norn::send(pid, Number{i});
      norn::send(norn::self_pid(), Padded{'x', std::string(1000, 'y')});
    }
    norn::receive(match<Go>([](const Go&) {}));
  });
  for (int i = 0; i < 100; ++i) {
    simulation.run_for(10ms);
    simulation.restart("n1");
  }
  CHECK(lives >= 100);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
}

TEST_CASE("two simulations in one process do not know of each other") {
  const auto body = [] {
    const norn::ActorScope scope;
    norn::spawn_actor("child", idle);
    norn::sleep_for(1s);
    CHECK(norn::spawn_actor("next", [] {}).id == 3);
  };
  norn::Simulation first(norn::test::options());
  norn::Simulation second(norn::test::options());
  first.node("n1", body);
  second.node("n1", body);
  first.run_for(500ms);
  second.run_for(2s);
  first.run_for(2s);
  CHECK(first.summary().verdict == norn::Verdict::passed);
  CHECK(second.summary().verdict == norn::Verdict::passed);
}
