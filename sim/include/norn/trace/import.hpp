// Traces of other systems as traces of ours.
#pragma once

#include <cstdint>
#include <istream>
#include <string>

#include "norn/runtime/result.hpp"
#include "norn/trace/recorder.hpp"

namespace norn::trace {

// What an import made.
struct ImportReport {
  std::uint64_t events = 0;
  std::uint64_t nodes = 0;
  std::uint64_t hash = 0;
  std::uint64_t lost_references = 0;  // causes and sends that the file names and has not
};

// import_json_lines() makes a trace of lines as docs/trace-json.md describes them. Events are
// numbered anew, from 1. Errors: invalid with one line, "NAME: line 7: what is wrong"; those of
// Recorder. On error nothing of the trace stays. Memory: that of a Recorder, and 16 bytes for each
// event whose number changes.
Result<ImportReport> import_json_lines(std::istream& in, const std::string& name,
                                       const RecorderOptions& options);

// import_shiviz() makes a trace of a log for ShiViz: a lane a host, a log line an event, a message
// for each pair of events that the vector clocks put directly one after the other. `parser` is a
// regular expression with groups host, clock and event (?<host>…), and perhaps time ("1.5s");
// empty: that of the file's first line if there is one, else ShiViz's own default. Without times an
// event takes a millisecond. Errors as above, for a log whose clocks contradict each other, too. It
// keeps the whole log in memory.
Result<ImportReport> import_shiviz(std::istream& in, const std::string& name,
                                   const std::string& parser, const RecorderOptions& options);

}  // namespace norn::trace
