// What each subcommand does.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "norn/runtime/result.hpp"
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

// Each prints to `out`; an Error is for bad input.
Result<void> print_info(const trace::Reader& reader, bool json, std::ostream& out);
Result<void> print_log(const trace::Reader& reader, const LogOptions& options, std::ostream& out);
Result<void> print_verification(const trace::Reader& reader, std::ostream& out);
Result<void> print_faults(const FaultsOptions& options, std::ostream& out);

// A hash as all Norn programs write it.
std::string hash_text(std::uint64_t hash);

}  // namespace norn::command
