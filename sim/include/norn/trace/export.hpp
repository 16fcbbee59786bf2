// Traces for other tools.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "norn/runtime/result.hpp"
#include "norn/trace/event.hpp"
#include "norn/trace/reader.hpp"

namespace norn::trace {

// Which part of a trace is exported: the events that meet all that is given. An export of a part is
// consistent in itself: no arrow has an end outside it, and clocks count its events only.
struct ExportOptions {
  std::vector<NodeId> nodes = {};            // none: all; 0: the simulation itself
  std::vector<EventKind> kinds = {};         // none: all (a diagram: those that tell the story)
  std::optional<std::int64_t> from_ns = {};  // virtual time
  std::optional<std::int64_t> until_ns = {};
  Seq past_of = 0;         // only what happened before this event (happens_before.hpp), and it
  std::uint64_t last = 0;  // only the last so many of the events that meet all else
};

// Writes the part of the trace to `out`; it stops early and quietly when `out` fails. Errors are
// those of the reader, and for diagrams that there are too many events or none.
using ExportFunction = Result<void> (*)(const Reader& reader, const ExportOptions& options,
                                        std::ostream& out);

struct ExportFormat {
  std::string_view name;    // "jsonl"
  std::string_view what;    // one line for people
  std::string_view ending;  // of files, ".jsonl"
  bool binary;              // not for a terminal
  bool diagram;             // for reading, not for tools: of some thousands of events at most
  ExportFunction write;
};

// export_formats() are all formats, in the order in which they are shown.
std::span<const ExportFormat> export_formats();
// find_export_format() gives nullptr for a name that no format has.
const ExportFormat* find_export_format(std::string_view name);

}  // namespace norn::trace
