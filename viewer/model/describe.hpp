// An event in words: for the inspector, tooltips and labels.
#pragma once

#include <cstddef>
#include <span>
#include <string>
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

// search_text() is what a search looks through: the title and, on a line of its own, the payload
// (that of its send for a delivery), cut after some kilobytes.
std::string search_text(const TraceModel& model, const trace::Event& event);

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
