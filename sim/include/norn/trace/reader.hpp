// The reading end of a trace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "norn/runtime/result.hpp"
#include "norn/trace/event.hpp"

namespace norn::trace {

// Where a chunk lies: in the order of events, in time and in the file.
struct ChunkInfo {
  Seq first_seq = 0;
  std::uint32_t events = 0;
  std::int64_t first_time_ns = 0;
  std::int64_t last_time_ns = 0;
  std::uint64_t offset = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t running_hash = 0;  // of the recording up to the end of this chunk
};

struct FiberInfo {
  FiberId fiber = 0;
  FiberId parent = 0;
  NodeId node = 0;
  StringId name = 0;
  Seq started = 0;
};

// A chunk's events, decoded. Their payloads point into it. It can be used again for another chunk.
class Chunk {
 public:
  Chunk();
  ~Chunk();
  Chunk(Chunk&&) noexcept;
  Chunk& operator=(Chunk&&) noexcept;

  std::span<const Event> events() const { return events_; }

 private:
  friend class Reader;
  struct Buffers;
  std::vector<Event> events_;
  std::unique_ptr<Buffers> buffers_;
};

// Reader opens a trace and decodes it, chunk by chunk, from any point. It believes nothing: a file
// that is damaged, cut, altered or made by an enemy gives an Error (Errc::invalid; io_error if it
// cannot be read), never a crash. The message is one line: "FILE: byte N: what is wrong".
//
// Opening reads the header, the index and the names; the events of a chunk are checked when it is
// decoded. Functions that are const may be called from several threads at once, except event() and
// fiber(), which keep the last chunks they decoded.
class Reader {
 public:
  static Result<Reader> open(const std::string& path);
  // The bytes must outlive the reader. `name` stands for the file's name in errors.
  static Result<Reader> from_bytes(std::span<const std::byte> bytes, std::string name = "trace");

  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;

  // False when the recording was interrupted: it then has all whole chunks, no result(), and
  // incomplete_reason() says where it ends.
  bool complete() const;
  const std::string& incomplete_reason() const;

  const std::string& name() const;  // of the file
  std::uint64_t file_bytes() const;
  const nlohmann::json& header() const;  // what Recorder::open() was given, and "schema"
  const nlohmann::json& result() const;  // what Recorder::finish() was given; null if incomplete
  std::uint64_t events() const;          // how many there are; they are numbered from 1
  std::uint64_t hash() const;            // the running hash at the end, as the recorder gave it
  std::uint64_t encoded_bytes() const;   // of the events, without payloads, before compression
  bool has_payloads() const;             // false: recorded without them
  std::int64_t first_time_ns() const;
  std::int64_t last_time_ns() const;

  // The text of a StringId; "?" for one that the trace has not.
  std::string_view string(StringId id) const;
  std::size_t string_count() const;

  // Names of nodes: from Recorder::name_node(), else from the header's "nodes" (an array of names
  // or of objects with a "name", the first for node 1), else "node 7". Node 0 is "simulation".
  std::string node_name(NodeId node) const;
  std::optional<NodeId> find_node(std::string_view name) const;
  NodeId node_count() const;  // the greatest node that has a name

  std::size_t chunk_count() const;
  ChunkInfo chunk(std::size_t index) const;
  // The chunk that holds an event; chunk_count() if there is none.
  std::size_t chunk_of(Seq seq) const;
  // The first chunk with an event at `time_ns` or later; chunk_count() if there is none.
  std::size_t chunk_at(std::int64_t time_ns) const;
  // Whether any event of the chunk happened on the node, by the index alone.
  bool chunk_concerns(std::size_t index, NodeId node) const;
  Result<void> decode(std::size_t index, Chunk& chunk) const;

  // event() decodes the chunk of one event. The payload stays valid until events of four other
  // chunks were asked for.
  Result<Event> event(Seq seq) const;
  // fiber() finds where a fiber started; without result if the trace has no such event.
  std::optional<FiberInfo> fiber(FiberId fiber) const;

  // for_each() calls fn(const Event&) for each event in order, from chunk `first_chunk` on. fn may
  // return bool: false ends the walk. Payloads are valid during the call only.
  template <class F>
  Result<void> for_each(F&& fn, std::size_t first_chunk = 0) const;

  // verify() decodes everything and recomputes the running hash.
  Result<void> verify() const;

 private:
  friend class Cursor;
  struct State;
  explicit Reader(std::unique_ptr<State> state);
  static Result<Reader> make(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

// Cursor walks over all events from a chunk on, a few hundred at a time. The reader must stay alive
// and in its place.
class Cursor {
 public:
  explicit Cursor(const Reader& reader, std::size_t first_chunk = 0);
  ~Cursor();

  // The next events, none at the end. They and their payloads are valid until the next call.
  Result<std::span<const Event>> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

template <class F>
Result<void> Reader::for_each(F&& fn, std::size_t first_chunk) const {
  Cursor cursor(*this, first_chunk);
  for (;;) {
    auto batch = cursor.next();
    if (!batch.ok()) return batch.error();
    if (batch->empty()) return {};
    for (const Event& event : *batch) {
      if constexpr (std::is_same_v<std::invoke_result_t<F&, const Event&>, bool>) {
        if (!fn(event)) return {};
      } else {
        fn(event);
      }
    }
  }
}

}  // namespace norn::trace
