// Partitions of all shapes, holds and clogs: each is seen by node code, counted, and over at its
// end.
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "faults/support/gossip.hpp"
#include "norn/sim/partitions.hpp"
#include "support/catch.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

namespace {

using Pairs = std::set<std::pair<std::string, std::string>>;

// Which pairs of nodes hear nothing in a second of the fault, once all that was under way has come.
Pairs silent(GossipNet& net) {
  net.simulation.run_for(300ms);
  Pairs pairs;
  const auto heard = net.heard(1s);
  for (const std::string& from : net.names) {
    for (const std::string& to : net.names) {
      const auto found = heard.find({from, to});
      if (from != to && (found == heard.end() || found->second == 0)) pairs.insert({from, to});
    }
  }
  return pairs;
}

// Runs with one fault and checks that it bites, that it ends, and that the seed decides it.
Pairs silenced_by(const Fault& fault, int nodes, std::uint64_t seed = 1) {
  std::uint64_t hash = 0;
  Pairs pairs;
  for (int round = 0; round < 2; ++round) {
    GossipNet net(nodes, seed);
    net.simulation.run_for(200ms);
    const std::uint32_t number = net.simulation.begin_fault(fault);
    pairs = silent(net);
    net.simulation.end_fault(number);
    CHECK(silent(net).empty());
    const RunSummary run = net.simulation.summary();
    CHECK(bites_of(run, name(fault.kind), "messages dropped") > 0);
    if (round == 1) CHECK(run.trace_hash == hash);
    hash = run.trace_hash;
  }
  return pairs;
}

Pairs both(std::initializer_list<std::pair<const char*, const char*>> pairs) {
  Pairs all;
  for (const auto& [a, b] : pairs) {
    all.insert({a, b});
    all.insert({b, a});
  }
  return all;
}

}  // namespace

TEST_CASE("partition: nothing passes either way, and a node on neither side is a bridge") {
  const Fault cut{.kind = FaultKind::partition, .side_a = {"n1"}, .side_b = {"n2", "n3"}};
  CHECK(silenced_by(cut, 4) == both({{"n1", "n2"}, {"n1", "n3"}}));
  const Fault bridge = bridge_over({"n1", "n2", "n3", "n4", "n5"}, "n3");
  CHECK(silenced_by(bridge, 5) == both({{"n1", "n4"}, {"n1", "n5"}, {"n2", "n4"}, {"n2", "n5"}}));
}

TEST_CASE("partition_one_way: the other way is open") {
  const Fault cut{.kind = FaultKind::partition_one_way, .side_a = {"n1"}, .side_b = {"n2"}};
  CHECK(silenced_by(cut, 3) == Pairs{{"n1", "n2"}});
}

TEST_CASE("isolate: each of the nodes is alone, or deaf, or dumb") {
  const Fault cut{.kind = FaultKind::isolate, .side_a = {"n1", "n2"}};
  CHECK(silenced_by(cut, 4) ==
        both({{"n1", "n2"}, {"n1", "n3"}, {"n1", "n4"}, {"n2", "n3"}, {"n2", "n4"}}));
  const Fault deaf{.kind = FaultKind::isolate, .side_a = {"n1"}, .with = {{"way", "in"}}};
  CHECK(silenced_by(deaf, 3) == Pairs{{"n2", "n1"}, {"n3", "n1"}});
  const Fault dumb{.kind = FaultKind::isolate, .side_a = {"n1"}, .with = {{"way", "out"}}};
  CHECK(silenced_by(dumb, 3) == Pairs{{"n1", "n2"}, {"n1", "n3"}});
}

TEST_CASE("split: a minority that is drawn, or of a size that is given, and a majority") {
  std::set<std::size_t> sizes;
  std::set<Pairs> minorities;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const Fault drawn{.kind = FaultKind::split, .side_a = {"n1", "n2", "n3", "n4", "n5"}};
    const Pairs pairs = silenced_by(drawn, 6, seed);
    // 1 against 4 are 4 pairs both ways, 2 against 3 are 6; the sixth node sees all.
    CHECK((pairs.size() == 8 || pairs.size() == 12));
    for (const auto& [from, to] : pairs) CHECK((from != "n6" && to != "n6"));
    sizes.insert(pairs.size());
    minorities.insert(pairs);
  }
  CHECK(sizes.size() == 2);
  CHECK(minorities.size() > 5);
  const Fault given{.kind = FaultKind::split,
                    .side_a = {"n1", "n2", "n3", "n4", "n5"},
                    .with = {{"minority", std::int64_t{2}}}};
  CHECK(silenced_by(given, 5).size() == 12);
}

TEST_CASE("random_partition: every node is in one of several parts") {
  std::set<Pairs> seen;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const Fault cut{.kind = FaultKind::random_partition,
                    .side_a = {"n1", "n2", "n3", "n4", "n5"},
                    .with = {{"parts", std::int64_t{3}}}};
    const Pairs pairs = silenced_by(cut, 5, seed);
    CHECK_FALSE(pairs.empty());
    // Parts are parts: who does not see a common third, does not see each other differently.
    for (const auto& [a, b] : pairs) {
      CHECK(pairs.contains({b, a}));
      for (const char* c : {"n1", "n2", "n3", "n4", "n5"}) {
        if (c != a && c != b) CHECK((pairs.contains({a, c}) || pairs.contains({c, b})));
      }
    }
    seen.insert(pairs);
  }
  CHECK(seen.size() > 4);
}

TEST_CASE("ring: each node sees its two neighbours") {
  const Fault ring{.kind = FaultKind::ring, .side_a = {"n1", "n2", "n3", "n4", "n5"}};
  CHECK(silenced_by(ring, 5) ==
        both({{"n1", "n3"}, {"n1", "n4"}, {"n2", "n4"}, {"n2", "n5"}, {"n3", "n5"}}));
}

TEST_CASE("flapping: the partition comes and goes until its end") {
  std::uint64_t hash = 0;
  for (int round = 0; round < 2; ++round) {
    GossipNet net(2);
    net.simulation.begin_fault({.kind = FaultKind::flapping,
                                .lasts = 4s,
                                .side_a = {"n1"},
                                .side_b = {"n2"},
                                .with = {{"cut", Duration(100ms)}, {"open", Duration(100ms)}}});
    net.simulation.run_for(4s);
    int gaps = 0;
    Duration last{};
    for (const Arrival& arrival : net.fresh("n1", "n2", 0s)) {
      if (arrival.sent > last + 40ms) ++gaps;
      last = std::max(last, arrival.sent);
    }
    CHECK(gaps >= 14);  // 4 s of 200 ms each
    CHECK(gaps <= 26);
    CHECK(silent(net).empty());
    const RunSummary run = net.simulation.summary();
    const std::uint64_t dropped = bites_of(run, "flapping", "messages dropped");
    CHECK(dropped > 500);  // of 1,600 half
    CHECK(dropped < 1100);
    if (round == 1) CHECK(run.trace_hash == hash);
    hash = run.trace_hash;
  }
}

TEST_CASE("hold: messages come when it ends, one way") {
  GossipNet net(2);
  net.simulation.run_for(1002ms);  // nothing is sent when the fault begins or ends
  const Duration begin = net.now();
  const std::uint32_t number =
      net.simulation.begin_fault({.kind = FaultKind::hold, .side_a = {"n1"}, .side_b = {"n2"}});
  net.simulation.run_for(500ms);
  CHECK(net.fresh("n1", "n2", begin).empty());
  CHECK(net.fresh("n2", "n1", begin).size() > 90);
  net.simulation.end_fault(number);
  net.simulation.run_for(200ms);
  CHECK(net.fresh("n1", "n2", begin).size() > 130);
  CHECK(bites_of(net.simulation.summary(), "hold", "messages held") == 100);
}

TEST_CASE("clog: messages to and from the node come late, in order, and none is lost") {
  std::uint64_t hash = 0;
  for (int round = 0; round < 2; ++round) {
    GossipNet net(3);
    net.simulation.run_for(1002ms);
    const Duration begin = net.now();
    net.simulation.begin_fault({.kind = FaultKind::clog, .lasts = 500ms, .side_a = {"n1"}});
    net.simulation.run_for(500ms);
    const Duration end = net.now();
    net.simulation.run_for(1s);
    const std::vector<std::pair<std::string, std::string>> clogged = {
        {"n1", "n2"}, {"n2", "n1"}, {"n3", "n1"}};
    for (const auto& [from, to] : clogged) {
      std::uint64_t next = 0;
      int late = 0;
      for (const Arrival& arrival : net.fresh(from, to, begin)) {
        if (arrival.sent >= end) continue;
        CHECK(arrival.at >= end);
        CHECK((late == 0 || arrival.number == next));
        next = arrival.number + 1;
        ++late;
      }
      CHECK(late == 100);
    }
    for (const Arrival& arrival : net.fresh("n2", "n3", begin)) CHECK(arrival.took() < 101ms);
    const RunSummary run = net.simulation.summary();
    CHECK(bites_of(run, "clog", "messages held") == 400);
    if (round == 1) CHECK(run.trace_hash == hash);
    hash = run.trace_hash;
  }
}

TEST_CASE("swizzle: nodes are clogged one after another, and freed in another order") {
  bool other_order = false;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    GossipNet net(5, seed);
    net.simulation.begin_fault({.kind = FaultKind::swizzle,
                                .lasts = 4s,
                                .side_a = net.names,
                                .with = {{"share", Ratio{1, 1}}}});
    net.simulation.run_for(4s);
    CHECK(silent(net).empty());
    // When each node fell silent for n1, and when it was heard again.
    std::vector<std::pair<Duration, Duration>> gaps;
    for (const char* node : {"n2", "n3", "n4", "n5"}) {
      Duration longest{};
      std::pair<Duration, Duration> gap;
      Duration last{};
      for (const Arrival& arrival : net.fresh(node, "n1", 0s)) {
        if (arrival.at - last > longest) {
          longest = arrival.at - last;
          gap = {last, arrival.at};
        }
        last = std::max(last, arrival.at);
      }
      CHECK(longest > 100ms);
      gaps.push_back(gap);
    }
    for (const auto& a : gaps) {
      for (const auto& b : gaps) other_order |= a.first < b.first && a.second > b.second;
    }
    const RunSummary run = net.simulation.summary();
    CHECK(bites_of(run, "swizzle", "messages held") > 1000);
    CHECK(bites_of(run, "swizzle", "messages dropped") == 0);
  }
  CHECK(other_order);
}

TEST_CASE("a fault of ten thousand nodes costs each of them little, and no pair anything") {
  Simulation simulation(test::options());
  NodeNames names;
  int came = 0;
  for (int i = 0; i < 10'000; ++i) {
    names.push_back("n" + std::to_string(i));
    const std::string peer = "n" + std::to_string((i + 1) % 10'000);
    simulation.node(names.back(), [&came, peer] {
      send(peer, Gossip{});
      serve([&came](const Gossip&) { ++came; });
    });
  }
  for (const FaultKind kind : {FaultKind::split, FaultKind::random_partition, FaultKind::isolate,
                               FaultKind::clog, FaultKind::loss})
    simulation.begin_fault({.kind = kind, .side_a = names});
  simulation.run_for(1s);
  CHECK(came == 0);
  simulation.heal();
  simulation.run_for(1s);
  CHECK(count_of(simulation.summary(), "isolate").begun == 1);
}
