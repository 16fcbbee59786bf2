#include "check/models/chains.hpp"

namespace norn::check {

namespace {

constexpr std::uint64_t kBase = 0x9E3779B97F4A7C55U;  // odd; anything large serves

}  // namespace

Chains::Chains() {
  children_.number(kNone, kNone);
  nodes_.push({});
}

std::uint32_t Chains::push(std::uint32_t chain, std::uint32_t item) {
  const std::uint32_t child = children_.number(chain, item);
  if (child != nodes_.size()) return child;
  const Node& up = nodes_[chain];
  const Node& jump = nodes_[up.jump];
  const bool longer = up.length - jump.length == jump.length - nodes_[jump.jump].length;
  nodes_.push({.length = up.length + 1,
               .jump = longer ? jump.jump : chain,
               .hash = up.hash * kBase + mix_hash(item)});
  return child;
}

std::uint32_t Chains::prefix(std::uint32_t chain, std::uint32_t length) const {
  while (nodes_[chain].length > length) {
    const std::uint32_t jump = nodes_[chain].jump;
    chain = nodes_[jump].length >= length ? jump : children_[chain].a;
  }
  return chain;
}

std::uint64_t Chains::suffix_hash(std::uint32_t chain, std::uint32_t from) const {
  std::uint64_t power = 1;
  std::uint64_t base = kBase;
  for (std::uint32_t n = length(chain) - from; n != 0; n >>= 1U, base *= base) {
    if ((n & 1U) != 0) power *= base;
  }
  return hash(chain) - hash(prefix(chain, from)) * power;
}

}  // namespace norn::check
