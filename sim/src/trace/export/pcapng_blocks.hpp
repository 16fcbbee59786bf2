// The blocks of a pcapng file (IETF, draft-ietf-opsawg-pcapng), little-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "trace/bytes.hpp"

namespace norn::trace {

// PcapngBlock builds one block: its type, its body, its options, and its length at both ends. Texts
// longer than an option can have are cut.
class PcapngBlock {
 public:
  explicit PcapngBlock(std::uint32_t type) {
    append_integer(bytes_, type);
    append_integer(bytes_, std::uint32_t{0});
  }

  template <class T>
  PcapngBlock& integer(T value) {
    append_integer(bytes_, value);
    return *this;
  }
  PcapngBlock& padded(std::span<const std::byte> bytes) {
    append_bytes(bytes_, bytes);
    bytes_.resize((bytes_.size() + 3) / 4 * 4);
    return *this;
  }
  // Options and the records of names have the same form: a code, a length, a padded value.
  PcapngBlock& option(std::uint16_t code, std::span<const std::byte> value) {
    constexpr std::size_t kMostBytes = 0xFFFF;
    if (value.size() > kMostBytes) value = value.first(kMostBytes);
    append_integer(bytes_, code);
    append_integer(bytes_, static_cast<std::uint16_t>(value.size()));
    return padded(value);
  }
  PcapngBlock& option(std::uint16_t code, std::string_view text) {
    while (text.size() > 0xFFFF) text.remove_suffix(1);
    return option(code, as_bytes(text));
  }
  PcapngBlock& end_of_options() { return integer(std::uint32_t{0}); }

  std::span<const std::byte> finish() {
    const auto length = static_cast<std::uint32_t>(bytes_.size() + sizeof(std::uint32_t));
    std::memcpy(bytes_.data() + sizeof(std::uint32_t), &length, sizeof length);
    append_integer(bytes_, length);
    return bytes_;
  }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace norn::trace
