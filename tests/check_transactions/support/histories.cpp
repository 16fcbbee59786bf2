#include "check_transactions/support/histories.hpp"

#include <sstream>

namespace norn::test {

namespace {

using namespace norn::check;

std::vector<std::int64_t> numbers(std::string text) {
  for (char& c : text) {
    if (c == '[' || c == ']') c = ' ';
  }
  std::istringstream in(text);
  std::vector<std::int64_t> list;
  for (std::int64_t number = 0; in >> number;) list.push_back(number);
  return list;
}

MicroOp op_of(const std::string& text, Workload workload) {
  std::istringstream in(text);
  std::string verb;
  std::string key;
  std::string rest;
  in >> verb >> key;
  std::getline(in, rest);
  const std::vector<std::int64_t> list = numbers(rest);
  if (verb == "append") return MicroOp::append(key, list.at(0));
  if (verb == "write") return MicroOp::write(key, list.at(0));
  if (workload == Workload::list_append) return MicroOp::read_list(key, list);
  if (list.empty()) return MicroOp::read_register(key, std::nullopt);
  return MicroOp::read_register(key, list.at(0));
}

Transaction transaction_of(const std::string& line, Workload workload) {
  Transaction transaction;
  std::istringstream in(line);
  char sign = 0;
  std::string end;
  in >> sign >> transaction.process >> transaction.called >> sign;
  std::getline(in, end, ':');
  if (end.starts_with("?")) {
    transaction.outcome = TransactionOutcome::unknown;
  } else {
    transaction.returned = std::stoll(end);
    if (end.ends_with("failed")) transaction.outcome = TransactionOutcome::failed;
  }
  for (std::string op; std::getline(in, op, ';');) transaction.ops.push_back(op_of(op, workload));
  return transaction;
}

TransactionHistory history_of(const std::vector<std::string>& lines, Workload workload) {
  TransactionHistory history{.workload = workload};
  for (const std::string& line : lines)
    history.transactions.push_back(transaction_of(line, workload));
  return history;
}

}  // namespace

TransactionHistory lists(const std::vector<std::string>& lines) {
  return history_of(lines, Workload::list_append);
}

TransactionHistory registers(const std::vector<std::string>& lines) {
  return history_of(lines, Workload::registers);
}

std::string anomalies(const TransactionHistory& history, const TransactionOptions& options) {
  const auto verdict = check_transactions(history, options);
  if (!verdict) return "error: " + verdict.error().message;
  std::string text;
  for (const Anomaly anomaly : verdict->anomalies().list())
    text += (text.empty() ? "" : " ") + std::string(name(anomaly));
  return text;
}

std::string allowed(const TransactionHistory& history, const TransactionOptions& options) {
  const auto verdict = check_transactions(history, options);
  if (!verdict) return "error: " + verdict.error().message;
  std::string text;
  for (const Isolation level : verdict->strongest())
    text += (text.empty() ? "" : " ") + std::string(name(level));
  return text;
}

std::string story(const TransactionHistory& history) {
  const auto verdict = check_transactions(history);
  if (!verdict || verdict->witnesses.empty()) return "";
  std::string text;
  for (const std::string& line : verdict->witnesses.front().story)
    text += (text.empty() ? "" : " | ") + line;
  return text;
}

}  // namespace norn::test
