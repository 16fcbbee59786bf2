// How transactions, operations and values are written in stories and errors.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "norn/check/transactions.hpp"

namespace norn::check::txn {

// "T1" is the first transaction of the history.
std::string transaction_name(std::size_t transaction);
std::string value_text(const TransactionHistory& history, std::int64_t value);
// "nothing" for a register that was never written.
std::string value_text(const TransactionHistory& history, std::optional<std::int64_t> value);
// "[1 2 3]"; of a long list the begin and the end, and how many there are.
std::string list_text(const TransactionHistory& history, std::span<const std::int64_t> list);
// "read x = [1 2]", "append 3 to x", "write 3 to x"
std::string op_text(const TransactionHistory& history, const MicroOp& op, bool known);
// "T3 read x = [1 2]"
std::string read_text(const TransactionHistory& history, std::size_t transaction,
                      const MicroOp& read);

}  // namespace norn::check::txn
