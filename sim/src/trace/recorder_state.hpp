// What a Recorder keeps apart from its hot fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "norn/trace/recorder.hpp"
#include "trace/directory.hpp"
#include "trace/format.hpp"
#include "trace/output.hpp"

struct XXH3_state_s;

namespace norn::trace {

// SectionHash is the hash of a section that grows: digest() reads only what is new.
class SectionHash {
 public:
  SectionHash();
  void restart();
  // The hash of `section`, of which earlier calls since restart() saw a beginning.
  std::uint64_t digest(Bytes section);

 private:
  struct Free {
    void operator()(XXH3_state_s* state) const;
  };
  std::unique_ptr<XXH3_state_s, Free> state_;
  std::size_t seen_ = 0;
};

// Buffer is raw room for bytes; unlike a vector it does not touch what it allocates.
class Buffer {
 public:
  void allocate(std::size_t capacity) {
    bytes_ = std::make_unique_for_overwrite<std::byte[]>(capacity);
    capacity_ = capacity;
  }
  std::byte* data() const { return bytes_.get(); }
  std::size_t capacity() const { return capacity_; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t capacity_ = 0;
};

// The names that were interned, and the section of those that the present chunk brings.
class StringTable {
 public:
  StringId intern(std::string_view text);
  void name_node(NodeId node, StringId name);
  void forget_section() { section_.clear(); }
  Bytes section() const { return section_; }
  std::uint32_t count() const { return count_; }
  // What all sections held, one after the other.
  const std::vector<std::byte>& all() const { return all_; }
  void keep_all(bool keep) { keep_all_ = keep; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  void add(const std::vector<std::byte>& entry);

  std::unordered_map<std::string, StringId, Hash, std::equal_to<>> ids_;
  std::vector<std::byte> section_;
  std::vector<std::byte> all_;
  std::uint32_t count_ = 0;
  bool keep_all_ = false;
};

struct Recorder::State {
  explicit State(const RecorderOptions& recorder_options);

  RecorderOptions options;
  std::string header_json;
  Output output;
  StringTable strings;
  Buffer events;
  Buffer payloads;
  std::vector<NodeSlot> slots;
  std::vector<FiberId> sleepers;
  std::vector<std::uint32_t> incarnations;
  // The same three for each node as they were at the begin of the chunk, and who differs since
  // then.
  std::vector<NodeState> at_begin;
  std::vector<NodeId> changed;
  SectionHash events_hash;
  SectionHash payloads_hash;
  SectionHash strings_hash;
  std::uint64_t running_hash = kEmptyHash;
  std::uint64_t encoded_bytes = 0;  // of the chunks that are done
  std::uint64_t chunks = 0;
  std::int64_t chunk_time_ns = 0;
  std::uint32_t strings_before = 0;
  FiberId fibers_before = 0;
  FiberId last_fiber = 0;
  std::vector<std::byte> index;
  bool finished = false;

  std::vector<std::byte> file_header(std::uint32_t flags) const;
  // The nodes concerned by the chunk of that epoch, as they were at its begin.
  std::vector<std::byte> directory(std::uint32_t epoch) const;
  NodeState present(NodeId node) const;
  void grow_nodes(std::size_t count);
  // The header of a chunk with these contents, with its hashes.
  ChunkHeader describe(Seq first_seq, Seq end_seq, Bytes event_bytes, Bytes payload_bytes);
  void write(ChunkHeader header, Bytes event_bytes, Bytes payload_bytes, std::uint32_t epoch);
  // Makes all as it must be before the first event of a chunk.
  void begin_chunk(std::int64_t time_ns);
};

}  // namespace norn::trace
