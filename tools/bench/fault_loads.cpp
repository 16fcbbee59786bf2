#include "fault_loads.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "message_load.hpp"
#include "norn/runtime.hpp"
#include "norn/sim.hpp"
#include "norn/sim/rule.hpp"

namespace norn::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kMessagesPerBatch = 200'000;
constexpr Duration kMeanLatency{kLatencyMinNs + kLatencyRangeNs / 2};
constexpr Ratio kHardlyEver = {1, 1'000'000'000};

std::vector<std::string> names(std::uint32_t nodes) {
  std::vector<std::string> all;
  for (std::uint32_t i = 0; i < nodes; ++i) all.push_back("n" + std::to_string(i));
  return all;
}

SimOptions hashed() {
  SimOptions options;
  options.scenario = "bench";
  options.trace.mode = trace::RecorderOptions::Mode::hash;
  options.max_events = ~std::uint64_t{0} >> 1U;
  return options;
}

class FaultyMessages final : public Load {
 public:
  FaultyMessages(std::uint32_t nodes, const NamedFaults& what)
      : batch_(kMeanLatency * (kMessagesPerBatch / messages_in_flight(nodes))),
        simulation_(hashed()) {
    constexpr Duration least{kLatencyMinNs};
    constexpr Duration most{kLatencyMinNs + kLatencyRangeNs};
    simulation_.links(LinkOptions{.latency = Latency::uniform_of(least, most)});
    for (std::uint32_t i = 0; i < nodes; ++i)
      simulation_.node("n" + std::to_string(i), [this, i, nodes] { forward(i, nodes); });
    for (const char* idle : {"idle1", "idle2"}) simulation_.node(idle, [] { sleep_for(1h); });
    for (std::uint32_t i = 0; i < what.rules; ++i) {
      const std::uint32_t from = i / kNeighbours % nodes;
      const std::uint32_t to = neighbours(from, nodes)[i % kNeighbours];
      rules_.push_back(simulation_.rule({.from = {"n" + std::to_string(from)},
                                         .to = {"n" + std::to_string(to)},
                                         .message_class = "NoSuchMessage"},
                                        RuleVerdict::drop()));
    }
    for (const Fault& fault : what.faults) simulation_.begin_fault(fault);
  }

  std::uint64_t run() override {
    const std::uint64_t before = operations_;
    simulation_.run_for(batch_);
    return operations_ - before;
  }

 private:
  static Address address(std::uint32_t node) { return Address::from_id(node + 1); }

  [[noreturn]] void forward(std::uint32_t self, std::uint32_t nodes) {
    const auto peers = neighbours(self, nodes);
    if (self < messages_in_flight(nodes)) {
      LoadMessage message = first_message(self);
      const std::uint32_t to = next_peer(message, peers);
      send(address(to), message);
    }
    for (;;) {
      LoadMessage message = receive<LoadMessage>().value;
      ++operations_;
      const std::uint32_t to = next_peer(message, peers);
      send(address(to), message);
    }
  }

  Duration batch_;
  std::uint64_t operations_ = 0;
  Simulation simulation_;
  std::vector<Rule> rules_;
};

Fault between_idle(FaultKind kind) {
  return {.kind = kind, .side_a = {"idle1"}, .side_b = {"idle2"}};
}

Fault of_all(FaultKind kind, std::uint32_t nodes, FaultValues with) {
  return {.kind = kind, .side_a = names(nodes), .with = std::move(with)};
}

}  // namespace

std::unique_ptr<Load> faulty_messages(std::uint32_t nodes, const NamedFaults& what) {
  return std::make_unique<FaultyMessages>(nodes, what);
}

std::vector<NamedFaults> single_faults(std::uint32_t nodes) {
  const auto rare = [nodes](FaultKind kind, FaultValues with) {
    return std::vector{of_all(kind, nodes, std::move(with))};
  };
  return {
      {.name = "none"},
      {.name = "partition", .faults = {between_idle(FaultKind::partition)}},
      {.name = "ring", .faults = rare(FaultKind::ring, {{"reach", std::int64_t{1'000'000}}})},
      {.name = "hold", .faults = {between_idle(FaultKind::hold)}},
      {.name = "loss", .faults = rare(FaultKind::loss, {{"share", kHardlyEver}})},
      {.name = "loss_burst",
       .faults = rare(FaultKind::loss_burst, {{"begins", kHardlyEver}, {"ends", Ratio{1, 1}}})},
      {.name = "duplicate", .faults = rare(FaultKind::duplicate, {{"share", kHardlyEver}})},
      {.name = "reorder", .faults = rare(FaultKind::reorder, {{"share", kHardlyEver}})},
      {.name = "corrupt", .faults = rare(FaultKind::corrupt, {{"share", kHardlyEver}})},
      {.name = "truncate", .faults = rare(FaultKind::truncate, {{"share", kHardlyEver}})},
      {.name = "delay", .faults = rare(FaultKind::delay, {{"extra", Duration(1ns)}})},
      {.name = "slow_node", .faults = {{.kind = FaultKind::slow_node, .side_a = {"idle1"}}}},
      {.name = "bandwidth",
       .faults = rare(FaultKind::bandwidth, {{"rate", std::int64_t{1'000'000'000'000}},
                                             {"queue", std::int64_t{1'000'000'000'000}}})},
      {.name = "mtu", .faults = rare(FaultKind::mtu, {{"bytes", std::int64_t{9'000}}})},
      {.name = "a rule of one pair", .rules = 1},
  };
}

std::vector<NamedFaults> many_faults(std::uint32_t nodes) {
  std::vector<Fault> cuts(10, between_idle(FaultKind::partition));
  const Fault ring = of_all(FaultKind::ring, nodes, {{"reach", static_cast<std::int64_t>(nodes)}});
  cuts.push_back(ring);
  return {
      {.name = "none"},
      {.name = "ten partitions and a ring", .faults = std::move(cuts)},
      {.name = "10,000 links with rules", .rules = 10'000},
  };
}

}  // namespace norn::bench
