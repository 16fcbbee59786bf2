#include "check/models/number_arrays.hpp"

namespace norn::check {

NumberArrays::NumberArrays(std::uint32_t bound) {
  while (top_ < 31 && bound > 1U << top_) ++top_;
  nodes_.number(kNone, kNone);  // takes number 0, which is the array of zeros
}

std::uint32_t NumberArrays::get(std::uint32_t array, std::uint32_t index) const {
  for (unsigned level = top_; level > 0 && array != 0; --level)
    array = (index >> (level - 1) & 1U) != 0 ? nodes_[array].b : nodes_[array].a;
  return array;
}

std::uint32_t NumberArrays::put(std::uint32_t array, std::uint32_t index, std::uint32_t number,
                                unsigned level) {
  if (level == 0) return number;
  PairTable::Pair halves{};
  if (array != 0) halves = nodes_[array];
  std::uint32_t& half = (index >> (level - 1) & 1U) != 0 ? halves.b : halves.a;
  half = put(half, index, number, level - 1);
  return halves.a == 0 && halves.b == 0 ? 0 : nodes_.number(halves.a, halves.b);
}

}  // namespace norn::check
