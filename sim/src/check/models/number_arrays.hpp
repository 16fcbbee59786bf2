// Arrays of numbers that have numbers themselves.
#pragma once

#include <cstdint>

#include "check/models/tables.hpp"

namespace norn::check {

// NumberArrays are arrays of numbers, all 0 at first, as binary tries whose equal parts are shared:
// equal arrays have equal ids.
class NumberArrays {
 public:
  explicit NumberArrays(std::uint32_t bound);
  std::uint32_t get(std::uint32_t array, std::uint32_t index) const;
  std::uint32_t set(std::uint32_t array, std::uint32_t index, std::uint32_t number) {
    return put(array, index, number, top_);
  }

 private:
  std::uint32_t put(std::uint32_t array, std::uint32_t index, std::uint32_t number, unsigned level);
  unsigned top_ = 0;
  PairTable nodes_;
};

}  // namespace norn::check
