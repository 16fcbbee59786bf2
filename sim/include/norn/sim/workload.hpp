// Workload: what a client of a system under test asks for, one operation after the other.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "norn/check/history.hpp"
#include "norn/check/model.hpp"
#include "norn/runtime/random.hpp"
#include "norn/runtime/time.hpp"
#include "norn/runtime/workload_mix.hpp"

namespace norn {

// What is asked for, and with it which checker judges the answers.
enum class WorkloadKind : std::uint8_t {
  reg,           // read, write, cas of values that are all different
  append_list,   // append of a different word, get: keys that hold text
  transactions,  // lists of ["append", key, n] and ["r", key, nil], for the transaction checker
  bank,          // transfer {from, to, amount}, read of all balances
  set,           // add of different numbers, read of all
  queue,         // enqueue of different numbers, dequeue
  counter,       // add, read
  unique_ids,    // generate: no two answers may be the same
  lock,          // acquire, release, in turn
  lease,         // acquire -> a token, write(token), release
  log,           // append of different numbers, read of all
};
std::string_view name(WorkloadKind kind);

struct WorkloadOptions {
  // Part of the names of its knobs and draws: two workloads of one node need two names.
  std::string name = "workload";
  std::uint64_t keys = 4;  // accounts, for a bank
  // How much some keys are preferred: the exponent of Zipf's law in thousandths. Key number i is
  // asked for in proportion to 1 / i^(skew / 1000); 0: all alike; 990 is YCSB's usual value.
  std::uint32_t skew_permille = 0;
  // Closed: a client thinks between an answer and its next call, uniformly in this range.
  Duration think_min = std::chrono::milliseconds(5);
  Duration think_max = std::chrono::milliseconds(60);
  // Open: so many operations begin in a second, at times that do not depend on answers (the gaps
  // are exponential, cut off at eight means); a client that falls behind does not wait. 0: closed.
  std::uint64_t per_second = 0;
  std::uint64_t operations = std::numeric_limits<std::uint64_t>::max();  // then it is done
  std::uint64_t most_in_transaction = 4;                                 // micro-operations
  std::int64_t balance = 100;                                            // of each account at first
};

// Workload is one client's: its calls come from keyed draws of the node (random(label) with its
// name), so that they survive changes of the code around them. How often which operation comes is a
// WorkloadMix, whose weights a swarm run moves.
//
//   norn::Workload workload(norn::WorkloadKind::reg, {.keys = 3, .skew_permille = 990});
//   while (auto call = workload.next()) { … workload.answered(*call, result); }
class Workload {
 public:
  Workload(WorkloadKind kind, WorkloadOptions options);

  // next() waits as the options say and draws the next call; nothing when the client is done. Its
  // process is the calling node. Each is an operation that a shrunk case may leave out
  // (operation.hpp). Node code only; blocks the fiber.
  std::optional<check::Call> next();
  // answered() tells it what came of a call, where later calls depend on that: what a cas expects,
  // whether the lock is held, which token it has. Calls whose outcome is not known are not told.
  void answered(const check::Call& call, const check::Value& result);

  // model() is the model that judges the workload, in a JudgedHistory. None for transactions, which
  // a JudgedTransactions judges.
  static std::optional<check::Model> model(WorkloadKind kind, const WorkloadOptions& options);

 private:
  Random draws() const;
  void wait();
  check::Value unique();
  check::Value key();
  check::Call draw();
  check::Call draw_register(std::size_t function);
  check::Call draw_bank(std::size_t function);
  check::Call draw_lease(std::size_t function);
  check::Value draw_transaction();

  WorkloadKind kind_;
  WorkloadOptions options_;
  WorkloadMix mix_;
  std::vector<std::uint64_t> key_up_to_;  // sums of the keys' weights
  std::uint64_t made_ = 0;
  TimePoint next_at_{};
  check::Value last_read_;
  std::optional<std::int64_t> token_;
  bool held_ = false;
};

}  // namespace norn
