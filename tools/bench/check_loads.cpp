#include "check_loads.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "norn/check/transactions.hpp"
#include "norn/runtime/assert.hpp"

namespace norn::bench {

namespace {

using namespace norn::check;

struct TransactionLoad {
  std::string name{};
  Workload workload = Workload::list_append;
  std::int64_t transactions = 10'000;
  std::int64_t processes = 10;
  std::int64_t writes_a_key = 128;  // after that another one takes its place, as in Jepsen's tests
  std::int64_t stale = 0;           // every so-manieth transaction reads what was there long ago
};

// A database that does one transaction after the other, for processes that overlap.
class HistoryMaker {
 public:
  explicit HistoryMaker(const TransactionLoad& load) : load_(load) {
    history_.workload = load.workload;
  }

  TransactionHistory run() {
    for (std::int64_t i = 0; i < load_.transactions; ++i) {
      const bool stale = load_.stale != 0 && i % load_.stale == load_.stale - 1;
      Transaction transaction{.process = i % load_.processes,
                              .called = 10 * (i - load_.processes) + 10,
                              .returned = 10 * i + 5};
      for (int op = 0; op < 4; ++op) transaction.ops.push_back(next_op(stale));
      history_.transactions.push_back(std::move(transaction));
    }
    return std::move(history_);
  }

 private:
  struct Key {
    std::string name{};
    std::vector<std::int64_t> values{};
  };

  MicroOp next_op(bool stale) {
    Key& key = keys_[next() % 8];
    const bool lists = load_.workload == Workload::list_append;
    if (stale || next() % 2 == 0) {
      const auto seen =
          static_cast<std::ptrdiff_t>(stale ? key.values.size() / 2 : key.values.size());
      if (lists)
        return MicroOp::read_list(key.name, {key.values.begin(), key.values.begin() + seen});
      if (seen == 0) return MicroOp::read_register(key.name, {});
      return MicroOp::read_register(key.name, key.values[static_cast<std::size_t>(seen - 1)]);
    }
    if (key.name.empty() || std::ssize(key.values) == load_.writes_a_key)
      key = {"k" + std::to_string(++last_key_), {}};
    key.values.push_back(++last_value_);
    return lists ? MicroOp::append(key.name, last_value_) : MicroOp::write(key.name, last_value_);
  }

  // A linear congruential generator (Knuth, TAOCP 2, 3.3.4).
  std::uint64_t next() {
    random_ = random_ * 6364136223846793005U + 1442695040888963407U;
    return random_ >> 33U;
  }

  const TransactionLoad& load_;
  TransactionHistory history_;
  std::map<std::uint64_t, Key> keys_;
  std::int64_t last_key_ = 0;
  std::int64_t last_value_ = 0;
  std::uint64_t random_ = 1;
};

void check_load(benchmark::State& state, const TransactionLoad& load) {
  const TransactionHistory history = HistoryMaker(load).run();
  for (auto _ : state) {
    const auto verdict = check_transactions(history);
    NORN_ASSERT(verdict.ok(), "a load of the bench went wrong");
    NORN_ASSERT(verdict->allows(Isolation::strict_serializable) == (load.stale == 0),
                "the checker is wrong about a load of the bench");
  }
  state.SetItemsProcessed(state.iterations() * load.transactions);
}

}  // namespace

void register_check_loads() {
  const std::vector<TransactionLoad> loads = {
      {.name = "lists/10,000"},
      {.name = "lists/100,000", .transactions = 100'000},
      {.name = "lists of 1,000/10,000", .writes_a_key = 1'000},
      {.name = "lists, 500 processes/10,000", .processes = 500},
      {.name = "lists, one read of a hundred stale/10,000", .stale = 100},
      {.name = "lists, all reads stale/10,000", .stale = 2},
      {.name = "registers/10,000", .workload = Workload::registers},
  };
  for (const TransactionLoad& load : loads) {
    benchmark::RegisterBenchmark(("check transactions/" + load.name).c_str(),
                                 [load](benchmark::State& state) { check_load(state, load); })
        ->Unit(benchmark::kMillisecond);
  }
}

}  // namespace norn::bench
