// Coordinator: decides whether a transaction commits, and sees to it that everybody does.
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
#include "bank_2pc/participant.hpp"

namespace bank_2pc {

// Two-phase commit with presumed abort (Mohan, Lindsay and Obermarck, "Transaction Management in
// the R* Distributed Database Management System", TODS 1986). A commit is decided once it is in the
// log: only then anybody is told. It is repeated, through crashes, until every participant has
// acknowledged it. An abort is what nothing is known of: it is written nowhere.
class Coordinator {
 public:
  Coordinator(Mistake mistake, Sightings& sightings);
  [[noreturn]] void run();

 private:
  // The steps of each participant.
  using Parts = std::map<std::string, Steps>;

  void recover();
  TransactionId begin();
  void start(const Execute& request, norn::Address client);
  void execute(TransactionId transaction, Steps steps, norn::Address client);
  bool collect_votes(TransactionId transaction, Parts& parts);
  void decide_commit(TransactionId transaction, const std::vector<std::string>& participants);
  void finish(TransactionId transaction, const std::vector<std::string>& participants);
  Fate fate_of(TransactionId transaction) const;

  Mistake mistake_;
  Sightings& sightings_;
  Log<CoordinatorRecord> log_{"coordinator"};
  std::uint64_t life_ = 0;
  std::uint64_t count_ = 0;
  std::set<TransactionId> open_;      // given out
  std::set<TransactionId> deciding_;  // begun, not decided
  std::set<TransactionId> committed_;
};

}  // namespace bank_2pc
