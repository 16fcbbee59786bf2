#include "check/transactions/index.hpp"

#include "check/transactions/words.hpp"

namespace norn::check::txn {

Result<Index> Index::build(const TransactionHistory& history) {
  Index index(history);
  const std::size_t count = history.transactions.size();
  if (count >= kNone / 4) return {Errc::too_large, "too many transactions"};
  index.committed_.resize(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (Result<void> added = index.add(i); !added) return added.error();
    index.committed_[i] = index.is_ok(i);
  }
  const auto& writes = index.writes_;
  index.writes_by_key_ = ByKey(index.keys(), static_cast<std::uint32_t>(writes.size()),
                               [&](std::uint32_t i) { return writes[i].key; });
  const auto& ops = index.ops_;
  index.reads_by_key_ =
      ByKey(index.keys(), static_cast<std::uint32_t>(ops.size()), [&](std::uint32_t i) {
        const bool counts = ops[i].write == kNone && index.is_ok(ops[i].transaction);
        return counts ? ops[i].key : kNone;
      });
  return index;
}

std::uint32_t Index::find_write(std::uint32_t key, std::int64_t value) const {
  const auto found = write_of_.find({value, key});
  return found == write_of_.end() ? kNone : found->second;
}

void Index::prove(std::uint32_t transaction) {
  if (committed_[transaction] || outcome(transaction) != TransactionOutcome::unknown) return;
  committed_[transaction] = true;
  ++proven_;
}

std::uint32_t Index::key_number(std::string_view name) {
  const auto [at, added] = key_numbers_.try_emplace(name, keys());
  if (added) {
    key_names_.push_back(name);
    last_write_.push_back(kNone);
  }
  return at->second;
}

Result<void> Index::add(std::uint32_t number) {
  const Transaction& transaction = history_->transactions[number];
  if (transaction.outcome == TransactionOutcome::ok && transaction.returned < transaction.called)
    return error(number, "returns before it is called");
  const Action writes =
      history_->workload == Workload::list_append ? Action::append : Action::write;
  for (const MicroOp& source : transaction.ops) {
    Op op{number, key_number(source.key), kNone, &source};
    if (source.action != Action::read) {
      if (source.action != writes) {
        return error(number, source.action == Action::append
                                 ? "appends, and the workload is registers"
                                 : "writes, and the workload is list-append");
      }
      if (Result<void> added = add_write(op); !added) return added;
    }
    ops_.push_back(op);
  }
  first_op_.push_back(static_cast<std::uint32_t>(ops_.size()));
  find_last_writes(number);
  return {};
}

Result<void> Index::add_write(Op& op) {
  op.write = static_cast<std::uint32_t>(writes_.size());
  const auto [at, added] = write_of_.try_emplace({op.source->value, op.key}, op.write);
  if (!added) {
    const Write& other = writes_[at->second];
    return error(op.transaction, "writes " + value_text(*history_, op.source->value) + " to '" +
                                     std::string(key_name(op.key)) + "', as " +
                                     transaction_name(other.transaction) +
                                     " does: no value may go twice to one key");
  }
  writes_.push_back({op.transaction, op.key, op.source->value, true});
  return {};
}

void Index::find_last_writes(std::uint32_t transaction) {
  for (const Op& op : ops(transaction)) {
    if (op.write == kNone) continue;
    const std::uint32_t before = last_write_[op.key];
    if (before != kNone && writes_[before].transaction == transaction) writes_[before].last = false;
    last_write_[op.key] = op.write;
  }
}

Error Index::error(std::uint32_t transaction, const std::string& what) const {
  const std::size_t line = history_->transactions[transaction].line;
  const std::string& file = history_->name;
  std::string place = file.empty() ? "" : file + ": ";
  if (line != 0) place = (file.empty() ? "line " : file + ":") + std::to_string(line) + ": ";
  return {Errc::invalid, place + transaction_name(transaction) + " " + what};
}

}  // namespace norn::check::txn
