// Brings one chunk into memory and checks it.
#pragma once

#include <vector>

#include "norn/runtime/result.hpp"
#include "trace/decoder.hpp"
#include "trace/layout.hpp"
#include "trace/source.hpp"

namespace norn::trace {

// LoadedChunk is a chunk with its parts unpacked and their hashes verified, ready for a Decoder.
class LoadedChunk {
 public:
  // The parts stay valid until the next load().
  Result<void> load(const Source& source, const IndexedChunk& chunk, std::size_t number);
  const ChunkParts& parts() const { return parts_; }
  // An Error for what the decoder complains of.
  Error undecodable(const Source& source, const Decoder& decoder) const;

 private:
  Result<Bytes> unpack(const Source& source, Bytes stored, std::uint32_t size, std::uint64_t offset,
                       std::vector<std::byte>& room) const;
  Error wrong(const Source& source, std::uint64_t offset, const std::string& what) const;

  std::size_t number_ = 0;
  std::uint64_t events_offset_ = 0;
  bool events_packed_ = false;
  std::vector<std::byte> stored_;
  std::vector<std::byte> unpacked_events_;
  std::vector<std::byte> unpacked_payloads_;
  ChunkParts parts_;
};

}  // namespace norn::trace
