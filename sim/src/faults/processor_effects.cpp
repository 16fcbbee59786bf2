// Faults of a node that goes on living: it stands still, or it is slow.
#include <utility>
#include <vector>

#include "faults/process_effects.hpp"

namespace norn::sim {
namespace {

// Counts the wake-ups of some nodes that were delayed since it was made.
class HeldUp {
 public:
  HeldUp(const FaultScene& scene, const BegunFault& begun)
      : scene_(scene), slot_(begun.slot), nodes_(begun.side_a), told_(total()) {}

  const std::vector<host::NodeId>& nodes() const { return nodes_; }
  void tell() {
    const std::uint64_t now = total();
    scene_.core.bites.add(slot_, Bite::wakes_held_up, now - std::exchange(told_, now));
  }

 private:
  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const host::NodeId node : nodes_) sum += scene_.cluster.held_up(node);
    return sum;
  }

  const FaultScene& scene_;
  BiteCounter::Slot slot_;
  std::vector<host::NodeId> nodes_;
  std::uint64_t told_;
};

class Pause final : public FaultEffect {
 public:
  Pause(const FaultScene& scene, const BegunFault& begun)
      : scene_(scene),
        held_up_(scene, begun),
        slot_(begun.slot),
        stops_timers_(word_of(begun.fault, "timers") == "stop") {
    for (const host::NodeId node : held_up_.nodes()) {
      scene_.cluster.pause(node);
      if (stops_timers_) scene_.change_clock(node, [](NodeClock& clock) { ++clock.stops; });
    }
  }
  void tell_bites() override { held_up_.tell(); }
  void end(trace::Seq cause) override {
    scene_.core.scheduler->set_cause(cause);
    for (const host::NodeId node : held_up_.nodes()) {
      if (stops_timers_) {
        const std::size_t moved =
            scene_.change_clock(node, [](NodeClock& clock) { --clock.stops; });
        scene_.core.bites.add(slot_, Bite::timers_moved, moved);
      }
      scene_.cluster.resume(node);
    }
  }

 private:
  const FaultScene& scene_;
  HeldUp held_up_;
  BiteCounter::Slot slot_;
  bool stops_timers_;
};

class SlowCpu final : public FaultEffect {
 public:
  SlowCpu(const FaultScene& scene, const BegunFault& begun)
      : scene_(scene), held_up_(scene, begun) {
    const auto factor = static_cast<std::uint32_t>(number_of(begun.fault, "factor"));
    for (const host::NodeId node : held_up_.nodes())
      scene_.cluster.slow_down(node, factor, duration_of(begun.fault, "wake_cost"));
  }
  void tell_bites() override { held_up_.tell(); }
  void end(trace::Seq cause) override {
    scene_.core.scheduler->set_cause(cause);
    for (const host::NodeId node : held_up_.nodes())
      scene_.cluster.slow_down(node, 1, Duration::zero());
  }

 private:
  const FaultScene& scene_;
  HeldUp held_up_;
};

class MemoryLimit final : public FaultEffect {
 public:
  MemoryLimit(const FaultScene& scene, const BegunFault& begun)
      : scene_(scene), slot_(begun.slot), nodes_(begun.side_a), told_(total()) {
    const auto bytes = static_cast<std::uint64_t>(number_of(begun.fault, "bytes"));
    for (const host::NodeId node : nodes_)
      scene_.cluster.limit_memory(node, bytes, share_of(begun.fault, "fails"));
  }
  void tell_bites() override {
    const std::uint64_t now = total();
    scene_.core.bites.add(slot_, Bite::allocations_failed, now - std::exchange(told_, now));
  }
  void end(trace::Seq cause) override {
    static_cast<void>(cause);
    for (const host::NodeId node : nodes_) scene_.cluster.limit_memory(node, ~std::uint64_t{0}, {});
  }

 private:
  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const host::NodeId node : nodes_) sum += scene_.cluster.refused(node);
    return sum;
  }

  const FaultScene& scene_;
  BiteCounter::Slot slot_;
  std::vector<host::NodeId> nodes_;
  std::uint64_t told_;
};

}  // namespace

BegunEffect memory_limit(const FaultScene& scene, const BegunFault& begun) {
  return std::make_shared<MemoryLimit>(scene, begun);
}

BegunEffect pause(const FaultScene& scene, const BegunFault& begun) {
  return std::make_shared<Pause>(scene, begun);
}

BegunEffect slow_cpu(const FaultScene& scene, const BegunFault& begun) {
  return std::make_shared<SlowCpu>(scene, begun);
}

}  // namespace norn::sim
