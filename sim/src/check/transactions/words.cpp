#include "check/transactions/words.hpp"

namespace norn::check::txn {

namespace {

constexpr std::size_t kWholeList = 16;  // elements; of longer ones the ends are shown
constexpr std::size_t kEnd = 6;

}  // namespace

std::string transaction_name(std::size_t transaction) {
  return "T" + std::to_string(transaction + 1);
}

std::string value_text(const TransactionHistory& history, std::int64_t value) {
  const auto index = static_cast<std::uint64_t>(value);
  if (index < history.value_names.size()) return history.value_names[index];
  return std::to_string(value);
}

std::string value_text(const TransactionHistory& history, std::optional<std::int64_t> value) {
  return value ? value_text(history, *value) : "nothing";
}

std::string list_text(const TransactionHistory& history, std::span<const std::int64_t> list) {
  std::string text = "[";
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i > 0) text += ' ';
    if (list.size() > kWholeList && i == kEnd) {
      i = list.size() - kEnd;
      text += "... ";
    }
    text += value_text(history, list[i]);
  }
  text += "]";
  if (list.size() > kWholeList) text += " (" + std::to_string(list.size()) + " elements)";
  return text;
}

std::string op_text(const TransactionHistory& history, const MicroOp& op, bool known) {
  switch (op.action) {
    case Action::append:
      return "append " + value_text(history, op.value) + " to " + op.key;
    case Action::write:
      return "write " + value_text(history, op.value) + " to " + op.key;
    case Action::read:
      break;
  }
  std::string text = "read " + op.key;
  if (!known) return text;
  text += " = ";
  return text + (history.workload == Workload::list_append ? list_text(history, op.list)
                                                           : value_text(history, op.seen));
}

std::string read_text(const TransactionHistory& history, std::size_t transaction,
                      const MicroOp& read) {
  return transaction_name(transaction) + " " + op_text(history, read, true);
}

}  // namespace norn::check::txn
