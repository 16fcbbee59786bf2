// Names of a node and of the cluster, and process groups.
#include "norn/runtime/registry.hpp"

#include <map>
#include <string>
#include <vector>

#include "norn/actors.hpp"
#include "norn/runtime.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;
using norn::after;
using norn::Errc;
using norn::ExitKind;
using norn::match;
using norn::Pid;

namespace {

struct Number {
  int value = 0;
};

void idle() {
  norn::sleep_for(24h);
}

const std::vector<std::string> kNodes{"n1", "n2", "n3"};

// Three members of a cluster that run `body(name)` as actors and then stay.
struct Cluster {
  Cluster(std::uint64_t seed, std::function<void(const std::string&)> body,
          norn::LinkOptions links = {})
      : simulation(norn::test::options(seed)) {
    for (const std::string& name : kNodes) {
      simulation.node(name, [name, body] {
        norn::join_cluster(kNodes);
        const norn::ActorScope scope;
        body(name);
        norn::sleep_for(24h);
      });
    }
    simulation.links(links);
  }
  bool passed() { return simulation.summary().verdict == norn::Verdict::passed; }
  norn::Simulation simulation;
};

constexpr norn::LinkOptions kBadLinks{.loss = {1, 20}, .duplicate = {1, 20}};

}  // namespace

TEST_CASE("a name of a node is given once, found, taken away, and lost at the end") {
  CHECK(norn::test::passes([] {
    const Pid first = norn::spawn_actor("first", idle);
    const Pid second = norn::spawn_actor("second", idle);
    CHECK(norn::register_name("db", first).ok());
    CHECK(norn::register_name("db", second).error().code == Errc::already_exists);
    CHECK(norn::register_name("database", first).ok());
    CHECK(norn::whereis("db") == first);
    CHECK_FALSE(norn::whereis("nobody"));
    CHECK(norn::registered_names() == std::vector<std::string>{"database", "db"});
    CHECK(norn::unregister_name("database"));
    CHECK_FALSE(norn::unregister_name("database"));
    norn::exit(first, ExitKind::kill);
    norn::sleep_for(1s);
    CHECK_FALSE(norn::whereis("db"));
    CHECK(norn::register_name("db", first).error().code == Errc::not_found);
    CHECK(norn::register_name("db", second).ok());
    CHECK(*norn::whereis(norn::self(), "db") == second);
    norn::exit(second, ExitKind::kill);
  }));
}

TEST_CASE("another node's names are asked for, over a bad network") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    bool done = false;
    norn::Simulation simulation(norn::test::options(seed));
    simulation.node("server", [] {
      norn::register_name(
          "echo", norn::spawn_actor("echo",
                                    [] {
                                      for (;;) {
                                        norn::receive(match<Pid>(
                                            [](const Pid& from) { norn::send(from, Number{1}); }));
                                      }
                                    }))
          .value();
      norn::sleep_for(24h);
    });
    simulation.node("empty", [] { norn::sleep_for(24h); });
    simulation.node("client", [&] {
      const norn::ActorScope scope;
      norn::sleep_for(10ms);
      const auto pid = norn::whereis("server", "echo", {.timeout = 10s});
      REQUIRE(pid.ok());
      norn::send(*pid, norn::self_pid());
      norn::receive(match<Number>([](const Number&) {}));
      CHECK(norn::whereis("server", "x", {.timeout = 10s}).error().code == Errc::not_found);
      CHECK(norn::whereis("empty", "x").error().code == Errc::timeout);
      CHECK(norn::whereis("atlantis", "x").error().code == Errc::unknown_node);
      done = true;
    });
    simulation.links({.loss = {1, 5}, .duplicate = {1, 5}});
    simulation.run_for(1min);
    CHECK(done);
    CHECK(simulation.summary().verdict == norn::Verdict::passed);
  }
}

TEST_CASE("members of a cluster see each other come, go and come again") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    std::map<std::string, std::size_t> seen;
    Cluster cluster(
        seed,
        [&](const std::string& name) {
          for (;;) {
            seen[name] = norn::cluster_nodes().size();
            norn::sleep_for(100ms);
          }
        },
        kBadLinks);
    cluster.simulation.run_for(3s);
    CHECK(seen == std::map<std::string, std::size_t>{{"n1", 3}, {"n2", 3}, {"n3", 3}});
    cluster.simulation.crash("n3");
    cluster.simulation.run_for(5s);
    CHECK(seen["n1"] == 2);
    CHECK(seen["n2"] == 2);
    cluster.simulation.restart("n3");
    cluster.simulation.run_for(5s);
    CHECK(seen == std::map<std::string, std::size_t>{{"n1", 3}, {"n2", 3}, {"n3", 3}});
    CHECK(cluster.passed());
  }
}

TEST_CASE("one of many that claim a global name at once gets it, and all agree on who") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    int granted = 0;
    std::map<std::string, Pid> known;
    Cluster cluster(
        seed,
        [&](const std::string& name) {
          norn::sleep_for(3s);
          const auto result = norn::register_global("leader", norn::self_pid(), {.timeout = 10s});
          if (result) {
            ++granted;
          } else {
            CHECK(result.error().code == Errc::already_exists);
          }
          norn::sleep_for(5s);
          known[name] = norn::whereis_global("leader").value_or(Pid{});
          CHECK(norn::register_global("leader", norn::self_pid()).error().code ==
                Errc::already_exists);
        },
        kBadLinks);
    cluster.simulation.run_for(20s);
    CHECK(granted == 1);
    CHECK(known.size() == 3);
    CHECK(known["n1"].valid());
    CHECK(known["n1"] == known["n2"]);
    CHECK(known["n1"] == known["n3"]);
    CHECK(cluster.passed());
  }
}

TEST_CASE("a global name is free again after its actor's end and after its node's crash") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    bool done = false;
    Cluster cluster(seed, [&](const std::string& name) {
      norn::sleep_for(2s);
      if (name == "n3") {
        const Pid short_lived = norn::spawn_actor("short", [] { norn::sleep_for(5s); });
        CHECK(norn::register_global("short", short_lived).ok());
        CHECK(norn::register_global("long", norn::self_pid()).ok());
        return;
      }
      if (name != "n1") return;
      norn::sleep_for(2s);
      CHECK(norn::whereis_global("short"));
      CHECK(norn::whereis_global("long"));
      norn::sleep_for(4s);
      CHECK_FALSE(norn::whereis_global("short"));
      CHECK(norn::register_global("short", norn::self_pid()).ok());
      norn::sleep_for(7s);
      CHECK_FALSE(norn::whereis_global("long"));
      CHECK(norn::register_global("long", norn::self_pid()).ok());
      CHECK(norn::unregister_global("long"));
      CHECK_FALSE(norn::unregister_global("long"));
      CHECK_FALSE(norn::whereis_global("long"));
      done = true;
    });
    cluster.simulation.run_for(9s);
    cluster.simulation.crash("n3");
    cluster.simulation.run_for(30s);
    CHECK(done);
    CHECK(cluster.passed());
  }
}

TEST_CASE("names taken on both sides of a partition: the first node keeps it, the other is told") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    std::map<std::string, Pid> known;
    Pid first;
    int lost = 0;
    Cluster cluster(
        seed,
        [&](const std::string& name) {
          norn::sleep_for(10s);
          if (name != "n2") {
            CHECK(norn::register_global("leader", norn::self_pid()).ok());
            if (name == "n1") first = norn::self_pid();
          }
          norn::receive(match<norn::NameLost>([&](const norn::NameLost& message) {
                          ++lost;
                          CHECK(name == "n3");
                          CHECK(message.winner == first);
                        }),
                        after(1min, [] {}));
          norn::sleep_for(1min);
          known[name] = norn::whereis_global("leader").value_or(Pid{});
        },
        kBadLinks);
    cluster.simulation.run_for(3s);
    cluster.simulation.partition({"n1"}, {"n2", "n3"});
    cluster.simulation.run_for(30s);
    cluster.simulation.heal();
    cluster.simulation.run_for(5min);
    CHECK(lost == 1);
    CHECK(known == std::map<std::string, Pid>{{"n1", first}, {"n2", first}, {"n3", first}});
    CHECK(cluster.passed());
  }
}

TEST_CASE("a group has the members of all nodes, without those that end, leave or are cut off") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    std::map<std::string, std::size_t> sizes;
    int received = 0;
    Cluster cluster(
        seed,
        [&](const std::string& name) {
          CHECK(norn::join_group("all").ok());
          CHECK(norn::join_group("all").ok());  // twice is once
          CHECK(norn::join_group("all", norn::spawn_actor("short", [] { norn::sleep_for(5s); }))
                    .ok());
          CHECK(norn::local_members("all").size() == 2);
          bool sent = name != "n1";
          for (;;) {
            sizes[name] = norn::members("all").size();
            norn::receive(match<Number>([&](const Number&) { ++received; }), after(100ms, [] {}));
            if (!sent && norn::now().time_since_epoch() > 8s) {
              CHECK(norn::broadcast("all", Number{1}) == 3);
              sent = true;
            }
            if (norn::now().time_since_epoch() > 40s) norn::leave_group("all");
          }
        },
        kBadLinks);
    const auto all = [](std::size_t n) {
      return std::map<std::string, std::size_t>{{"n1", n}, {"n2", n}, {"n3", n}};
    };
    cluster.simulation.run_for(4s);
    CHECK(sizes == all(6));
    cluster.simulation.run_for(3500ms);
    CHECK(sizes == all(3));
    cluster.simulation.run_for(7500ms);
    CHECK(received == 3);
    cluster.simulation.partition({"n1"}, {"n2", "n3"});
    cluster.simulation.run_for(6s);
    CHECK(sizes == std::map<std::string, std::size_t>{{"n1", 1}, {"n2", 2}, {"n3", 2}});
    cluster.simulation.heal();
    cluster.simulation.run_for(6s);
    CHECK(sizes == all(3));
    cluster.simulation.run_for(20s);
    CHECK(sizes == all(0));
    CHECK(cluster.passed());
  }
}

TEST_CASE("a cluster whose nodes crash and are cut off all the time agrees when it is left alone") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::map<std::string, std::vector<Pid>> groups;
    std::map<std::string, Pid> names;
    Cluster cluster(
        seed,
        [&](const std::string& name) {
          CHECK(norn::join_group("all").ok());
          for (;;) {
            groups[name] = norn::members("all");
            names[name] = norn::whereis_global("leader").value_or(Pid{});
            if (!names[name].valid())
              static_cast<void>(norn::register_global("leader", norn::self_pid()).ok());
            norn::sleep_for(norn::random().between(50ms, 150ms));
          }
        },
        kBadLinks);
    for (std::uint64_t i = 0; i < 12; ++i) {
      cluster.simulation.run_for(std::chrono::milliseconds(300 + (i * seed * 97) % 4000));
      const std::string& node = kNodes[(i + seed) % 3];
      if (i % 3 == 0) cluster.simulation.restart(node);
      if (i % 3 == 1) cluster.simulation.partition({node}, {kNodes[(i + seed + 1) % 3]});
      if (i % 3 == 2) cluster.simulation.heal();
    }
    cluster.simulation.heal();
    cluster.simulation.run_for(20s);
    CHECK(groups["n1"].size() == 3);
    CHECK(groups["n1"] == groups["n2"]);
    CHECK(groups["n1"] == groups["n3"]);
    CHECK(names["n1"].valid());
    CHECK(names["n1"] == names["n2"]);
    CHECK(names["n1"] == names["n3"]);
    CHECK(cluster.passed());
  }
}
