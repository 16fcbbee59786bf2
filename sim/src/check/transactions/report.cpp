#include <algorithm>

#include "check/transactions/words.hpp"

namespace norn::check {

namespace {

std::string names(const std::vector<Isolation>& levels) {
  std::string text;
  for (const Isolation level : levels)
    text += (text.empty() ? "" : ", ") + std::string(name(level));
  return text.empty() ? "none" : text;
}

std::string outcome_text(TransactionOutcome outcome) {
  switch (outcome) {
    case TransactionOutcome::ok:
      return "ok";
    case TransactionOutcome::failed:
      return "failed";
    case TransactionOutcome::unknown:
      break;
  }
  return "unknown";
}

std::string witness_text(const TransactionHistory& history, const Witness& witness) {
  std::string lines = "\n" + std::string(name(witness.anomaly)) + ": " +
                      std::string(meaning(witness.anomaly)) + "\n";
  for (const std::string& line : witness.story) lines += "  " + line + "\n";
  std::vector<std::size_t> transactions = witness.transactions;
  std::sort(transactions.begin(), transactions.end());
  for (const std::size_t each : transactions) lines += "    " + text(history, each) + "\n";
  return lines;
}

}  // namespace

std::string text(const TransactionHistory& history, std::size_t transaction) {
  const Transaction& here = history.transactions[transaction];
  std::string line = txn::transaction_name(transaction) + " = ";
  if (here.line != 0) line += "line " + std::to_string(here.line) + ", ";
  line += "process " + std::to_string(here.process) + ":";
  const bool known = here.outcome == TransactionOutcome::ok;
  for (std::size_t i = 0; i < here.ops.size(); ++i)
    line += (i == 0 ? " " : ", ") + txn::op_text(history, here.ops[i], known);
  return line + " (" + outcome_text(here.outcome) + ")";
}

std::string report(const TransactionHistory& history, const TransactionVerdict& verdict) {
  std::string lines = "transactions: " + std::to_string(history.transactions.size()) + ", " +
                      std::to_string(verdict.committed) + " committed";
  if (verdict.proven > 0) {
    lines +=
        " (" + std::to_string(verdict.proven) + " of an unknown outcome, whose writes were read)";
  }
  lines += "\nallowed: " + names(verdict.strongest()) + "\n";
  if (!verdict.undecided.empty()) lines += "undecided: " + names(verdict.undecided.list()) + "\n";
  for (const Anomaly anomaly : verdict.anomalies().list()) {
    lines += "found: " + std::string(name(anomaly)) + " (" + std::string(meaning(anomaly)) + "), " +
             std::to_string(verdict.counts.at(static_cast<std::size_t>(anomaly))) + "\n";
  }
  for (const Witness& witness : verdict.witnesses) lines += witness_text(history, witness);
  return lines;
}

}  // namespace norn::check
