#include "check/models/tables.hpp"

namespace norn::check {

NumberSets::NumberSets(std::uint32_t bound) {
  while (top_ + kLeafBits < 32 && bound > 1U << (top_ + kLeafBits)) ++top_;
  nodes_.number(kNone, kNone);  // takes number 0, which is the empty set's
}

std::uint32_t NumberSets::put(std::uint32_t set, std::uint32_t number, unsigned level, bool in) {
  if (level == 0) {
    const std::uint32_t bit = 1U << (number & 31U);
    const std::uint32_t old = set == kEmpty ? 0 : nodes_[set].a;
    const std::uint32_t bits = in ? old | bit : old & ~bit;
    return bits == 0 ? kEmpty : nodes_.number(bits, kLeaf);
  }
  const bool right = (number >> (level - 1 + kLeafBits) & 1U) != 0;
  PairTable::Pair halves{.a = kEmpty, .b = kEmpty};
  if (set != kEmpty) halves = nodes_[set];
  std::uint32_t& half = right ? halves.b : halves.a;
  half = put(half, number, level - 1, in);
  if (halves.a == kEmpty && halves.b == kEmpty) return kEmpty;
  return nodes_.number(halves.a, halves.b);
}

bool NumberSets::has(std::uint32_t set, std::uint32_t number) const {
  for (unsigned level = top_; level > 0 && set != kEmpty; --level) {
    const bool right = (number >> (level - 1 + kLeafBits) & 1U) != 0;
    set = right ? nodes_[set].b : nodes_[set].a;
  }
  return set != kEmpty && (nodes_[set].a >> (number & 31U) & 1U) != 0;
}

bool NumberSets::is_subset(std::uint32_t set, std::uint32_t of, unsigned level) {
  if (set == of || set == kEmpty) return true;
  if (of == kEmpty) return false;
  if (level == 0) return (nodes_[set].a & ~nodes_[of].a) == 0;
  const std::uint32_t known = subsets_.find(set, of);
  if (known != kNone) return known != 0;
  const PairTable::Pair mine = nodes_[set];
  const PairTable::Pair theirs = nodes_[of];
  const bool subset =
      is_subset(mine.a, theirs.a, level - 1) && is_subset(mine.b, theirs.b, level - 1);
  subsets_.set(set, of, subset ? 1 : 0);
  return subset;
}

void NumberSets::collect(std::uint32_t set, std::uint32_t prefix, unsigned level,
                         std::vector<std::uint32_t>& out) const {
  if (set == kEmpty) return;
  const PairTable::Pair node = nodes_[set];
  if (level == 0) {
    for (std::uint32_t bit = 0; bit < 32; ++bit) {
      if ((node.a >> bit & 1U) != 0) out.push_back(prefix << kLeafBits | bit);
    }
    return;
  }
  collect(node.a, prefix << 1U, level - 1, out);
  collect(node.b, prefix << 1U | 1U, level - 1, out);
}

std::vector<std::uint32_t> NumberSets::items(std::uint32_t set) const {
  std::vector<std::uint32_t> out;
  collect(set, 0, top_, out);
  return out;
}

}  // namespace norn::check
