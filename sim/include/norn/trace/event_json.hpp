// One event as a JSON object in one line of text.
#pragma once

#include <string>
#include <string_view>

#include "norn/trace/reader.hpp"

namespace norn::trace {

// append_event_json() appends the object. The fields by kind are those of docs/trace-json.md. Bytes
// that are not UTF-8 become U+FFFD. Like describe() it looks up the sends of messages, so it is for
// one thread at a time.
void append_event_json(std::string& out, const Reader& reader, const Event& event);

// append_exact_event_json() adds what is needed to make the same event of the line again
// (import_json_lines()): "payload_hex", "payload_text" and "raw", each only where the other fields
// do not tell already. Members of a message's payload stand in their own order.
void append_exact_event_json(std::string& out, const Reader& reader, const Event& event);

// append_json_string() appends text as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

}  // namespace norn::trace
