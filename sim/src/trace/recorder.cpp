#include "norn/trace/recorder.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "trace/bytes.hpp"
#include "trace/json_text.hpp"
#include "trace/recorder_state.hpp"

namespace norn::trace {

using encoding::put_varint;

Result<std::unique_ptr<Recorder>> Recorder::open(RecorderOptions options, nlohmann::json header) {
  if (!header.is_object()) return {Errc::invalid, "the header of a trace must be a JSON object"};
  auto state = std::make_unique<State>(options);
  if (state->output.keeps()) {
    if (auto opened = state->output.open(); !opened.ok()) return opened.error();
    header["schema"] = kSchemaVersion;
    state->header_json = to_line(header);
    state->output.append({state->file_header(0), as_bytes(state->header_json)});
  }
  return std::make_unique<Recorder>(std::move(state));
}

Recorder::Recorder(std::unique_ptr<State> state)
    : on_(state->options.mode != RecorderOptions::Mode::off), state_(std::move(state)) {
  if (on_) begin_chunk();
}

Recorder::~Recorder() {
  if (on_ && !state_->finished) end_chunk();
}

StringId Recorder::intern(std::string_view text) {
  NORN_ASSERT(!state_->finished, "the recording is finished: intern names before finish()");
  return state_->strings.intern(text);
}

void Recorder::name_node(NodeId node, std::string_view name) {
  NORN_ASSERT(node != 0 && node < encoding::kMaxNodes, "nodes are numbered from 1 to four million");
  if (on_) state_->strings.name_node(node, intern(name));
}

void Recorder::end_chunk() {
  const Bytes events(state_->events.data(), out_);
  const Bytes payloads(state_->payloads.data(), payload_out_);
  if (next_seq_ == chunk_first_seq_ && state_->strings.section().empty()) return;
  ChunkHeader header = state_->describe(chunk_first_seq_, next_seq_, events, payloads);
  header.last_time_ns = recorded_time_ns_;
  if (state_->output.keeps()) state_->write(header, events, payloads, epoch_);
  state_->running_hash = header.running_hash;
  state_->encoded_bytes += events.size();
  ++state_->chunks;
}

void Recorder::begin_chunk() {
  state_->begin_chunk(time_ns_);
  out_ = state_->events.data();
  out_limit_ = out_ + encoding::kChunkEventBytes;
  payload_out_ = state_->payloads.data();
  payload_limit_ = payload_out_ + encoding::kChunkPayloadBytes;
  recorded_time_ns_ = time_ns_;
  guess_ = {};
  chunk_first_seq_ = next_seq_;
  cut_seq_ = next_seq_ + encoding::kChunkEvents;
  watch_for_stop();
  last_delivery_ = kNoDelivery;
  last_shape_ = 0;
  std::fill(std::begin(shapes_), std::end(shapes_), 0);
  ++epoch_;
  slot(0);
}

void Recorder::cut() {
  NORN_ASSERT(!state_->finished,
              "the recording is finished: nothing can be recorded after finish()");
  if (stop_seq_ != 0 && next_seq_ == stop_seq_) {
    stop_seq_ = 0;
    cut_seq_ = cut_after_stop_;
    stop_();
    if (!must_cut(next_seq_)) return;
  }
  end_chunk();
  begin_chunk();
}

void Recorder::stop_at(Seq seq, std::function<void()> action) {
  if (seq < next_seq_) return;
  stop_ = std::move(action);
  stop_seq_ = seq;
  watch_for_stop();
}

// The hot path looks for the end of the chunk only, so the stop poses as one.
void Recorder::watch_for_stop() {
  if (stop_seq_ == 0 || stop_seq_ > cut_seq_) return;
  cut_after_stop_ = cut_seq_;
  cut_seq_ = stop_seq_;
}

void Recorder::settle() {
  if (must_cut(next_seq_)) cut();
  if (time_ns_ != recorded_time_ns_) {
    *out_++ = std::byte{encoding::kTimeMoved};
    out_ = put_varint(out_, time_passed());
  }
  if (context_ != guess_) settle_context();
}

void Recorder::settle_context() {
  NORN_ASSERT(context_.cause < next_seq_,
              "the cause of an event must have been recorded before it");
  NodeSlot& where = slot(context_.node);
  const bool moved = context_.node != guess_.node;
  const FiberId expected = moved ? where.receiver : guess_.fiber;
  std::uint32_t wrong = moved ? encoding::kGuessNode : 0U;
  if (context_.fiber != expected) wrong |= encoding::kGuessFiber;
  if (context_.cause != guess_.cause) wrong |= encoding::kGuessCause;
  *out_++ = static_cast<std::byte>(encoding::kWrongGuess + wrong);
  if (moved) out_ = put_varint(out_, context_.node);
  if ((wrong & encoding::kGuessFiber) != 0) out_ = put_varint(out_, context_.fiber);
  if ((wrong & encoding::kGuessCause) != 0) out_ = put_varint(out_, distance_to(context_.cause));
  const bool after_delivery = last_delivery_ == next_seq_ - 1 && !moved;
  if (where.receiver != context_.fiber && (where.receiver == 0 || after_delivery)) {
    where.receiver = context_.fiber;
    state_->changed.push_back(context_.node);
  }
  guess_ = context_;
}

void Recorder::grow_slots(NodeId node) {
  NORN_ASSERT(node < encoding::kMaxNodes, "a trace has room for four million nodes");
  state_->grow_nodes(std::max<std::size_t>({state_->slots.size() * 2, node + std::size_t{1}, 16}));
  slots_ = state_->slots.data();
  sleepers_ = state_->sleepers.data();
  slot_count_ = static_cast<std::uint32_t>(state_->slots.size());
}

void Recorder::put_large_payload(std::span<const std::byte> payload) {
  NORN_ASSERT(payload.size() <= encoding::kMaxPayload,
              "the payload of one event is limited to 16 MiB");
  const auto used = static_cast<std::size_t>(payload_out_ - state_->payloads.data());
  if (state_->payloads.capacity() < used + payload.size()) {
    Buffer larger;
    larger.allocate(encoding::kChunkPayloadBytes + encoding::kMaxPayload);
    std::memcpy(larger.data(), state_->payloads.data(), used);
    state_->payloads = std::move(larger);
    payload_out_ = state_->payloads.data() + used;
    payload_limit_ = state_->payloads.data() + encoding::kChunkPayloadBytes;
  }
  std::memcpy(payload_out_, payload.data(), payload.size());
  payload_out_ += payload.size();
  cut_seq_ = next_seq_ + 1;
}

void Recorder::put_sleeper(NodeId node, FiberId fiber) {
  out_ = put_varint(out_, fiber);
  sleepers_[node] = fiber;
  state_->changed.push_back(node);
}

void Recorder::put_foreign(NodeId to, std::uint64_t shape) {
  out_ = put_varint(out_, to);
  const bool same = (shape >> 1U) == (last_shape_ >> 1U);
  *out_++ = static_cast<std::byte>(same ? 0 : 1);
  if (!same) put_shape(shape);
}

Seq Recorder::deliver_late(Seq send, NodeId to, StringId message_class, std::uint32_t bytes) {
  const Seq seq = record({.kind = EventKind::deliver,
                          .node = to,
                          .cause = send,
                          .a = send,
                          .b = bytes,
                          .text = message_class});
  set_context(to, slot(to).receiver, seq);
  return seq;
}

Seq Recorder::timer_late(NodeId node, FiberId fiber, Seq cause) {
  const Seq seq = record({.kind = EventKind::timer, .node = node, .cause = cause, .a = fiber});
  set_context(node, fiber, seq);
  return seq;
}

Seq Recorder::record(const Event& event) {
  NORN_ASSERT(event.kind != EventKind::none && static_cast<int>(event.kind) < kEventKinds,
              "record() needs one of the kinds of event.hpp");
  NORN_ASSERT(event.cause < next_seq_, "the cause of an event must have been recorded before it");
  if (!on_) return next_seq_++;
  const Context context{.node = event.node, .fiber = event.fiber, .cause = event.cause};
  if (must_cut(next_seq_) || time_ns_ != recorded_time_ns_ ||
      (context == context_ && context != guess_)) {
    settle();
  }
  put_fields(event, context);
  if (event.kind == EventKind::node_start) {
    NORN_ASSERT(event.a < std::numeric_limits<std::uint32_t>::max(),
                "an incarnation has less than 32 bits");
    state_->incarnations[event.node] = static_cast<std::uint32_t>(event.a);
    state_->changed.push_back(event.node);
  } else if (event.kind == EventKind::fiber_start) {
    const auto fiber = static_cast<FiberId>(event.a);
    state_->last_fiber = std::max(state_->last_fiber, fiber);
  }
  return next_seq_++;
}

void Recorder::put_fields(const Event& event, const Context& context) {
  std::uint64_t a = event.a;
  if (a != 0 && encoding::refers_back(event.kind)) a = next_seq_ - a;
  // A key of a choice is a hash: as a varint it would take ten bytes.
  const bool raw = (a >> 56U) != 0;
  std::uint32_t fields = 0;
  if (context != guess_) fields |= encoding::kFieldContext;
  if (event.a != 0) fields |= encoding::kFieldA | (raw ? encoding::kFieldRawA : 0U);
  if (event.b != 0) fields |= encoding::kFieldB;
  if (event.c != 0) fields |= encoding::kFieldC;
  if (event.d != 0) fields |= encoding::kFieldD;
  if (event.text != 0) fields |= encoding::kFieldText;
  if (!event.payload.empty()) fields |= encoding::kFieldPayload;
  *out_++ = static_cast<std::byte>(event.kind);
  *out_++ = static_cast<std::byte>(fields);
  if ((fields & encoding::kFieldContext) != 0) {
    slot(context.node);
    out_ = put_varint(out_, context.node);
    out_ = put_varint(out_, context.fiber);
    out_ = put_varint(out_, distance_to(context.cause));
  }
  if (event.a != 0 && raw) {
    encoding::store_word(out_, a);
    out_ += sizeof a;
  } else if (event.a != 0) {
    out_ = put_varint(out_, a);
  }
  if (event.b != 0) out_ = put_varint(out_, event.b);
  if (event.c != 0) out_ = put_varint(out_, event.c);
  if (event.d != 0) out_ = put_varint(out_, event.d);
  if (event.text != 0) out_ = put_varint(out_, event.text);
  if (!event.payload.empty()) {
    out_ = put_varint(out_, event.payload.size());
    put_payload(event.payload);
  }
}

std::uint64_t Recorder::hash() const {
  if (!on_) return 0;
  if (state_->finished || (next_seq_ == chunk_first_seq_ && state_->strings.section().empty())) {
    return state_->running_hash;
  }
  return state_
      ->describe(chunk_first_seq_, next_seq_, Bytes(state_->events.data(), out_),
                 Bytes(state_->payloads.data(), payload_out_))
      .running_hash;
}

std::uint64_t Recorder::encoded_bytes() const {
  if (!on_ || state_->finished) return state_->encoded_bytes;
  return state_->encoded_bytes + static_cast<std::uint64_t>(out_ - state_->events.data());
}

std::span<const std::byte> Recorder::bytes() const {
  return state_->output.memory();
}

Result<void> Recorder::finish(nlohmann::json result) {
  NORN_ASSERT(!state_->finished, "finish() was called twice");
  if (on_) end_chunk();
  state_->finished = true;
  cut_seq_ = next_seq_;
  Output& output = state_->output;
  if (!output.keeps()) return {};
  const std::string text = to_line(result);
  Trailer trailer{.index_offset = output.offset(),
                  .index_bytes = state_->index.size(),
                  .index_hash = hash_of(state_->index)};
  output.append({state_->index});
  trailer.strings_offset = output.offset();
  trailer.strings_bytes = state_->strings.all().size();
  trailer.strings_hash = hash_of(state_->strings.all());
  output.append({state_->strings.all()});
  trailer.result_offset = output.offset();
  trailer.result_bytes = text.size();
  trailer.result_hash = hash_of(as_bytes(text));
  trailer.chunks = state_->chunks;
  trailer.events = events();
  trailer.running_hash = state_->running_hash;
  trailer.encoded_bytes = state_->encoded_bytes;
  std::vector<std::byte> end;
  trailer.append_to(end);
  output.append({as_bytes(text), end});
  return output.finish(state_->file_header(FileHeader::kFinished));
}

}  // namespace norn::trace
