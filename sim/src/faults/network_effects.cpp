// What the faults of the network do.
#include "faults/fault_effect.hpp"

namespace norn::sim {
namespace {

class Partition final : public FaultEffect {
 public:
  Partition(Network& network, const BegunFault& begun)
      : network_(network),
        cut_(network.cut(begun.side_a, begun.side_b, begun.fault.kind == FaultKind::partition,
                         begun.slot)) {}
  void end(trace::Seq cause) override {
    static_cast<void>(cause);
    network_.uncut(cut_);
  }

 private:
  Network& network_;
  std::size_t cut_;
};

class Hold final : public FaultEffect {
 public:
  Hold(Network& network, const BegunFault& begun)
      : network_(network), hold_(network.hold(begun.side_a, begun.side_b, begun.slot)) {}
  void end(trace::Seq cause) override {
    static_cast<void>(cause);
    network_.release(hold_);
  }

 private:
  Network& network_;
  std::size_t hold_;
};

template <class Effect>
std::shared_ptr<FaultEffect> make(const FaultScene& scene, const BegunFault& begun) {
  return std::make_shared<Effect>(scene.network, begun);
}

constexpr FaultHandler kHandlers[] = {
    {FaultKind::partition, make<Partition>},
    {FaultKind::partition_one_way, make<Partition>},
    {FaultKind::hold, make<Hold>},
};

}  // namespace

std::span<const FaultHandler> network_handlers() {
  return kHandlers;
}

}  // namespace norn::sim
