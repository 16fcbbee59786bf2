#include "trace/format.hpp"

#include <xxhash.h>

#include "norn/trace/encoding.hpp"
#include "trace/bytes.hpp"

namespace norn::trace {

std::uint64_t hash_of(Bytes bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

namespace {

// Ends a structure that was appended from `begin` with the hash of its bytes.
void append_own_hash(std::vector<std::byte>& out, std::size_t begin) {
  append_integer(out, hash_of(Bytes(out).subspan(begin)));
}

bool own_hash_is_right(Bytes bytes, std::size_t size) {
  ByteReader reader(bytes.subspan(size - sizeof(std::uint64_t)));
  return reader.integer<std::uint64_t>() == hash_of(bytes.first(size - sizeof(std::uint64_t)));
}

}  // namespace

void FileHeader::append_to(std::vector<std::byte>& out) const {
  const std::size_t begin = out.size();
  append_integer(out, kMagic);
  append_integer(out, schema);
  append_integer(out, flags);
  append_integer(out, json_bytes);
  append_integer(out, json_hash);
  append_own_hash(out, begin);
}

void ChunkHeader::append_to(std::vector<std::byte>& out) const {
  const std::size_t begin = out.size();
  append_integer(out, kMagic);
  append_integer(out, events);
  append_integer(out, first_seq);
  append_integer(out, first_time_ns);
  append_integer(out, last_time_ns);
  append_integer(out, flags);
  append_integer(out, strings_before);
  append_integer(out, fibers_before);
  append_integer(out, strings_bytes);
  append_integer(out, directory_bytes);
  append_integer(out, events_bytes);
  append_integer(out, events_stored);
  append_integer(out, payloads_bytes);
  append_integer(out, payloads_stored);
  append_integer(out, std::uint32_t{0});
  append_integer(out, events_hash);
  append_integer(out, payloads_hash);
  append_integer(out, strings_hash);
  append_integer(out, directory_hash);
  append_integer(out, running_hash);
  append_own_hash(out, begin);
}

std::optional<ChunkHeader> ChunkHeader::parse(Bytes bytes) {
  if (bytes.size() < kSize || !own_hash_is_right(bytes, kSize)) return std::nullopt;
  ByteReader in(bytes.first(kSize));
  if (in.integer<std::uint32_t>() != kMagic) return std::nullopt;
  ChunkHeader header;
  header.events = in.integer<std::uint32_t>();
  header.first_seq = in.integer<std::uint64_t>();
  header.first_time_ns = in.integer<std::int64_t>();
  header.last_time_ns = in.integer<std::int64_t>();
  header.flags = in.integer<std::uint32_t>();
  header.strings_before = in.integer<std::uint32_t>();
  header.fibers_before = in.integer<std::uint32_t>();
  header.strings_bytes = in.integer<std::uint32_t>();
  header.directory_bytes = in.integer<std::uint32_t>();
  header.events_bytes = in.integer<std::uint32_t>();
  header.events_stored = in.integer<std::uint32_t>();
  header.payloads_bytes = in.integer<std::uint32_t>();
  header.payloads_stored = in.integer<std::uint32_t>();
  static_cast<void>(in.integer<std::uint32_t>());
  header.events_hash = in.integer<std::uint64_t>();
  header.payloads_hash = in.integer<std::uint64_t>();
  header.strings_hash = in.integer<std::uint64_t>();
  header.directory_hash = in.integer<std::uint64_t>();
  header.running_hash = in.integer<std::uint64_t>();
  return header;
}

std::string ChunkHeader::complaint() const {
  if (events > encoding::kChunkEvents) return "it claims more events than a chunk may have";
  if (events_bytes > encoding::kChunkEventBytes + 2 * encoding::kMaxRecord)
    return "its events are too large";
  if (payloads_bytes > encoding::kChunkPayloadBytes + encoding::kMaxPayload)
    return "its payloads are too large";
  if ((flags & ~kKnownFlags) != 0) return "it has a flag that this version does not know";
  if (first_time_ns < 0 || last_time_ns < first_time_ns) return "its time runs backwards";
  const bool events_packed = (flags & kEventsCompressed) != 0;
  if (!events_packed && events_stored != events_bytes) return "its event bytes do not add up";
  const bool payloads_packed = (flags & kPayloadsCompressed) != 0;
  const bool kept = (flags & kPayloadsStored) != 0;
  if (!kept && (payloads_stored != 0 || payloads_packed)) return "its payload bytes do not add up";
  if (kept && !payloads_packed && payloads_stored != payloads_bytes)
    return "its payload bytes do not add up";
  return {};
}

std::uint64_t ChunkHeader::body_bytes() const {
  return std::uint64_t{directory_bytes} + strings_bytes + events_stored + payloads_stored;
}

void Trailer::append_to(std::vector<std::byte>& out) const {
  const std::size_t begin = out.size();
  for (const std::uint64_t field :
       {index_offset, index_bytes, index_hash, strings_offset, strings_bytes, strings_hash,
        result_offset, result_bytes, result_hash, chunks, events, running_hash, encoded_bytes}) {
    append_integer(out, field);
  }
  append_own_hash(out, begin);
  append_integer(out, kMagic);
}

std::optional<Trailer> Trailer::parse(Bytes bytes) {
  constexpr std::size_t kHashed = kSize - sizeof(std::uint64_t);
  if (bytes.size() < kSize || !own_hash_is_right(bytes, kHashed)) return std::nullopt;
  ByteReader in(bytes.first(kSize));
  Trailer trailer;
  for (std::uint64_t* field :
       {&trailer.index_offset, &trailer.index_bytes, &trailer.index_hash, &trailer.strings_offset,
        &trailer.strings_bytes, &trailer.strings_hash, &trailer.result_offset,
        &trailer.result_bytes, &trailer.result_hash, &trailer.chunks, &trailer.events,
        &trailer.running_hash, &trailer.encoded_bytes}) {
    *field = in.integer<std::uint64_t>();
  }
  static_cast<void>(in.integer<std::uint64_t>());
  if (in.integer<std::uint64_t>() != kMagic) return std::nullopt;
  return trailer;
}

std::uint64_t chain_hash(std::uint64_t before, const ChunkHeader& chunk) {
  const std::uint64_t words[] = {before,
                                 chunk.first_seq,
                                 chunk.events,
                                 static_cast<std::uint64_t>(chunk.first_time_ns),
                                 chunk.events_hash,
                                 chunk.payloads_hash,
                                 chunk.strings_hash};
  return hash_of(std::as_bytes(std::span(words)));
}

}  // namespace norn::trace
