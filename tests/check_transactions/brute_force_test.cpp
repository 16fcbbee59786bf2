// The checker against a search of all orders, on many small histories.
#include <algorithm>
#include <cstdint>
#include <map>
#include <set>

#include "check_transactions/support/brute_force.hpp"
#include "check_transactions/support/histories.hpp"
#include "support/catch.hpp"
#include "support/random_runs.hpp"

namespace {

using namespace norn::check;
using norn::test::can_explain;

constexpr Isolation kLevels[] = {
    Isolation::serializable,
    Isolation::strong_session_serializable,
    Isolation::strict_serializable,
    Isolation::snapshot_isolation,
    Isolation::strong_session_snapshot_isolation,
    Isolation::strong_snapshot_isolation,
};

bool is_snapshot(Isolation level) {
  return level == Isolation::snapshot_isolation ||
         level == Isolation::strong_session_snapshot_isolation ||
         level == Isolation::strong_snapshot_isolation;
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  // SplitMix64 (Steele, Lea, Flood, 2014)
  std::uint64_t below(std::uint64_t limit) {
    std::uint64_t bits = state_ += 0x9E3779B97F4A7C15U;
    bits = (bits ^ bits >> 30U) * 0xBF58476D1CE4E5B9U;
    bits = (bits ^ bits >> 27U) * 0x94D049BB133111EBU;
    return ((bits ^ bits >> 31U) >> 16U) % limit;
  }
  bool chance(std::uint64_t one_in) { return below(one_in) == 0; }

 private:
  std::uint64_t state_;
};

using Store = std::map<std::string, std::vector<std::int64_t>>;

// A database that keeps its promises only sometimes: it runs the transactions' operations in a
// random order, each transaction on what is there, on a snapshot, or on an old one.
class SloppyDatabase {
 public:
  SloppyDatabase(Random& random, Workload workload) : random_(random) {
    history_.workload = workload;
  }

  TransactionHistory run() {
    const std::uint64_t count = 2 + random_.below(4);
    old_.emplace_back();
    for (std::uint64_t i = 0; i < count; ++i) add_transaction();
    for (std::int64_t now = 0; !running_.empty(); ++now) {
      const std::size_t which = random_.below(running_.size());
      if (step(running_[which], now))
        running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(which));
    }
    for (Transaction& transaction : history_.transactions) spoil(transaction);
    return history_;
  }

 private:
  struct Running {
    std::size_t number = 0;
    std::size_t next = 0;  // op
    bool dirty = false;    // works on the store itself
    Store snapshot{};
  };

  void add_transaction() {
    Transaction transaction{.process = static_cast<std::int64_t>(random_.below(3))};
    const std::uint64_t ops = 1 + random_.below(3);
    for (std::uint64_t i = 0; i < ops; ++i) {
      const std::string key(1, static_cast<char>('x' + random_.below(2)));
      const bool lists = history_.workload == Workload::list_append;
      if (random_.chance(2)) {
        transaction.ops.push_back(MicroOp::read_list(key, {}));
      } else {
        transaction.ops.push_back(
            {.action = lists ? Action::append : Action::write, .key = key, .value = ++last_value_});
      }
    }
    running_.push_back({history_.transactions.size(), 0, random_.chance(4), {}});
    history_.transactions.push_back(std::move(transaction));
  }

  bool step(Running& running, std::int64_t now) {
    Transaction& transaction = history_.transactions[running.number];
    if (running.next == 0) {
      transaction.called = 10 * now;
      running.snapshot = random_.chance(6) ? old_[random_.below(old_.size())] : old_.back();
    }
    Store& store = running.dirty ? committed_ : running.snapshot;
    MicroOp& op = transaction.ops[running.next++];
    if (op.action == Action::read) {
      const auto& list = store[op.key];
      op.list = list;
      if (!list.empty()) op.seen = list.back();
    } else {
      store[op.key].push_back(op.value);
    }
    if (running.next < transaction.ops.size()) return false;
    finish(running, transaction, now);
    return true;
  }

  void finish(const Running& running, Transaction& transaction, std::int64_t now) {
    transaction.returned = 10 * now + 5;
    const std::uint64_t fate = random_.below(10);
    if (fate == 0) transaction.outcome = TransactionOutcome::failed;
    if (fate == 1) transaction.outcome = TransactionOutcome::unknown;
    const bool commits = fate != 0 || random_.chance(4);
    if (!running.dirty && commits) {
      for (const MicroOp& op : transaction.ops) {
        if (op.action != Action::read) committed_[op.key].push_back(op.value);
      }
    }
    old_.push_back(committed_);
  }

  // Now and then something was recorded that never was.
  void spoil(Transaction& transaction) {
    if (random_.chance(8)) transaction.returned += static_cast<std::int64_t>(random_.below(40));
    for (MicroOp& op : transaction.ops) {
      if (op.action != Action::read || !random_.chance(30)) continue;
      if (random_.chance(2)) {
        op.list.push_back(1 + static_cast<std::int64_t>(
                                  random_.below(static_cast<std::uint64_t>(last_value_ + 2))));
        op.seen = op.list.back();
      } else if (!op.list.empty()) {
        std::swap(op.list.front(), op.list.back());
        op.list.pop_back();
        op.seen.reset();
        if (!op.list.empty()) op.seen = op.list.back();
      }
    }
  }

  Random& random_;
  TransactionHistory history_;
  std::vector<Running> running_;
  Store committed_;
  std::vector<Store> old_;
  std::int64_t last_value_ = 0;
};

// Whether each append of a committed transaction was read by one.
bool all_appends_are_read(const TransactionHistory& history) {
  std::set<std::int64_t> read;
  for (const Transaction& transaction : history.transactions) {
    if (transaction.outcome != TransactionOutcome::ok) continue;
    for (const MicroOp& op : transaction.ops) read.insert(op.list.begin(), op.list.end());
  }
  for (const Transaction& transaction : history.transactions) {
    if (transaction.outcome == TransactionOutcome::failed) continue;
    for (const MicroOp& op : transaction.ops) {
      if (op.action != Action::read && !read.contains(op.value)) return false;
    }
  }
  return true;
}

std::string text_of(const TransactionHistory& history) {
  std::string lines;
  for (std::size_t i = 0; i < history.transactions.size(); ++i) {
    const Transaction& each = history.transactions[i];
    lines += text(history, i) + " " + std::to_string(each.called) + "-" +
             std::to_string(each.returned) + "\n";
  }
  return lines;
}

struct Count {
  int possible = 0;
  int ruled_out = 0;
  int missed = 0;  // no order explains it, and the checker allows it
};

std::map<Isolation, Count> compare(Workload workload, int histories) {
  Random random(static_cast<std::uint64_t>(workload) + 1);
  std::map<Isolation, Count> counts;
  for (int i = 0; i < histories; ++i) {
    const TransactionHistory history = SloppyDatabase(random, workload).run();
    const auto verdict = check_transactions(history);
    REQUIRE(verdict.ok());
    const bool all_read = all_appends_are_read(history);
    for (const Isolation level : kLevels) {
      const bool possible = can_explain(history, level);
      const bool ruled_out = verdict->ruled_out.contains(level);
      Count& count = counts[level];
      count.possible += possible ? 1 : 0;
      count.ruled_out += ruled_out ? 1 : 0;
      const bool missed = !possible && !ruled_out;
      count.missed += missed ? 1 : 0;
      const bool sound = !(possible && ruled_out);
      const bool must_be_complete =
          workload == Workload::list_append && (all_read || !is_snapshot(level));
      if (sound && !(missed && must_be_complete)) continue;
      FAIL(name(level) << (sound ? " is not ruled out" : " is ruled out") << " in history " << i
                       << ":\n"
                       << text_of(history) << report(history, *verdict));
    }
  }
  return counts;
}

}  // namespace

TEST_CASE("of 100,000 histories of lists, just those are ruled out that no order explains") {
  for (const auto& [level, count] :
       compare(Workload::list_append, norn::test::random_runs(100'000))) {
    INFO(name(level) << ": possible " << count.possible << ", ruled out " << count.ruled_out
                     << ", missed " << count.missed);
    CHECK(count.possible > norn::test::random_runs(20'000));
    CHECK(count.ruled_out > norn::test::random_runs(20'000));
    CHECK(count.missed < norn::test::random_runs(1'000));
  }
}

TEST_CASE("of 100,000 histories of registers, none is ruled out that some order explains") {
  for (const auto& [level, count] :
       compare(Workload::registers, norn::test::random_runs(100'000))) {
    INFO(name(level) << ": possible " << count.possible << ", ruled out " << count.ruled_out
                     << ", missed " << count.missed);
    CHECK(count.possible > norn::test::random_runs(20'000));
    CHECK(count.ruled_out > norn::test::random_runs(10'000));
  }
}
