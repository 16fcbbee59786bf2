// An event of a trace in words, on one line.
#pragma once

#include <string>

#include "norn/trace/reader.hpp"

namespace norn::explore {

// event_text() says what happened: "send Acquire to lock {"owner":"bob"}". Without time and place.
std::string event_text(const trace::Reader& reader, const trace::Event& event);

// payload_text() shows bytes as JSON (text or CBOR), as text, or in hexadecimal, cut to `limit`
// characters.
std::string payload_text(std::span<const std::byte> bytes, std::size_t limit);

// cause_of() is the event before this one in the chain of causes: the send of a delivery, else
// Event::cause.
trace::Seq cause_of(const trace::Event& event);

}  // namespace norn::explore
