// Tables that give equal things equal numbers. Hashes find candidates; what decides is comparison.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "norn/check/history.hpp"

namespace norn::check {

// The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
inline std::uint64_t mix_hash(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ x >> 30U) * 0xBF58476D1CE4E5B9U;
  x = (x ^ x >> 27U) * 0x94D049BB133111EBU;
  return x ^ x >> 31U;
}

inline std::uint64_t pair_hash(std::uint32_t a, std::uint32_t b) {
  return mix_hash(std::uint64_t{a} << 32U | b);
}

// HashIndex finds numbers by hash: open addressing with 32 bits of the hash beside each number.
class HashIndex {
 public:
  // find() is the number for which equal(number) holds, among those added with this hash; kNone.
  template <class Equal>
  std::uint32_t find(std::uint64_t hash, Equal equal) const {
    if (slots_.empty()) return kNone;
    const auto tag = static_cast<std::uint32_t>(hash);
    for (std::size_t at = tag & mask_;; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.number == kNone) return kNone;
      if (slot.tag == tag && equal(slot.number)) return slot.number;
    }
  }

  void add(std::uint64_t hash, std::uint32_t number) {
    if (count_ * 4 >= slots_.size() * 3) grow();
    ++count_;
    place({.tag = static_cast<std::uint32_t>(hash), .number = number});
  }

  std::size_t size() const { return count_; }
  // clear() keeps the memory.
  void clear() {
    if (count_ != 0) std::fill(slots_.begin(), slots_.end(), Slot{});
    count_ = 0;
  }

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t number = kNone;
  };

  void place(Slot slot) {
    std::size_t at = slot.tag & mask_;
    while (slots_[at].number != kNone) at = (at + 1) & mask_;
    slots_[at] = slot;
  }

  void grow() {
    const std::vector<Slot> old = std::move(slots_);
    slots_.assign(old.empty() ? 16 : old.size() * 2, Slot{});
    mask_ = slots_.size() - 1;
    for (const Slot& slot : old) {
      if (slot.number != kNone) place(slot);
    }
  }

  std::vector<Slot> slots_;
  std::size_t mask_ = 0;
  std::size_t count_ = 0;
};

// Pool is an array that grows without moving what it holds, so that its peak is its size.
template <class T>
class Pool {
 public:
  template <class Item = T>
  std::uint32_t push(Item&& item) {
    if (size_ == chunks_.size() * kChunk) chunks_.push_back(std::make_unique<T[]>(kChunk));
    chunks_[size_ / kChunk][size_ % kChunk] = std::forward<Item>(item);
    return static_cast<std::uint32_t>(size_++);
  }
  // clear() keeps the memory.
  void clear() { size_ = 0; }
  T& operator[](std::uint32_t i) { return chunks_[i / kChunk][i % kChunk]; }
  const T& operator[](std::uint32_t i) const { return chunks_[i / kChunk][i % kChunk]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(size_); }

 private:
  static constexpr std::size_t kChunk = 256;
  std::vector<std::unique_ptr<T[]>> chunks_;
  std::size_t size_ = 0;
};

// Interner numbers what has == and a hash() of its own, from 0.
template <class T>
class Interner {
 public:
  std::uint32_t number(const T& item) {
    const std::uint64_t hash = item.hash();
    const std::uint32_t found =
        index_.find(hash, [&](std::uint32_t i) { return items_[i] == item; });
    if (found != kNone) return found;
    index_.add(hash, items_.size());
    return items_.push(item);
  }
  const T& operator[](std::uint32_t i) const { return items_[i]; }
  std::uint32_t size() const { return items_.size(); }

 private:
  Pool<T> items_;
  HashIndex index_;
};

struct Integer {
  std::int64_t value = 0;
  std::uint64_t hash() const { return mix_hash(static_cast<std::uint64_t>(value)); }
  bool operator==(const Integer&) const = default;
};

// PairTable numbers pairs from 0.
class PairTable {
 public:
  struct Pair {
    std::uint32_t a = 0;
    std::uint32_t b = 0;
  };

  std::uint32_t number(std::uint32_t a, std::uint32_t b) {
    const std::uint64_t hash = pair_hash(a, b);
    const std::uint32_t found = find(hash, a, b);
    if (found != kNone) return found;
    index_.add(hash, pairs_.size());
    return pairs_.push({.a = a, .b = b});
  }
  // kNone if the pair has no number.
  std::uint32_t find(std::uint32_t a, std::uint32_t b) const { return find(pair_hash(a, b), a, b); }
  const Pair& operator[](std::uint32_t i) const { return pairs_[i]; }
  std::uint32_t size() const { return pairs_.size(); }
  void clear() {
    pairs_.clear();
    index_.clear();
  }

 private:
  std::uint32_t find(std::uint64_t hash, std::uint32_t a, std::uint32_t b) const {
    return index_.find(hash, [&](std::uint32_t i) { return pairs_[i].a == a && pairs_[i].b == b; });
  }

  Pool<Pair> pairs_;
  HashIndex index_;
};

// Memo remembers a number for a pair of numbers.
class Memo {
 public:
  // kNone if nothing is known.
  std::uint32_t find(std::uint32_t a, std::uint32_t b) const {
    const std::uint32_t at = pairs_.find(a, b);
    return at == kNone ? kNone : values_[at];
  }
  void set(std::uint32_t a, std::uint32_t b, std::uint32_t value) {
    const std::uint32_t at = pairs_.number(a, b);
    if (at == values_.size()) {
      values_.push(value);
    } else {
      values_[at] = value;
    }
  }
  void clear() {
    pairs_.clear();
    values_.clear();
  }

 private:
  PairTable pairs_;
  Pool<std::uint32_t> values_;
};

// NumberSets are sets of numbers below a bound, as binary tries whose equal parts are shared: equal
// sets have equal ids, and a set with one number more costs a node a level. The empty set is 0.
class NumberSets {
 public:
  explicit NumberSets(std::uint32_t bound);

  std::uint32_t add(std::uint32_t set, std::uint32_t number) {
    return put(set, number, top_, true);
  }
  std::uint32_t remove(std::uint32_t set, std::uint32_t number) {
    return put(set, number, top_, false);
  }
  bool has(std::uint32_t set, std::uint32_t number) const;
  bool is_subset(std::uint32_t set, std::uint32_t of) { return is_subset(set, of, top_); }
  std::vector<std::uint32_t> items(std::uint32_t set) const;

 private:
  // Leaves hold 2^5 numbers as bits; above them each level takes one more bit, from the top.
  static constexpr unsigned kLeafBits = 5;
  static constexpr std::uint32_t kEmpty = 0;
  static constexpr std::uint32_t kLeaf = kNone - 1;  // no node has this number

  std::uint32_t put(std::uint32_t set, std::uint32_t number, unsigned level, bool in);
  bool is_subset(std::uint32_t set, std::uint32_t of, unsigned level);
  void collect(std::uint32_t set, std::uint32_t prefix, unsigned level,
               std::vector<std::uint32_t>& out) const;

  unsigned top_ = 0;  // levels above the leaves
  PairTable nodes_;   // of an inner node the two halves; of a leaf its bits, and kLeaf
  Memo subsets_;
};

}  // namespace norn::check
