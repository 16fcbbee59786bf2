// Bytes on the wire and on the disk of the adapter: little-endian integers, sized blobs, a
// checksum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <norn/runtime/codec.hpp>

namespace norn_libraft {

using norn::Bytes;

// checksum() is FNV-1a (Fowler, Noll, Vo), 64 bit: it finds torn records, not malice.
inline std::uint64_t checksum(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const std::byte value : bytes) {
    hash ^= static_cast<std::uint64_t>(value);
    hash *= 0x100000001b3U;
  }
  return hash;
}

class ByteWriter {
 public:
  void u8(std::uint8_t value) { integer(value, 1); }
  void u16(std::uint16_t value) { integer(value, 2); }
  void u32(std::uint32_t value) { integer(value, 4); }
  void u64(std::uint64_t value) { integer(value, 8); }
  void raw(std::span<const std::byte> bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }
  // blob() writes the length (u32) and the bytes.
  void blob(std::span<const std::byte> bytes) {
    u32(static_cast<std::uint32_t>(bytes.size()));
    raw(bytes);
  }
  void text(std::string_view value) { blob(std::as_bytes(std::span(value))); }

  std::size_t size() const { return out_.size(); }
  Bytes take() { return std::move(out_); }

 private:
  void integer(std::uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) out_.push_back(static_cast<std::byte>(value >> (8 * i)));
  }

  Bytes out_;
};

// ByteReader gives zeros once the bytes have ended; ok() tells at the end whether they sufficed.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(integer(4)); }
  std::uint64_t u64() { return integer(8); }
  std::span<const std::byte> raw(std::size_t size) {
    if (size > bytes_.size()) {
      ok_ = false;
      bytes_ = {};
      return {};
    }
    const auto result = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return result;
  }
  std::span<const std::byte> blob() { return raw(u32()); }
  std::string text() {
    const auto bytes = blob();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  bool ok() const { return ok_; }
  std::size_t left() const { return bytes_.size(); }

 private:
  std::uint64_t integer(unsigned size) {
    std::uint64_t value = 0;
    const auto bytes = raw(size);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      value |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
    }
    return value;
  }

  std::span<const std::byte> bytes_;
  bool ok_ = true;
};

inline Bytes to_bytes(std::span<const std::byte> bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace norn_libraft
