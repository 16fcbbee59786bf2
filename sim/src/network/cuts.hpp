// Cuts: which ordered pairs of nodes are separated, by groups and not by pairs.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "norn/runtime/host/message.hpp"

namespace norn::sim {

// A cut lies between two groups of nodes, one way or both. Each node has a bit a cut and side, so
// that asking costs the same for any number of nodes. The groups may share nodes; from a node to
// itself nothing is ever cut.
class Cuts {
 public:
  static constexpr std::size_t kNone = ~std::size_t{0};

  // add() returns the number of the cut, for remove(). `tag` is given back by find().
  std::size_t add(std::span<const host::NodeId> side_a, std::span<const host::NodeId> side_b,
                  bool both_ways, std::uint32_t tag);
  void remove(std::size_t cut);
  bool any() const { return active_ != 0; }

  // find() returns the tag of a cut that separates `from` and `to` in this direction, or kNoTag.
  static constexpr std::uint32_t kNoTag = ~std::uint32_t{0};
  std::uint32_t find(host::NodeId from, host::NodeId to) const {
    if (active_ == 0) [[likely]]
      return kNoTag;
    return search(from, to);
  }
  // visit() calls visitor(tag) for each cut that separates the two, in the order of their numbers.
  template <class Visitor>
  void visit(host::NodeId from, host::NodeId to, Visitor&& visitor) const {
    if (from == to) return;
    for (const Word& word : words_) {
      for (std::uint64_t found = separating(word, from, to); found != 0; found &= found - 1)
        visitor(word.tags[std::countr_zero(found)]);
    }
  }

 private:
  struct Word {  // up to 64 cuts
    std::uint64_t used = 0;
    std::uint64_t both_ways = 0;
    std::vector<std::uint64_t> side_a;  // by node
    std::vector<std::uint64_t> side_b;
    std::uint32_t tags[64] = {};
  };

  static std::uint64_t bits_of(const std::vector<std::uint64_t>& side, host::NodeId node) {
    return node < side.size() ? side[node] : 0;
  }
  static std::uint64_t separating(const Word& word, host::NodeId from, host::NodeId to) {
    const std::uint64_t there = bits_of(word.side_a, from) & bits_of(word.side_b, to);
    const std::uint64_t back =
        bits_of(word.side_b, from) & bits_of(word.side_a, to) & word.both_ways;
    return there | back;
  }
  std::uint32_t search(host::NodeId from, host::NodeId to) const;

  std::size_t active_ = 0;
  std::vector<Word> words_;
};

}  // namespace norn::sim
