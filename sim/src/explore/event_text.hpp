// An event of a trace on one line of a report.
#pragma once

#include <string>

#include "norn/trace/describe.hpp"
#include "norn/trace/reader.hpp"

namespace norn::explore {

// event_text() says what happened, with the payload of a message. Without number, time and cause.
inline std::string event_text(const trace::Reader& reader, const trace::Event& event) {
  constexpr std::size_t kPayloadShown = 100;
  std::string text = trace::describe(reader, event);
  if (event.kind == trace::EventKind::send && !event.payload.empty()) {
    text += " " + trace::payload_text(event, kPayloadShown);
  }
  return text;
}

// cause_of() is the event before this one in the chain of causes: the send of a delivery, else
// Event::cause.
inline trace::Seq cause_of(const trace::Event& event) {
  switch (event.kind) {
    case trace::EventKind::deliver:
    case trace::EventKind::drop:
    case trace::EventKind::duplicate:
    case trace::EventKind::hold:
      return event.a;
    default:
      return event.cause;
  }
}

}  // namespace norn::explore
