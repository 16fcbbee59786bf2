// Nodes that send each other numbered messages, and remember what came.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "norn/runtime.hpp"
#include "norn/sim/simulation.hpp"
#include "support/simulate.hpp"

namespace norn::test {

struct Gossip {
  std::uint64_t number = 0;
  std::int64_t sent_ns = 0;
};

struct Arrival {
  std::uint64_t number = 0;
  Duration sent{};
  Duration at{};
  Duration took() const { return at - sent; }
};

// Nodes n1, n2, ... each send to every other one every `every`.
class GossipNet {
 public:
  explicit GossipNet(int nodes, std::uint64_t seed = 1,
                     Duration every = std::chrono::milliseconds(5))
      : simulation(options(seed)) {
    for (int i = 1; i <= nodes; ++i) names.push_back("n" + std::to_string(i));
    for (const std::string& name : names)
      simulation.node(name, [this, name, every] { live(name, every); });
  }

  Simulation simulation;
  std::vector<std::string> names;
  std::map<std::pair<std::string, std::string>, std::vector<Arrival>> arrived;  // from, to

  // heard() is how many messages came from one to the other in the next `duration`.
  std::map<std::pair<std::string, std::string>, std::size_t> heard(Duration duration) {
    const auto before = arrived;
    simulation.run_for(duration);
    std::map<std::pair<std::string, std::string>, std::size_t> heard;
    for (const auto& [pair, arrivals] : arrived) {
      const auto found = before.find(pair);
      heard[pair] = arrivals.size() - (found == before.end() ? 0 : found->second.size());
    }
    return heard;
  }
  // fresh() is what was sent by `from` since `since` and has come to `to`.
  std::vector<Arrival> fresh(const std::string& from, const std::string& to, Duration since) const {
    std::vector<Arrival> fresh;
    const auto found = arrived.find({from, to});
    if (found == arrived.end()) return fresh;
    std::copy_if(found->second.begin(), found->second.end(), std::back_inserter(fresh),
                 [since](const Arrival& arrival) { return arrival.sent >= since; });
    return fresh;
  }
  Duration now() const { return simulation.now().time_since_epoch(); }

 private:
  void live(const std::string& name, Duration every) {
    spawn("sender", [this, name, every] {
      for (std::uint64_t number = 0;; ++number) {
        for (const std::string& peer : names) {
          if (peer != name) send(peer, Gossip{number, norn::now().time_since_epoch().count()});
        }
        sleep_for(every);
      }
    }).detach();
    serve([this, name](const Gossip& message, Address from) {
      arrived[{std::string(from.name()), name}].push_back(
          {message.number, Duration(message.sent_ns), norn::now().time_since_epoch()});
    });
  }
};

inline FaultCount count_of(const RunSummary& run, std::string_view kind) {
  for (const FaultCount& fault : run.faults) {
    if (fault.kind == kind) return fault;
  }
  return {};
}

inline std::uint64_t bites_of(const RunSummary& run, std::string_view kind, std::string_view bite) {
  const FaultCount count = count_of(run, kind);
  const auto found = count.bites.find(bite);
  return found == count.bites.end() ? 0 : found->second;
}

}  // namespace norn::test
