// Faults of the network that keep messages from passing, or keep them back.
#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <utility>

#include "engine/distributions.hpp"
#include "faults/fault_effect.hpp"
#include "faults/network_sides.hpp"

namespace norn::sim {
namespace {

// A number that the fault draws for `about` (a node's key, say), once in its life or each time.
std::int64_t drawn(const FaultScene& scene, const BegunFault& begun, std::uint64_t about,
                   std::uint64_t occurrence, std::int64_t low, std::int64_t high) {
  return scene.core.choices.choose(
      ChoiceKind::fault_draw, mix(begun.key, about), occurrence, 0, low,
      [low, high](std::uint64_t draw) { return between(draw, low, high); });
}

// The nodes in a random order, each by a weight of its own.
std::vector<host::NodeId> shuffled(const FaultScene& scene, const BegunFault& begun,
                                   std::uint64_t about) {
  constexpr std::int64_t weights = std::int64_t{1} << 48;
  std::vector<std::pair<std::int64_t, host::NodeId>> weighted;
  for (const host::NodeId node : begun.side_a) {
    const std::uint64_t key = mix(scene.cluster.at(node).key, about);
    weighted.emplace_back(drawn(scene, begun, key, 0, 0, weights), node);
  }
  std::sort(weighted.begin(), weighted.end());
  std::vector<host::NodeId> nodes;
  for (const auto& [weight, node] : weighted) nodes.push_back(node);
  return nodes;
}

class Partition final : public FaultEffect {
 public:
  Partition(Network& network, std::size_t cut) : network_(network), cut_(cut) {}
  void end(trace::Seq cause) override {
    static_cast<void>(cause);
    network_.uncut(cut_);
  }

 private:
  Network& network_;
  std::size_t cut_;
};

std::shared_ptr<FaultEffect> partition(const FaultScene& scene, const BegunFault& begun) {
  const bool both_ways = begun.fault.kind == FaultKind::partition;
  return std::make_shared<Partition>(
      scene.network, scene.network.cut(begun.side_a, begun.side_b, both_ways, begun.slot));
}

std::shared_ptr<FaultEffect> isolate(const FaultScene& scene, const BegunFault& begun) {
  const LinkSides sides = sides_of(scene, begun, word_of(begun.fault, "way"));
  return std::make_shared<Partition>(
      scene.network, scene.network.cut(sides.from, sides.to, sides.both_ways, begun.slot));
}

class Split final : public FaultEffect {
 public:
  Split(Network& network, std::size_t split) : network_(network), split_(split) {}
  void end(trace::Seq cause) override {
    static_cast<void>(cause);
    network_.unsplit(split_);
  }

 private:
  Network& network_;
  std::size_t split_;
};

std::shared_ptr<FaultEffect> split(const FaultScene& scene, const BegunFault& begun) {
  const auto nodes = static_cast<std::int64_t>(begun.side_a.size());
  std::int64_t minority = number_of(begun.fault, "minority");
  if (minority == 0)
    minority = drawn(scene, begun, 0, 0, 1, std::max<std::int64_t>(1, (nodes - 1) / 2));
  const std::vector<host::NodeId> order = shuffled(scene, begun, 1);
  std::vector<std::uint32_t> parts(order.size(), 0);
  std::fill_n(parts.begin(), std::min(minority, nodes), 1);
  return std::make_shared<Split>(scene.network, scene.network.split(order, parts, begun.slot));
}

std::shared_ptr<FaultEffect> random_partition(const FaultScene& scene, const BegunFault& begun) {
  const std::int64_t count = number_of(begun.fault, "parts");
  std::vector<std::uint32_t> parts;
  for (const host::NodeId node : begun.side_a) {
    const std::uint64_t key = scene.cluster.at(node).key;
    parts.push_back(static_cast<std::uint32_t>(drawn(scene, begun, key, 0, 0, count - 1)));
  }
  // Where chance has put all into one part, one goes.
  if (std::adjacent_find(parts.begin(), parts.end(), std::not_equal_to<>()) == parts.end()) {
    const host::NodeId alone = shuffled(scene, begun, 1).front();
    const auto place = std::find(begun.side_a.begin(), begun.side_a.end(), alone);
    std::uint32_t& part = parts[static_cast<std::size_t>(place - begun.side_a.begin())];
    part = part == 0 ? 1 : 0;
  }
  return std::make_shared<Split>(scene.network,
                                 scene.network.split(begun.side_a, parts, begun.slot));
}

std::shared_ptr<FaultEffect> ring(const FaultScene& scene, const BegunFault& begun) {
  const auto reach = static_cast<std::uint32_t>(number_of(begun.fault, "reach"));
  return std::make_shared<Split>(scene.network,
                                 scene.network.ring(begun.side_a, reach, begun.slot));
}

// A partition that comes and goes.
class Flapping final : public FaultEffect, public std::enable_shared_from_this<Flapping> {
 public:
  Flapping(FaultScene scene, const BegunFault& begun)
      : scene_(std::move(scene)),
        side_a_(begun.side_a),
        side_b_(begun.side_b),
        slot_(begun.slot),
        key_(begun.key),
        cut_for_(duration_of(begun.fault, "cut")),
        open_for_(duration_of(begun.fault, "open")) {}

  void turn() {
    const bool cuts = !cut_;
    if (cuts) {
      cut_ = scene_.network.cut(side_a_, side_b_, true, slot_);
    } else {
      scene_.network.uncut(*std::exchange(cut_, std::nullopt));
    }
    const Duration mean = cuts ? cut_for_ : open_for_;
    const auto half = [mean](std::uint64_t draw) {
      return between(draw, mean.count() / 2, mean.count() + mean.count() / 2);
    };
    const Duration lasts(
        scene_.core.choices.choose(ChoiceKind::fault_draw, key_, turns_++, 0, mean.count(), half));
    later(scene_, shared_from_this(), lasts, [](Flapping& self) { self.turn(); });
  }
  void end(trace::Seq cause) override {
    static_cast<void>(cause);
    if (cut_) scene_.network.uncut(*std::exchange(cut_, std::nullopt));
  }

 private:
  FaultScene scene_;
  std::vector<host::NodeId> side_a_;
  std::vector<host::NodeId> side_b_;
  BiteCounter::Slot slot_;
  std::uint64_t key_;
  Duration cut_for_;
  Duration open_for_;
  std::uint64_t turns_ = 0;
  std::optional<std::size_t> cut_;
};

std::shared_ptr<FaultEffect> flapping(const FaultScene& scene, const BegunFault& begun) {
  auto effect = std::make_shared<Flapping>(scene, begun);
  effect->turn();
  return effect;
}

class Hold final : public FaultEffect {
 public:
  Hold(Network& network, std::size_t hold, bool in_order)
      : network_(network), hold_(hold), in_order_(in_order) {}
  void end(trace::Seq cause) override {
    static_cast<void>(cause);
    network_.release(hold_, in_order_);
  }

 private:
  Network& network_;
  std::size_t hold_;
  bool in_order_;
};

std::shared_ptr<FaultEffect> hold(const FaultScene& scene, const BegunFault& begun) {
  return std::make_shared<Hold>(
      scene.network, scene.network.hold(begun.side_a, begun.side_b, false, begun.slot), false);
}

std::shared_ptr<FaultEffect> clog(const FaultScene& scene, const BegunFault& begun) {
  const LinkSides sides = sides_of(scene, begun, "both");
  return std::make_shared<Hold>(scene.network,
                                scene.network.hold(sides.from, sides.to, true, begun.slot), true);
}

// Clogs of single nodes. After FoundationDB's swizzle, which clogs half of the machines one after
// another and frees them in another order.
class Swizzle final : public FaultEffect {
 public:
  Swizzle(FaultScene scene, BiteCounter::Slot slot) : scene_(std::move(scene)), slot_(slot) {}

  void clog(host::NodeId node) {
    const host::NodeId one[] = {node};
    clogs_.emplace_back(node, scene_.network.hold(one, everybody(scene_), true, slot_));
  }
  void unclog(host::NodeId node) {
    const auto found = std::find_if(clogs_.begin(), clogs_.end(),
                                    [node](const auto& clog) { return clog.first == node; });
    const std::size_t clog = found->second;
    clogs_.erase(found);
    scene_.network.release(clog, true);
  }
  void end(trace::Seq cause) override {
    static_cast<void>(cause);
    while (!clogs_.empty()) unclog(clogs_.front().first);
  }

 private:
  FaultScene scene_;
  BiteCounter::Slot slot_;
  std::vector<std::pair<host::NodeId, std::size_t>> clogs_;  // that last
};

std::shared_ptr<FaultEffect> swizzle(const FaultScene& scene, const BegunFault& begun) {
  auto effect = std::make_shared<Swizzle>(scene, begun.slot);
  const Ratio share = share_of(begun.fault, "share");
  std::vector<host::NodeId> nodes = shuffled(scene, begun, 1);
  const auto spared = [&](host::NodeId node) {
    return drawn(scene, begun, scene.cluster.at(node).key, 0, 1, share.out_of) > share.times;
  };
  const host::NodeId first = nodes.front();
  std::erase_if(nodes, [&](host::NodeId node) { return node != first && spared(node); });
  const std::int64_t half = begun.fault.lasts->count() / 2;
  for (const host::NodeId node : nodes) {
    const std::uint64_t key = scene.cluster.at(node).key;
    const Duration begins(drawn(scene, begun, key, 1, 0, half));
    const Duration ends(drawn(scene, begun, key, 2, half, half * 2));
    if (ends <= begins) continue;
    later(scene, effect, begins, [node](Swizzle& self) { self.clog(node); });
    later(scene, effect, ends, [node](Swizzle& self) { self.unclog(node); });
  }
  return effect;
}

constexpr FaultHandler kHandlers[] = {
    {FaultKind::partition, partition}, {FaultKind::partition_one_way, partition},
    {FaultKind::isolate, isolate},     {FaultKind::split, split},
    {FaultKind::ring, ring},           {FaultKind::random_partition, random_partition},
    {FaultKind::flapping, flapping},   {FaultKind::hold, hold},
    {FaultKind::clog, clog},           {FaultKind::swizzle, swizzle},
};

}  // namespace

std::span<const FaultHandler> network_handlers() {
  return kHandlers;
}

}  // namespace norn::sim
