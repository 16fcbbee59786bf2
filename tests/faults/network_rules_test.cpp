// Rules: what is said of chosen messages happens to them, and to no others.
#include <chrono>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "faults/support/gossip.hpp"
#include "norn/sim/rule.hpp"
#include "support/catch.hpp"

using namespace norn;
using namespace norn::test;
using namespace std::chrono_literals;

namespace {

bool is_number(std::span<const std::byte> bytes, std::uint64_t number) {
  std::uint64_t there = 0;
  std::memcpy(&there, bytes.data(), sizeof there);
  return there == number;
}

std::set<std::uint64_t> numbers(const std::vector<Arrival>& arrivals) {
  std::set<std::uint64_t> all;
  for (const Arrival& arrival : arrivals) all.insert(arrival.number);
  return all;
}

}  // namespace

TEST_CASE("a rule drops what it matches: sender, receiver, type and content") {
  GossipNet net(3);
  const Rule rule = net.simulation.rule(
      {.from = {"n1"},
       .to = {"n2"},
       .message_class = "Gossip",
       .predicate = [](std::span<const std::byte> bytes) { return is_number(bytes, 7); }},
      RuleVerdict::drop());
  const Rule other = net.simulation.rule({.message_class = "NoSuchType"}, RuleVerdict::drop());
  net.simulation.run_for(1s);
  CHECK_FALSE(numbers(net.fresh("n1", "n2", 0s)).contains(7));
  CHECK(numbers(net.fresh("n1", "n2", 0s)).contains(8));
  CHECK(numbers(net.fresh("n1", "n3", 0s)).contains(7));
  CHECK(rule.applied() == 1);
  CHECK(other.applied() == 0);
  const RunSummary run = net.simulation.summary();
  CHECK(count_of(run, "rule").asked == 2);
  CHECK(bites_of(run, "rule", "messages dropped") == 1);
}

TEST_CASE("the first rule that fits decides, and pass keeps later ones away") {
  GossipNet net(3);
  const Rule pass = net.simulation.rule({.from = {"n1"}, .to = {"n2"}}, RuleVerdict::pass());
  const Rule drop = net.simulation.rule({.from = {"n1"}}, RuleVerdict::drop());
  const Rule groups =
      net.simulation.rule({.from = {"n2", "n3"}, .to = {"n1"}}, RuleVerdict::drop());
  net.simulation.run_for(1s);
  CHECK(net.fresh("n1", "n2", 0s).size() > 150);
  CHECK(net.fresh("n1", "n3", 0s).empty());
  CHECK(net.fresh("n2", "n1", 0s).empty());
  CHECK(net.fresh("n3", "n1", 0s).empty());
  CHECK(net.fresh("n2", "n3", 0s).size() > 150);
  CHECK(bites_of(net.simulation.summary(), "rule", "messages passed") == pass.applied());
}

TEST_CASE("a rule goes with its guard, and the guard may outlive the simulation") {
  Rule left;
  {
    GossipNet net(2);
    {
      const Rule rule = net.simulation.rule({.to = {"n2"}}, RuleVerdict::drop());
      net.simulation.run_for(998ms);
      CHECK(net.fresh("n1", "n2", 0s).empty());
    }
    const Duration begin = net.now();
    net.simulation.run_for(1s);
    CHECK(net.fresh("n1", "n2", begin).size() > 150);
    left = net.simulation.rule({.to = {"n1"}}, RuleVerdict::drop());
    net.simulation.rule({.from = {"n2"}}, RuleVerdict::drop()).keep();
    CHECK(bites_of(net.simulation.summary(), "rule", "messages dropped") == 200);
  }
  CHECK(left.applied() == 0);
}

TEST_CASE("the nth message is delayed, doubled or damaged, as the rule says") {
  GossipNet net(2);
  net.simulation.links(LinkOptions{.latency = Latency::constant_of(1ms)});
  const Rule late =
      net.simulation.rule({.from = {"n1"}, .nth = 3}, RuleVerdict::deliver_after(250ms));
  const Rule twice = net.simulation.rule({.from = {"n2"}, .nth = 5}, RuleVerdict::duplicate());
  net.simulation.run_for(998ms);
  for (const Arrival& arrival : net.fresh("n1", "n2", 0s))
    CHECK(arrival.took() == (arrival.number == 2 ? 250ms : 1ms));
  CHECK(net.fresh("n2", "n1", 0s).size() == 201);
  const std::vector<Arrival> copies = net.fresh("n2", "n1", 0s);
  CHECK(std::count_if(copies.begin(), copies.end(),
                      [](const Arrival& arrival) { return arrival.number == 4; }) == 2);
  const Duration begin = net.now();
  const Rule damaged = net.simulation.rule({.from = {"n1"}, .nth = 1}, RuleVerdict::corrupt());
  net.simulation.run_for(1s);
  CHECK(net.fresh("n1", "n2", begin).size() >= 198);
  CHECK(bites_of(net.simulation.summary(), "rule", "messages corrupted") == 1);
}

TEST_CASE("a rule of a plan: by type, text and number, until its end") {
  struct Text {
    std::array<char, 16> text{};
  };
  const nlohmann::json json = {{"faults",
                                {{{"kind", "rule"},
                                  {"at", "0s"},
                                  {"lasts", "1s"},
                                  {"side_a", {"n1"}},
                                  {"side_b", {"n2"}},
                                  {"message", "Text"},
                                  {"content", "hello"},
                                  {"nth", 2},
                                  {"verdict", "drop"}}}}};
  const Result<FaultPlan> plan = fault_plan_from_json(json);
  REQUIRE(plan.ok());
  std::uint64_t hash = 0;
  for (int round = 0; round < 2; ++round) {
    SimOptions options = test::options();
    options.plan = *plan;
    Simulation simulation(options);
    std::vector<std::string> came;
    simulation.node("n1", [] {
      sleep_for(50ms);  // the rule is there
      for (const char* each : {"hello 1", "other 1", "hello 2", "hello 3"}) {
        Text text;
        std::strncpy(text.text.data(), each, text.text.size() - 1);
        send("n2", text);
        sleep_for(200ms);
      }
    });
    simulation.node("n2", [&came] {
      serve([&came](const Text& text) { came.emplace_back(text.text.data()); });
    });
    simulation.run_for(2s);
    CHECK(came == std::vector<std::string>{"hello 1", "other 1", "hello 3"});
    const RunSummary run = simulation.summary();
    CHECK(bites_of(run, "rule", "messages dropped") == 1);
    if (round == 1) CHECK(run.trace_hash == hash);
    hash = run.trace_hash;
  }
}
