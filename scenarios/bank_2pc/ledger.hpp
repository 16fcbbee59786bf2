// Ledger: what the clients asked and were told, and whether it can have happened.
#pragma once

#include <cstdint>
#include <optional>

#include <norn/sim.hpp>
#include <norn/sim/judged_transactions.hpp>

#include "bank_2pc/messages.hpp"

namespace bank_2pc {

class Ledger {
 public:
  explicit Ledger(norn::Simulation& sim);

  // called() returns the number for returned(). Without an answer the outcome is unknown.
  norn::check::OperationId called(std::int64_t client, const Steps& steps);
  void returned(norn::check::OperationId number, const std::optional<Done>& answer);

  // judge() is asked once the run is over: violations name the anomalies of the history, and tell
  // the plainest of them; or say how much money was made or lost.
  void judge();

  std::uint64_t committed() const { return transactions_.count(norn::check::Outcome::ok); }
  std::uint64_t unknown() const { return transactions_.count(norn::check::Outcome::unknown); }

 private:
  void audit(const norn::check::Operation& transaction);

  norn::Simulation& sim_;
  norn::JudgedTransactions transactions_;
};

}  // namespace bank_2pc
