// PairTable: something kept of each ordered pair of nodes that has met.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "norn/runtime/host/message.hpp"

namespace norn::sim {

// A hash table with open addressing and linear probing. It is never gone through, so that its order
// decides nothing; nothing is removed.
template <class Value>
class PairTable {
 public:
  // at() returns what is kept of the pair, made when it is first asked for; good until the next
  // call. `from` must not be 0.
  Value& at(host::NodeId from, host::NodeId to) {
    if ((used_ + 1) * 2 > places_.size()) [[unlikely]]
      grow();
    const std::uint64_t key = std::uint64_t{from} << 32U | to;
    Place& place = look_up(key);
    if (place.key == 0) {
      place.key = key;
      ++used_;
    }
    return place.value;
  }
  // find() returns nullptr for a pair that at() was never asked for.
  const Value* find(host::NodeId from, host::NodeId to) const {
    if (places_.empty()) return nullptr;
    const std::uint64_t key = std::uint64_t{from} << 32U | to;
    const Place& place = const_cast<PairTable*>(this)->look_up(key);
    return place.key == 0 ? nullptr : &place.value;
  }

 private:
  struct Place {
    std::uint64_t key = 0;  // 0: free
    Value value{};
  };

  Place& look_up(std::uint64_t key) {
    for (std::size_t i = static_cast<std::size_t>(key * 0x9e3779b97f4a7c15U >> shift_);; ++i) {
      Place& place = places_[i & (places_.size() - 1)];
      if (place.key == key || place.key == 0) return place;
    }
  }
  void grow() {
    std::vector<Place> old = std::move(places_);
    places_ = std::vector<Place>(old.empty() ? 16 : old.size() * 2);
    shift_ = 64U - static_cast<unsigned>(std::countr_zero(places_.size()));
    for (Place& place : old) {
      if (place.key != 0) look_up(place.key) = std::move(place);
    }
  }

  std::vector<Place> places_;
  std::size_t used_ = 0;
  unsigned shift_ = 0;
};

}  // namespace norn::sim
