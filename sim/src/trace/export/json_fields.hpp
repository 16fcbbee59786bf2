// What the readable fields of an event's JSON object tell of it.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>

#include "norn/trace/event.hpp"

namespace norn::trace {

inline constexpr unsigned kTellsA = 1;
inline constexpr unsigned kTellsB = 2;
inline constexpr unsigned kTellsC = 4;
inline constexpr unsigned kTellsD = 8;
inline constexpr unsigned kTellsText = 16;
inline constexpr unsigned kTellsPayload = 32;

// told_fields() gives the fields of Event that the object of this kind has; the others must be 0 or
// stand in "raw".
constexpr unsigned told_fields(EventKind kind) {
  switch (kind) {
    case EventKind::none:
    case EventKind::node_exit:
      return 0;
    case EventKind::node_start:
    case EventKind::node_crash:
      return kTellsA;  // as "incarnation"
    case EventKind::fiber_start:
      return kTellsA | kTellsB | kTellsText;
    case EventKind::fiber_end:
    case EventKind::fiber_block:
      return kTellsA | kTellsB;
    case EventKind::timer:
      return kTellsA;
    case EventKind::send:
      return kTellsA | kTellsB | kTellsC | kTellsText | kTellsPayload;
    case EventKind::deliver:
      return kTellsA | kTellsB | kTellsText;
    case EventKind::drop:
      return kTellsA | kTellsB;
    case EventKind::duplicate:
    case EventKind::hold:
      return kTellsA;
    case EventKind::file_op:
    case EventKind::connection:
      return kTellsA | kTellsB | kTellsC | kTellsD | (kind == EventKind::file_op ? kTellsText : 0U);
    case EventKind::fault_begin:
      return kTellsA | kTellsText | kTellsPayload;
    case EventKind::fault_end:
      return kTellsA | kTellsB | kTellsText;
    case EventKind::choice:
      return kTellsA | kTellsB | kTellsC | kTellsText;
    case EventKind::log:
      return kTellsA | kTellsPayload;
    case EventKind::state:
      return kTellsText | kTellsPayload;
    case EventKind::op_call:
      return kTellsA | kTellsB | kTellsText | kTellsPayload;
    case EventKind::op_return:
      return kTellsA | kTellsB | kTellsC | kTellsPayload;
    case EventKind::property:
      return kTellsA | kTellsText | kTellsPayload;
    case EventKind::violation:
      return kTellsText | kTellsPayload;
    case EventKind::disk_loss:
      return kTellsA | kTellsB;
    case EventKind::run_end:
      return kTellsA | kTellsText;  // both as "how"
  }
  return 0;
}

template <std::integral T>
void append_number(std::string& out, T value) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

}  // namespace norn::trace
