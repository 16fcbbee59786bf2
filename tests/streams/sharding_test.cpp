#include "norn/runtime/sharding.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "norn/runtime/codec_json.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;

namespace {

struct Increment {
  using Reply = int;
  int by = 1;
};
struct Read {
  using Reply = std::string;
  std::string prefix;
};

// What the test sees of all entities from outside.
struct Observed {
  std::map<std::string, std::multiset<std::string>> alive;  // by entity: the nodes it runs on
  std::map<std::string, int> started;
  int at_once = 0;
  int most_at_once = 0;
  bool doubled() const {
    return std::any_of(alive.begin(), alive.end(),
                       [](const auto& each) { return each.second.size() > 1; });
  }
};

class Counter {
 public:
  Counter(std::string_view id, Observed& observed)
      : id_(id), node_(norn::self().name()), observed_(observed) {
    observed_.alive[id_].insert(node_);
    ++observed_.started[id_];
  }
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;
  ~Counter() {
    auto& nodes = observed_.alive[id_];
    nodes.erase(nodes.find(node_));
  }
  int handle(const Increment& increment) {
    observed_.most_at_once = std::max(observed_.most_at_once, ++observed_.at_once);
    struct Leave {
      int& count;
      ~Leave() { --count; }
    } leave{observed_.at_once};
    norn::sleep_for(2ms);
    return count_ += increment.by;
  }
  std::string handle(const Read& read) { return read.prefix + id_ + "@" + node_; }

 private:
  std::string id_;
  std::string node_;
  Observed& observed_;
  int count_ = 0;
};

using Counters = norn::Sharding<Counter, Increment, Read>;

struct Cluster {
  Observed observed;
  std::map<std::string, Counters*> shardings;
  std::vector<std::string> names;
  norn::Simulation simulation;  // last: its end stops the nodes, which use the rest

  Cluster(std::uint64_t seed, int nodes, norn::ShardingOptions options,
          std::function<void(Counters&)> work, norn::LinkOptions links = {})
      : simulation(norn::test::options(seed)) {
    simulation.links(links);
    for (int i = 1; i <= nodes; ++i) {
      names.push_back("n" + std::to_string(i));
      simulation.node(names.back(), [this, name = names.back(), options, work] {
        norn::Membership membership({.seeds = {"n1", "n2"}});
        Counters counters(
            membership,
            [this](std::string_view id) { return std::make_unique<Counter>(id, observed); },
            options);
        shardings[name] = &counters;
        struct Forget {
          Cluster& cluster;
          std::string name;
          ~Forget() { cluster.shardings.erase(name); }
        } forget{*this, name};
        work(counters);
        norn::sleep_for(1h);
      });
    }
  }
  bool passed() {
    const norn::RunSummary summary = simulation.summary();
    if (summary.violation) UNSCOPED_INFO(summary.violation->property << summary.violation->detail);
    return summary.verdict == norn::Verdict::passed;
  }
};

std::string entity(std::uint64_t i) {
  return "e" + std::to_string(i);
}

// Calls entities drawn by chance for ever, and counts the successes.
std::function<void(Counters&)> busy(int& succeeded) {
  return [&succeeded](Counters& counters) {
    norn::sleep_for(5s);  // until they have found each other
    for (;;) {
      norn::sleep_for(norn::random().between(10ms, 60ms));
      const std::string id = entity(norn::random().below(12));
      if (counters.ask(id, Increment{}, {.timeout = 2s}).ok()) ++succeeded;
    }
  };
}

constexpr norn::LinkOptions kLossy{.latency = {}, .loss = {1, 20}, .duplicate = {1, 20}};

}  // namespace

TEST_CASE("each entity runs on its owner, is made once, and keeps its state between requests") {
  std::map<std::string, int> last;
  const auto work = [&](Counters& counters) {
    norn::sleep_for(5s);
    for (std::uint64_t i = 0; i < 40; ++i) {
      const auto count = counters.ask(entity(i), Increment{}, {.timeout = 5s});
      REQUIRE(count.ok());
      last[entity(i)] = std::max(last[entity(i)], *count);
      const auto text = counters.ask(entity(i), Read{"is "}, {.timeout = 5s});
      REQUIRE(text.ok());
      REQUIRE(*text == "is " + entity(i) + "@" + std::string(counters.owner(entity(i))->name()));
    }
  };
  Cluster cluster(1, 4, {}, work);
  cluster.simulation.run_for(60s);
  CHECK(last.size() == 40);
  for (const auto& [id, count] : last) CHECK(count == 4);
  for (const auto& [id, times] : cluster.observed.started) CHECK(times == 1);
  for (const auto& [node, sharding] : cluster.shardings) CHECK(sharding->running().size() > 3);
  CHECK_FALSE(cluster.observed.doubled());
  CHECK(cluster.passed());
}

TEST_CASE("an entity serves one request at a time") {
  const auto work = [](Counters& counters) {
    norn::sleep_for(5s);
    for (int i = 0; i < 20; ++i) {
      REQUIRE(counters.ask("only", Increment{}, {.timeout = 10s}).ok());
    }
  };
  Cluster cluster(2, 3, {}, work);
  cluster.simulation.run_for(60s);
  CHECK(cluster.observed.most_at_once == 1);
  CHECK(cluster.passed());
}

TEST_CASE(
    "whoever crashes and comes back, no entity runs twice among members that see each other") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    int succeeded = 0;
    Cluster cluster(seed, 4, {}, busy(succeeded), kLossy);
    cluster.simulation.always("never twice", [&] { return !cluster.observed.doubled(); });
    cluster.simulation.run_for(5s);
    for (const char* const victim : {"n3", "n1", "n4", "n2"}) {
      const int before = succeeded;
      cluster.simulation.crash(victim);
      cluster.simulation.run_for(12s);
      CHECK(succeeded > before);
      cluster.simulation.restart(victim);
      cluster.simulation.run_for(8s);
    }
    const int before = succeeded;
    cluster.simulation.run_for(5s);
    CHECK(succeeded > before + 50);
    CHECK(cluster.passed());
  }
}

TEST_CASE("with a majority demanded, an entity runs on one side of a partition only") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    int succeeded = 0;
    Cluster cluster(seed, 5, {.min_members = 3}, busy(succeeded));
    cluster.simulation.always("never twice", [&] { return !cluster.observed.doubled(); });
    cluster.simulation.run_for(10s);
    cluster.simulation.partition({"n1", "n2"}, {"n3", "n4", "n5"});
    cluster.simulation.run_for(20s);
    CHECK(cluster.shardings.at("n1")->running().empty());
    CHECK(cluster.shardings.at("n2")->running().empty());
    CHECK(cluster.shardings.at("n3")->running().size() +
              cluster.shardings.at("n4")->running().size() +
              cluster.shardings.at("n5")->running().size() ==
          12);
    cluster.simulation.heal();
    cluster.simulation.run_for(20s);
    CHECK(cluster.passed());
  }
}

TEST_CASE("without that, each side of a partition runs its own") {
  int succeeded = 0;
  Cluster cluster(1, 5, {}, busy(succeeded));
  cluster.simulation.run_for(10s);
  CHECK_FALSE(cluster.observed.doubled());
  cluster.simulation.partition({"n1", "n2"}, {"n3", "n4", "n5"});
  cluster.simulation.run_for(20s);
  CHECK(cluster.observed.doubled());
  cluster.simulation.heal();
  cluster.simulation.run_for(20s);
  CHECK_FALSE(cluster.observed.doubled());
  CHECK(cluster.passed());
}

TEST_CASE("an entity that nobody calls is stopped, and made again when called") {
  const auto work = [](Counters& counters) {
    if (norn::self().name() != "n2") return;
    norn::sleep_for(5s);
    REQUIRE(counters.ask("e", Increment{}, {.timeout = 5s}).value_or(0) == 1);
    REQUIRE(counters.ask("e", Increment{}, {.timeout = 5s}).value_or(0) == 2);
    norn::sleep_for(10s);
    REQUIRE(counters.ask("e", Increment{}, {.timeout = 5s}).value_or(0) == 1);
  };
  Cluster cluster(1, 2, {.idle_after = 3s}, work);
  cluster.simulation.run_for(40s);
  CHECK(cluster.observed.started["e"] == 2);
  CHECK(cluster.passed());
}

TEST_CASE("sharding is the same in every run of a seed") {
  const auto hash = [](std::uint64_t seed) {
    int succeeded = 0;
    Cluster cluster(seed, 4, {}, busy(succeeded), kLossy);
    cluster.simulation.run_for(8s);
    cluster.simulation.restart("n2");
    cluster.simulation.run_for(8s);
    return cluster.simulation.summary().trace_hash;
  };
  CHECK(hash(4) == hash(4));
  CHECK(hash(4) != hash(5));
}
