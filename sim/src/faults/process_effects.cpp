// What the faults of processes and machines do.
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

std::shared_ptr<FaultEffect> crash(const FaultScene& scene, const BegunFault& begun) {
  std::vector<host::NodeId> killed;
  for (const host::NodeId node : begun.side_a) {
    if (scene.cluster.at(node).process == nullptr) continue;
    scene.cluster.crash(node, scene.pool, begun.cause);
    killed.push_back(node);
  }
  scene.core.bites.add(begun.slot, Bite::nodes_killed, killed.size());
  if (!begun.fault.lasts) return nullptr;
  return std::make_shared<Crash>(scene.cluster, std::move(killed));
}

constexpr FaultHandler kHandlers[] = {
    {FaultKind::crash, crash},
};

}  // namespace

std::span<const FaultHandler> process_handlers() {
  return kHandlers;
}

}  // namespace norn::sim
