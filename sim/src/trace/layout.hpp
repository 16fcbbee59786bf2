// Everything of a trace but its events: read and checked when it is opened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "norn/runtime/result.hpp"
#include "trace/format.hpp"
#include "trace/source.hpp"

namespace norn::trace {

struct IndexedChunk {
  std::uint64_t offset = 0;
  ChunkHeader header;
  Bytes head;  // header and directory, as they stand in the index: the chunk must begin with the
               // same bytes

  Bytes directory() const { return head.subspan(ChunkHeader::kSize); }
  std::uint64_t stored_bytes() const { return ChunkHeader::kSize + header.body_bytes(); }
};

struct Layout {
  nlohmann::json header;
  nlohmann::json result;
  bool complete = false;
  std::string incomplete_reason;
  std::uint64_t running_hash = kEmptyHash;
  std::uint64_t events = 0;
  std::uint64_t encoded_bytes = 0;
  std::vector<IndexedChunk> chunks;
  std::vector<std::string_view> strings{std::string_view()};  // by StringId
  std::unordered_map<NodeId, std::string> node_names;
  NodeId node_count = 0;

  // What `head`s and `strings` point into.
  std::vector<std::vector<std::byte>> memory;
};

// read_layout() reads all that a Reader knows before it decodes a chunk.
Result<Layout> read_layout(const Source& source);

}  // namespace norn::trace
