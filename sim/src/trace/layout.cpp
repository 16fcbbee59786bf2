#include "trace/layout.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "norn/trace/encoding.hpp"
#include "trace/bytes.hpp"
#include "trace/json_text.hpp"

namespace norn::trace {

namespace {

constexpr const char* kCutShort = "the file ends here too early: it was cut short";

class LayoutReader {
 public:
  explicit LayoutReader(const Source& source) : source_(source) {}

  Result<Layout> read();

 private:
  Result<void> read_header();
  Result<void> read_finished();
  Result<void> read_sections(const Trailer& trailer);
  Result<void> read_index(const Trailer& trailer);
  Result<void> read_unfinished();
  Result<bool> read_one_unfinished(std::uint64_t offset);
  Result<void> add_chunk(std::uint64_t offset, Bytes head, const ChunkHeader& header);
  Result<void> add_strings(Bytes section, std::uint64_t offset);
  void name_nodes_from_header();
  void stop_at(std::uint64_t offset, const std::string& why);
  Result<bool> only_zeros_from(std::uint64_t offset);

  // Reads bytes that the layout keeps. The caller has compared with the file's size.
  Result<Bytes> read_kept(std::uint64_t offset, std::uint64_t size);
  Error wrong(std::uint64_t offset, const std::string& what) const {
    return damaged(source_, offset, what);
  }

  const Source& source_;
  Layout layout_;
  bool finished_ = false;
  std::uint64_t body_offset_ = 0;  // where the first chunk begins
  std::uint64_t next_offset_ = 0;  // where the next chunk must begin
  std::int64_t last_time_ns_ = 0;
};

Result<Bytes> LayoutReader::read_kept(std::uint64_t offset, std::uint64_t size) {
  auto& room = layout_.memory.emplace_back(static_cast<std::size_t>(size));
  if (auto done = source_.read(offset, room); !done.ok()) return done.error();
  return Bytes(room);
}

Result<Layout> LayoutReader::read() {
  if (auto done = read_header(); !done.ok()) return done.error();
  name_nodes_from_header();
  next_offset_ = body_offset_;
  if (auto done = finished_ ? read_finished() : read_unfinished(); !done.ok()) return done.error();
  return std::move(layout_);
}

Result<void> LayoutReader::read_header() {
  if (source_.size() == 0) return wrong(0, "the file is empty");
  std::vector<std::byte> start(std::min<std::uint64_t>(FileHeader::kSize, source_.size()));
  if (auto done = source_.read(0, start); !done.ok()) return done.error();
  std::vector<std::byte> magic;
  append_integer(magic, FileHeader::kMagic);
  const std::size_t shared = std::min(magic.size(), start.size());
  if (!std::equal(start.begin(), start.begin() + static_cast<std::ptrdiff_t>(shared),
                  magic.begin())) {
    return wrong(0, "this is not a Norn trace");
  }
  if (start.size() < FileHeader::kSize) return wrong(start.size(), kCutShort);
  ByteReader in(start);
  static_cast<void>(in.integer<std::uint64_t>());
  const auto schema = in.integer<std::uint32_t>();
  const auto flags = in.integer<std::uint32_t>();
  const auto json_bytes = in.integer<std::uint64_t>();
  const auto json_hash = in.integer<std::uint64_t>();
  const bool intact =
      in.integer<std::uint64_t>() == hash_of(Bytes(start).first(FileHeader::kSize - 8));
  if (schema > static_cast<std::uint32_t>(kSchemaVersion)) {
    return wrong(8, "schema version " + std::to_string(schema) +
                        " is newer than this program knows (" + std::to_string(kSchemaVersion) +
                        "): use a newer norn, or the file is damaged");
  }
  if (!intact || schema == 0 || (flags & ~FileHeader::kFinished) != 0) {
    return wrong(8, "the file header is damaged");
  }
  finished_ = (flags & FileHeader::kFinished) != 0;
  if (json_bytes > source_.size() - FileHeader::kSize) return wrong(source_.size(), kCutShort);
  auto text = read_kept(FileHeader::kSize, json_bytes);
  if (!text.ok()) return text.error();
  auto json = parse_json(as_text(*text));
  if (hash_of(*text) != json_hash || !json || !json->is_object()) {
    return wrong(FileHeader::kSize, "the JSON header is damaged");
  }
  layout_.header = std::move(*json);
  body_offset_ = FileHeader::kSize + json_bytes;
  return {};
}

Result<void> LayoutReader::read_finished() {
  const std::uint64_t size = source_.size();
  if (size - body_offset_ < Trailer::kSize) return wrong(size, kCutShort);
  std::vector<std::byte> end(Trailer::kSize);
  if (auto done = source_.read(size - Trailer::kSize, end); !done.ok()) return done.error();
  const auto trailer = Trailer::parse(end);
  if (!trailer)
    return wrong(size - Trailer::kSize, "no footer is here: the file was cut short or altered");
  if (auto done = read_sections(*trailer); !done.ok()) return done;
  if (auto done = read_index(*trailer); !done.ok()) return done;
  layout_.complete = true;
  return {};
}

// Adds a length to an offset; beyond the file it stays just beyond, so that sums cannot wrap.
std::uint64_t bounded_sum(std::uint64_t a, std::uint64_t b) {
  return b > std::numeric_limits<std::uint64_t>::max() - a
             ? std::numeric_limits<std::uint64_t>::max()
             : a + b;
}

Result<void> LayoutReader::read_sections(const Trailer& trailer) {
  const std::uint64_t trailer_offset = source_.size() - Trailer::kSize;
  const bool contiguous =
      trailer.index_offset >= body_offset_ &&
      bounded_sum(trailer.index_offset, trailer.index_bytes) == trailer.strings_offset &&
      bounded_sum(trailer.strings_offset, trailer.strings_bytes) == trailer.result_offset &&
      bounded_sum(trailer.result_offset, trailer.result_bytes) == trailer_offset;
  if (!contiguous) return wrong(trailer_offset, "the footer does not fit the file");
  auto strings = read_kept(trailer.strings_offset, trailer.strings_bytes);
  if (!strings.ok()) return strings.error();
  if (hash_of(*strings) != trailer.strings_hash) {
    return wrong(trailer.strings_offset, "the table of names is damaged");
  }
  if (auto done = add_strings(*strings, trailer.strings_offset); !done.ok()) return done;
  auto result = read_kept(trailer.result_offset, trailer.result_bytes);
  if (!result.ok()) return result.error();
  auto json = parse_json(as_text(*result));
  if (hash_of(*result) != trailer.result_hash || !json) {
    return wrong(trailer.result_offset, "the JSON result is damaged");
  }
  layout_.result = std::move(*json);
  return {};
}

Result<void> LayoutReader::read_index(const Trailer& trailer) {
  auto index = read_kept(trailer.index_offset, trailer.index_bytes);
  if (!index.ok()) return index.error();
  if (hash_of(*index) != trailer.index_hash)
    return wrong(trailer.index_offset, "the index is damaged");
  ByteReader in(*index);
  while (!in.empty()) {
    const std::uint64_t at = trailer.index_offset + in.position();
    const auto offset = in.integer<std::uint64_t>();
    const Bytes rest = index->subspan(in.position());
    const auto header = ChunkHeader::parse(rest);
    if (!in.ok() || !header) return wrong(at, "the index is garbled");
    const Bytes head = in.take(ChunkHeader::kSize + header->directory_bytes);
    if (!in.ok()) return wrong(at, "the index is garbled");
    if (auto done = add_chunk(offset, head, *header); !done.ok()) return done;
  }
  const bool adds_up =
      next_offset_ == trailer.index_offset && layout_.chunks.size() == trailer.chunks &&
      layout_.events == trailer.events && layout_.running_hash == trailer.running_hash &&
      layout_.encoded_bytes == trailer.encoded_bytes;
  if (!adds_up) return wrong(trailer.index_offset, "the index does not agree with the footer");
  return {};
}

// Every chunk continues the one before it, in the file, in events, in time and in its hash.
Result<void> LayoutReader::add_chunk(std::uint64_t offset, Bytes head, const ChunkHeader& header) {
  const std::string which = "chunk " + std::to_string(layout_.chunks.size()) + ": ";
  if (auto complaint = header.complaint(); !complaint.empty())
    return wrong(offset, which + complaint);
  if (offset != next_offset_ ||
      header.body_bytes() + ChunkHeader::kSize > source_.size() - offset) {
    return wrong(offset, which + "it is not where it should be");
  }
  if (header.first_seq != layout_.events + 1 || header.first_time_ns < last_time_ns_) {
    return wrong(offset, which + "it does not continue the chunk before it");
  }
  if (header.running_hash != chain_hash(layout_.running_hash, header)) {
    return wrong(offset, which + "its running hash is wrong");
  }
  layout_.chunks.push_back({.offset = offset, .header = header, .head = head});
  layout_.events += header.events;
  layout_.encoded_bytes += header.events_bytes;
  layout_.running_hash = header.running_hash;
  last_time_ns_ = header.last_time_ns;
  next_offset_ = offset + ChunkHeader::kSize + header.body_bytes();
  return {};
}

void LayoutReader::stop_at(std::uint64_t offset, const std::string& why) {
  layout_.incomplete_reason =
      "the recording was interrupted: " + std::to_string(layout_.chunks.size()) +
      " whole chunks with " + std::to_string(layout_.events) + " events, then " + why +
      " at byte " + std::to_string(offset);
}

Result<void> LayoutReader::read_unfinished() {
  for (;;) {
    auto more = read_one_unfinished(next_offset_);
    if (!more.ok()) return more.error();
    if (!*more) return {};
  }
}

// A killed process leaves a whole chunk, a part of one, or (after a power cut) zeros. Anything else
// is damage.
Result<bool> LayoutReader::read_one_unfinished(std::uint64_t offset) {
  const std::uint64_t left = source_.size() - offset;
  if (left == 0) {
    stop_at(offset, "nothing more");
    return false;
  }
  if (left < ChunkHeader::kSize) {
    stop_at(offset, "a part of a chunk");
    return false;
  }
  std::vector<std::byte> start(ChunkHeader::kSize);
  if (auto done = source_.read(offset, start); !done.ok()) return done.error();
  const auto header = ChunkHeader::parse(start);
  if (!header) {
    auto zeros = only_zeros_from(offset);
    if (!zeros.ok()) return zeros.error();
    if (!*zeros) return wrong(offset, "a damaged chunk header");
    stop_at(offset, "zeros");
    return false;
  }
  if (header->body_bytes() > left - ChunkHeader::kSize) {
    stop_at(offset, "a part of a chunk");
    return false;
  }
  auto head =
      read_kept(offset, ChunkHeader::kSize + header->directory_bytes + header->strings_bytes);
  if (!head.ok()) return head.error();
  const std::uint64_t strings_offset = offset + ChunkHeader::kSize + header->directory_bytes;
  const Bytes strings = head->subspan(ChunkHeader::kSize + header->directory_bytes);
  if (auto done =
          add_chunk(offset, head->first(ChunkHeader::kSize + header->directory_bytes), *header);
      !done.ok()) {
    return done.error();
  }
  if (hash_of(strings) != header->strings_hash)
    return wrong(strings_offset, "a damaged table of names");
  if (auto done = add_strings(strings, strings_offset); !done.ok()) return done.error();
  return true;
}

Result<bool> LayoutReader::only_zeros_from(std::uint64_t offset) {
  std::vector<std::byte> piece(64 * 1024);
  while (offset < source_.size()) {
    piece.resize(std::min<std::uint64_t>(piece.size(), source_.size() - offset));
    if (auto done = source_.read(offset, piece); !done.ok()) return done.error();
    if (std::any_of(piece.begin(), piece.end(), [](std::byte b) { return b != std::byte{0}; }))
      return false;
    offset += piece.size();
  }
  return true;
}

Result<void> LayoutReader::add_strings(Bytes section, std::uint64_t offset) {
  ByteReader in(section);
  while (!in.empty()) {
    const std::uint64_t at = offset + in.position();
    const std::uint64_t word = in.varint();
    const std::uint64_t value = word >> 1U;
    if ((word & 1U) == 0) {
      layout_.strings.push_back(as_text(in.take(value)));
    } else {
      const std::uint64_t name = in.varint();
      if (value == 0 || value >= encoding::kMaxNodes || name >= layout_.strings.size()) {
        return wrong(at, "the table of names is garbled");
      }
      const auto node = static_cast<NodeId>(value);
      layout_.node_names[node] = std::string(layout_.strings[name]);
      layout_.node_count = std::max(layout_.node_count, node);
    }
    if (!in.ok()) return wrong(at, "the table of names is garbled");
  }
  return {};
}

void LayoutReader::name_nodes_from_header() {
  const auto nodes = layout_.header.find("nodes");
  if (nodes == layout_.header.end() || !nodes->is_array()) return;
  NodeId node = 0;
  for (const auto& each : *nodes) {
    if (++node == encoding::kMaxNodes) return;
    const auto name = each.is_object() ? each.find("name") : each.end();
    if (each.is_string()) {
      layout_.node_names[node] = each.get<std::string>();
    } else if (each.is_object() && name != each.end() && name->is_string()) {
      layout_.node_names[node] = name->get<std::string>();
    } else {
      continue;
    }
    layout_.node_count = node;
  }
}

}  // namespace

Result<Layout> read_layout(const Source& source) {
  return LayoutReader(source).read();
}

}  // namespace norn::trace
