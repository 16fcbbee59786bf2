// Participant: one of the three nodes that hold the data.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <norn/runtime.hpp>

#include "bank_2pc/log.hpp"
#include "bank_2pc/messages.hpp"
#include "bank_2pc/mistake.hpp"

namespace bank_2pc {

// What the scenario sees from outside, over all lives.
struct Sightings {
  std::uint64_t recovered_in_doubt = 0;
  std::uint64_t repeated_commits = 0;
};

// Locks of whole keys, shared or exclusive. Nobody waits for one: who does not get all that he
// needs gives up, so that there are no deadlocks.
class LockTable {
 public:
  bool lock(TransactionId transaction, const std::string& key, bool exclusive);
  void unlock_all(TransactionId transaction);

 private:
  struct Lock {
    std::set<TransactionId> holders;
    bool exclusive = false;
  };
  std::map<std::string, Lock> locks_;
};

// A participant promises, by voting yes, to commit or abort as the coordinator decides, whatever
// happens to either. So before it votes the steps are in its log, and from then on until it knows
// the decision the locks are kept: also through a crash, after which it asks.
class Participant {
 public:
  Participant(Mistake mistake, Sightings& sightings);
  [[noreturn]] void run();

 private:
  struct Prepared {
    Steps steps;
    Vote vote;
    norn::TimePoint since;
  };

  void recover();
  Vote prepare(const Prepare& request);
  bool decide(TransactionId transaction, bool commit);
  [[noreturn]] void resolve();
  void resolve(TransactionId transaction);

  bool take_locks(TransactionId transaction, const Steps& steps);
  bool execute(Steps& steps) const;
  void apply(const Steps& steps);

  Mistake mistake_;
  Sightings& sightings_;
  Log<ParticipantRecord> log_{"participant"};
  norn::Mutex mutex_;  // of everything below, while the log is written to as well
  std::map<std::string, std::vector<std::int64_t>> lists_;
  LockTable locks_;
  std::map<TransactionId, Prepared> prepared_;
  std::set<TransactionId> committed_;
};

}  // namespace bank_2pc
