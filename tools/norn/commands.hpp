// What each subcommand does.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "norn/runtime/result.hpp"
#include "norn/trace/export.hpp"
#include "norn/trace/reader.hpp"

namespace norn::command {

struct LogOptions {
  std::vector<std::string> nodes;  // names or numbers; none: all
  std::vector<std::string> kinds;  // none: all
  std::optional<std::int64_t> from_ns;
  std::optional<std::int64_t> to_ns;
  std::string grep;  // a regular expression for the printed line
  bool payloads = false;
  bool json = false;
};

struct FaultsOptions {
  std::string kind;  // or a family; empty: all
  bool json = false;
  bool schema = false;  // of plans, instead
};

struct ExportCommandOptions {
  std::string format;
  std::string output;  // a path; empty or "-": standard output
  bool overwrite = false;
  std::vector<std::string> nodes;
  std::vector<std::string> kinds;
  std::string from;
  std::string until;
  trace::ExportOptions part;  // but for the names and times above
};

struct ImportCommandOptions {
  std::string file;
  std::string format;  // "jsonl" or "shiviz"
  std::string parser;  // of ShiViz logs
  std::string output;
  bool overwrite = false;
};

// Each prints to `out`; an Error is for bad input.
Result<void> print_info(const trace::Reader& reader, bool json, std::ostream& out);
Result<void> print_log(const trace::Reader& reader, const LogOptions& options, std::ostream& out);
Result<void> print_verification(const trace::Reader& reader, std::ostream& out);
Result<void> print_faults(const FaultsOptions& options, std::ostream& out);
Result<void> export_trace(const trace::Reader& reader, const ExportCommandOptions& options,
                          std::ostream& out);
Result<void> import_trace(const ImportCommandOptions& options, std::ostream& out);

// What --node and --kind name.
Result<trace::NodeId> find_node(const trace::Reader& reader, const std::string& text);
Result<trace::EventKind> find_kind(const std::string& text);
// What an option for a virtual time says; nothing for empty text.
Result<std::optional<std::int64_t>> time_option(const char* option, const std::string& text);

// JSON text in one line; bytes that are not UTF-8 become U+FFFD.
std::string to_line(const nlohmann::ordered_json& value);
// The fields that `log --json` prints, for --help.
std::string json_fields_help();

// A hash as all Norn programs write it.
std::string hash_text(std::uint64_t hash);

}  // namespace norn::command
