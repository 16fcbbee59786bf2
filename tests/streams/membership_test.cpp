#include "norn/runtime/membership.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;
using norn::MemberStatus;

namespace {

const std::vector<std::string> kNames{"n1", "n2", "n3", "n4", "n5"};

// Five nodes with a Membership each, which the test looks into from outside.
struct Cluster {
  std::map<std::string, norn::Membership*> views;
  std::map<std::string, std::vector<std::string>> events;  // "n2 up 1"
  norn::Simulation simulation;  // last: its end stops the nodes, which use the rest

  explicit Cluster(std::uint64_t seed, norn::LinkOptions links = {})
      : simulation(norn::test::options(seed)) {
    simulation.links(links);
    for (const std::string& each : kNames) simulation.node(each, [this, each] { run(each); });
  }

  void run(const std::string& name) {
    norn::Membership membership({.seeds = {"n1", "n2"}});
    views[name] = &membership;
    struct Forget {
      Cluster& cluster;
      std::string name;
      ~Forget() { cluster.views.erase(name); }
    } forget{*this, name};
    const auto changes = membership.subscribe();
    while (const auto event = changes->receive()) {
      events[name].push_back(std::string(event->member.address.name()) + " " +
                             std::string(norn::name(event->member.status)) + " " +
                             std::to_string(event->member.life));
    }
  }

  // Whether each of `names` has exactly them in its cluster.
  bool agree(const std::vector<std::string>& names) {
    for (const std::string& each : names) {
      if (!views.contains(each)) return false;
      std::vector<std::string> seen;
      for (const norn::Member& member : views.at(each)->members()) {
        if (member.status == MemberStatus::up) seen.push_back(name_of(member));
        if (member.status == MemberStatus::suspect) return false;
      }
      if (seen != names) return false;
    }
    return true;
  }

  // Addresses are numbered in the order of the nodes.
  static std::string name_of(const norn::Member& member) {
    return "n" + std::to_string(member.address.id());
  }

  bool has(const std::string& at, const std::string& event) {
    const auto& list = events[at];
    return std::find(list.begin(), list.end(), event) != list.end();
  }

  int count(const std::string& status) {
    int found = 0;
    for (const auto& [at, list] : events) {
      for (const std::string& each : list) found += each.find(status) != std::string::npos ? 1 : 0;
    }
    return found;
  }

  bool passed() { return simulation.summary().verdict == norn::Verdict::passed; }
};

constexpr norn::LinkOptions kLossy{.latency = {}, .loss = {1, 4}, .duplicate = {1, 10}};

}  // namespace

TEST_CASE("nodes that know a seed find each other, and agree") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Cluster cluster(seed);
    CHECK(cluster.simulation.run_until([&] { return cluster.agree(kNames); }, 5s));
    cluster.simulation.run_for(5s);
    for (const auto& [name, view] : cluster.views) CHECK(view->converged());
    CHECK(cluster.count("suspect") == 0);
    CHECK(cluster.passed());
  }
}

TEST_CASE("a quarter of all messages lost makes nobody down") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Cluster cluster(seed, kLossy);
    cluster.simulation.run_for(120s);
    CHECK(cluster.agree(kNames));
    CHECK(cluster.count("down") == 0);
    CHECK(cluster.passed());
  }
}

TEST_CASE("a crashed node becomes suspect, then down, and comes back in a new life") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Cluster cluster(seed, kLossy);
    cluster.simulation.run_for(20s);
    cluster.simulation.crash("n3");
    CHECK(
        cluster.simulation.run_until([&] { return cluster.agree({"n1", "n2", "n4", "n5"}); }, 15s));
    for (const char* const at : {"n1", "n2", "n4", "n5"}) {
      CHECK(cluster.has(at, "n3 suspect 1"));
      CHECK(cluster.has(at, "n3 down 1"));
    }
    cluster.simulation.restart("n3");
    CHECK(cluster.simulation.run_until([&] { return cluster.agree(kNames); }, 10s));
    CHECK(cluster.has("n1", "n3 up 2"));
    CHECK(cluster.passed());
  }
}

TEST_CASE("a node that restarts at once is told as down before it is up again") {
  Cluster cluster(1);
  cluster.simulation.run_for(10s);
  cluster.simulation.restart("n4");
  cluster.simulation.run_for(10s);
  CHECK(cluster.agree(kNames));
  const auto& list = cluster.events["n2"];
  const auto down = std::find(list.begin(), list.end(), "n4 down 1");
  REQUIRE(down != list.end());
  CHECK(std::find(down, list.end(), "n4 up 2") != list.end());
  CHECK(cluster.passed());
}

TEST_CASE("the sides of a partition go on alone, and find each other when it heals") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Cluster cluster(seed);
    cluster.simulation.run_for(10s);
    cluster.simulation.partition({"n1", "n2"}, {"n3", "n4", "n5"});
    CHECK(cluster.simulation.run_until(
        [&] { return cluster.agree({"n1", "n2"}) && cluster.agree({"n3", "n4", "n5"}); }, 20s));
    cluster.simulation.heal();
    CHECK(cluster.simulation.run_until([&] { return cluster.agree(kNames); }, 20s));
    CHECK(cluster.passed());
  }
}

TEST_CASE("a way around a broken link is enough") {
  Cluster cluster(3);
  cluster.simulation.run_for(10s);
  cluster.simulation.partition({"n1"}, {"n3"});
  cluster.simulation.partition_one_way({"n4"}, {"n2"});
  cluster.simulation.run_for(60s);
  CHECK(cluster.agree(kNames));
  CHECK(cluster.count("down") == 0);
  CHECK(cluster.passed());
}

TEST_CASE("without any seed alive nobody joins, and the second seed is as good as the first") {
  Cluster cluster(1);
  cluster.simulation.crash("n1");
  cluster.simulation.crash("n2");
  cluster.simulation.run_for(20s);
  CHECK_FALSE(cluster.agree({"n3", "n4", "n5"}));
  cluster.simulation.restart("n2");
  CHECK(cluster.simulation.run_until([&] { return cluster.agree({"n2", "n3", "n4", "n5"}); }, 20s));
  CHECK(cluster.passed());
}

TEST_CASE("a member that leaves is gone at once and suspected by nobody") {
  norn::Simulation simulation(norn::test::options());
  std::map<std::string, std::vector<std::string>> events;
  for (const char* const each : {"n1", "n2", "n3"}) {
    simulation.node(each, [&, each] {
      norn::Membership membership({.seeds = {"n1"}});
      const auto changes = membership.subscribe();
      if (std::string(each) == "n3") {
        norn::sleep_for(10s);
        membership.leave();
        REQUIRE(membership.status_of(norn::self()) == MemberStatus::left);
        return;
      }
      while (const auto event = changes->receive()) {
        if (event->member.address == norn::Address("n3"))
          events[each].emplace_back(norn::name(event->member.status));
      }
    });
  }
  simulation.run_for(60s);
  for (const char* const at : {"n1", "n2"}) {
    REQUIRE_FALSE(events[at].empty());
    CHECK(events[at].back() == "left");
    CHECK(std::find(events[at].begin(), events[at].end(), "suspect") == events[at].end());
  }
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
}

TEST_CASE("a subscriber hears of those already there, and one that sleeps loses the oldest") {
  norn::Simulation simulation(norn::test::options());
  int checked = 0;
  for (const char* const each : {"n1", "n2", "n3"}) {
    simulation.node(each, [&] {
      norn::Membership membership({.seeds = {"n1"}});
      norn::sleep_for(10s);
      const auto all = membership.subscribe();
      const auto last = membership.subscribe(1);
      int heard = 0;
      while (const auto event = all->receive_for(1s)) {
        REQUIRE(event->member.status == MemberStatus::up);
        REQUIRE_FALSE(event->before.has_value());
        ++heard;
      }
      REQUIRE(heard == 3);
      REQUIRE(last->receive()->member.address == norn::Address("n3"));
      ++checked;
      norn::sleep_for(1h);
    });
  }
  simulation.run_for(20s);
  CHECK(checked == 3);
  CHECK(simulation.summary().verdict == norn::Verdict::passed);
}

TEST_CASE("gossip is the same in every run of a seed") {
  const auto hash = [](std::uint64_t seed) {
    Cluster cluster(seed, kLossy);
    cluster.simulation.run_for(20s);
    return cluster.simulation.summary().trace_hash;
  };
  CHECK(hash(4) == hash(4));
  CHECK(hash(4) != hash(5));
}
