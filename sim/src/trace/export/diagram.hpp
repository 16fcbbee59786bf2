// The events of a diagram: few enough to be read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "norn/trace/export.hpp"
#include "trace/export/clocks.hpp"

namespace norn::trace {

struct DiagramEvent {
  Event event;    // without payload
  Lane lane = 0;  // set by who needs clocks
  NodeId node = 0;
  NodeId peer = 0;     // of a message: who sent what arrives here, or who shall get it
  std::string label;   // short
  std::string detail;  // long
  // Of an arrival whose send or duplicate is drawn: the place of that, plus 1; else 0.
  std::size_t from = 0;
  bool arrives = false;  // of a send or duplicate: an arrival of it is drawn
};

// A fault that lasted at some time of the diagram.
struct DiagramFault {
  std::uint64_t index = 0;  // in the plan
  std::string text;         // "partition n1 | n2, n3 for 20ms"
  Seq begin = 0;
};

struct Diagram {
  std::string title;
  std::vector<DiagramEvent> events;  // in order
  std::vector<NodeId> nodes;         // with events, in order
  std::vector<DiagramFault> faults;  // that lasted at some time of it, if they were asked for
};

// make_diagram() chooses the events. Without kinds: those that tell a story. Of a trace with a
// violation, and without past, last, from and until: the last part of the past of the violation.
// What a past has sent to others, and they had not received, is left out of it. With `faults` those
// that begin or end meanwhile are part of a diagram that does not ask for some nodes or kinds.
// Errors: no event, or more than kMostDiagramEvents.
inline constexpr std::size_t kMostDiagramEvents = 2000;
inline constexpr std::size_t kUsualDiagramEvents = 80;
Result<Diagram> make_diagram(const Reader& reader, const ExportOptions& options, bool faults);

// Cuts text at `most` characters (UTF-8), with "…".
std::string shortened(std::string_view text, std::size_t most);

}  // namespace norn::trace
