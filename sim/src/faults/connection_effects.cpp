// Faults of TCP connections and of their beginnings.
#include <memory>

#include "faults/fault_effect.hpp"
#include "faults/network_sides.hpp"

namespace norn::sim {
namespace {

std::shared_ptr<FaultEffect> reset_connections(const FaultScene& scene, const BegunFault& begun) {
  const LinkSides sides = sides_of(scene, begun, "both");
  scene.core.bites.add(begun.slot, Bite::connections_reset,
                       scene.kernel.reset_connections(sides.from, sides.to));
  return nullptr;
}

class NoConnect final : public FaultEffect {
 public:
  NoConnect(Network& network, std::size_t number, Connecting how)
      : network_(network), number_(number), how_(how) {}
  void end(trace::Seq cause) override {
    static_cast<void>(cause);
    network_.let_connect(number_, how_);
  }

 private:
  Network& network_;
  std::size_t number_;
  Connecting how_;
};

std::shared_ptr<FaultEffect> no_connect(const FaultScene& scene, const BegunFault& begun) {
  const Connecting how =
      begun.fault.kind == FaultKind::connect_hang ? Connecting::hangs : Connecting::refused;
  const LinkSides sides = sides_of(scene, begun, "out");
  return std::make_shared<NoConnect>(
      scene.network, scene.network.stop_connecting(sides.from, sides.to, how, begun.slot), how);
}

constexpr FaultHandler kHandlers[] = {
    {FaultKind::reset_connections, reset_connections},
    {FaultKind::connect_hang, no_connect},
    {FaultKind::connect_refused, no_connect},
};

}  // namespace

std::span<const FaultHandler> connection_handlers() {
  return kHandlers;
}

}  // namespace norn::sim
