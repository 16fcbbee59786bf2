// What the faults of processes and machines do.
#include "faults/process_effects.hpp"

#include <utility>

#include "faults/fault_effect.hpp"

namespace norn::sim {
namespace {

class Crash final : public FaultEffect {
 public:
  Crash(Cluster& cluster, std::vector<host::NodeId> killed)
      : cluster_(cluster), killed_(std::move(killed)) {}
  void end(trace::Seq cause) override {
    for (const host::NodeId node : killed_) {
      if (cluster_.at(node).process == nullptr) cluster_.start(node, cause);
    }
  }

 private:
  Cluster& cluster_;
  std::vector<host::NodeId> killed_;
};

BegunEffect die(const FaultScene& scene, const BegunFault& begun,
                void (Cluster::*end)(host::NodeId, host::MessagePool&, trace::Seq)) {
  std::vector<host::NodeId> killed;
  for (const host::NodeId node : begun.side_a) {
    if (scene.cluster.at(node).process == nullptr) continue;
    (scene.cluster.*end)(node, scene.pool, begun.cause);
    killed.push_back(node);
  }
  scene.core.bites.add(begun.slot, Bite::nodes_killed, killed.size());
  if (!begun.fault.lasts) return nullptr;
  return std::make_shared<Crash>(scene.cluster, std::move(killed));
}

BegunEffect crash(const FaultScene& scene, const BegunFault& begun) {
  return die(scene, begun, &Cluster::crash);
}

BegunEffect kill(const FaultScene& scene, const BegunFault& begun) {
  return die(scene, begun, &Cluster::kill);
}

constexpr FaultHandler kHandlers[] = {
    {FaultKind::crash, crash},
    {FaultKind::kill, kill},
    {FaultKind::pause, pause},
    {FaultKind::slow_cpu, slow_cpu},
    {FaultKind::crash_loop, crash_loop},
    {FaultKind::crash_in_recovery, crash_in_recovery},
    {FaultKind::shutdown, shutdown},
    {FaultKind::upgrade, upgrade},
    {FaultKind::wipe_disk, wipe_disk},
    {FaultKind::swap_disk, swap_disk},
    {FaultKind::memory_limit, memory_limit},
};

}  // namespace

std::span<const FaultHandler> process_handlers() {
  return kHandlers;
}

}  // namespace norn::sim
