// Transactions, and which isolation their history can be explained by.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "norn/check/isolation.hpp"
#include "norn/runtime/result.hpp"

namespace norn::check {

class History;

enum class Workload : std::uint8_t {
  list_append,  // keys hold lists; transactions append elements and read whole lists
  registers,    // keys hold one value; transactions write and read it
};

enum class Action : std::uint8_t { append, write, read };

// One step of a transaction.
struct MicroOp {
  Action action = Action::read;
  std::string key{};
  std::int64_t value = 0;              // append, write: no value goes twice to one key
  std::vector<std::int64_t> list{};    // read of a list
  std::optional<std::int64_t> seen{};  // read of a register; nothing: it was never written

  static MicroOp append(std::string key, std::int64_t value);
  static MicroOp write(std::string key, std::int64_t value);
  static MicroOp read_list(std::string key, std::vector<std::int64_t> list);
  static MicroOp read_register(std::string key, std::optional<std::int64_t> seen);
};

enum class TransactionOutcome : std::uint8_t {
  ok,       // committed
  failed,   // had no effect, and will have none
  unknown,  // may have committed, or may yet: its client was told nothing
};

inline constexpr std::int64_t kNeverReturned = std::numeric_limits<std::int64_t>::max();

struct Transaction {
  std::int64_t process = 0;
  std::vector<MicroOp> ops{};
  TransactionOutcome outcome = TransactionOutcome::ok;
  // Positions in time, in any unit. One transaction came before another one if it returned before
  // that was called; if both are equal, they overlapped. What an unknown one returned does not
  // count.
  std::int64_t called = 0;
  std::int64_t returned = kNeverReturned;
  std::size_t line = 0;  // where its call stands in a file, for people; 0: nowhere
};

struct TransactionHistory {
  Workload workload = Workload::list_append;
  std::string name{};  // of the file, for error messages
  std::vector<Transaction> transactions{};
  // Where values are not numbers: value i stands for value_names[i]. Empty: they are numbers.
  std::vector<std::string> value_names{};
};

struct TransactionOptions {
  // Registers only: what may be assumed about the order of versions, beyond that every key begins
  // as nothing. A transaction that reads a key before it writes it writes a later version. That
  // holds at consistent view and above; below it is an assumption.
  bool writes_follow_reads = true;
  // Registers only: each key by itself is linearizable, so that real time orders its versions.
  bool linearizable_keys = false;
  std::size_t max_witnesses = 4;  // stories that are kept of each anomaly; all are counted
};

// An anomaly that was found, and why it is one.
struct Witness {
  Anomaly anomaly = Anomaly::g0;
  // Indices of the history. Of a cycle: in its order, each once.
  std::vector<std::size_t> transactions{};
  // What each transaction of the cycle did before the next one; or one line. "T1" is index 0.
  std::vector<std::string> story{};
};

struct TransactionVerdict {
  std::vector<Witness> witnesses{};  // in order of anomaly, then of transactions
  std::array<std::uint64_t, kAnomalies> counts{};
  std::size_t committed = 0;  // transactions that are known to have committed
  std::size_t proven = 0;     // of these, unknown ones whose writes were read
  IsolationSet ruled_out{};
  // Neither ruled out nor known to be allowed: a search was too long.
  IsolationSet undecided{};

  AnomalySet anomalies() const;
  bool allows(Isolation level) const {
    return !ruled_out.contains(level) && !undecided.contains(level);
  }
  // plainest() is the witness with the fewest transactions, the worst of these; null if there is
  // none. The worst anomaly need not be the one that is easiest to see.
  const Witness* plainest() const;
  // strongest() is the levels that the history allows, without those that another one implies.
  std::vector<Isolation> strongest() const;
};

// transactions_of() reads each operation of a history as a transaction. Its argument (and result,
// if it is ok) is a list of steps, or one step, as Jepsen has them: ["append", key, value],
// ["w", key, value], ["r", key, what was read, or nil]. "write" and "read" are "w" and "r". What an
// ok transaction returned must be the steps that it was called with, and what they read. Keys and
// values are anything but nil. Errors (invalid) are "FILE:LINE: what".
Result<TransactionHistory> transactions_of(const History& history, Workload workload);

// check_transactions() infers which transaction must have come before which from what was read,
// and looks for contradictions. The method is Elle's: Kingsbury and Alvaro, "Elle: Inferring
// Isolation Anomalies from Experimental Observations", VLDB 2020; the classes of cycles are Adya's
// (1999), and that snapshot isolation forbids just the cycles without two adjacent read-write edges
// is Cerone and Gotsman's ("Analysing Snapshot Isolation", PODC 2016).
//
// A level that is ruled out cannot explain the history. For lists whose every append was read the
// reverse holds too, for snapshot isolation, serializability and their strong forms. An unknown
// transaction counts as committed once a committed one has read what it wrote, and is else left
// out: it is never taken for failed.
//
// Time and memory are linear in the history, but for sorting, as long as there are no cycles; the
// search for short cycles is bounded. Errors (invalid): a value that goes twice to one key, an
// operation that is not of the workload, a transaction that returns before it is called.
Result<TransactionVerdict> check_transactions(const TransactionHistory& history,
                                              const TransactionOptions& options = {});

// text() is one transaction on one line: "T3 = process 1: read x = [1 2], append 3 to y (ok)", with
// its line in the file, if it has one.
std::string text(const TransactionHistory& history, std::size_t transaction);
// report() is the verdict for people: the levels, the counts, each witness with its transactions.
std::string report(const TransactionHistory& history, const TransactionVerdict& verdict);

}  // namespace norn::check
