#include "network/cuts.hpp"

#include <algorithm>

#include "norn/runtime/assert.hpp"

namespace norn::sim {

namespace {

void mark(std::vector<std::uint64_t>& side, std::span<const host::NodeId> nodes,
          std::uint64_t bit) {
  for (const host::NodeId node : nodes) {
    if (node >= side.size()) side.resize(node + std::size_t{1}, 0);
    side[node] |= bit;
  }
}

}  // namespace

std::size_t Cuts::add(std::span<const host::NodeId> side_a, std::span<const host::NodeId> side_b,
                      bool both_ways, std::uint32_t tag) {
  std::size_t index = 0;
  while (index < words_.size() && words_[index].used == ~std::uint64_t{0}) ++index;
  if (index == words_.size()) words_.emplace_back();
  Word& word = words_[index];
  const auto place = static_cast<std::size_t>(std::countr_one(word.used));
  const std::uint64_t bit = std::uint64_t{1} << place;
  word.used |= bit;
  if (both_ways) word.both_ways |= bit;
  word.tags[place] = tag;
  mark(word.side_a, side_a, bit);
  mark(word.side_b, side_b, bit);
  ++active_;
  return index * 64 + place;
}

void Cuts::remove(std::size_t cut) {
  Word& word = words_.at(cut / 64);
  const std::uint64_t bit = std::uint64_t{1} << (cut % 64);
  NORN_ASSERT((word.used & bit) != 0, "a cut is removed twice");
  for (std::uint64_t& bits : word.side_a) bits &= ~bit;
  for (std::uint64_t& bits : word.side_b) bits &= ~bit;
  word.used &= ~bit;
  word.both_ways &= ~bit;
  --active_;
}

std::uint32_t Cuts::search(host::NodeId from, host::NodeId to) const {
  if (from == to) return kNoTag;
  for (const Word& word : words_) {
    const std::uint64_t found = separating(word, from, to);
    if (found != 0) return word.tags[std::countr_zero(found)];
  }
  return kNoTag;
}

}  // namespace norn::sim
