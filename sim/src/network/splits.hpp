// Splits: nodes divided into several parts, or set out in a ring.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "norn/runtime/host/message.hpp"

namespace norn::sim {

// A split says of each node which part it is in, or its place in a ring; asking looks at two
// numbers, for any number of nodes and parts. Nodes that are in no part see all others.
class Splits {
 public:
  static constexpr std::uint32_t kNoTag = ~std::uint32_t{0};

  // add_parts(): nodes[i] is in the part parts[i], and sees nobody in another part.
  std::size_t add_parts(std::span<const host::NodeId> nodes, std::span<const std::uint32_t> parts,
                        std::uint32_t tag) {
    return add({.tag = tag, .labels = labels(nodes, parts)});
  }
  // add_ring(): each node sees those that are at most `reach` away from it, in a ring in the order
  // of `nodes`.
  std::size_t add_ring(std::span<const host::NodeId> nodes, std::uint32_t reach,
                       std::uint32_t tag) {
    std::vector<std::uint32_t> places(nodes.size());
    for (std::size_t i = 0; i < places.size(); ++i) places[i] = static_cast<std::uint32_t>(i);
    return add({.tag = tag,
                .ring = static_cast<std::uint32_t>(nodes.size()),
                .reach = reach,
                .labels = labels(nodes, places)});
  }
  void remove(std::size_t number) {
    std::erase_if(splits_, [number](const Split& split) { return split.number == number; });
  }
  bool any() const { return !splits_.empty(); }

  // find() returns the tag of a split that separates the two, or kNoTag.
  std::uint32_t find(host::NodeId from, host::NodeId to) const {
    for (const Split& split : splits_) {
      if (from >= split.labels.size() || to >= split.labels.size()) continue;
      const std::uint32_t a = split.labels[from];
      const std::uint32_t b = split.labels[to];
      if (a == 0 || b == 0 || a == b) continue;
      if (split.ring == 0) return split.tag;
      const std::uint32_t apart = std::max(a, b) - std::min(a, b);
      if (std::min(apart, split.ring - apart) > split.reach) return split.tag;
    }
    return kNoTag;
  }

 private:
  struct Split {
    std::size_t number = 0;
    std::uint32_t tag = 0;
    std::uint32_t ring = 0;  // how many are in it; 0: parts
    std::uint32_t reach = 0;
    std::vector<std::uint32_t> labels{};  // by node, from 1; 0: not in it
  };

  static std::vector<std::uint32_t> labels(std::span<const host::NodeId> nodes,
                                           std::span<const std::uint32_t> numbers) {
    std::vector<std::uint32_t> labels;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i] >= labels.size()) labels.resize(nodes[i] + std::size_t{1}, 0);
      labels[nodes[i]] = numbers[i] + 1;
    }
    return labels;
  }
  std::size_t add(Split split) {
    split.number = next_++;
    splits_.push_back(std::move(split));
    return splits_.back().number;
  }

  std::vector<Split> splits_;
  std::size_t next_ = 0;
};

}  // namespace norn::sim
