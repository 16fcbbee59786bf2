// Actors of several nodes: order, loss, restarts, partitions.
#include <string>
#include <vector>

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

norn::Down next_down() {
  return norn::receive(match<norn::Down>([](const norn::Down& down) { return down; }));
}

bool no_down_within(norn::Duration duration) {
  return norn::receive(match<norn::Down>([](const norn::Down&) { return false; }),
                       after(duration, [] { return true; }));
}

// Two nodes: "server" runs one actor for ever; "client" runs `body` with its pid. The pid is passed
// outside of the network, as if it were known from before.
struct Pair {
  explicit Pair(std::uint64_t seed, std::function<void()> serve, std::function<void(Pid)> body,
                norn::LinkOptions links = {})
      : simulation(norn::test::options(seed)) {
    simulation.node("server", [this, serve = std::move(serve)] {
      server = norn::spawn_actor("server", serve);
      norn::sleep_for(24h);
    });
    simulation.node("client", [this, body = std::move(body)] {
      const norn::ActorScope scope;
      norn::sleep_for(1ms);
      body(server);
      done = true;
      norn::sleep_for(24h);
    });
    simulation.links(links);
  }
  bool passed() { return done && simulation.summary().verdict == norn::Verdict::passed; }

  norn::Simulation simulation;
  Pid server;
  bool done = false;
};

void idle() {
  norn::sleep_for(24h);
}

void echo() {
  for (;;) {
    norn::receive(match<Pid>([](const Pid& from) {
      for (int i = 0; i < 100; ++i) norn::send(from, Number{i});
    }));
  }
}

}  // namespace

TEST_CASE("messages between nodes come once and in order, whatever the network does") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Pair pair(
        seed, echo,
        [](Pid server) {
          for (int round = 0; round < 3; ++round) {
            norn::send(server, norn::self_pid());
            for (int i = 0; i < 100; ++i) {
              const int got = norn::receive(match<Number>([](const Number& n) { return n.value; }),
                                            after(1min, [] { return -1; }));
              REQUIRE(got == i);
            }
          }
          CHECK(norn::receive(match<Number>([](const Number&) { return 1; }),
                              after(1min, [] { return 0; })) == 0);
        },
        kBadLinks);
    pair.simulation.run_for(10min);
    CHECK(pair.passed());
  }
}

TEST_CASE("a Down from another node comes after the messages sent before, and once") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Pair pair(
        seed,
        [] {
          norn::receive(match<Pid>([](const Pid& from) {
            for (int i = 0; i < 10; ++i) norn::send(from, Number{i});
          }));
          norn::exit(norn::ExitReason::error("done"));
        },
        [](Pid server) {
          const norn::MonitorRef ref = norn::monitor(server);
          norn::send(server, norn::self_pid());
          std::string story;
          for (int i = 0; i < 11; ++i) {
            norn::receive(
                match<Number>([&](const Number& n) { story += static_cast<char>('0' + n.value); }),
                match<norn::Down>([&](const norn::Down& down) {
                  story += 'D';
                  CHECK(down.ref == ref);
                  CHECK(down.pid == server);
                  CHECK(down.reason == norn::ExitReason::error("done"));
                }));
          }
          CHECK(story == "0123456789D");
          CHECK(no_down_within(1min));
        },
        kBadLinks);
    pair.simulation.run_for(10min);
    CHECK(pair.passed());
  }
}

TEST_CASE("a monitor of an actor of another node that is gone tells noproc") {
  Pair pair(
      1, [] {},
      [](Pid server) {
        norn::monitor(server);
        CHECK(next_down().reason == ExitKind::noproc);
        norn::trap_exits(true);
        norn::link(server);
        norn::receive(match<norn::ExitSignal>(
            [](const norn::ExitSignal& signal) { CHECK(signal.reason == ExitKind::noproc); }));
      });
  pair.simulation.run_for(1min);
  CHECK(pair.passed());
}

TEST_CASE("a crashed node is learned of by its silence, as noconnection") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Pair pair(seed, idle, [](Pid server) {
      norn::monitor(server);
      const norn::Down down = next_down();
      CHECK(down.reason == ExitKind::noconnection);
      CHECK(norn::now().time_since_epoch() > 5s + 1500ms);
      CHECK(norn::now().time_since_epoch() < 5s + 3s);
      CHECK(no_down_within(1min));
    });
    pair.simulation.run_for(5s);
    pair.simulation.crash("server");
    pair.simulation.run_for(5min);
    CHECK(pair.passed());
  }
}

TEST_CASE("a link across nodes ends with the node, and exit signals cross it") {
  Pair pair(1, idle, [](Pid server) {
    const Pid linked = norn::spawn_monitor("linked", [server] {
                         norn::link(server);
                         norn::sleep_for(24h);
                       }).pid;
    CHECK(next_down().pid == linked);
    CHECK(norn::now().time_since_epoch() > 5s);
  });
  pair.simulation.run_for(5s);
  pair.simulation.crash("server");
  pair.simulation.run_for(1min);
  CHECK(pair.passed());

  Pair other(2, idle, [](Pid server) {
    norn::monitor(server);
    const Pid local = norn::spawn_monitor("local", [server] {
                        norn::link(server);
                        norn::sleep_for(1s);
                        norn::exit(norn::ExitReason::error("pulled"));
                      }).pid;
    CHECK(next_down().pid == local);
    CHECK(next_down().reason == norn::ExitReason::error("pulled"));
  });
  other.simulation.run_for(1min);
  CHECK(other.passed());
}

TEST_CASE("a pid of an earlier life names nobody in the next one") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Pair pair(seed, echo, [](Pid server) {
      norn::monitor(server);
      const norn::Down down = next_down();
      CHECK(down.reason == ExitKind::noconnection);
      CHECK(norn::now().time_since_epoch() < 5s + 2s);  // the new life answers: no need to wait
      norn::send(server, norn::self_pid());
      const norn::TimePoint before = norn::now();
      norn::monitor(server);
      CHECK(next_down().reason == ExitKind::noproc);
      CHECK(norn::now() == before);
      CHECK(norn::receive(match<Number>([](const Number&) { return 1; }),
                          after(10s, [] { return 0; })) == 0);
    });
    pair.simulation.run_for(5s);
    pair.simulation.restart("server");
    pair.simulation.run_for(5min);
    CHECK(pair.passed());
  }
}

TEST_CASE("both sides of a partition learn of it, and talk again when it heals") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    bool server_told = false;
    Pair pair(
        seed,
        [&] {
          norn::trap_exits(true);
          for (;;) {
            norn::receive(match<Pid>([](const Pid& from) {
                            norn::link(from);
                            norn::send(from, Number{1});
                          }),
                          match<norn::ExitSignal>([&](const norn::ExitSignal& signal) {
                            CHECK(signal.reason == ExitKind::noconnection);
                            server_told = true;
                          }));
          }
        },
        [&](Pid server) {
          norn::trap_exits(true);
          norn::send(server, norn::self_pid());
          norn::receive(match<Number>([](const Number&) {}));
          norn::receive(match<norn::ExitSignal>([](const norn::ExitSignal& signal) {
            CHECK(signal.reason == ExitKind::noconnection);
          }));
          norn::sleep_for(1min);
          CHECK(server_told);
          norn::send(server, norn::self_pid());
          CHECK(norn::receive(match<Number>([](const Number& n) { return n.value; }),
                              after(10s, [] { return 0; })) == 1);
        });
    pair.simulation.run_for(5s);
    if (seed % 2 == 0) {
      pair.simulation.partition({"client"}, {"server"});
    } else {
      pair.simulation.partition_one_way({"server"}, {"client"});
    }
    pair.simulation.run_for(30s);
    pair.simulation.heal();
    pair.simulation.run_for(5min);
    CHECK(pair.passed());
  }
}

TEST_CASE("a partition shorter than the timeout loses nothing") {
  Pair pair(1, echo, [](Pid server) {
    norn::monitor(server);
    norn::sleep_for(5s);
    norn::send(server, norn::self_pid());
    for (int i = 0; i < 100; ++i)
      CHECK(norn::receive(match<Number>([](const Number& n) { return n.value; })) == i);
    CHECK(norn::now().time_since_epoch() > 6s);
    CHECK(no_down_within(1min));
  });
  pair.simulation.run_for(4900ms);
  pair.simulation.partition({"client"}, {"server"});
  pair.simulation.run_for(1200ms);
  pair.simulation.heal();
  pair.simulation.run_for(5min);
  CHECK(pair.passed());
}

TEST_CASE("heartbeat times are the node's own to choose") {
  Pair pair(1, idle, [](Pid server) {
    norn::actor_options().heartbeat_interval = 50ms;
    norn::actor_options().heartbeat_timeout = 300ms;
    norn::monitor(server);
    next_down();
    CHECK(norn::now().time_since_epoch() < 5s + 500ms);
  });
  pair.simulation.run_for(5s);
  pair.simulation.crash("server");
  pair.simulation.run_for(1min);
  CHECK(pair.passed());
}

TEST_CASE("a demonitor crosses nodes, and silence follows when nothing is watched") {
  Pair pair(1, idle, [](Pid server) {
    const norn::MonitorRef ref = norn::monitor(server);
    norn::sleep_for(1s);
    norn::demonitor(ref);
    norn::exit(server, ExitKind::kill);
    CHECK(no_down_within(1min));
  });
  pair.simulation.run_for(2min);
  CHECK(pair.passed());
}

TEST_CASE("crashes of either side in the middle of traffic leave both able to go on") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    norn::Simulation simulation(norn::test::options(seed));
    std::vector<Pid> servers(1);
    int rounds = 0;
    simulation.node("server", [&] {
      servers.back() = norn::spawn_actor("server", echo);
      norn::sleep_for(24h);
    });
    simulation.node("client", [&] {
      const norn::ActorScope scope;
      for (;;) {
        const norn::MonitorRef ref = norn::monitor(servers.back());
        norn::send(servers.back(), norn::self_pid());
        int next = 0;
        bool down = false;
        while (next < 100 && !down) {
          norn::receive(match<Number>([&](const Number& n) { REQUIRE(n.value == next++); }),
                        match<norn::Down>([&](const norn::Down& d) { down = d.ref == ref; }));
        }
        norn::demonitor(ref);
        if (!down) ++rounds;
        if (down) norn::sleep_for(100ms);
      }
    });
    simulation.links(kBadLinks);
    for (int i = 0; i < 10; ++i) {
      simulation.run_for(3s + std::chrono::milliseconds(i * 37));
      simulation.restart(i % 2 == 0 ? "server" : "client");
    }
    const int before = rounds;
    simulation.run_for(20s);
    CHECK(rounds > before);
    CHECK(simulation.summary().verdict == norn::Verdict::passed);
  }
}
