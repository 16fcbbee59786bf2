// Nodes that go down in good order, and nodes that come back other than they were.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "faults/process_effects.hpp"

namespace norn::sim {
namespace {

// Nodes that are asked to stop, killed after a time of grace, and started at the end.
class Shutdown : public FaultEffect {
 public:
  Shutdown(const FaultScene& scene, const BegunFault& begun)
      : scene_(scene), slot_(begun.slot), cause_(begun.cause), nodes_(begun.side_a) {
    std::erase_if(nodes_,
                  [this](host::NodeId node) { return scene_.cluster.process(node) == nullptr; });
  }

  void ask(Duration grace) {
    for (const host::NodeId node : nodes_) {
      scene_.core.bites.add(slot_, Bite::nodes_stopped);
      if (!scene_.cluster.ask_to_stop(node, cause_)) {
        scene_.cluster.take_down(node, scene_.pool, cause_);
        continue;
      }
      // Also when the fault is over by then: it was asked to stop for good.
      const std::uint32_t life = scene_.cluster.at(node).incarnation;
      scene_.schedule(scene_.core.now_ns + grace.count(),
                      [&scene = scene_, node, life, cause = cause_] {
                        if (scene.cluster.at(node).incarnation == life)
                          scene.cluster.take_down(node, scene.pool, cause);
                      });
    }
  }

  void end(trace::Seq cause) override {
    for (const host::NodeId node : nodes_) {
      scene_.cluster.take_down(node, scene_.pool, cause);
      before_start(node);
      scene_.cluster.start(node, cause);
    }
  }

 protected:
  virtual void before_start(host::NodeId node) { static_cast<void>(node); }

  const FaultScene& scene_;
  BiteCounter::Slot slot_;

 private:
  trace::Seq cause_;
  std::vector<host::NodeId> nodes_;
};

class Upgrade final : public Shutdown {
 public:
  using Shutdown::Shutdown;

 private:
  void before_start(host::NodeId node) override {
    if (scene_.cluster.take_next_version(node)) scene_.core.bites.add(slot_, Bite::nodes_upgraded);
  }
};

// Machines that die and come back at the end with other disks.
class OtherDisks final : public FaultEffect {
 public:
  OtherDisks(const FaultScene& scene, std::vector<host::NodeId> killed)
      : scene_(scene), killed_(std::move(killed)) {}
  void end(trace::Seq cause) override {
    for (const host::NodeId node : killed_) {
      if (scene_.cluster.process(node) == nullptr) scene_.cluster.start(node, cause);
    }
  }

 private:
  const FaultScene& scene_;
  std::vector<host::NodeId> killed_;
};

BegunEffect change_disks(const FaultScene& scene, const BegunFault& begun,
                         void (*change)(std::vector<Disk*>& disks)) {
  std::vector<host::NodeId> killed;
  std::vector<Disk*> disks;
  for (const host::NodeId node : begun.side_a) {
    if (scene.cluster.process(node) != nullptr) {
      scene.cluster.crash(node, scene.pool, begun.cause);
      killed.push_back(node);
    }
    disks.push_back(&scene.cluster.at(node).disk);
  }
  change(disks);
  scene.core.bites.add(begun.slot, Bite::disks_lost, disks.size());
  if (!begun.fault.lasts) return nullptr;
  return std::make_shared<OtherDisks>(scene, std::move(killed));
}

}  // namespace

BegunEffect shutdown(const FaultScene& scene, const BegunFault& begun) {
  const auto effect = std::make_shared<Shutdown>(scene, begun);
  effect->ask(duration_of(begun.fault, "grace"));
  if (!begun.fault.lasts) return nullptr;
  return effect;
}

BegunEffect upgrade(const FaultScene& scene, const BegunFault& begun) {
  const auto effect = std::make_shared<Upgrade>(scene, begun);
  effect->ask(std::min(duration_of(begun.fault, "grace"), *begun.fault.lasts));
  return effect;
}

BegunEffect wipe_disk(const FaultScene& scene, const BegunFault& begun) {
  return change_disks(scene, begun, [](std::vector<Disk*>& disks) {
    for (Disk* const disk : disks) *disk = Disk();
  });
}

BegunEffect swap_disk(const FaultScene& scene, const BegunFault& begun) {
  return change_disks(scene, begun, [](std::vector<Disk*>& disks) {
    for (std::size_t i = disks.size(); i > 1; --i) std::swap(*disks[i - 1], *disks[i - 2]);
  });
}

}  // namespace norn::sim
