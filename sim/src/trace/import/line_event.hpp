// A line of JSON as an event.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "norn/runtime/result.hpp"
#include "norn/trace/event.hpp"

namespace norn::trace {

// LineEvent is an event in which names are still text and other events have the file's numbers.
struct LineEvent {
  std::optional<Seq> seq;
  Event event;  // a of a message's event: the file's number of the send; payload: below
  std::string node;
  std::string text;
  std::string other_node;  // of a send: the receiver; of a connection: the peer
  bool has_other = false;
  bool has_raw = false;  // numbers that mean nothing may be meant
  std::vector<std::byte> payload;
};

// The errors say what is wrong, not where.
Result<LineEvent> line_event_of(const nlohmann::ordered_json& line);

}  // namespace norn::trace
