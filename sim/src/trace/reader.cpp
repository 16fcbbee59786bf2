#include "norn/trace/reader.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "trace/decoder.hpp"
#include "trace/layout.hpp"
#include "trace/loader.hpp"
#include "trace/source.hpp"

namespace norn::trace {

namespace {

constexpr std::size_t kNoChunk = ~std::size_t{0};

struct CachedChunk {
  std::size_t index = kNoChunk;
  std::uint64_t used = 0;
  Chunk chunk;
};

}  // namespace

struct Chunk::Buffers {
  LoadedChunk loaded;
  Decoder decoder;
};

Chunk::Chunk() = default;
Chunk::~Chunk() = default;
Chunk::Chunk(Chunk&&) noexcept = default;
Chunk& Chunk::operator=(Chunk&&) noexcept = default;

struct Reader::State {
  explicit State(Source from) : source(std::move(from)) {}

  // Every name that a chunk may use was given before the next chunk began.
  std::uint64_t string_end(std::size_t index) const {
    if (index + 1 < layout.chunks.size())
      return layout.chunks[index + 1].header.strings_before + 1ULL;
    return layout.strings.size();
  }

  Source source;
  Layout layout;
  // For event() and fiber().
  std::array<CachedChunk, 4> cache;
  std::uint64_t uses = 0;
  std::unordered_map<FiberId, FiberInfo> fibers;
  std::vector<bool> fibers_read;  // by chunk
};

Reader::Reader(std::unique_ptr<State> state) : state_(std::move(state)) {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

Result<Reader> Reader::make(std::unique_ptr<State> state) {
  auto layout = read_layout(state->source);
  if (!layout.ok()) return layout.error();
  state->layout = std::move(*layout);
  state->fibers_read.resize(state->layout.chunks.size());
  return Reader(std::move(state));
}

Result<Reader> Reader::open(const std::string& path) {
  auto source = Source::open(path);
  if (!source.ok()) return source.error();
  return make(std::make_unique<State>(std::move(*source)));
}

Result<Reader> Reader::from_bytes(std::span<const std::byte> bytes, std::string name) {
  return make(std::make_unique<State>(Source(bytes, std::move(name))));
}

bool Reader::complete() const {
  return state_->layout.complete;
}
const std::string& Reader::incomplete_reason() const {
  return state_->layout.incomplete_reason;
}
const std::string& Reader::name() const {
  return state_->source.name();
}
std::uint64_t Reader::file_bytes() const {
  return state_->source.size();
}
const nlohmann::json& Reader::header() const {
  return state_->layout.header;
}
const nlohmann::json& Reader::result() const {
  return state_->layout.result;
}
std::uint64_t Reader::events() const {
  return state_->layout.events;
}
std::uint64_t Reader::hash() const {
  return state_->layout.running_hash;
}
std::uint64_t Reader::encoded_bytes() const {
  return state_->layout.encoded_bytes;
}

bool Reader::has_payloads() const {
  const auto& chunks = state_->layout.chunks;
  return chunks.empty() || (chunks.front().header.flags & ChunkHeader::kPayloadsStored) != 0;
}

std::int64_t Reader::first_time_ns() const {
  const auto& chunks = state_->layout.chunks;
  return chunks.empty() ? 0 : chunks.front().header.first_time_ns;
}

std::int64_t Reader::last_time_ns() const {
  const auto& chunks = state_->layout.chunks;
  return chunks.empty() ? 0 : chunks.back().header.last_time_ns;
}

std::string_view Reader::string(StringId id) const {
  const auto& strings = state_->layout.strings;
  return id < strings.size() ? strings[id] : std::string_view("?");
}

std::size_t Reader::string_count() const {
  return state_->layout.strings.size();
}

std::string Reader::node_name(NodeId node) const {
  if (node == 0) return "simulation";
  const auto found = state_->layout.node_names.find(node);
  return found == state_->layout.node_names.end() ? "node " + std::to_string(node) : found->second;
}

std::optional<NodeId> Reader::find_node(std::string_view name) const {
  for (NodeId node = 0; node <= node_count(); ++node) {
    if (node_name(node) == name) return node;
  }
  return std::nullopt;
}

NodeId Reader::node_count() const {
  return state_->layout.node_count;
}

std::size_t Reader::chunk_count() const {
  return state_->layout.chunks.size();
}

ChunkInfo Reader::chunk(std::size_t index) const {
  NORN_ASSERT(index < chunk_count(),
              "chunk() of a chunk that the trace has not: see chunk_count()");
  const IndexedChunk& each = state_->layout.chunks[index];
  return {.first_seq = each.header.first_seq,
          .events = each.header.events,
          .first_time_ns = each.header.first_time_ns,
          .last_time_ns = each.header.last_time_ns,
          .offset = each.offset,
          .stored_bytes = each.stored_bytes(),
          .running_hash = each.header.running_hash};
}

std::size_t Reader::chunk_of(Seq seq) const {
  const auto& chunks = state_->layout.chunks;
  if (seq == 0 || seq > events()) return chunks.size();
  const auto after = std::partition_point(
      chunks.begin(), chunks.end(),
      [&](const IndexedChunk& each) { return each.header.first_seq + each.header.events <= seq; });
  return static_cast<std::size_t>(after - chunks.begin());
}

std::size_t Reader::chunk_at(std::int64_t time_ns) const {
  const auto& chunks = state_->layout.chunks;
  const auto first = std::partition_point(
      chunks.begin(), chunks.end(),
      [&](const IndexedChunk& each) { return each.header.last_time_ns < time_ns; });
  return static_cast<std::size_t>(first - chunks.begin());
}

bool Reader::chunk_concerns(std::size_t index, NodeId node) const {
  NORN_ASSERT(index < chunk_count(), "chunk_concerns() of a chunk that the trace has not");
  const IndexedChunk& chunk = state_->layout.chunks[index];
  std::vector<ConcernedNode> nodes;
  if (!read_directory(chunk.directory(), chunk.header.events, nodes).empty()) return true;
  return std::any_of(nodes.begin(), nodes.end(),
                     [&](const ConcernedNode& each) { return each.node == node; });
}

Result<void> Reader::decode(std::size_t index, Chunk& chunk) const {
  NORN_ASSERT(index < chunk_count(),
              "decode() of a chunk that the trace has not: see chunk_count()");
  if (chunk.buffers_ == nullptr) chunk.buffers_ = std::make_unique<Chunk::Buffers>();
  auto& [loaded, decoder] = *chunk.buffers_;
  const IndexedChunk& from = state_->layout.chunks[index];
  chunk.events_.clear();
  if (auto done = loaded.load(state_->source, from, index); !done.ok()) return done;
  chunk.events_.resize(from.header.events);
  decoder.start(from.header, loaded.parts(), state_->string_end(index));
  chunk.events_.resize(decoder.next(chunk.events_));
  if (decoder.complaint() != nullptr) return loaded.undecodable(state_->source, decoder);
  return {};
}

Result<Event> Reader::event(Seq seq) const {
  const std::size_t index = chunk_of(seq);
  if (index == chunk_count()) {
    return Error{Errc::not_found, name() + ": there is no event " + std::to_string(seq)};
  }
  auto& cache = state_->cache;
  auto found = std::find_if(cache.begin(), cache.end(),
                            [&](const CachedChunk& each) { return each.index == index; });
  if (found == cache.end()) {
    found = std::min_element(
        cache.begin(), cache.end(),
        [](const CachedChunk& a, const CachedChunk& b) { return a.used < b.used; });
    found->index = kNoChunk;
    if (auto done = decode(index, found->chunk); !done.ok()) return done.error();
    found->index = index;
  }
  found->used = ++state_->uses;
  return found->chunk.events()[seq - state_->layout.chunks[index].header.first_seq];
}

std::optional<FiberInfo> Reader::fiber(FiberId fiber) const {
  const auto& chunks = state_->layout.chunks;
  // Fibers are numbered in the order of their start: the chunk is the last one before which only
  // smaller numbers were given.
  const auto after = std::partition_point(
      chunks.begin(), chunks.end(),
      [&](const IndexedChunk& each) { return each.header.fibers_before < fiber; });
  if (after == chunks.begin()) return std::nullopt;
  const auto index = static_cast<std::size_t>(after - chunks.begin()) - 1;
  if (!state_->fibers_read[index]) {
    Chunk chunk;
    if (auto done = decode(index, chunk); !done.ok()) return std::nullopt;
    state_->fibers_read[index] = true;
    for (const Event& event : chunk.events()) {
      if (event.kind != EventKind::fiber_start) continue;
      const auto id = static_cast<FiberId>(event.a);
      state_->fibers.try_emplace(id, FiberInfo{.fiber = id,
                                               .parent = static_cast<FiberId>(event.b),
                                               .node = event.node,
                                               .name = event.text,
                                               .started = event.seq});
    }
  }
  const auto found = state_->fibers.find(fiber);
  if (found == state_->fibers.end()) return std::nullopt;
  return found->second;
}

struct Cursor::State {
  State(const Reader::State& from, std::size_t first_chunk)
      : reader(from), next_chunk(first_chunk) {}

  const Reader::State& reader;
  std::size_t next_chunk;
  bool decoding = false;
  LoadedChunk loaded;
  Decoder decoder;
  std::array<Event, 256> batch;
};

Cursor::Cursor(const Reader& reader, std::size_t first_chunk)
    : state_(std::make_unique<State>(*reader.state_, first_chunk)) {}
Cursor::~Cursor() = default;

Result<std::span<const Event>> Cursor::next() {
  State& state = *state_;
  const auto& chunks = state.reader.layout.chunks;
  for (;;) {
    if (!state.decoding) {
      if (state.next_chunk >= chunks.size()) return std::span<const Event>();
      const std::size_t index = state.next_chunk++;
      if (auto done = state.loaded.load(state.reader.source, chunks[index], index); !done.ok())
        return done.error();
      state.decoder.start(chunks[index].header, state.loaded.parts(),
                          state.reader.string_end(index));
      state.decoding = true;
    }
    const std::size_t count = state.decoder.next(state.batch);
    if (state.decoder.complaint() != nullptr) {
      return state.loaded.undecodable(state.reader.source, state.decoder);
    }
    if (count != 0) return std::span<const Event>(state.batch).first(count);
    state.decoding = false;
  }
}

Result<void> Reader::verify() const {
  // Opening has already compared the chain of hashes with what the chunks claim, and decoding
  // compares the claims with the bytes.
  std::uint64_t count = 0;
  if (auto done = for_each([&](const Event&) { ++count; }); !done.ok()) return done;
  if (count == events()) return {};
  return damaged(state_->source, file_bytes(), "it does not have as many events as it claims");
}

}  // namespace norn::trace
