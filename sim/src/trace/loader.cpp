#include "trace/loader.hpp"

#include <zstd.h>

#include <algorithm>

namespace norn::trace {

Error LoadedChunk::wrong(const Source& source, std::uint64_t offset,
                         const std::string& what) const {
  return damaged(source, offset, "chunk " + std::to_string(number_) + ": " + what);
}

Error LoadedChunk::undecodable(const Source& source, const Decoder& decoder) const {
  const std::string what = decoder.complaint();
  if (!events_packed_) return wrong(source, events_offset_ + decoder.complaint_at(), what);
  return wrong(
      source, events_offset_,
      what + " (byte " + std::to_string(decoder.complaint_at()) + " of its events, unpacked)");
}

Result<Bytes> LoadedChunk::unpack(const Source& source, Bytes stored, std::uint32_t size,
                                  std::uint64_t offset, std::vector<std::byte>& room) const {
  room.resize(size + encoding::kMaxRecord);
  const std::size_t got = ZSTD_decompress(room.data(), size, stored.data(), stored.size());
  if (ZSTD_isError(got) != 0U || got != size) return wrong(source, offset, "it cannot be unpacked");
  return Bytes(room).first(size);
}

Result<void> LoadedChunk::load(const Source& source, const IndexedChunk& chunk,
                               std::size_t number) {
  number_ = number;
  const ChunkHeader& header = chunk.header;
  const auto size = static_cast<std::size_t>(chunk.stored_bytes());
  stored_.resize(size + encoding::kMaxRecord);
  if (auto done = source.read(chunk.offset, std::span(stored_).first(size)); !done.ok())
    return done;
  if (!std::equal(chunk.head.begin(), chunk.head.end(), stored_.begin())) {
    return wrong(source, chunk.offset, "its header is damaged");
  }
  const Bytes body = Bytes(stored_).first(size).subspan(ChunkHeader::kSize);
  const std::uint64_t body_offset = chunk.offset + ChunkHeader::kSize;
  const Bytes strings = body.subspan(header.directory_bytes, header.strings_bytes);
  const std::size_t events_at = std::size_t{header.directory_bytes} + header.strings_bytes;
  const std::size_t payloads_at = events_at + header.events_stored;
  events_offset_ = body_offset + events_at;
  events_packed_ = (header.flags & ChunkHeader::kEventsCompressed) != 0;
  parts_.events = body.subspan(events_at, header.events_stored);
  parts_.payloads = body.subspan(payloads_at, header.payloads_stored);
  if (events_packed_) {
    auto events =
        unpack(source, parts_.events, header.events_bytes, events_offset_, unpacked_events_);
    if (!events.ok()) return events.error();
    parts_.events = *events;
  }
  if ((header.flags & ChunkHeader::kPayloadsCompressed) != 0) {
    auto payloads = unpack(source, parts_.payloads, header.payloads_bytes,
                           body_offset + payloads_at, unpacked_payloads_);
    if (!payloads.ok()) return payloads.error();
    parts_.payloads = *payloads;
  }
  if (hash_of(strings) != header.strings_hash) {
    return wrong(source, body_offset + header.directory_bytes, "its names are damaged");
  }
  if (hash_of(parts_.events) != header.events_hash)
    return wrong(source, events_offset_, "its events are damaged");
  const bool stored = (header.flags & ChunkHeader::kPayloadsStored) != 0;
  if (stored && hash_of(parts_.payloads) != header.payloads_hash) {
    return wrong(source, body_offset + payloads_at, "its payloads are damaged");
  }
  if (hash_of(chunk.directory()) != header.directory_hash)
    return wrong(source, body_offset, "its directory is damaged");
  if (auto complaint = read_directory(chunk.directory(), header.events, parts_.nodes);
      !complaint.empty()) {
    return wrong(source, body_offset, complaint);
  }
  return {};
}

}  // namespace norn::trace
