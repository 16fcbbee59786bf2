#include "check_transactions.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "check_history.hpp"
#include "norn/check/history_file.hpp"
#include "norn/check/transactions.hpp"
#include "norn_command.hpp"

namespace norn::command {

namespace {

using Json = nlohmann::ordered_json;
using check::Isolation;
using check::TransactionHistory;
using check::TransactionVerdict;

std::string level_names() {
  std::string names;
  for (std::size_t i = 0; i < check::kIsolations; ++i)
    names += (i == 0 ? "" : ", ") + std::string(name(static_cast<Isolation>(i)));
  return names;
}

Json names_of(const std::vector<Isolation>& levels) {
  Json names = Json::array();
  for (const Isolation level : levels) names.push_back(name(level));
  return names;
}

Result<TransactionHistory> read(const CheckTransactionsOptions& options, bool& incomplete) {
  check::Workload workload = check::Workload::list_append;
  if (options.workload == "registers") {
    workload = check::Workload::registers;
  } else if (options.workload != "list-append") {
    return {Errc::invalid,
            "--transactions is list-append or registers, not '" + options.workload + "'"};
  }
  const auto history = is_trace(options.file) ? history_of_trace(options.file, false, incomplete)
                                              : check::read_history_file(options.file);
  if (!history) return history.error();
  return check::transactions_of(*history, workload);
}

const char* word_of(int code) {
  if (code == kPassed) return "allowed";
  return code == kViolated ? "violated" : "unknown";
}

// "snapshot-isolation: violated", or why it is not known.
std::string conclusion(Isolation expected, const TransactionVerdict& verdict, int code) {
  std::string line = std::string(name(expected)) + ": " + word_of(code);
  if (code != kIncomplete) return line;
  return line + (verdict.committed == 0 ? " (no transaction is known to have committed)"
                                        : " (the search was too long)");
}

void print_json(const TransactionHistory& history, const TransactionVerdict& verdict,
                const CheckTransactionsOptions& options, int code, std::ostream& out) {
  Json anomalies = Json::array();
  for (const check::Anomaly anomaly : verdict.anomalies().list()) {
    anomalies.push_back({{"name", name(anomaly)},
                         {"meaning", meaning(anomaly)},
                         {"count", verdict.counts.at(static_cast<std::size_t>(anomaly))}});
  }
  Json witnesses = Json::array();
  for (const check::Witness& witness : verdict.witnesses) {
    Json transactions = Json::array();
    for (const std::size_t each : witness.transactions) {
      transactions.push_back({{"number", each + 1},
                              {"line", history.transactions[each].line},
                              {"text", text(history, each)}});
    }
    witnesses.push_back({{"anomaly", name(witness.anomaly)},
                         {"story", witness.story},
                         {"transactions", std::move(transactions)}});
  }
  const Json document = {{"norn_check", 1},
                         {"file", options.file},
                         {"transactions", options.workload},
                         {"expected", options.expect},
                         {"verdict", word_of(code)},
                         {"count", history.transactions.size()},
                         {"committed", verdict.committed},
                         {"proven", verdict.proven},
                         {"allowed", names_of(verdict.strongest())},
                         {"ruled_out", names_of(verdict.ruled_out.list())},
                         {"undecided", names_of(verdict.undecided.list())},
                         {"anomalies", std::move(anomalies)},
                         {"witnesses", std::move(witnesses)}};
  out << document.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace

void add_check_transactions_options(CLI::App& check, CheckTransactionsOptions& options) {
  check.add_option("--transactions", options.workload,
                   "The operations are transactions: over lists (list-append), or over registers");
  check.add_option(
      "--expect", options.expect,
      "The isolation that the transactions should have (" + options.expect + "): " + level_names());
  check.add_flag("--linearizable-keys", options.linearizable_keys,
                 "Registers: take for granted that each key alone is linearizable");
}

int check_transactions(const CheckTransactionsOptions& options, std::ostream& out,
                       std::ostream& err) {
  const auto expected = check::isolation_of(options.expect);
  if (!expected) {
    err << "norn: --expect: there is no isolation level '" << options.expect
        << "' (known are: " << level_names() << ")\n";
    return kBadInput;
  }
  bool incomplete = false;
  const Result<TransactionHistory> history = read(options, incomplete);
  if (!history) {
    err << "norn: " << history.error().message << "\n";
    return kBadInput;
  }
  const auto verdict =
      check::check_transactions(*history, {.linearizable_keys = options.linearizable_keys});
  if (!verdict) {
    err << "norn: " << verdict.error().message << "\n";
    return kBadInput;
  }
  int code = kPassed;
  if (verdict->committed == 0 || verdict->undecided.contains(*expected)) code = kIncomplete;
  if (verdict->ruled_out.contains(*expected)) code = kViolated;
  if (options.json) {
    print_json(*history, *verdict, options, code, out);
  } else {
    out << report(*history, *verdict) << conclusion(*expected, *verdict, code) << "\n";
  }
  if (incomplete) err << "norn: " << options.file << ": the recording was interrupted\n";
  return incomplete && code == kPassed ? kIncomplete : code;
}

}  // namespace norn::command
