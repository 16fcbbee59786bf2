// The order in which one actor sees what another did: messages, exit signals, Down, as Erlang
// promises it for each pair.
#include <algorithm>
#include <functional>
#include <set>
#include <string>

#include "norn/actors.hpp"
#include "norn/runtime.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;
using norn::after;
using norn::ExitKind;
using norn::match;
using norn::Pid;

namespace {

struct Number {
  int value = 0;
};

constexpr norn::LinkOptions kBadLinks{.loss = {1, 10}, .duplicate = {1, 10}};

// What came to the calling actor, until nothing comes for a while: digits for Number, D for Down, E
// for ExitSignal.
std::string what_comes() {
  std::string story;
  for (bool more = true; more;) {
    norn::receive(
        match<Number>([&](const Number& n) { story += static_cast<char>('0' + n.value); }),
        match<norn::Down>([&](const norn::Down&) { story += 'D'; }),
        match<norn::ExitSignal>([&](const norn::ExitSignal&) { story += 'E'; }),
        after(1min, [&] { more = false; }));
  }
  return story;
}

// Runs `act` as an actor of one node, and `watch` as an actor of the same node or of another one.
// `watch` gets the pid of the first, which begins when it is sent the pid of the other.
bool passes(bool same_node, const std::function<void(const Pid&)>& act,
            const std::function<void(const Pid&)>& watch) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    norn::Simulation simulation(norn::test::options(seed));
    simulation.links(kBadLinks);
    Pid actor;
    bool done = false;
    const auto start = [&] {
      actor = norn::spawn_actor("actor", [&act] {
        norn::receive(match<Pid>([&](const Pid& watcher) { act(watcher); }));
      });
    };
    const auto observe = [&] {
      const norn::ActorScope scope;
      norn::trap_exits(true);
      norn::sleep_for(1ms);
      watch(actor);
      done = true;
    };
    simulation.node("n1", [&] {
      start();
      if (same_node) observe();
      norn::sleep_for(1h);
    });
    if (!same_node) {
      simulation.node("n2", [&] {
        observe();
        norn::sleep_for(1h);
      });
    }
    simulation.run_for(30min);
    if (!done || simulation.summary().verdict != norn::Verdict::passed) return false;
  }
  return true;
}

void send_digits(const Pid& to) {
  for (int i = 0; i < 10; ++i) norn::send(to, Number{i});
}

}  // namespace

TEST_CASE("the exit signal of a link comes after all that was sent before, once") {
  for (const bool same_node : {true, false}) {
    CHECK(passes(
        same_node,
        [](const Pid& watcher) {
          send_digits(watcher);
          norn::exit(norn::ExitReason::error("done"));
        },
        [](const Pid& actor) {
          norn::link(actor);
          norn::send(actor, norn::self_pid());
          CHECK(what_comes() == "0123456789E");
        }));
  }
}

TEST_CASE("an exit signal that is sent keeps its place among the messages") {
  for (const bool same_node : {true, false}) {
    CHECK(passes(
        same_node,
        [](const Pid& watcher) {
          norn::send(watcher, Number{1});
          norn::exit(watcher, ExitKind::shutdown);
          norn::send(watcher, Number{2});
          norn::exit(watcher, norn::ExitReason::error("again"));
          norn::send(watcher, Number{3});
        },
        [](const Pid& actor) {
          norn::send(actor, norn::self_pid());
          CHECK(what_comes() == "1E2E3");
        }));
  }
}

TEST_CASE("who is linked and monitors hears of the end both ways, after the last message") {
  for (const bool same_node : {true, false}) {
    CHECK(passes(
        same_node,
        [](const Pid& watcher) {
          send_digits(watcher);
          norn::exit(norn::ExitReason::error("done"));
        },
        [](const Pid& actor) {
          norn::link(actor);
          norn::monitor(actor);
          norn::monitor(actor);
          norn::send(actor, norn::self_pid());
          const std::string story = what_comes();
          CHECK(story.substr(0, 10) == "0123456789");
          std::string ends = story.substr(10);
          std::sort(ends.begin(), ends.end());
          CHECK(ends == "DDE");
        }));
  }
}

TEST_CASE("a link that is asked for and taken back at once leaves no signal behind") {
  for (const bool same_node : {true, false}) {
    CHECK(passes(
        same_node, [](const Pid&) { norn::exit(norn::ExitReason::error("done")); },
        [](const Pid& actor) {
          norn::link(actor);
          norn::unlink(actor);
          norn::demonitor(norn::monitor(actor));
          norn::send(actor, norn::self_pid());
          CHECK(what_comes().empty());
        }));
  }
}

TEST_CASE("messages of two senders keep each sender's order, however they mix") {
  std::set<std::string> mixes;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    std::string story;
    norn::Simulation simulation(norn::test::options(seed));
    simulation.links(kBadLinks);
    Pid reader;
    simulation.node("reader", [&] {
      const norn::ActorScope scope;
      reader = scope.pid();
      story = what_comes();
      norn::sleep_for(1h);
    });
    for (const int first : {0, 5}) {
      simulation.node("writer" + std::to_string(first), [&, first] {
        norn::sleep_for(1ms);
        for (int i = first; i < first + 5; ++i) {
          norn::send(reader, Number{i});
          norn::sleep_for(1ms);
        }
        norn::sleep_for(1h);
      });
    }
    simulation.run_for(10min);
    CHECK(simulation.summary().verdict == norn::Verdict::passed);
    std::string low;
    std::string high;
    for (const char digit : story) (digit < '5' ? low : high) += digit;
    CHECK(low == "01234");
    CHECK(high == "56789");
    mixes.insert(story);
  }
  CHECK(mixes.size() > 3);
}
