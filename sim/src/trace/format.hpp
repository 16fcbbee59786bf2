// The file around the events: what stands where in a .norn file.
//
//   file header   FileHeader, then the JSON header
//   chunk …       ChunkHeader, directory, strings, events, payloads
//   index         for each chunk: its offset (8 bytes), its ChunkHeader, its directory
//   strings       the string sections of all chunks, one after the other
//   result        JSON
//   trailer       Trailer: where these stand, their hashes, the event count and the running hash
//
// All integers are little-endian. Hashes are XXH3 (64 bits, seed 0;
// https://github.com/Cyan4973/xxHash). Every byte of the file is covered by one of them. The chunks
// alone are enough to read a recording that was interrupted: the rest is there so that a reader
// need not touch every chunk at open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "norn/trace/event.hpp"

namespace norn::trace {

using Bytes = std::span<const std::byte>;

std::uint64_t hash_of(Bytes bytes);

struct FileHeader {
  static constexpr std::size_t kSize = 40;
  // 8E N O R N CR LF ^Z: a high byte, line ends and an end of text, so that a copy "as text" is
  // noticed (the idea is PNG's: RFC 2083, 12.11).
  static constexpr std::uint64_t kMagic = 0x1A0A0D4E524F4E8EU;
  static constexpr std::uint32_t kFinished = 1;

  std::uint32_t schema = kSchemaVersion;
  std::uint32_t flags = 0;
  std::uint64_t json_bytes = 0;
  std::uint64_t json_hash = 0;

  void append_to(std::vector<std::byte>& out) const;
};

struct ChunkHeader {
  static constexpr std::size_t kSize = 120;
  static constexpr std::uint32_t kMagic = 0x4B48434EU;  // "NCHK"
  static constexpr std::uint32_t kEventsCompressed = 1;
  static constexpr std::uint32_t kPayloadsCompressed = 2;
  static constexpr std::uint32_t kPayloadsStored = 4;
  static constexpr std::uint32_t kKnownFlags = 7;

  std::uint32_t events = 0;  // how many
  Seq first_seq = 0;
  std::int64_t first_time_ns = 0;
  std::int64_t last_time_ns = 0;
  std::uint32_t flags = 0;
  std::uint32_t strings_before = 0;  // how many strings earlier chunks brought
  std::uint32_t fibers_before = 0;   // the greatest fiber number that started in earlier chunks
  std::uint32_t strings_bytes = 0;
  std::uint32_t directory_bytes = 0;
  std::uint32_t events_bytes = 0;  // decoded
  std::uint32_t events_stored = 0;
  std::uint32_t payloads_bytes = 0;  // decoded
  std::uint32_t payloads_stored = 0;
  std::uint64_t events_hash = 0;  // of the decoded section, as the next two
  std::uint64_t payloads_hash = 0;
  std::uint64_t strings_hash = 0;
  std::uint64_t directory_hash = 0;
  std::uint64_t running_hash = 0;  // of the recording up to the end of this chunk

  void append_to(std::vector<std::byte>& out) const;
  // parse() gives nothing when the magic or the header's own hash is wrong.
  static std::optional<ChunkHeader> parse(Bytes bytes);
  // What makes no sense in it, whoever wrote it; empty when all is well.
  std::string complaint() const;
  std::uint64_t body_bytes() const;
};

struct Trailer {
  static constexpr std::size_t kSize = 120;
  static constexpr std::uint64_t kMagic = 0x444E454E524F4E2EU;  // ".NORNEND"

  std::uint64_t index_offset = 0;
  std::uint64_t index_bytes = 0;
  std::uint64_t index_hash = 0;
  std::uint64_t strings_offset = 0;
  std::uint64_t strings_bytes = 0;
  std::uint64_t strings_hash = 0;
  std::uint64_t result_offset = 0;
  std::uint64_t result_bytes = 0;
  std::uint64_t result_hash = 0;
  std::uint64_t chunks = 0;
  std::uint64_t events = 0;
  std::uint64_t running_hash = 0;
  std::uint64_t encoded_bytes = 0;  // of all event sections, decoded

  void append_to(std::vector<std::byte>& out) const;
  static std::optional<Trailer> parse(Bytes bytes);
};

// chain_hash() is the running hash after a chunk, from the one before it and the chunk's contents.
std::uint64_t chain_hash(std::uint64_t before, const ChunkHeader& chunk);
inline constexpr std::uint64_t kEmptyHash = 0x6E6F726E2D747261U;  // the running hash of nothing

}  // namespace norn::trace
