#include "trace/decoder.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace norn::trace {

namespace {

constexpr std::uint64_t kMax32 = 0xFFFF'FFFFU;

constexpr std::uint64_t kMasks[] = {0,
                                    0xFF,
                                    0xFFFF,
                                    0xFF'FFFF,
                                    0xFFFF'FFFF,
                                    0xFF'FFFF'FFFF,
                                    0xFFFF'FFFF'FFFF,
                                    0xFF'FFFF'FFFF'FFFF,
                                    0xFFFF'FFFF'FFFF'FFFF};

// The fields that not every form of record sets. (`event = {}` would do, but g++ clears a structure
// of this size with an instruction that takes longer than all the rest of decoding.)
inline void clear(Event& event) {
  event.fiber = 0;
  event.cause = 0;
  event.a = 0;
  event.b = 0;
  event.c = 0;
  event.d = 0;
  event.text = 0;
  event.payload = {};
}

constexpr const char* kNotListed = "an event on a node that the chunk's directory does not list";

}  // namespace

void Decoder::start(const ChunkHeader& header, const ChunkParts& parts, std::uint64_t string_end) {
  begin_ = at_ = record_ = parts.events.data();
  end_ = begin_ + parts.events.size();
  payloads_ = parts.payloads;
  payloads_stored_ = (header.flags & ChunkHeader::kPayloadsStored) != 0;
  payload_at_ = 0;
  payload_end_ = header.payloads_bytes;
  first_seq_ = seq_ = header.first_seq;
  end_seq_ = first_seq_ + header.events;
  last_delivery_ = std::numeric_limits<Seq>::max();
  time_ns_ = header.first_time_ns;
  end_time_ns_ = header.last_time_ns;
  string_end_ = string_end;
  guess_ = {};
  last_shape_ = 0;
  std::fill(std::begin(shapes_), std::end(shapes_), 0);
  const std::size_t nodes = parts.nodes.empty() ? 0 : parts.nodes.back().node + std::size_t{1};
  nodes_.assign(nodes, {.incarnation = kNotConcerned});
  for (const ConcernedNode& each : parts.nodes) nodes_[each.node] = each.state;
  sends_.assign(header.events, {.bytes = 0, .to = kNotASend, .text = 0});
  complaint_ = nullptr;
}

std::size_t Decoder::next(std::span<Event> out) {
  std::size_t count = 0;
  while (count < out.size() && seq_ != end_seq_ && one(out[count])) ++count;
  if (seq_ == end_seq_ && complaint_ == nullptr) finish();
  return count;
}

bool Decoder::finish() {
  record_ = at_;
  if (at_ != end_) return fail("bytes after the last event of the chunk");
  if (payload_at_ != payload_end_) return fail("payload bytes that belong to no event");
  if (time_ns_ != end_time_ns_)
    return fail("the last event is not at the time that the chunk claims");
  return true;
}

bool Decoder::fail(const char* what) {
  if (complaint_ == nullptr) complaint_ = what;
  return false;
}

inline std::uint64_t Decoder::take(std::uint32_t length) {
  std::uint64_t word = 0;
  std::memcpy(&word, at_, sizeof word);
  at_ += length;
  return word & kMasks[length];
}

inline bool Decoder::varint(std::uint64_t& value) {
  value = std::to_integer<std::uint64_t>(*at_++);
  if (value < 0x80) return true;
  value &= 0x7FU;
  for (unsigned shift = 7; shift < 64; shift += 7) {
    const auto byte = std::to_integer<std::uint64_t>(*at_++);
    if (shift == 63 && byte > 1) break;
    value |= (byte & 0x7FU) << shift;
    if (byte < 0x80) return true;
  }
  return fail("a number of more than 64 bits");
}

inline bool Decoder::varint32(std::uint32_t& value) {
  std::uint64_t wide = 0;
  if (!varint(wide)) return false;
  if (wide > kMax32) return fail("a number of more than 32 bits where 32 are the most");
  value = static_cast<std::uint32_t>(wide);
  return true;
}

inline NodeState* Decoder::state(NodeId node) {
  if (node >= nodes_.size() || nodes_[node].incarnation == kNotConcerned) return nullptr;
  return &nodes_[node];
}

inline bool Decoder::pass_time(std::uint64_t passed) {
  if (passed > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() -
                                          std::max<std::int64_t>(time_ns_, 0))) {
    return fail("a time beyond the end of time");
  }
  time_ns_ += static_cast<std::int64_t>(passed);
  return true;
}

inline bool Decoder::payload(Event& event, std::uint64_t size) {
  if (size > payload_end_ - payload_at_) return fail("a payload longer than what is left of them");
  if (payloads_stored_) event.payload = payloads_.subspan(payload_at_, size);
  payload_at_ += size;
  return true;
}

inline bool Decoder::cause(std::uint64_t distance, Seq& cause) {
  if (distance >= seq_) return fail("a cause before the first event");
  cause = distance == 0 ? 0 : seq_ - distance;
  return true;
}

inline bool Decoder::shape(std::uint64_t& shape) {
  const auto slot = std::to_integer<std::uint32_t>(*at_++);
  const std::uint32_t index = slot & ~std::uint32_t{encoding::kShapeFill};
  if (index >= encoding::kShapeSlots) return fail("a message shape that is none");
  if ((slot & encoding::kShapeFill) != 0) {
    std::uint32_t message_class = 0;
    std::uint32_t size = 0;
    if (!varint32(message_class) || !varint32(size)) return false;
    shapes_[index] = encoding::shape_of(message_class, size >> 1U, (size & 1U) != 0);
  }
  shape = last_shape_ = shapes_[index];
  return true;
}

inline bool Decoder::set_message(Event& event, std::uint64_t shape) {
  event.b = (shape & kMax32) >> 1U;
  event.text = static_cast<StringId>(shape >> 32U);
  return event.text < string_end_ || fail("a name that the trace has not");
}

bool Decoder::one(Event& event) {
  for (;;) {
    record_ = at_;
    if (at_ >= end_) return fail("the events end too early");
    const auto tag = std::to_integer<std::uint32_t>(*at_++);
    clear(event);
    bool good = false;
    switch (tag & encoding::kFormMask) {
      case encoding::kSend:
        good = send(event, tag);
        break;
      case encoding::kDeliver:
        good = deliver(event, tag);
        break;
      case encoding::kTimer:
        good = timer(event, tag);
        break;
      default:
        if (tag >= encoding::kWrongGuess) {
          if (!correct_guess(tag - encoding::kWrongGuess)) return false;
          continue;
        }
        good = other(event, tag);
    }
    if (!good) return false;
    if (at_ > end_) return fail("the last event is cut off");
    event.seq = seq_++;
    event.time_ns = time_ns_;
    return true;
  }
}

inline bool Decoder::send(Event& event, std::uint32_t tag) {
  event.kind = EventKind::send;
  event.node = guess_.node;
  event.incarnation = guess_.incarnation;
  event.fiber = guess_.fiber;
  event.cause = guess_.cause;
  const std::uint32_t receiver = tag & 0x1FU;
  std::uint32_t to = guess_.node + static_cast<std::uint32_t>(encoding::unzigzag(receiver));
  if (receiver >= encoding::kReceiverDeltas) {
    to = static_cast<std::uint32_t>(take(receiver - encoding::kReceiverDeltas + 1));
  }
  std::uint64_t message = last_shape_;
  if ((tag & encoding::kSendShape) != 0 && !shape(message)) return false;
  event.a = to;
  event.c = message & 1U;
  if (!set_message(event, message)) return false;
  sends_[seq_ - first_seq_] = {.bytes = event.b, .to = to, .text = event.text};
  return payload(event, event.b);
}

inline bool Decoder::deliver(Event& event, std::uint32_t tag) {
  event.kind = EventKind::deliver;
  if (!pass_time(take(encoding::time_length((tag >> 3U) & 7U)))) return false;
  const std::uint64_t distance = take((tag >> 1U) & 3U) + 1;
  if (distance > seq_) return fail("a delivery of what was sent before the first event");
  event.a = event.cause = seq_ - distance;
  if ((tag & encoding::kDeliverForeign) != 0) {
    if (!foreign_delivery(event)) return false;
  } else {
    if (event.a < first_seq_) return fail("a delivery of a send in another chunk");
    const SendNote& note = sends_[event.a - first_seq_];
    if (note.to == kNotASend) return fail("a delivery of what is not a send");
    event.node = note.to;
    event.b = note.bytes;
    event.text = note.text;
  }
  const NodeState* receiver = state(event.node);
  if (receiver == nullptr) return fail(kNotListed);
  event.incarnation = receiver->incarnation;
  guess_ = {.node = event.node,
            .incarnation = receiver->incarnation,
            .fiber = receiver->receiver,
            .cause = seq_};
  last_delivery_ = seq_;
  return true;
}

bool Decoder::foreign_delivery(Event& event) {
  std::uint64_t message = last_shape_;
  std::uint32_t given = 0;
  if (!varint32(event.node) || !varint32(given)) return false;
  if (given > 1) return fail("a message shape that is none");
  if (given == 1 && !shape(message)) return false;
  return set_message(event, message);
}

bool Decoder::timer(Event& event, std::uint32_t tag) {
  event.kind = EventKind::timer;
  if (!pass_time(take(encoding::time_length((tag >> 3U) & 7U)))) return false;
  if (!cause(take(tag & 3U), event.cause) || !varint32(event.node)) return false;
  NodeState* where = state(event.node);
  if (where == nullptr) return fail(kNotListed);
  FiberId fiber = where->sleeper;
  if ((tag & encoding::kTimerSleeper) == 0 && !varint32(fiber)) return false;
  where->sleeper = fiber;
  event.incarnation = where->incarnation;
  event.a = fiber;
  guess_ = {.node = event.node, .incarnation = where->incarnation, .fiber = fiber, .cause = seq_};
  return true;
}

bool Decoder::correct_guess(std::uint32_t wrong) {
  if (wrong == 0) {
    std::uint64_t passed = 0;
    return varint(passed) && pass_time(passed);
  }
  const bool moved = (wrong & encoding::kGuessNode) != 0;
  if (moved && !varint32(guess_.node)) return false;
  NodeState* where = state(guess_.node);
  if (where == nullptr) return fail(kNotListed);
  guess_.incarnation = where->incarnation;
  if (moved) guess_.fiber = where->receiver;
  if ((wrong & encoding::kGuessFiber) != 0 && !varint32(guess_.fiber)) return false;
  if ((wrong & encoding::kGuessCause) != 0) {
    std::uint64_t distance = 0;
    if (!varint(distance) || !cause(distance, guess_.cause)) return false;
  }
  const bool after_delivery = last_delivery_ == seq_ - 1 && !moved;
  if (where->receiver == 0 || after_delivery) where->receiver = guess_.fiber;
  return true;
}

bool Decoder::other(Event& event, std::uint32_t kind) {
  if (kind == 0 || kind >= kEventKinds) return fail("an event of an unknown kind");
  event.kind = static_cast<EventKind>(kind);
  event.node = guess_.node;
  event.incarnation = guess_.incarnation;
  event.fiber = guess_.fiber;
  event.cause = guess_.cause;
  const auto fields = std::to_integer<std::uint32_t>(*at_++);
  if ((fields & encoding::kFieldContext) != 0) {
    std::uint64_t distance = 0;
    if (!varint32(event.node) || !varint32(event.fiber) || !varint(distance)) return false;
    if (!cause(distance, event.cause)) return false;
    const NodeState* where = state(event.node);
    if (where == nullptr) return fail(kNotListed);
    event.incarnation = where->incarnation;
  }
  if (!other_fields(event, fields)) return false;
  if (event.kind == EventKind::node_start) {
    NodeState* where = state(event.node);
    if (where == nullptr || event.a >= kNotConcerned)
      return fail("a life of a node that cannot be");
    where->incarnation = event.incarnation = static_cast<std::uint32_t>(event.a);
    if (guess_.node == event.node) guess_.incarnation = event.incarnation;
  } else if (event.kind == EventKind::send && event.a < kNotASend) {
    sends_[seq_ - first_seq_] = {
        .bytes = event.b, .to = static_cast<NodeId>(event.a), .text = event.text};
  }
  return true;
}

bool Decoder::other_fields(Event& event, std::uint32_t fields) {
  if ((fields & encoding::kFieldA) != 0) {
    if ((fields & encoding::kFieldRawA) != 0) {
      event.a = take(8);
    } else if (!varint(event.a)) {
      return false;
    }
    if (encoding::refers_back(event.kind)) event.a = seq_ - event.a;
  }
  if ((fields & encoding::kFieldB) != 0 && !varint(event.b)) return false;
  if ((fields & encoding::kFieldC) != 0 && !varint(event.c)) return false;
  if ((fields & encoding::kFieldD) != 0 && !varint(event.d)) return false;
  if ((fields & encoding::kFieldText) != 0) {
    if (!varint32(event.text)) return false;
    if (event.text >= string_end_) return fail("a name that the trace has not");
  }
  if ((fields & encoding::kFieldPayload) == 0) return true;
  std::uint64_t size = 0;
  return varint(size) && payload(event, size);
}

}  // namespace norn::trace
