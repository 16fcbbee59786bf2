// Events for people: one line of text each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "norn/trace/event.hpp"
#include "norn/trace/reader.hpp"

namespace norn::trace {

// describe() says what happened, in one line without number, time and cause: "n1 → n2 AppendEntries
// 96 B". It looks up what the event names (the send of a delivery, the name of a fiber) by
// Reader::event() and Reader::fiber(), so it is for one thread at a time.
std::string describe(const Reader& reader, const Event& event);

// message_text() is the common part for events about a message: "n1 → n2 AppendEntries 96 B".
std::string message_text(const Reader& reader, const Event& send);

// payload_text() shows the payload of an event: that of a message as compact JSON if it is CBOR,
// else as hex (the first 32 bytes); that of other kinds is text. Longer text is cut at `limit`
// bytes, with "…".
std::string payload_text(const Event& event, std::size_t limit = 4096);

// cbor_json() is CBOR (RFC 8949) as compact JSON; nothing if it is not CBOR or nested more than 100
// deep. cbor_text() is the same, or hex.
std::optional<std::string> cbor_json(std::span<const std::byte> bytes);
std::string cbor_text(std::span<const std::byte> bytes);
std::string hex_text(std::span<const std::byte> bytes, std::size_t limit = 32);

// printable() replaces control characters and bytes that are not UTF-8, so that a line stays one
// line.
std::string printable(std::string_view text);

// Virtual time: "1.250000000s".
std::string time_text(std::int64_t time_ns);

}  // namespace norn::trace
