#include "trace/recorder_state.hpp"

#include <xxhash.h>
#include <zstd.h>

#include <algorithm>
#include <limits>

#include "trace/bytes.hpp"

namespace norn::trace {

namespace {

// zstd's fastest level: the gain over it is small and the cost is not (the events are already
// deltas).
constexpr int kCompressionLevel = 1;

// Gives `bytes` compressed in `room`, or as they are when that is no smaller.
Bytes compressed(Bytes bytes, std::vector<std::byte>& room) {
  room.resize(ZSTD_compressBound(bytes.size()));
  const std::size_t size =
      ZSTD_compress(room.data(), room.size(), bytes.data(), bytes.size(), kCompressionLevel);
  if (ZSTD_isError(size) != 0U || size >= bytes.size()) return bytes;
  return Bytes(room).first(size);
}

std::uint32_t size32(std::size_t size) {
  NORN_ASSERT(size <= std::numeric_limits<std::uint32_t>::max(),
              "a chunk of the trace has 4 GiB of names: do not put data into names");
  return static_cast<std::uint32_t>(size);
}

}  // namespace

void SectionHash::Free::operator()(XXH3_state_s* state) const {
  XXH3_freeState(state);
}

SectionHash::SectionHash() : state_(XXH3_createState()) {
  restart();
}

void SectionHash::restart() {
  XXH3_64bits_reset(state_.get());
  seen_ = 0;
}

std::uint64_t SectionHash::digest(Bytes section) {
  XXH3_64bits_update(state_.get(), section.data() + seen_, section.size() - seen_);
  seen_ = section.size();
  return XXH3_64bits_digest(state_.get());
}

StringId StringTable::intern(std::string_view text) {
  if (text.empty()) return 0;
  if (const auto found = ids_.find(text); found != ids_.end()) return found->second;
  const StringId id = ++count_;
  ids_.emplace(text, id);
  std::vector<std::byte> entry;
  append_varint(entry, std::uint64_t{text.size()} << 1U);
  append_bytes(entry, as_bytes(text));
  add(entry);
  return id;
}

void StringTable::name_node(NodeId node, StringId name) {
  std::vector<std::byte> entry;
  append_varint(entry, (std::uint64_t{node} << 1U) | 1U);
  append_varint(entry, name);
  add(entry);
}

void StringTable::add(const std::vector<std::byte>& entry) {
  append_bytes(section_, entry);
  if (keep_all_) append_bytes(all_, entry);
}

Recorder::State::State(const RecorderOptions& recorder_options)
    : options(recorder_options), output(options) {
  if (options.mode == RecorderOptions::Mode::off) return;
  strings.keep_all(output.keeps());
  events.allocate(encoding::kChunkEventBytes + 2 * encoding::kMaxRecord);
  payloads.allocate(encoding::kChunkPayloadBytes);
}

std::vector<std::byte> Recorder::State::file_header(std::uint32_t flags) const {
  std::vector<std::byte> out;
  FileHeader{
      .flags = flags, .json_bytes = header_json.size(), .json_hash = hash_of(as_bytes(header_json))}
      .append_to(out);
  return out;
}

NodeState Recorder::State::present(NodeId node) const {
  return {.incarnation = incarnations[node],
          .receiver = slots[node].receiver,
          .sleeper = sleepers[node]};
}

void Recorder::State::grow_nodes(std::size_t count) {
  slots.resize(count);
  sleepers.resize(count);
  incarnations.resize(count);
  at_begin.resize(count);
}

std::vector<std::byte> Recorder::State::directory(std::uint32_t epoch) const {
  std::vector<ConcernedNode> concerned;
  for (std::size_t node = 0; node < slots.size(); ++node) {
    if (slots[node].epoch != epoch) continue;
    concerned.push_back({.node = static_cast<NodeId>(node), .state = at_begin[node]});
  }
  return write_directory(concerned);
}

ChunkHeader Recorder::State::describe(Seq first_seq, Seq end_seq, Bytes event_bytes,
                                      Bytes payload_bytes) {
  ChunkHeader header;
  header.events = static_cast<std::uint32_t>(end_seq - first_seq);
  header.first_seq = first_seq;
  header.first_time_ns = chunk_time_ns;
  header.strings_before = strings_before;
  header.fibers_before = fibers_before;
  header.strings_bytes = size32(strings.section().size());
  header.events_bytes = size32(event_bytes.size());
  header.payloads_bytes = size32(payload_bytes.size());
  header.events_hash = events_hash.digest(event_bytes);
  header.payloads_hash = payloads_hash.digest(payload_bytes);
  header.strings_hash = strings_hash.digest(strings.section());
  header.running_hash = chain_hash(running_hash, header);
  return header;
}

void Recorder::State::write(ChunkHeader header, Bytes event_bytes, Bytes payload_bytes,
                            std::uint32_t epoch) {
  const auto names = directory(epoch);
  std::vector<std::byte> event_room;
  std::vector<std::byte> payload_room;
  Bytes events_out = event_bytes;
  Bytes payloads_out = options.store_payloads ? payload_bytes : Bytes();
  if (options.store_payloads) header.flags |= ChunkHeader::kPayloadsStored;
  if (options.compress) {
    events_out = compressed(event_bytes, event_room);
    if (events_out.size() < event_bytes.size()) header.flags |= ChunkHeader::kEventsCompressed;
    payloads_out = compressed(payloads_out, payload_room);
    if (options.store_payloads && payloads_out.size() < payload_bytes.size()) {
      header.flags |= ChunkHeader::kPayloadsCompressed;
    }
  }
  header.events_stored = size32(events_out.size());
  header.payloads_stored = size32(payloads_out.size());
  header.directory_bytes = size32(names.size());
  header.directory_hash = hash_of(names);
  std::vector<std::byte> head;
  header.append_to(head);
  append_bytes(head, names);
  append_integer(index, output.offset());
  append_bytes(index, head);
  output.append({head, strings.section(), events_out, payloads_out});
}

void Recorder::State::begin_chunk(std::int64_t time_ns) {
  chunk_time_ns = time_ns;
  strings_before = strings.count();
  strings.forget_section();
  fibers_before = last_fiber;
  for (const NodeId node : changed) at_begin[node] = present(node);
  changed.clear();
  events_hash.restart();
  payloads_hash.restart();
  strings_hash.restart();
}

}  // namespace norn::trace
