// Histories of transactions, written as text for tests.
#pragma once

#include <string>
#include <vector>

#include "norn/check/transactions.hpp"

namespace norn::test {

// A line is a transaction: "p1 0-3: append x 1; read y [2 3]". Its process, when it was called and
// returned, what it did. "p1 0-?: ..." has an unknown outcome, "p1 0-3 failed: ..." failed. A
// register is read as "read x 2", or "read x nil".
check::TransactionHistory lists(const std::vector<std::string>& lines);
check::TransactionHistory registers(const std::vector<std::string>& lines);

// The names of the anomalies, in their order, as "G1a G-single"; "" for none.
std::string anomalies(const check::TransactionHistory& history,
                      const check::TransactionOptions& options = {});
// The strongest levels that are allowed.
std::string allowed(const check::TransactionHistory& history,
                    const check::TransactionOptions& options = {});
// The first witness's story, lines joined by " | ".
std::string story(const check::TransactionHistory& history);

}  // namespace norn::test
