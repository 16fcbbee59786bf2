// Numbers that stand for contents: equal contents give equal numbers, others hardly ever.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace norn::viewer {

// splitmix64's finalizer (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014)
// over the values one after the other.
class Mixer {
 public:
  void add(std::uint64_t value) {
    state_ = (state_ ^ value) + 0x9E3779B97F4A7C15U;
    state_ = (state_ ^ (state_ >> 30U)) * 0xBF58476D1CE4E5B9U;
    state_ = (state_ ^ (state_ >> 27U)) * 0x94D049BB133111EBU;
    state_ ^= state_ >> 31U;
  }
  void add(std::span<const std::byte> bytes) {
    add(bytes.size());
    while (!bytes.empty()) {
      std::uint64_t word = 0;
      const std::size_t n = std::min(bytes.size(), sizeof(word));
      std::memcpy(&word, bytes.data(), n);
      add(word);
      bytes = bytes.subspan(n);
    }
  }
  void add(std::string_view text) { add(std::as_bytes(std::span(text.data(), text.size()))); }
  std::uint64_t value() const { return state_; }
  std::uint32_t sign() const { return static_cast<std::uint32_t>(state_ >> 16U); }

 private:
  std::uint64_t state_ = 0;
};

}  // namespace norn::viewer
