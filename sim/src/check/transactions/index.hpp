// A history of transactions with keys, operations and writes numbered, and checked for sense.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "check/transactions/graph.hpp"
#include "norn/check/transactions.hpp"

namespace norn::check::txn {

// One operation of a transaction, in the order of the history.
struct Op {
  std::uint32_t transaction = 0;
  std::uint32_t key = 0;
  std::uint32_t write = kNone;  // its number, of an append or write
  const MicroOp* source = nullptr;
};

// One append or write: a version of its key.
struct Write {
  std::uint32_t transaction = 0;
  std::uint32_t key = 0;
  std::int64_t value = 0;
  bool last = true;  // of its transaction to its key: others are intermediate
};

// Groups numbers by key, each group in ascending order.
class ByKey {
 public:
  ByKey() = default;
  // `key_of` gives the key of each of 0..count-1, or kNone for one that is in no group.
  template <class KeyOf>
  ByKey(std::uint32_t keys, std::uint32_t count, KeyOf&& key_of);
  std::span<const std::uint32_t> of(std::uint32_t key) const {
    return std::span(items_).subspan(first_[key], first_[key + 1] - first_[key]);
  }

 private:
  std::vector<std::uint32_t> first_;
  std::vector<std::uint32_t> items_;
};

// Index refers to the history, which must outlive it.
class Index {
 public:
  static Result<Index> build(const TransactionHistory& history);

  const TransactionHistory& history() const { return *history_; }
  std::uint32_t transactions() const { return static_cast<std::uint32_t>(first_op_.size() - 1); }
  std::uint32_t keys() const { return static_cast<std::uint32_t>(key_names_.size()); }
  std::string_view key_name(std::uint32_t key) const { return key_names_[key]; }

  const std::vector<Op>& all_ops() const { return ops_; }
  std::span<const Op> ops(std::uint32_t transaction) const {
    const std::uint32_t first = first_op_[transaction];
    return std::span(ops_).subspan(first, first_op_[transaction + 1] - first);
  }
  const std::vector<Write>& writes() const { return writes_; }
  std::span<const std::uint32_t> writes_to(std::uint32_t key) const {
    return writes_by_key_.of(key);
  }
  // Numbers of ops: reads of ok transactions. What others read is not known.
  std::span<const std::uint32_t> reads_of(std::uint32_t key) const { return reads_by_key_.of(key); }
  // find_write() is the write of a value to a key, or kNone.
  std::uint32_t find_write(std::uint32_t key, std::int64_t value) const;

  TransactionOutcome outcome(std::uint32_t transaction) const {
    return history_->transactions[transaction].outcome;
  }
  bool is_ok(std::uint32_t transaction) const {
    return outcome(transaction) == TransactionOutcome::ok;
  }
  // A transaction is committed if it is ok, or if prove() was told that its writes were read.
  bool committed(std::uint32_t transaction) const { return committed_[transaction]; }
  void prove(std::uint32_t transaction);
  std::size_t proven() const { return proven_; }

 private:
  struct ValueAtKey {
    std::int64_t value = 0;
    std::uint32_t key = 0;
    friend bool operator==(const ValueAtKey&, const ValueAtKey&) = default;
  };
  struct Hash {
    std::size_t operator()(const ValueAtKey& at) const {
      // Fibonacci hashing (Knuth, TAOCP 3, 6.4).
      const auto value = static_cast<std::uint64_t>(at.value);
      return (value * 0x9E3779B97F4A7C15U + at.key) * 0x9E3779B97F4A7C15U >> 8U;
    }
  };

  explicit Index(const TransactionHistory& history) : history_(&history) {}
  std::uint32_t key_number(std::string_view name);
  Result<void> add(std::uint32_t transaction);
  Result<void> add_write(Op& op);
  void find_last_writes(std::uint32_t transaction);
  Error error(std::uint32_t transaction, const std::string& what) const;

  const TransactionHistory* history_;
  std::unordered_map<std::string_view, std::uint32_t> key_numbers_;
  std::vector<std::string_view> key_names_;
  std::vector<std::uint32_t> first_op_{0};
  std::vector<Op> ops_;
  std::vector<Write> writes_;
  std::unordered_map<ValueAtKey, std::uint32_t, Hash> write_of_;
  std::vector<std::uint32_t> last_write_;  // by key, while the index is built
  ByKey writes_by_key_;
  ByKey reads_by_key_;
  std::vector<bool> committed_;
  std::size_t proven_ = 0;
};

template <class KeyOf>
ByKey::ByKey(std::uint32_t keys, std::uint32_t count, KeyOf&& key_of)
    : first_(std::size_t{keys} + 1) {
  for (std::uint32_t i = 0; i < count; ++i) {
    if (const std::uint32_t key = key_of(i); key != kNone) ++first_[key + 1];
  }
  for (std::uint32_t key = 0; key < keys; ++key) first_[key + 1] += first_[key];
  items_.resize(first_[keys]);
  std::vector<std::uint32_t> at(first_.begin(), first_.end() - 1);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (const std::uint32_t key = key_of(i); key != kNone) items_[at[key]++] = i;
  }
}

}  // namespace norn::check::txn
