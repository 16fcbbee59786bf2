// A growing row of bits that can be counted and stepped through without looking at each.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace norn::viewer {

// RankedBits says of each position of a list whether it is one of those that are wanted. Positions
// that are not known yet count as wanted: who draws shows what nobody has excluded. Beside the bits
// it keeps how many are set before each 512th, so that counting costs eight words at most
// (Jacobson: Space-efficient static trees and graphs, 1989).
class RankedBits {
 public:
  static constexpr std::size_t kNowhere = SIZE_MAX;

  void clear() {
    words_.clear();
    samples_.clear();
    size_ = 0;
    set_ = 0;
  }
  void append(bool bit) {
    if (size_ % kWord == 0) begin_word();
    words_.back() |= static_cast<std::uint64_t>(bit) << (size_ % kWord);
    set_ += bit ? 1 : 0;
    ++size_;
  }
  // append() of the first `bits` bits of some words; so far there are whole words only.
  void append(std::span<const std::uint64_t> words, std::size_t bits) {
    for (const std::uint64_t word : words) {
      begin_word();
      words_.back() = word;
      set_ += static_cast<std::size_t>(std::popcount(word));
    }
    size_ += bits;
  }

  // How many positions are known, and how many of them are set.
  std::size_t size() const { return size_; }
  std::size_t count() const { return set_; }
  bool at(std::size_t i) const {
    return i >= size_ || ((words_[i / kWord] >> (i % kWord)) & 1U) != 0;
  }
  bool is_known(std::size_t i) const { return i < size_; }
  // before() is how many positions below `i` are set, or not known.
  std::size_t before(std::size_t i) const {
    if (i >= size_) return set_ + (i - size_);
    const std::size_t last = i / kWord;
    std::size_t sum = samples_[last / kWords];
    for (std::size_t word = last - last % kWords; word < last; ++word)
      sum += static_cast<std::size_t>(std::popcount(words_[word]));
    const std::uint64_t below = (std::uint64_t{1} << (i % kWord)) - 1;
    return sum + static_cast<std::size_t>(std::popcount(words_[last] & below));
  }
  std::size_t between(std::size_t begin, std::size_t end) const {
    return before(end) - before(begin);
  }
  // nth() is the position of the set bit with so many set before it; `n` is below count().
  std::size_t nth(std::size_t n) const {
    const auto sample = std::upper_bound(samples_.begin(), samples_.end(), n) - 1;
    std::size_t left = n - *sample;
    auto word = static_cast<std::size_t>(sample - samples_.begin()) * kWords;
    for (;; ++word) {
      const auto here = static_cast<std::size_t>(std::popcount(words_[word]));
      if (left < here) break;
      left -= here;
    }
    std::uint64_t rest = words_[word];
    for (; left > 0; --left) rest &= rest - 1;
    return word * kWord + static_cast<std::size_t>(std::countr_zero(rest));
  }
  // next() is the first position from `i` on, below `end`, that is set or not known; previous() the
  // last one below `i`. kNowhere when there is none.
  std::size_t next(std::size_t i, std::size_t end) const {
    const std::size_t wanted = before(i);
    const std::size_t found = wanted < set_ ? nth(wanted) : std::max(i, size_);
    return found < end ? found : kNowhere;
  }
  std::size_t previous(std::size_t i) const {
    if (i > size_) return i - 1;
    const std::size_t below = before(i);
    return below == 0 ? kNowhere : nth(below - 1);
  }
  std::size_t bytes() const {
    return words_.capacity() * sizeof(std::uint64_t) + samples_.capacity() * sizeof(std::uint32_t);
  }

 private:
  static constexpr std::size_t kWord = 64;
  static constexpr std::size_t kWords = 8;  // to a sample

  void begin_word() {
    if (words_.size() % kWords == 0) samples_.push_back(static_cast<std::uint32_t>(set_));
    words_.push_back(0);
  }

  std::vector<std::uint64_t> words_;
  std::vector<std::uint32_t> samples_;
  std::size_t size_ = 0;
  std::size_t set_ = 0;
};

}  // namespace norn::viewer
