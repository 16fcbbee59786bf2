// Histories as files.
//
// JSON lines, Norn's own format: one object a line, the events in the order in which they happened.
//
//   {"norn_history":1}
//   {"process":0,"type":"call","function":"put","key":"x","argument":1,"time":1000}
//   {"process":0,"type":"return","outcome":"ok","result":null,"time":2000}
//   {"type":"crash","time":3000}
//   {"events":3}
//
// "key", "argument", "result" and "time" (ns) may be missing; "outcome" is "ok", "failed" or
// "unknown". A return belongs to the call that its process has open. The first and the last line
// may be missing, but not the last alone: that file is cut.
//
// EDN lines, as Jepsen and Porcupine's tests write them:
//
//   {:process 0, :type :invoke, :f :append, :key "0", :value "x", :time 1000, :index 0}
//   {:process 0, :type :ok, :f :append, :key "0", :value "x", :time 2000, :index 1}
//
// :type is :invoke, :ok, :fail or :info (unknown). :key, :value, :time and :index may be missing.
// The argument is the :value of the call, the result that of the return. Lines whose :process is
// :nemesis are left out, but for :f :crash, which is a crash.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

#include "norn/check/history.hpp"

namespace norn::check {

enum class HistoryFormat : std::uint8_t {
  detect,  // by the first line
  json_lines,
  edn,
};

struct HistoryReadOptions {
  HistoryFormat format = HistoryFormat::detect;
  std::string name = "history";  // stands for the file in errors
  // Values of EDN are [key value], as jepsen.independent writes them.
  bool keys_in_values = false;
};

// Errors (Errc::invalid; io_error if a file cannot be read) are one line: "FILE:LINE: what". What
// is not understood is an error, nothing is guessed.
Result<History> read_history(std::string_view text, const HistoryReadOptions& options = {});
Result<History> read_history_file(const std::string& path, HistoryReadOptions options = {});

// The format must be named. Values must be UTF-8 (Errc::invalid).
Result<void> write_history(const History& history, HistoryFormat format, std::ostream& out);

}  // namespace norn::check
