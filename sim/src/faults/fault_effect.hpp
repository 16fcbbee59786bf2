// FaultEffect: a fault while it lasts.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "cluster/cluster.hpp"
#include "engine/core.hpp"
#include "kernel/kernel.hpp"
#include "network/network.hpp"
#include "norn/sim/fault_plan.hpp"

namespace norn::sim {

// What faults act on.
struct FaultScene {
  Core& core;
  Cluster& cluster;
  Network& network;
  Kernel& kernel;
  host::MessagePool& pool;
  // schedule() has `action` done on the host at `time_ns`.
  std::function<void(std::int64_t time_ns, std::function<void()> action)> schedule;
  // change_clock() changes the clocks of a node, and returns how many of its timers this moved.
  std::function<std::size_t(host::NodeId, const std::function<void(NodeClock&)>& change)>
      change_clock;
};

struct BegunFault {
  const Fault& fault;
  std::uint64_t key;  // for choices: of the fault itself, and not of its place in the plan
  BiteCounter::Slot slot;
  trace::Seq cause;  // its begin in the trace
  std::vector<host::NodeId> side_a;
  std::vector<host::NodeId> side_b;
};

// Made when the fault begins. end() undoes what the fault did, and is called once at most: not when
// the run ends first.
class FaultEffect {
 public:
  FaultEffect() = default;
  FaultEffect(const FaultEffect&) = delete;
  FaultEffect& operator=(const FaultEffect&) = delete;
  virtual ~FaultEffect() = default;
  virtual void end(trace::Seq cause) = 0;  // `cause`: its end in the trace
  // tell_bites() counts what was not counted where it happened.
  virtual void tell_bites() {}
};

// Lets a fault begin, on the host. nullptr: it is over at once, and nothing is left to end.
using BeginFault = std::shared_ptr<FaultEffect> (*)(const FaultScene& scene,
                                                    const BegunFault& begun);

struct FaultHandler {
  FaultKind kind;
  BeginFault begin;
};

// later() schedules something that an effect does, unless it is over by then.
template <class Effect, class Action>
void later(const FaultScene& scene, const std::shared_ptr<Effect>& effect, Duration delay,
           Action action) {
  scene.schedule(scene.core.now_ns + delay.count(),
                 [weak = std::weak_ptr<Effect>(effect), action = std::move(action)] {
                   if (const std::shared_ptr<Effect> alive = weak.lock()) action(*alive);
                 });
}

// One file a family.
std::span<const FaultHandler> network_handlers();
std::span<const FaultHandler> link_handlers();
std::span<const FaultHandler> connection_handlers();
std::span<const FaultHandler> process_handlers();
std::span<const FaultHandler> name_handlers();
std::span<const FaultHandler> disk_handlers();
std::span<const FaultHandler> clock_handlers();

}  // namespace norn::sim
