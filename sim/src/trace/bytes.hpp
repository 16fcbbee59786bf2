// Reading and writing of bytes that may be anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "norn/trace/encoding.hpp"

namespace norn::trace {

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline void append_bytes(std::vector<std::byte>& out, std::span<const std::byte> bytes) {
  const std::size_t at = out.size();
  out.resize(at + bytes.size());
  if (!bytes.empty()) std::memcpy(out.data() + at, bytes.data(), bytes.size());
}

template <class T>
void append_integer(std::vector<std::byte>& out, T value) {
  static_assert(std::is_integral_v<T>);
  append_bytes(out, std::as_bytes(std::span(&value, 1)));
}

inline void append_varint(std::vector<std::byte>& out, std::uint64_t value) {
  const std::size_t at = out.size();
  out.resize(at + 10);
  out.resize(static_cast<std::size_t>(encoding::put_varint(out.data() + at, value) - out.data()));
}

// ByteReader takes integers from the front of some bytes. Past the end it gives zeros and ok() is
// false from then on, so that a caller may test once, after a group of fields.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  bool empty() const { return at_ == bytes_.size(); }
  std::size_t position() const { return at_; }
  std::size_t left() const { return bytes_.size() - at_; }

  template <class T>
  T integer() {
    static_assert(std::is_integral_v<T>);
    T value{};
    if (left() < sizeof(T)) {
      fail();
      return value;
    }
    std::memcpy(&value, bytes_.data() + at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = integer<std::uint8_t>();
      if (shift == 63 && byte > 1) fail();
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if ((byte & 0x80U) == 0) return ok_ ? value : 0;
    }
    fail();
    return 0;
  }

  // varint_up_to() is a varint that must not exceed `limit`.
  std::uint64_t varint_up_to(std::uint64_t limit) {
    const std::uint64_t value = varint();
    if (value <= limit) return value;
    fail();
    return 0;
  }

  std::span<const std::byte> take(std::size_t count) {
    if (left() < count) {
      fail();
      return {};
    }
    const auto taken = bytes_.subspan(at_, count);
    at_ += count;
    return taken;
  }

 private:
  void fail() {
    ok_ = false;
    at_ = bytes_.size();
  }

  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace norn::trace
