// Names that move, and answers that are out of date.
#include <string>

#include "norn/runtime.hpp"
#include "norn/sim/simulation.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

namespace {

// The node behind a name, as the calling node is told.
std::string behind(std::string_view name) {
  const auto addresses = resolve(name);
  if (!addresses) return addresses.error().code == Errc::not_found ? "none" : "error";
  return addresses->front().node_name();
}

// What a node is told of "database" each second.
struct Asked {
  Simulation simulation;
  std::string told;

  explicit Asked(Duration ttl, std::uint64_t seed = 1) : simulation(options(seed)) {
    simulation.node("old", [] { sleep_for(1h); });
    simulation.node("new", [] { sleep_for(1h); });
    simulation.node("client", [this] {
      for (;;) {
        told += behind("database").substr(0, 1);
        sleep_for(1s);
      }
    });
    simulation.set_name("database", {"old"}, ttl);
  }
};

std::uint64_t bitten(const RunSummary& run) {
  for (const FaultCount& fault : run.faults) {
    if (fault.kind == "dns_stale") return fault.bites.contains("stale answers") ? fault.bit : 0;
  }
  return 0;
}

}  // namespace

TEST_CASE("a name that moves is found at its old place until the answer is too old") {
  Asked asked(2500ms);
  asked.simulation.run_for(1500ms);  // asked at 0 s: good until 2.5 s
  asked.simulation.set_name("database", {"new"}, 2500ms);
  asked.simulation.run_for(4s);
  CHECK(asked.told == "ooonnn");
}

TEST_CASE("a name that is taken away is not found, once nobody remembers it") {
  Asked asked(1500ms);
  asked.simulation.run_for(500ms);
  CHECK(asked.told == "o");
  asked.simulation.set_name("database", {});
  asked.simulation.run_for(3s);
  CHECK(asked.told == "oonn");  // n: none
}

TEST_CASE("what a node remembers of names dies with it") {
  Asked asked(1h);
  asked.simulation.run_for(500ms);
  asked.simulation.set_name("database", {"new"}, 1h);
  asked.simulation.run_for(1s);
  CHECK(asked.told == "oo");
  asked.simulation.restart("client");
  asked.simulation.run_for(900ms);
  CHECK(asked.told == "oon");
}

TEST_CASE("the name of a node can be moved, and a name can stand for several") {
  std::size_t count = 0;
  std::string first;
  Simulation simulation(options());
  simulation.node("n1", [&] {
    const auto all = resolve("all", 80);
    REQUIRE(all.ok());
    count = all->size();
    CHECK((*all)[1].port == 80);
    first = behind("n1");
  });
  simulation.node("n2", [] { sleep_for(1h); });
  simulation.set_name("all", {"n1", "n2"});
  simulation.set_name("n1", {"n2"});
  simulation.run_for(1s);
  CHECK(count == 2);
  CHECK(first == "n2");
  CHECK(simulation.summary().verdict == Verdict::passed);
}

TEST_CASE("dns_stale keeps old answers beyond their time, and ends") {
  Asked asked(1500ms);
  asked.simulation.run_for(500ms);
  asked.simulation.begin_fault({.kind = FaultKind::dns_stale, .lasts = 5s, .side_a = {"client"}});
  asked.simulation.set_name("database", {"new"}, 1500ms);
  asked.simulation.run_for(8s);
  CHECK(asked.told == "oooooonnn");
  CHECK(bitten(asked.simulation.summary()) == 4);  // at 2, 3, 4 and 5 s: too old, and not true
}

TEST_CASE("dns_stale tells who asks anew where a name was before") {
  Asked asked(1h);
  asked.simulation.set_name("database", {"new"}, 1h);
  asked.simulation.begin_fault({.kind = FaultKind::dns_stale, .lasts = 2s, .side_a = {"client"}});
  asked.simulation.run_for(3500ms);
  CHECK(asked.told == "oonn");
  CHECK(bitten(asked.simulation.summary()) == 2);
}

TEST_CASE("dns_stale is about the name and the nodes that it names") {
  Asked asked(0s);
  const auto fault = [](std::string node, std::string name) {
    return Fault{.kind = FaultKind::dns_stale,
                 .side_a = {std::move(node)},
                 .with = {{"name", std::move(name)}}};
  };
  asked.simulation.begin_fault(fault("client", "another"));
  asked.simulation.begin_fault(fault("old", "database"));
  asked.simulation.run_for(1500ms);
  asked.simulation.set_name("database", {"new"}, 0s);
  asked.simulation.run_for(1s);
  const std::uint32_t right = asked.simulation.begin_fault(fault("client", "database"));
  asked.simulation.set_name("database", {"old"}, 0s);
  asked.simulation.run_for(1s);
  asked.simulation.end_fault(right);
  asked.simulation.run_for(1s);
  CHECK(asked.told == "oonno");
  CHECK(bitten(asked.simulation.summary()) == 1);
}

TEST_CASE("a run with stale names is the same twice") {
  const auto run = [] {
    Asked asked(2s, 7);
    asked.simulation.run_for(500ms);
    asked.simulation.begin_fault({.kind = FaultKind::dns_stale, .lasts = 5s, .side_a = {"client"}});
    asked.simulation.set_name("database", {"new"}, 2s);
    asked.simulation.run_for(10s);
    return asked.simulation.summary().trace_hash;
  };
  CHECK(run() == run());
}
