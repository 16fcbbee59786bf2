// Transactions from a history of operations.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "norn/check/history.hpp"
#include "norn/check/transactions.hpp"

namespace norn::check {

namespace {

TransactionOutcome outcome_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok:
      return TransactionOutcome::ok;
    case Outcome::failed:
      return TransactionOutcome::failed;
    case Outcome::unknown:
      break;
  }
  return TransactionOutcome::unknown;
}

// Keys are known by their text. Where two have the same ("1" and 1), the second is quoted.
class KeyNames {
 public:
  const std::string& name(const Value& key) {
    const auto [at, added] = names_.try_emplace(key);
    if (added) {
      const std::string json = to_json(key);
      at->second = key.is_string() && taken_.insert(key.string()).second ? key.string() : json;
      taken_.insert(at->second);
    }
    return at->second;
  }

 private:
  std::map<Value, std::string> names_;
  std::set<std::string> taken_;
};

// Whole numbers stand for themselves as long as there is nothing else; else all values are counted.
class ValueNumbers {
 public:
  explicit ValueNumbers(bool count) : count_(count) {}

  std::int64_t number(const Value& value) {
    if (value.is_integer() && !count_) return value.integer();
    if (!count_) {
      must_count_ = true;
      return 0;
    }
    const auto [at, added] = numbers_.try_emplace(value, std::int64_t(names_.size()));
    if (added) names_.push_back(value.is_string() ? value.string() : to_json(value));
    return at->second;
  }

  bool must_count() const { return must_count_; }
  std::vector<std::string> take_names() { return std::move(names_); }

 private:
  bool count_;
  bool must_count_ = false;
  std::map<Value, std::int64_t> numbers_;
  std::vector<std::string> names_;
};

class Converter {
 public:
  Converter(const History& history, Workload workload, bool count_values)
      : history_(history), values_(count_values) {
    result_.workload = workload;
    result_.name = history.name();
  }

  Result<TransactionHistory> run() {
    for (OperationId id = 0; id < history_.operations().size(); ++id) {
      if (Result<void> added = add(id); !added) return added.error();
    }
    result_.value_names = values_.take_names();
    return std::move(result_);
  }
  bool must_count() const { return values_.must_count(); }

 private:
  Result<void> add(OperationId id) {
    const Operation& operation = history_.operation(id);
    Transaction transaction{.process = operation.process,
                            .outcome = outcome_of(operation.outcome),
                            .called = operation.call_event};
    if (transaction.outcome != TransactionOutcome::unknown)
      transaction.returned = operation.return_event;
    if (operation.call_line != kNone) transaction.line = operation.call_line;
    Result<std::vector<MicroOp>> asked = steps(operation.argument, false);
    if (!asked) return {Errc::invalid, history_.place(id) + ": " + asked.error().message};
    transaction.ops = std::move(*asked);
    if (transaction.outcome == TransactionOutcome::ok) {
      if (Result<void> done = take_results(operation, transaction); !done)
        return {Errc::invalid, place_of_return(id) + ": " + done.error().message};
    }
    result_.transactions.push_back(std::move(transaction));
    return {};
  }

  std::string place_of_return(OperationId id) const {
    const std::uint32_t line = history_.operation(id).return_line;
    return line == kNone ? history_.place(id) : history_.name() + ":" + std::to_string(line);
  }

  Result<void> take_results(const Operation& operation, Transaction& transaction) {
    const bool reads = std::any_of(transaction.ops.begin(), transaction.ops.end(),
                                   [](const MicroOp& op) { return op.action == Action::read; });
    if (operation.result.is_nil() && !reads && !operation.argument.is_nil()) return {};
    Result<std::vector<MicroOp>> done = steps(operation.result, true);
    if (!done) return done.error();
    const auto same = [](const MicroOp& a, const MicroOp& b) {
      return a.action == b.action && a.key == b.key && a.value == b.value;
    };
    if (!operation.argument.is_nil() &&
        !std::equal(done->begin(), done->end(), transaction.ops.begin(), transaction.ops.end(),
                    same))
      return {Errc::invalid, "the transaction did other steps than it was called with"};
    transaction.ops = std::move(*done);
    return {};
  }

  Result<std::vector<MicroOp>> steps(const Value& value, bool done) {
    std::vector<MicroOp> ops;
    if (value.is_nil() && !done) return ops;
    if (!value.is_list()) return {Errc::invalid, "a transaction must be a list of steps"};
    if (!value.list().empty() && value.list()[0].is_string()) {
      Result<MicroOp> op = step(value, done);
      if (!op) return op.error();
      ops.push_back(std::move(*op));
      return ops;
    }
    for (const Value& each : value.list()) {
      Result<MicroOp> op = step(each, done);
      if (!op) return op.error();
      ops.push_back(std::move(*op));
    }
    return ops;
  }

  Result<MicroOp> step(const Value& value, bool done) {
    const auto wrong = [&](const std::string& what) {
      return Error{Errc::invalid, "the step " + to_json(value) + " " + what};
    };
    if (!value.is_list() || value.list().size() != 3 || !value.list()[0].is_string())
      return wrong("is not [action, key, value]");
    const std::string& action = value.list()[0].string();
    const Value& what = value.list()[2];
    if (value.list()[1].is_nil()) return wrong("has no key");
    MicroOp op{.key = keys_.name(value.list()[1])};
    const bool lists = result_.workload == Workload::list_append;
    if (action == "r" || action == "read") {
      if (!done) return op;
      if (what.is_nil()) return op;
      if (!lists) {
        op.seen = values_.number(what);
        return op;
      }
      if (!what.is_list()) return wrong("reads no list");
      for (const Value& element : what.list()) {
        if (element.is_nil()) return wrong("has nil for an element");
        op.list.push_back(values_.number(element));
      }
      return op;
    }
    const bool append = action == "append";
    if (!append && action != "w" && action != "write")
      return wrong("has an action that is not known (use append, w or r)");
    if (append != lists) {
      return wrong(append ? "appends, and the workload is registers"
                          : "writes, and the workload is list-append");
    }
    if (what.is_nil()) return wrong("has no value");
    op.action = append ? Action::append : Action::write;
    op.value = values_.number(what);
    return op;
  }

  const History& history_;
  KeyNames keys_;
  ValueNumbers values_;
  TransactionHistory result_;
};

}  // namespace

Result<TransactionHistory> transactions_of(const History& history, Workload workload) {
  Converter numbers(history, workload, false);
  Result<TransactionHistory> result = numbers.run();
  if (!numbers.must_count()) return result;
  return Converter(history, workload, true).run();
}

}  // namespace norn::check
