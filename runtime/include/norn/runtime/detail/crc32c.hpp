// CRC-32C (Castagnoli), as iSCSI uses it: RFC 3720, 12.1; test vectors in its appendix B.4.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace norn::detail {

inline constexpr std::uint32_t kCastagnoli = 0x82f63b78;  // the polynomial, lowest bit first

constexpr std::array<std::uint32_t, 256> crc32c_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1U ^ ((value & 1U) * kCastagnoli);
    table[i] = value;
  }
  return table;
}

// crc32c() goes on from `before`, the checksum of what came before: 0 at the beginning.
constexpr std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0) {
  constexpr std::array<std::uint32_t, 256> table = crc32c_table();
  std::uint32_t crc = ~before;
  for (const std::byte byte : bytes)
    crc = crc >> 8U ^ table[(crc ^ std::to_integer<std::uint32_t>(byte)) & 0xffU];
  return ~crc;
}

}  // namespace norn::detail
