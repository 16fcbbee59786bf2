// Ledger: what the clients asked and were told, and whether it can have happened.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <norn/check/transactions.hpp>
#include <norn/sim.hpp>

#include "bank_2pc/messages.hpp"

namespace bank_2pc {

class Ledger {
 public:
  explicit Ledger(norn::Simulation& sim) : sim_(sim) {}

  // called() returns the number for returned(). Without an answer the outcome is unknown.
  std::size_t called(std::int64_t client, const Steps& steps);
  void returned(std::size_t number, const std::optional<Done>& answer);

  // judge() is asked once the run is over: violations name the anomalies of the history, and tell
  // the plainest of them; or say how much money was made or lost.
  void judge();

  std::uint64_t committed() const { return committed_; }
  std::uint64_t aborted() const { return aborted_; }
  std::uint64_t unknown() const { return unknown_; }
  const norn::check::TransactionHistory& history() const { return history_; }

 private:
  void audit(const norn::check::Transaction& transaction);

  norn::Simulation& sim_;
  norn::check::TransactionHistory history_;
  std::vector<std::uint64_t> operations_;  // of the trace
  std::int64_t events_ = 0;                // calls and returns so far: the time of the history
  std::uint64_t committed_ = 0;
  std::uint64_t aborted_ = 0;
  std::uint64_t unknown_ = 0;
};

}  // namespace bank_2pc
