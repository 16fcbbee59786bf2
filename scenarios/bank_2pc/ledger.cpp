#include "bank_2pc/ledger.hpp"

#include <utility>

#include "bank_2pc/keys.hpp"

namespace bank_2pc {

namespace {

using norn::check::Outcome;
using norn::check::Value;

// As Jepsen writes transactions.
Value value_of(const Steps& steps, bool done) {
  Value::List list;
  for (const Step& step : steps) {
    Value what = step.value;
    if (!step.append)
      what = done ? Value(Value::List(step.list.begin(), step.list.end())) : Value();
    list.push_back(Value::List{step.append ? "append" : "r", step.key, std::move(what)});
  }
  return list;
}

}  // namespace

Ledger::Ledger(norn::Simulation& sim)
    : sim_(sim),
      transactions_(sim, "transactions are strictly serializable",
                    {.level = norn::check::Isolation::strict_serializable}) {}

norn::check::OperationId Ledger::called(std::int64_t client, const Steps& steps) {
  return transactions_.call(client, value_of(steps, false));
}

void Ledger::returned(norn::check::OperationId number, const std::optional<Done>& answer) {
  if (!answer) return transactions_.unknown(number);
  if (!answer->committed) return transactions_.failed(number);
  transactions_.ok(number, value_of(answer->steps, true));
}

void Ledger::judge() {
  transactions_.judge();
  for (const norn::check::Operation& each : transactions_.history().operations()) {
    if (each.outcome == Outcome::ok) audit(each);
  }
}

void Ledger::audit(const norn::check::Operation& transaction) {
  std::int64_t total = 0;
  std::uint64_t accounts = 0;
  for (const Value& step : transaction.result.list()) {
    const Value::List& parts = step.list();
    if (parts[0].string() != "r" || !is_account(parts[1].string())) continue;
    for (const Value& posting : parts[2].list()) total += amount_of(posting.integer());
    ++accounts;
  }
  if (accounts != kAccounts || total == 0) return;
  sim_.violation("no money is made or lost",
                 "all accounts together have " + std::to_string(total) + " too much");
}

}  // namespace bank_2pc
