// BiteCounter: what each fault that lasts has done so far.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "norn/faults/bite.hpp"

namespace norn::sim {

// Who does something in the name of a fault counts it in the fault's slot. Slots are used again, so
// that a run that goes on for ever needs no more of them than it has faults at a time.
class BiteCounter {
 public:
  using Slot = std::uint32_t;

  Slot open() {
    if (free_.empty()) {
      counts_.emplace_back();
      return static_cast<Slot>(counts_.size() - 1);
    }
    const Slot slot = free_.back();
    free_.pop_back();
    return slot;
  }
  BiteCounts close(Slot slot) {
    free_.push_back(slot);
    return std::exchange(counts_[slot], {});
  }

  void add(Slot slot, Bite bite, std::uint64_t times = 1) {
    counts_[slot][static_cast<std::size_t>(bite)] += times;
  }
  const BiteCounts& of(Slot slot) const { return counts_[slot]; }

 private:
  std::vector<BiteCounts> counts_;
  std::vector<Slot> free_;
};

}  // namespace norn::sim
