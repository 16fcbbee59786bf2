// Records: what a segment of the log is made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <norn/runtime/codec.hpp>

#include "wal_store/mistake.hpp"

namespace wal_store {

enum class RecordKind : std::uint8_t {
  put = 1,
  footer = 2,  // the last of a segment that is whole
};

struct Record {
  RecordKind kind = RecordKind::put;
  std::uint64_t number = 0;  // counts records over all segments, from 1
  std::string key{};
  std::string value{};
};

// A header, then the body. The header has its own checksum, so that a length is believed only
// when it is what was written:
//   checksum of the header's rest (4) | length of the body (4) | checksum of the body (4) |
//   number (8)
inline constexpr std::size_t kHeaderBytes = 20;

// FNV-1a (Fowler, Noll, Vo), folded to 32 bits. It finds every single bit that is turned.
std::uint32_t checksum(std::span<const std::byte> bytes);

void put_number(norn::Bytes& out, std::uint64_t number, std::size_t bytes);
std::uint64_t get_number(std::span<const std::byte> in);

norn::Bytes encode(const Record& record);

// What stands at the beginning of `bytes`.
struct Parsed {
  enum class Status : std::uint8_t {
    whole,
    end,        // nothing
    cut_short,  // the record goes on behind the end
    bad,        // no record that was ever written
  };
  Status status = Status::end;
  Record record{};
  std::size_t size = 0;  // in bytes, when whole
};
Parsed parse(std::span<const std::byte> bytes, Mistake mistake);

}  // namespace wal_store
