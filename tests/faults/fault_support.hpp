// A small cluster for faults, and what they bit.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include <norn/sim.hpp>

namespace norn::test {

struct Ping {
  using Reply = bool;
};

// bites() closes the trace of the run: the last call.
inline std::map<std::string, std::uint64_t, std::less<>> bites(Simulation& sim,
                                                               std::string_view kind) {
  for (const FaultCount& count : sim.summary().faults) {
    if (count.kind == kind) return count.bites;
  }
  return {};
}

// The hash of two nodes that ping each other for two seconds while the fault is there.
inline std::uint64_t hash_with(const Fault& fault, std::uint64_t seed) {
  using namespace std::chrono_literals;
  Simulation sim(SimOptions{.seed = seed});
  for (const char* const name : {"n1", "n2"}) {
    sim.node(name, [peer = std::string(name) == "n1" ? "n2" : "n1"] {
      spawn("client", [peer] {
        for (;;) {
          sleep_for(random().between(1ms, 20ms));
          consume(100us);
          (void)call(peer, Ping{}, {.timeout = 50ms});
          publish("time", now().time_since_epoch().count());
          publish("wall", WallClock::now().time_since_epoch().count());
        }
      }).detach();
      serve([](const Ping&) { return true; });
    });
  }
  sim.run_for(500ms);
  sim.begin_fault(fault);
  sim.run_for(1500ms);
  return sim.summary().trace_hash;
}

// Whether each of some seeds has one hash only, and another one than without the fault.
inline bool same_twice(const Fault& fault) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const std::uint64_t once = hash_with(fault, seed);
    if (hash_with(fault, seed) != once) return false;
  }
  return true;
}

}  // namespace norn::test
