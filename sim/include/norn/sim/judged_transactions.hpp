// JudgedTransactions: the transactions of clients, recorded while the run goes on, judged at its
// end.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "norn/check/history.hpp"
#include "norn/check/isolation.hpp"
#include "norn/check/transactions.hpp"
#include "norn/sim/simulation.hpp"

namespace norn {

struct JudgedTransactionsOptions {
  // What the system promises.
  check::Isolation level = check::Isolation::serializable;
  check::Workload workload = check::Workload::list_append;
  check::TransactionOptions checker{};
};

// JudgedTransactions holds transactions against an isolation level. Each call and return goes into
// the trace (`norn check --transactions` reads it there). judge(), after the run, violates it if
// the level is ruled out, with the anomalies by name and the story of the plainest one. It belongs
// to the scenario and outlives the run.
//
//   norn::JudgedTransactions bank(sim, "transactions are serializable",
//                                 {.level = norn::check::Isolation::serializable});
//   … in a client:
//   const auto id = bank.call(client, steps);  // [["append", "x", 1], ["r", "y", nil]]
//   bank.ok(id, done);                         // the same steps, with what was read
//   … after sim.run(): bank.judge();
class JudgedTransactions {
 public:
  JudgedTransactions(Simulation& sim, std::string property, JudgedTransactionsOptions options);
  JudgedTransactions(const JudgedTransactions&) = delete;
  JudgedTransactions& operator=(const JudgedTransactions&) = delete;

  // call() begins a transaction and returns its number. Steps are lists as in transactions_of()
  // (norn/check/transactions.hpp): ["append", key, value], ["w", key, value], ["r", key, nil]; the
  // calls of a Workload of transactions have them as their argument. A process that has one open is
  // misuse. A transaction that a node had open when it died is unknown.
  check::OperationId call(std::int64_t process, check::Value steps);
  // ok(): it committed. failed(): it had no effect, and never will. unknown(): its client gave up.
  // One that timed out must never be called failed: it may still commit.
  void ok(check::OperationId transaction, check::Value steps);
  void failed(check::OperationId transaction);
  void unknown(check::OperationId transaction);

  // judge() is for after the run. Returns whether the level was decided; a run of which it was not
  // is incomplete. A history that is none (an answer with other steps than were asked for, a value
  // that goes twice to one key) violates the run as well.
  bool judge();

  // committed() counts transactions that ended with this outcome; unknown ones as far as told.
  std::uint64_t count(check::Outcome outcome) const;
  const check::History& history() const { return history_; }

 private:
  void ret(check::OperationId transaction, check::Outcome outcome, check::Value steps);
  void violate(const check::TransactionHistory& history, const check::TransactionVerdict& verdict);

  Simulation& sim_;
  std::string property_;
  JudgedTransactionsOptions options_;
  check::History history_;
  std::vector<std::uint64_t> numbers_;  // of operations, in the trace
  std::uint32_t txn_in_trace_ = 0;      // what "txn" is there, once it is
  std::vector<std::uint32_t> lives_;    // of the nodes that called them
  std::vector<std::uint64_t> counts_;   // by outcome
};

}  // namespace norn
