// Sequences that grow at their end and share what they have in common.
#pragma once

#include <cstdint>

#include "check/models/tables.hpp"

namespace norn::check {

// Chains are sequences of numbers as a tree: a node is a sequence, its parent the sequence without
// the last item. Equal sequences are the same node; the empty one is 0. Ancestors are found in a
// logarithm of steps by one jump pointer a node (Myers, An applicative random-access stack, 1983).
class Chains {
 public:
  Chains();

  std::uint32_t push(std::uint32_t chain, std::uint32_t item);
  std::uint32_t length(std::uint32_t chain) const { return nodes_[chain].length; }
  std::uint32_t last(std::uint32_t chain) const { return children_[chain].b; }
  std::uint32_t parent(std::uint32_t chain) const { return children_[chain].a; }
  // The first `length` items.
  std::uint32_t prefix(std::uint32_t chain, std::uint32_t length) const;
  // A polynomial of the items: that of a suffix follows from the whole and the rest.
  std::uint64_t hash(std::uint32_t chain) const { return nodes_[chain].hash; }
  std::uint64_t suffix_hash(std::uint32_t chain, std::uint32_t from) const;

 private:
  struct Node {
    std::uint32_t length = 0;
    std::uint32_t jump = 0;
    std::uint64_t hash = 0;
  };

  PairTable children_;  // (parent, item)
  Pool<Node> nodes_;
};

}  // namespace norn::check
