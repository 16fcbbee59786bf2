// The writing end of a trace: the engine tells the Recorder what happens, in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "norn/runtime/assert.hpp"
#include "norn/runtime/result.hpp"
#include "norn/trace/encoding.hpp"
#include "norn/trace/event.hpp"

namespace norn::trace {

struct RecorderOptions {
  // off:    nothing is kept; sequence numbers are still given out, the hash is 0.
  // hash:   events are encoded and hashed chunk by chunk, then forgotten.
  // memory: as hash, and the encoded chunks are kept (bytes()).
  // file:   as hash, and chunks go to `path` (written to `path`.partial, renamed by finish()).
  enum class Mode : std::uint8_t { off, hash, memory, file };
  Mode mode = Mode::hash;
  std::string path = {};
  bool overwrite = false;      // an existing file at `path` is an error unless this is set
  bool store_payloads = true;  // false: payloads are hashed but not stored
  bool compress = false;       // zstd level 1 on each chunk
};

// Recorder encodes the events of one simulation, hashes them, and keeps or writes them as asked.
// The hash depends on what was recorded only: not on the mode, compression or storing of payloads.
// It belongs to one thread. Memory is bounded by the number of nodes and strings, plus a few
// hundred bytes for each 65,536 events of a file.
//
// Context: who acts now (node, fiber) and because of which event. It is guessed by the reader as
// far as possible, so that most records need not carry it: after deliver() it is the receiver, the
// fiber that acted there after the last delivery, and this delivery; after timer() the fiber that
// was woken. Any other context is set by set_context(), and costs bytes only if something is
// recorded in it.
class Recorder {
  struct State;  // what is not hot: strings, hash states, chunk output

 public:
  // open() starts a recording. `header` is a JSON object for people and tools (scenario, seed,
  // options, fault plan, build, …); it is not part of the hash. Errors: already_exists (the path,
  // or a .partial file that an interrupted recording left there), io_error, invalid.
  static Result<std::unique_ptr<Recorder>> open(RecorderOptions options, nlohmann::json header);

  // For open() alone.
  explicit Recorder(std::unique_ptr<State> state);
  // Without finish() the recording stays unfinished: what was recorded is kept in `path`.partial.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // intern() gives the number of a string: stable, in order of first use. One hash-map lookup.
  StringId intern(std::string_view text);
  // name_node() says what node `node` (from 1) is called. Once a node, before its first event.
  void name_node(NodeId node, std::string_view name);

  // set_time() gives the virtual time of the records that follow; it never goes back.
  void set_time(std::int64_t ns);
  // set_context() says who acts from now on. It stores three words.
  void set_context(NodeId node, FiberId fiber, Seq cause);
  // next_seq() is the number that the next record will get.
  Seq next_seq() const { return next_seq_; }

  // send() records a message leaving the current context's node. `cbor`: the payload is CBOR and
  // can be shown decoded; false: raw bytes.
  Seq send(NodeId to, StringId message_class, std::span<const std::byte> payload, bool cbor);
  // deliver() records the arrival of the message of event `send` at its receiver `to`. Class and
  // size must be those of the send; they are written only when the send lies in an earlier chunk.
  Seq deliver(Seq send, NodeId to, StringId message_class, std::uint32_t bytes);
  // timer() records that `fiber` of `node` was woken by time; `cause`: the event in which it went
  // to sleep.
  Seq timer(NodeId node, FiberId fiber, Seq cause);

  // record() records any event. seq and time are the recorder's; the incarnation is that of the
  // last node_start of the node; everything else is taken from the event. The context stays as it
  // is.
  Seq record(const Event& event);

  // stop_at() calls `action` once, when event `seq` is about to be recorded: on the stack of
  // whoever does what it tells. Events that were not recorded (mode off) have no such moment.
  void stop_at(Seq seq, std::function<void()> action);

  // hash() is the running hash of everything recorded so far, exact at every event. It reads only
  // what was recorded since it was last asked (about 0.3 µs plus 0.1 ns a byte).
  std::uint64_t hash() const;
  // events() is how many events were recorded.
  std::uint64_t events() const { return next_seq_ - 1; }
  // encoded_bytes() is the size of all events in their encoded form, without payloads and before
  // compression.
  std::uint64_t encoded_bytes() const;
  // bytes() is the file image (mode memory): whole after finish(), before it up to the last whole
  // chunk.
  std::span<const std::byte> bytes() const;

  // finish() writes the last chunk, the index and the footer with `result`, and renames the file
  // into place. Nothing can be recorded after it. Errors: io_error or no_space (also of an earlier
  // chunk), already_exists when someone else made `path` meanwhile. On error the .partial file
  // stays.
  Result<void> finish(nlohmann::json result);

 private:
  struct Context {
    NodeId node = 0;
    FiberId fiber = 0;
    Seq cause = 0;
    bool operator==(const Context&) const = default;
  };
  // What the hot path keeps of a node.
  struct NodeSlot {
    std::uint32_t epoch = 0;  // number of the last chunk that concerns it
    FiberId receiver = 0;     // the fiber that last followed a delivery
  };

  static constexpr Seq kNoDelivery = ~Seq{0};

  bool must_cut(Seq seq) const { return seq == cut_seq_ || out_ >= out_limit_; }
  NodeSlot& slot(NodeId node);
  std::uint64_t time_passed();
  std::uint64_t distance_to(Seq cause) const { return cause == 0 ? 0 : next_seq_ - cause; }
  // Sets context and guess alike, each from the values: to copy one to the other would have to wait
  // until its parts have reached the cache.
  void act_as(NodeId node, FiberId fiber, Seq cause) {
    guess_ = {.node = node, .fiber = fiber, .cause = cause};
    context_ = {.node = node, .fiber = fiber, .cause = cause};
  }
  void put_shape(std::uint64_t shape);
  void put_payload(std::span<const std::byte> payload);

  // The rare steps, out of line.
  void begin_chunk();
  void end_chunk();
  void cut();  // ends the chunk and begins the next, if it is time to
  void watch_for_stop();
  void settle();  // cut, time and context, as a record may need them
  void settle_context();
  void grow_slots(NodeId node);
  void put_large_payload(std::span<const std::byte> payload);
  void put_sleeper(NodeId node, FiberId fiber);
  void put_foreign(NodeId to, std::uint64_t shape);
  void put_fields(const Event& event, const Context& context);
  Seq deliver_late(Seq send, NodeId to, StringId message_class, std::uint32_t bytes);
  Seq timer_late(NodeId node, FiberId fiber, Seq cause);

  // Hot state. `out_` is where the next record goes; the chunk begins with event chunk_first_seq_.
  bool on_ = false;
  std::uint32_t epoch_ = 0;
  Seq next_seq_ = 1;
  Seq cut_seq_ = 1;
  std::byte* out_ = nullptr;
  std::byte* out_limit_ = nullptr;
  std::byte* payload_out_ = nullptr;
  std::byte* payload_limit_ = nullptr;
  std::int64_t time_ns_ = 0;
  std::int64_t recorded_time_ns_ = 0;  // of the last record
  Context context_;                    // what the engine said
  Context guess_;                      // what the reader believes
  Seq chunk_first_seq_ = 1;
  Seq last_delivery_ = 0;
  std::uint64_t last_shape_ = 0;
  NodeSlot* slots_ = nullptr;
  FiberId* sleepers_ = nullptr;  // for each node the fiber that was last woken by time
  std::uint32_t slot_count_ = 0;
  std::uint64_t shapes_[encoding::kShapeSlots] = {};
  std::unique_ptr<State> state_;
  Seq stop_seq_ = 0;        // 0: nowhere
  Seq cut_after_stop_ = 0;  // what cut_seq_ was
  std::function<void()> stop_;
};

inline void Recorder::set_time(std::int64_t ns) {
  NORN_ASSERT(ns >= time_ns_, "virtual time cannot go back: record events in the order of time");
  time_ns_ = ns;
}

inline void Recorder::set_context(NodeId node, FiberId fiber, Seq cause) {
  context_ = {.node = node, .fiber = fiber, .cause = cause};
}

inline Recorder::NodeSlot& Recorder::slot(NodeId node) {
  if (node >= slot_count_) [[unlikely]]
    grow_slots(node);
  NodeSlot& found = slots_[node];
  found.epoch = epoch_;
  return found;
}

inline std::uint64_t Recorder::time_passed() {
  const auto passed = static_cast<std::uint64_t>(time_ns_ - recorded_time_ns_);
  recorded_time_ns_ = time_ns_;
  return passed;
}

inline void Recorder::put_shape(std::uint64_t shape) {
  last_shape_ = shape;
  const std::size_t index = encoding::shape_slot(shape);
  if (shapes_[index] == shape) {
    *out_++ = static_cast<std::byte>(index);
    return;
  }
  shapes_[index] = shape;
  *out_++ = static_cast<std::byte>(index | encoding::kShapeFill);
  out_ = encoding::put_varint(out_, shape >> 32U);
  out_ = encoding::put_varint(out_, shape & 0xFFFF'FFFFU);
}

inline void Recorder::put_payload(std::span<const std::byte> payload) {
  const std::size_t size = payload.size();
  if (size >= static_cast<std::size_t>(payload_limit_ - payload_out_)) [[unlikely]] {
    put_large_payload(payload);
    return;
  }
  encoding::copy_short(payload_out_, payload.data(), size);
  payload_out_ += size;
}

// Always inline: as a call of its own it costs a third more.
[[gnu::always_inline]] inline Seq Recorder::send(NodeId to, StringId message_class,
                                                 std::span<const std::byte> payload, bool cbor) {
  const Seq seq = next_seq_;
  if (!on_) {
    ++next_seq_;
    return seq;
  }
  if (must_cut(seq) || time_ns_ != recorded_time_ns_ || context_ != guess_) settle();
  const std::uint64_t shape = encoding::shape_of(message_class, payload.size(), cbor);
  const bool new_shape = shape != last_shape_;
  std::uint32_t receiver = encoding::zigzag(static_cast<std::int32_t>(to - context_.node));
  std::uint32_t length = 0;
  if (receiver >= encoding::kReceiverDeltas) {
    length = to == 0 ? 1 : encoding::byte_length(to);
    receiver = encoding::kReceiverDeltas - 1 + length;
  }
  const std::uint32_t tag = encoding::kSend | (new_shape ? encoding::kSendShape : 0U) | receiver;
  encoding::store_word(out_, tag | (std::uint64_t{to} << 8U));
  out_ += 1 + length;
  if (new_shape) put_shape(shape);
  put_payload(payload);
  next_seq_ = seq + 1;
  return seq;
}

inline Seq Recorder::deliver(Seq send, NodeId to, StringId message_class, std::uint32_t bytes) {
  const Seq seq = next_seq_;
  if (!on_) {
    ++next_seq_;
    return seq;
  }
  if (must_cut(seq)) cut();
  const std::uint64_t distance = seq - send - 1;
  if (distance > encoding::kMaxDistance) [[unlikely]]
    return deliver_late(send, to, message_class, bytes);
  const std::uint64_t passed = time_passed();
  const std::uint32_t code = encoding::time_code(passed);
  const std::uint32_t distance_bytes = encoding::byte_length(distance);
  const bool foreign = send < chunk_first_seq_;
  *out_ = static_cast<std::byte>(encoding::kDeliver | (code << 3U) | (distance_bytes << 1U) |
                                 static_cast<std::uint32_t>(foreign));
  encoding::store_word(out_ + 1, passed);
  out_ += 1 + encoding::time_length(code);
  encoding::store_word(out_, distance);
  out_ += distance_bytes;
  if (foreign) put_foreign(to, encoding::shape_of(message_class, bytes, false));
  act_as(to, slot(to).receiver, seq);
  last_delivery_ = seq;
  next_seq_ = seq + 1;
  return seq;
}

inline Seq Recorder::timer(NodeId node, FiberId fiber, Seq cause) {
  const Seq seq = next_seq_;
  if (!on_) {
    ++next_seq_;
    return seq;
  }
  if (must_cut(seq)) cut();
  const std::uint64_t distance = cause == 0 ? 0 : seq - cause;
  if (distance > encoding::kMaxDistance) [[unlikely]]
    return timer_late(node, fiber, cause);
  const std::uint64_t passed = time_passed();
  const std::uint32_t code = encoding::time_code(passed);
  const std::uint32_t distance_bytes = encoding::byte_length(distance);
  slot(node);
  const bool sleeper = sleepers_[node] == fiber;
  *out_ = static_cast<std::byte>(encoding::kTimer | (code << 3U) | distance_bytes |
                                 (sleeper ? encoding::kTimerSleeper : 0U));
  encoding::store_word(out_ + 1, passed);
  out_ += 1 + encoding::time_length(code);
  encoding::store_word(out_, distance);
  out_ = encoding::put_varint(out_ + distance_bytes, node);
  if (!sleeper) put_sleeper(node, fiber);
  act_as(node, fiber, seq);
  next_seq_ = seq + 1;
  return seq;
}

}  // namespace norn::trace
