// An event in words: for the inspector, tooltips and labels.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/event_table.hpp"
#include "model/trace_model.hpp"

namespace norn::viewer {

struct EventText {
  std::string title;  // "send AppendEntries to n3"
  std::vector<std::pair<std::string, std::string>>
      fields;                // name, value; in the order to show them
  std::string payload;       // decoded; may have many lines; "" when there is none
  std::string payload_form;  // "JSON", "CBOR", "text", "bytes"
};

// describe() decodes the event; it asks the source for the payload.
EventText describe(const TraceModel& model, Index event);

// label_of() is a few words to stand beside a mark: "commit = 7", "put", the text of a log line.
std::string label_of(const TraceModel& model, Index event);

// title_of() is the first line of describe().
std::string title_of(const TraceModel& model, Index event);

// What a search looks through: the title of an event, and its payload as text, cut after some
// kilobytes; of JSON and text these are the bytes themselves, of CBOR they are put into `room`. The
// titles of logs and of published state have the payload in them already.
std::string full_title(const TraceModel& model, const trace::Event& event);
bool has_payload_in_title(trace::EventKind kind);
std::string_view searched_payload(const trace::Event& event, std::string& room);

// decode_payload() shows bytes indented when they are CBOR or JSON, else as text, else as
// hexadecimal rows.
struct DecodedPayload {
  std::string text;
  std::string form;
};
DecodedPayload decode_payload(std::span<const std::byte> bytes, bool is_cbor);

// fault_words() says which links a fault is about: "nothing passes from n1 to n2, the other way is
// open"; "" when it is about none.
std::string fault_words(const TraceModel& model, const Fault& fault);

}  // namespace norn::viewer
