// FNV-1a (Fowler, Noll, Vo), 64 bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace raft_kv {

struct Fnv {
  std::uint64_t value = 0xcbf29ce484222325U;

  void add(std::uint8_t byte) { value = (value ^ byte) * 0x100000001b3U; }
  void add(std::uint64_t number) {
    for (unsigned shift = 0; shift < 64; shift += 8)
      add(static_cast<std::uint8_t>(number >> shift));
  }
  void add(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) add(std::to_integer<std::uint8_t>(byte));
  }
  void add(std::string_view text) {
    for (const char c : text) add(static_cast<std::uint8_t>(c));
    add(std::uint8_t{0xff});  // no text in UTF-8 has this byte: "a","b" differs from "ab",""
  }
};

}  // namespace raft_kv
