// Values as bytes in memory, to be read back by the same process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "norn/check/value.hpp"

namespace norn::sim {

// ValueWriter writes values, with their kinds and all lengths, and plain structs; nothing is lost.
class ValueWriter {
 public:
  void put(const check::Value& value);
  template <class T>
    requires std::is_trivially_copyable_v<T>
  void put(const T& item) {
    std::memcpy(grow(sizeof item), &item, sizeof item);
  }

  std::span<const std::byte> bytes() const { return {memory_.data(), size_}; }
  // clear() keeps the memory.
  void clear() { size_ = 0; }

 private:
  void put_text(std::string_view text);
  std::byte* grow(std::size_t count) {
    if (memory_.size() - size_ < count) memory_.resize((size_ + count) * 2);
    size_ += count;
    return memory_.data() + size_ - count;
  }

  std::vector<std::byte> memory_;
  std::size_t size_ = 0;
};

// ValueReader takes from the front what a ValueWriter put. Taking more than there is is misuse.
class ValueReader {
 public:
  explicit ValueReader(std::span<const std::byte> bytes) : left_(bytes) {}

  bool at_end() const { return left_.empty(); }
  check::Value take_value();
  template <class T>
  T take() {
    static_assert(std::is_trivially_copyable_v<T>);
    T item;
    std::memcpy(&item, take_bytes(sizeof item).data(), sizeof item);
    return item;
  }

 private:
  std::span<const std::byte> take_bytes(std::size_t count);
  std::string take_text();

  std::span<const std::byte> left_;
};

}  // namespace norn::sim
