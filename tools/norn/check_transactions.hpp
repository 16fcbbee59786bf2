// norn check --transactions: which isolation a history of transactions allows.
#pragma once

#include <iosfwd>
#include <string>

// NOLINTNEXTLINE(readability-identifier-naming): the name of the library
namespace CLI {
class App;
}

namespace norn::command {

struct CheckTransactionsOptions {
  std::string file{};
  std::string workload{};  // list-append or registers; empty: --transactions was not given
  std::string expect = "strict-serializable";
  bool linearizable_keys = false;
  bool json = false;
};

// add_check_transactions_options() adds what only this check has: not FILE, and not --json.
void add_check_transactions_options(CLI::App& check, CheckTransactionsOptions& options);

// check_transactions() reads the history, prints the verdict, and gives the exit code: kPassed if
// the expected level is allowed, kViolated, kBadInput, or kIncomplete if it is not known.
int check_transactions(const CheckTransactionsOptions& options, std::ostream& out,
                       std::ostream& err);

}  // namespace norn::command
