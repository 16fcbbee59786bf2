#include "bank_2pc/ledger.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "bank_2pc/keys.hpp"

namespace bank_2pc {

namespace {

using norn::check::Anomaly;
using norn::check::MicroOp;
using norn::check::TransactionOutcome;

std::vector<MicroOp> ops_of(const Steps& steps) {
  std::vector<MicroOp> ops;
  for (const Step& step : steps) {
    ops.push_back(step.append ? MicroOp::append(step.key, step.value)
                              : MicroOp::read_list(step.key, step.list));
  }
  return ops;
}

// As Jepsen writes transactions, so that "norn check" reads them.
nlohmann::json json_of(const Steps& steps, bool done) {
  nlohmann::json list = nlohmann::json::array();
  for (const Step& step : steps) {
    nlohmann::json what = step.value;
    if (!step.append) what = done ? nlohmann::json(step.list) : nlohmann::json();
    list.push_back({step.append ? "append" : "r", step.key, std::move(what)});
  }
  return list;
}

}  // namespace

std::size_t Ledger::called(std::int64_t client, const Steps& steps) {
  history_.transactions.push_back({.process = client,
                                   .ops = ops_of(steps),
                                   .outcome = TransactionOutcome::unknown,
                                   .called = ++events_});
  operations_.push_back(
      sim_.op_call(static_cast<std::uint64_t>(client), "txn", json_of(steps, false)));
  return operations_.size() - 1;
}

void Ledger::returned(std::size_t number, const std::optional<Done>& answer) {
  norn::check::Transaction& transaction = history_.transactions[number];
  const auto client = static_cast<std::uint64_t>(transaction.process);
  if (!answer) {
    ++unknown_;
    return sim_.op_return(client, operations_[number], norn::OpResult::unknown, nullptr);
  }
  transaction.returned = ++events_;
  if (!answer->committed) {
    ++aborted_;
    transaction.outcome = TransactionOutcome::failed;
    return sim_.op_return(client, operations_[number], norn::OpResult::failed, nullptr);
  }
  ++committed_;
  transaction.outcome = TransactionOutcome::ok;
  transaction.ops = ops_of(answer->steps);
  sim_.op_return(client, operations_[number], norn::OpResult::ok, json_of(answer->steps, true));
}

void Ledger::judge() {
  const auto verdict = norn::check::check_transactions(history_);
  NORN_ASSERT(verdict.ok(), verdict.ok() ? "" : verdict.error().message);
  if (!verdict->allows(norn::check::Isolation::strict_serializable)) {
    std::string found;
    for (const Anomaly anomaly : without_general_cycles(verdict->anomalies()).list())
      found += (found.empty() ? "" : ", ") + std::string(name(anomaly));
    const norn::check::Witness& plainest = *verdict->plainest();
    std::string story = std::string(name(plainest.anomaly));
    for (const std::string& line : plainest.story) story += "; " + line;
    sim_.violation("transactions are strictly serializable", found + ". " + story);
  }
  for (const auto& transaction : history_.transactions) {
    if (transaction.outcome == TransactionOutcome::ok) audit(transaction);
  }
}

void Ledger::audit(const norn::check::Transaction& transaction) {
  std::int64_t total = 0;
  std::uint64_t accounts = 0;
  for (const MicroOp& op : transaction.ops) {
    if (op.action != norn::check::Action::read || !is_account(op.key)) continue;
    total += sum(op.list);
    ++accounts;
  }
  if (accounts != kAccounts || total == 0) return;
  sim_.violation("no money is made or lost",
                 "all accounts together have " + std::to_string(total) + " too much");
}

}  // namespace bank_2pc
