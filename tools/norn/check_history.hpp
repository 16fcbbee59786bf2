// norn check: whether a history of client operations fits a model.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "norn/check/history.hpp"
#include "norn/runtime/result.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): the name of the library
namespace CLI {
class App;
}

namespace norn::command {

struct CheckHistoryOptions {
  std::string file{};
  std::string model{};
  std::string consistency = "linearizable";
  std::string initial{};  // balances of a bank, as JSON
  bool by_key = false;
  bool whole = false;
  bool keys_in_values = false;
  bool json = false;
  bool force = false;  // overwrite files
  std::uint64_t budget = 200'000'000;
  std::string picture{};        // a file; empty: none
  std::string export_format{};  // jsonl, edn, porcupine; empty: check
  std::string output{};
};

// add_check_history_options() adds what only this check has: not FILE, and not --json.
void add_check_history_options(CLI::App& check, CheckHistoryOptions& options);

// check_history() reads the history, prints the verdict or writes what was asked for, and gives the
// exit code: kPassed, kViolated, kBadInput, or kIncomplete if the verdict is not known.
int check_history(const CheckHistoryOptions& options, std::ostream& out, std::ostream& err);

// is_trace() goes by the name of a file.
bool is_trace(const std::string& path);
// history_of_trace() collects the client operations of a recorded trace. Arguments are JSON: of an
// array the first is the key if `keyed`; what is left of it is the argument, as it is if it is one.
// `incomplete` is set if the recording was interrupted.
Result<check::History> history_of_trace(const std::string& path, bool keyed, bool& incomplete);

}  // namespace norn::command
