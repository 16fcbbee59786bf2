// Configuration: one of the ways in which what happened so far can have happened.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "check/models/tables.hpp"

namespace norn::check {

// The state, then pairs of a mark (2 * slot, and 1 if the operation has taken effect) and a state,
// sorted. Most have few pairs, so that they are copied without memory of their own.
class Configuration {
 public:
  explicit Configuration(std::uint32_t state) : size_(1) { few_[0] = state; }

  std::size_t size() const { return size_; }
  std::uint32_t& operator[](std::size_t i) { return data()[i]; }
  std::uint32_t operator[](std::size_t i) const { return data()[i]; }
  std::span<const std::uint32_t> words() const { return {data(), size_}; }

  // insert() puts a pair at place `at`. shorten() leaves out what stands behind `size`.
  void insert(std::size_t at, std::uint32_t mark, std::uint32_t state) {
    grow();
    std::uint32_t* const words = data();
    std::copy_backward(words + at, words + size_ - 2, words + size_);
    words[at] = mark;
    words[at + 1] = state;
  }
  void shorten(std::size_t size) {
    if (size_ > kFew && size <= kFew) {
      std::copy_n(many_.begin(), size, few_.begin());
      many_ = {};
    } else if (size_ > kFew) {
      many_.resize(size);
    }
    size_ = static_cast<std::uint32_t>(size);
  }

  friend bool operator==(const Configuration& a, const Configuration& b) {
    return std::ranges::equal(a.words(), b.words());
  }
  friend bool operator<(const Configuration& a, const Configuration& b) {
    return std::ranges::lexicographical_compare(a.words(), b.words());
  }

 private:
  static constexpr std::uint32_t kFew = 11;

  std::uint32_t* data() { return size_ <= kFew ? few_.data() : many_.data(); }
  const std::uint32_t* data() const { return size_ <= kFew ? few_.data() : many_.data(); }
  void grow() {
    if (size_ + 2 > kFew) {
      if (size_ <= kFew) many_.assign(few_.begin(), few_.begin() + size_);
      many_.resize(size_ + 2);
    }
    size_ += 2;
  }

  std::uint32_t size_;
  std::array<std::uint32_t, kFew> few_;  // while that is enough
  std::vector<std::uint32_t> many_;
};

// ConfigurationSet holds each once, in the order of their coming.
class ConfigurationSet {
 public:
  // add() is false if it is there.
  bool add(Configuration configuration) {
    if (items.size() < kFew) {
      if (std::find(items.begin(), items.end(), configuration) != items.end()) return false;
    } else {
      for (; indexed_ < items.size(); ++indexed_)
        index_.add(hash(items[indexed_]), static_cast<std::uint32_t>(indexed_));
      const auto same = [&](std::uint32_t i) { return items[i] == configuration; };
      if (index_.find(hash(configuration), same) != kNone) return false;
    }
    items.push_back(std::move(configuration));
    return true;
  }
  // clear() keeps the memory.
  void clear() {
    items.clear();
    if (indexed_ > 0) index_ = {};
    indexed_ = 0;
  }

  std::vector<Configuration> items;

 private:
  static constexpr std::size_t kFew = 8;  // are compared one by one

  static std::uint64_t hash(const Configuration& configuration) {
    std::uint64_t hash = 0;
    for (const std::uint32_t word : configuration.words()) hash = mix_hash(hash ^ word);
    return hash;
  }

  HashIndex index_;
  std::size_t indexed_ = 0;  // how many of the items are in it
};

}  // namespace norn::check
