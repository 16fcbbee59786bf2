// Ratio: a probability as a fraction of whole numbers, so that every machine decides alike.
#pragma once

#include <cstdint>

namespace norn {

struct Ratio {
  std::uint32_t times = 0;
  std::uint32_t out_of = 1;

  bool never() const { return times == 0; }
  friend bool operator==(const Ratio&, const Ratio&) = default;
};

}  // namespace norn
