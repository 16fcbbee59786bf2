// How one event becomes bytes: the constants that Recorder and decoder share.
//
// Decoding keeps this state, and encoding keeps it in the same way, so what it already says is not
// written: the time and number of the last event; the *guess* (who acts: node, fiber, cause); the
// last *shape* (message class, size, CBOR or not) and a small table of shapes; for each node its
// incarnation and two fibers: the one that last followed a delivery (the receiver) and the one that
// was last woken by time (the sleeper). At the begin of a chunk all but the nodes' state is zero,
// and the nodes' state stands in the chunk's directory: a chunk can be decoded alone.
//
// A record begins with a tag byte; its two high bits choose the form:
//
//   01 s rrrrr   send. s: a shape follows (else it is the last one). r: the receiver: up to 27 =
//   zigzag
//                of (receiver − sender); 28–31 = 1–4 bytes of the receiver's number follow.
//   10 ttt dd f  delivery. t: length code of the time since the last event. d: bytes (0–3) of the
//                distance to its send, less one. f: the send is in an earlier chunk: the receiver
//                (varint) and the shape (varint 0: the last one; else 1, then a shape) follow. The
//                guess is now: that node, its receiver, this event.
//   11 ttt g dd  timer. d: bytes (0–3) of the distance to the cause, 0 = no cause. The node
//   (varint)
//                follows. g: the fiber is the node's sleeper, else it follows (varint).
//                The guess is now: this node, this fiber, this event.
//   00 kkkkkk    any other event of kind k, or (k ≥ 56) no event but a correction:
//                56: the time moved on (varint). 57–63: the guess was wrong; bits 0–2 of k say
//                which of node, fiber and cause follow (varints; the cause as its distance, 0 =
//                none). A fiber that is not given is the node's receiver if the node is given. The
//                fiber becomes the node's receiver if it had none, or right after a delivery there.
//
// A shape is a slot number (6 bits) of the table, with bit 7 set when the slot is filled anew: then
// class (varint) and size · 2 + cbor (varint) follow. An event of form 00 has a byte of Field bits,
// then those fields: node, fiber, cause distance; a; b; c; d; text; payload size. Varints are
// LEB128. Integers of known length are little-endian. Payload bytes stand in their own section, in
// the order of the records.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "norn/trace/event.hpp"

namespace norn::trace::encoding {

static_assert(std::endian::native == std::endian::little,
              "the trace is written by little-endian machines only");

// A chunk ends before the event that would find one of these reached. They decide the hash: never
// change them without a new schema version.
inline constexpr std::uint64_t kChunkEvents = 65'536;
inline constexpr std::size_t kChunkEventBytes = 512 * 1024;
inline constexpr std::size_t kChunkPayloadBytes = 1024 * 1024;

// One payload may have this many bytes, one trace this many nodes.
inline constexpr std::size_t kMaxPayload = 16 * 1024 * 1024;
inline constexpr std::uint32_t kMaxNodes = 1U << 22U;

// No record, with the corrections before it, is longer.
inline constexpr std::size_t kMaxRecord = 160;

inline constexpr std::uint8_t kFormMask = 0xC0;
inline constexpr std::uint8_t kSend = 0x40;
inline constexpr std::uint8_t kDeliver = 0x80;
inline constexpr std::uint8_t kTimer = 0xC0;

inline constexpr std::uint8_t kSendShape = 0x20;
inline constexpr std::uint32_t kReceiverDeltas = 28;
inline constexpr std::uint8_t kDeliverForeign = 0x01;
inline constexpr std::uint8_t kTimerSleeper = 0x04;
inline constexpr std::uint64_t kMaxDistance = (1U << 24U) - 1;

inline constexpr std::uint8_t kTimeMoved = 56;
inline constexpr std::uint8_t kWrongGuess = 56;  // plus one or more of:
inline constexpr std::uint8_t kGuessNode = 1;
inline constexpr std::uint8_t kGuessFiber = 2;
inline constexpr std::uint8_t kGuessCause = 4;

// The fields of an event of form 00.
inline constexpr std::uint32_t kFieldContext =
    1;  // node, fiber, cause differ from the guess (which stays)
inline constexpr std::uint32_t kFieldA = 2;
inline constexpr std::uint32_t kFieldB = 4;
inline constexpr std::uint32_t kFieldC = 8;
inline constexpr std::uint32_t kFieldD = 16;
inline constexpr std::uint32_t kFieldText = 32;
inline constexpr std::uint32_t kFieldPayload = 64;
inline constexpr std::uint32_t kFieldRawA = 128;  // a is 8 bytes, not a varint

inline constexpr std::size_t kShapeSlots = 64;
inline constexpr std::uint8_t kShapeFill = 0x80;

// What a message looks like: its class, size and whether it is CBOR, in one word.
constexpr std::uint64_t shape_of(StringId message_class, std::uint64_t bytes, bool cbor) {
  return (std::uint64_t{message_class} << 32U) | (bytes << 1U) | static_cast<std::uint64_t>(cbor);
}
// Multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4): the high bits of a
// product.
constexpr std::size_t shape_slot(std::uint64_t shape) {
  return static_cast<std::size_t>((shape * 0x9E3779B97F4A7C15U) >> 58U);
}

constexpr std::uint32_t zigzag(std::int32_t value) {
  return (static_cast<std::uint32_t>(value) << 1U) ^ static_cast<std::uint32_t>(value >> 31);
}
constexpr std::int32_t unzigzag(std::uint32_t value) {
  return static_cast<std::int32_t>((value >> 1U) ^ (0U - (value & 1U)));
}

// How many bytes a number takes; 0 takes none. (The odd form spares the compiler a branch for 0.)
constexpr std::uint32_t byte_length(std::uint64_t value) {
  if (value >> 63U != 0) return 8;
  return (static_cast<std::uint32_t>(std::bit_width((value << 1U) | 1U)) + 6U) / 8U;
}
// The length code of a time: 0–6 bytes are themselves, 7 stands for 8 bytes.
constexpr std::uint32_t time_code(std::uint64_t delta) {
  const std::uint32_t bytes = byte_length(delta);
  return bytes < 7 ? bytes : 7;
}
constexpr std::uint32_t time_length(std::uint32_t code) {
  return code + (code == 7 ? 1 : 0);
}

// Kinds whose `a` is the number of an earlier event, written as the distance to it.
constexpr bool refers_back(EventKind kind) {
  return kind == EventKind::deliver || kind == EventKind::drop || kind == EventKind::duplicate ||
         kind == EventKind::hold;
}

// Copies a payload. Most are short, and a call of memcpy costs as much as the rest of a record.
inline void copy_short(std::byte* to, const std::byte* from, std::size_t size) {
  if (size > 32) {
    std::memcpy(to, from, size);
  } else if (size > 16) {
    std::memcpy(to, from, 16);
    std::memcpy(to + size - 16, from + size - 16, 16);
  } else if (size >= 8) {
    std::memcpy(to, from, 8);
    std::memcpy(to + size - 8, from + size - 8, 8);
  } else if (size >= 4) {
    std::memcpy(to, from, 4);
    std::memcpy(to + size - 4, from + size - 4, 4);
  } else {
    for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
  }
}

// Stores a whole word; the caller moves on by as many bytes as count.
inline void store_word(std::byte* to, std::uint64_t value) {
  std::memcpy(to, &value, sizeof value);
}

inline std::byte* put_varint(std::byte* out, std::uint64_t value) {
  while (value >= 0x80) {
    *out++ = static_cast<std::byte>(value | 0x80);
    value >>= 7U;
  }
  *out++ = static_cast<std::byte>(value);
  return out;
}

}  // namespace norn::trace::encoding
