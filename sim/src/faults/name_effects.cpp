// What the faults of names do.
#include <utility>

#include "faults/fault_effect.hpp"

namespace norn::sim {
namespace {

class StaleNames final : public FaultEffect {
 public:
  StaleNames(NameService& names, std::vector<host::NodeId> nodes, BiteCounter::Slot slot)
      : names_(names), nodes_(std::move(nodes)), slot_(slot) {}
  void end(trace::Seq cause) override {
    static_cast<void>(cause);
    for (const host::NodeId node : nodes_) names_.end_stale(node, slot_);
  }

 private:
  NameService& names_;
  std::vector<host::NodeId> nodes_;
  BiteCounter::Slot slot_;
};

std::shared_ptr<FaultEffect> stale(const FaultScene& scene, const BegunFault& begun) {
  NameService& names = scene.kernel.names();
  for (const host::NodeId node : begun.side_a)
    names.begin_stale(node, word_of(begun.fault, "name"), begun.slot);
  return std::make_shared<StaleNames>(names, begun.side_a, begun.slot);
}

constexpr FaultHandler kHandlers[] = {
    {FaultKind::dns_stale, stale},
};

}  // namespace

std::span<const FaultHandler> name_handlers() {
  return kHandlers;
}

}  // namespace norn::sim
