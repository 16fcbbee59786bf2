// What master, backup, witness and clients say to each other.
#pragma once

#include <cstdint>
#include <vector>

#include "norn/runtime/codec_json.hpp"

namespace master_backup {

struct Append {
  std::uint64_t entry;
  using Reply = bool;  // whether it is in the log for good; false: perhaps
};
struct Count {
  using Reply = std::int64_t;  // of the entries of the log; -1: this node does not serve
};
// What the backup says to a Replicate: whether it has the log now, and which of its lives it is in.
struct Copied {
  std::uint64_t taken;
  std::uint64_t life;
};
// The whole log, from the master to the backup; it is a heartbeat as well. It is for one life of
// the backup: what was sent before the backup started again may come after it, and is old.
struct Replicate {
  std::uint64_t term;
  std::uint64_t life;
  std::vector<std::uint64_t> log;
  using Reply = Copied;
};
// To the witness: may this node be, or remain, the master? A node is empty that has just started
// and knows no log.
struct Claim {
  std::uint64_t node;
  std::uint64_t empty;
  using Reply = std::uint64_t;  // the term, or 0
};
// To the witness: the backup misses entries (or has them all again). Later changes have higher
// numbers.
struct BackupMisses {
  std::uint64_t term;
  std::uint64_t change;
  std::uint64_t misses;
  using Reply = bool;
};

}  // namespace master_backup
