#include "norn/sim/judged_transactions.hpp"

#include <utility>

#include "engine/engine.hpp"
#include "norn/runtime/assert.hpp"
#include "workload/operation_record.hpp"

namespace norn {

using check::Outcome;

namespace {

constexpr std::size_t kOutcomes = 3;

}  // namespace

JudgedTransactions::JudgedTransactions(Simulation& sim, std::string property,
                                       JudgedTransactionsOptions options)
    : sim_(sim), property_(std::move(property)), options_(options), counts_(kOutcomes, 0) {
  history_.set_name("event");
}

check::OperationId JudgedTransactions::call(std::int64_t process, check::Value steps) {
  sim::Engine& engine = sim_.engine();
  const std::uint32_t life = sim::caller_life(engine);
  const check::OperationId left = history_.open(process);
  if (left != check::kNone && lives_[left] != life) unknown(left);  // its client died meanwhile
  check::Call call{.process = process,
                   .function = "txn",
                   .argument = std::move(steps),
                   .time_ns = sim_.now().time_since_epoch().count()};
  const sim::RecordedCall recorded =
      sim::record_call(engine, call, txn_in_trace_, check::to_json(call.argument));
  call.line = recorded.line;
  const auto id = history_.call(std::move(call));
  NORN_ASSERT(id.ok(), "JudgedTransactions::call(): " + id.error().message);
  numbers_.push_back(recorded.number);
  lives_.push_back(life);
  return *id;
}

void JudgedTransactions::ok(check::OperationId transaction, check::Value steps) {
  ret(transaction, Outcome::ok, std::move(steps));
}

void JudgedTransactions::failed(check::OperationId transaction) {
  ret(transaction, Outcome::failed, {});
}

void JudgedTransactions::unknown(check::OperationId transaction) {
  ret(transaction, Outcome::unknown, {});
}

void JudgedTransactions::ret(check::OperationId transaction, Outcome outcome, check::Value steps) {
  NORN_ASSERT(transaction < numbers_.size(), "JudgedTransactions: there is no such transaction");
  const std::uint32_t line =
      sim::record_return(sim_.engine(), history_.operation(transaction).process,
                         numbers_[transaction], outcome, check::to_json(steps));
  const auto noted = history_.ret(transaction, {.outcome = outcome,
                                                .result = std::move(steps),
                                                .time_ns = sim_.now().time_since_epoch().count(),
                                                .line = line});
  NORN_ASSERT(noted.ok(), "JudgedTransactions: " + noted.error().message);
  ++counts_[static_cast<std::size_t>(outcome)];
}

std::uint64_t JudgedTransactions::count(Outcome outcome) const {
  return counts_[static_cast<std::size_t>(outcome)];
}

bool JudgedTransactions::judge() {
  if (sim_.violated() || history_.empty()) return true;
  const auto history = check::transactions_of(history_, options_.workload);
  if (!history) {
    sim_.violation(property_, history.error().message);
    return true;
  }
  const auto verdict = check::check_transactions(*history, options_.checker);
  if (!verdict) {
    sim_.violation(property_, verdict.error().message);
    return true;
  }
  if (verdict->ruled_out.contains(options_.level)) {
    violate(*history, *verdict);
    return true;
  }
  if (!verdict->undecided.contains(options_.level)) return true;
  sim_.engine().give_up("\"" + property_ + "\" could not be decided: a search was too long");
  return false;
}

// Only what the level forbids is named: what it allows is no mistake.
void JudgedTransactions::violate(const check::TransactionHistory& history,
                                 const check::TransactionVerdict& verdict) {
  const auto forbidden = [this](check::Anomaly anomaly) {
    return check::ruled_out({anomaly}).contains(options_.level);
  };
  std::string names;
  for (const check::Anomaly anomaly : check::without_general_cycles(verdict.anomalies()).list()) {
    if (forbidden(anomaly))
      names += (names.empty() ? "" : ", ") + std::string(check::name(anomaly));
  }
  const check::Witness* plainest = nullptr;
  for (const check::Witness& witness : verdict.witnesses) {
    if (!forbidden(witness.anomaly)) continue;
    if (plainest == nullptr || witness.transactions.size() < plainest->transactions.size())
      plainest = &witness;
  }
  NORN_ASSERT(plainest != nullptr, "a level was ruled out by nothing");
  std::string story(check::name(plainest->anomaly));
  for (const std::string& line : plainest->story) story += "; " + line;
  for (const std::size_t each : plainest->transactions) story += ". " + text(history, each);
  sim_.violation(property_, names + " (" + std::string(check::name(options_.level)) +
                                " was promised). " + story);
}

}  // namespace norn
