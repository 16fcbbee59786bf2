// OpenTable: which operation a process has open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace norn::check {

// OpenTable finds a number by a key, for entries that come and go: open addressing with linear
// probing, and what stands behind an entry that is taken out moves up (Knuth, The Art of Computer
// Programming, volume 3, algorithm 6.4R). It allocates only when it grows.
class OpenTable {
 public:
  static constexpr std::uint32_t kAbsent = UINT32_MAX;

  // kAbsent if the key is not there.
  std::uint32_t find(std::int64_t key) const {
    if (count_ == 0) return kAbsent;
    for (std::size_t at = place_of(key);; at = (at + 1) & mask_) {
      const Entry& entry = entries_[at];
      if (entry.number == kAbsent || entry.key == key) return entry.number;
    }
  }
  // The key must not be there, and the number not be kAbsent.
  void add(std::int64_t key, std::uint32_t number) {
    if (count_ * 2 >= entries_.size()) grow();
    ++count_;
    place({.key = key, .number = number});
  }
  // The key must be there.
  void remove(std::int64_t key) {
    std::size_t gap = place_of(key);
    while (entries_[gap].key != key || entries_[gap].number == kAbsent) gap = (gap + 1) & mask_;
    for (std::size_t at = gap;;) {
      at = (at + 1) & mask_;
      const Entry& entry = entries_[at];
      if (entry.number == kAbsent) break;
      // It may not stand before its own place.
      if (((at - place_of(entry.key)) & mask_) < ((at - gap) & mask_)) continue;
      entries_[gap] = entry;
      gap = at;
    }
    entries_[gap].number = kAbsent;
    --count_;
  }

 private:
  struct Entry {
    std::int64_t key = 0;
    std::uint32_t number = kAbsent;
  };

  // Multiplicative hashing: the upper half of a product with 2^64 divided by the golden ratio.
  std::size_t place_of(std::int64_t key) const {
    return static_cast<std::size_t>(static_cast<std::uint64_t>(key) * 0x9E3779B97F4A7C15U >> 32U) &
           mask_;
  }
  void place(const Entry& entry) {
    std::size_t at = place_of(entry.key);
    while (entries_[at].number != kAbsent) at = (at + 1) & mask_;
    entries_[at] = entry;
  }
  void grow() {
    const std::vector<Entry> old = std::exchange(entries_, {});
    entries_.resize(old.empty() ? 16 : old.size() * 2);
    mask_ = entries_.size() - 1;
    for (const Entry& entry : old) {
      if (entry.number != kAbsent) place(entry);
    }
  }

  std::vector<Entry> entries_;
  std::size_t mask_ = 0;
  std::size_t count_ = 0;
};

}  // namespace norn::check
