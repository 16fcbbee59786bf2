// A client of the bank: transfers, audits, and notes that have nothing to do with money.
#pragma once

#include <cstdint>
#include <optional>

#include <norn/runtime.hpp>

#include "bank_2pc/ledger.hpp"
#include "bank_2pc/messages.hpp"

namespace bank_2pc {

// Runs in the main fiber of its node, one transaction after the other.
class Client {
 public:
  Client(std::int64_t number, Ledger& ledger) : number_(number), ledger_(ledger) {}
  [[noreturn]] void run();

 private:
  Steps draw(std::size_t kind);
  Steps draw_transfer();
  static Steps draw_audit();
  Steps draw_notes();
  std::int64_t next_value() { return ++last_value_ * 10 + number_; }  // none twice
  static std::optional<Done> execute(TransactionId transaction, const Steps& steps);

  std::int64_t number_;
  Ledger& ledger_;
  std::int64_t last_value_ = 0;
};

}  // namespace bank_2pc
