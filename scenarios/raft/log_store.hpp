// What a node must not forget: its term, its vote, its log and its latest snapshot, in files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "norn/runtime/file.hpp"
#include "norn/runtime/mutex.hpp"
#include "raft/messages.hpp"

namespace raft_kv {

// LogStore keeps the log in memory and in a write-ahead file. Changes are made in memory; flush()
// makes all of them durable with one write and one fsync, so changes that several fibers made
// meanwhile share it.
//
// "wal" is a list of records, each with its length and a checksum over itself and the checksum
// before it. A record is a term and vote, or an entry with its index; an entry at an index that is
// there already replaces it and all after it, so that nothing in the file is ever overwritten. What
// a crash left half written ends at the first wrong checksum. "snapshot" holds the latest snapshot;
// entries that it covers leave the wal when that is rewritten.
//
// A node whose disk fails stops: the fiber that met the error never goes on.
class LogStore {
 public:
  // recover() reads what the files hold; to be called first. Blocks.
  void recover();

  Term term() const { return term_; }
  NodeId vote() const { return vote_; }
  // The log holds the entries after `snapshot().last_included_index`, up to last_index().
  const Snapshot& snapshot() const { return snapshot_; }
  Index base_index() const { return snapshot_.last_included_index; }
  Index last_index() const { return base_index() + entries_.size(); }
  Term last_term() const { return term_at(last_index()); }
  // term_at() takes an index from base_index() to last_index(), entry() one after base_index().
  Term term_at(Index index) const;
  const Entry& entry(Index index) const;
  // entries() copies at most `limit` entries from `first` on.
  std::vector<Entry> entries(Index first, std::size_t limit) const;

  void set_term_and_vote(Term term, NodeId vote);
  void append(Entry entry);
  // cut_from() removes the entries from `first` on. It reaches the file with the next append().
  void cut_from(Index first);
  // flush() blocks until everything above is durable.
  void flush();

  // take_snapshot() replaces the entries up to `last` by the state after them. Durable when it
  // returns.
  void take_snapshot(Index last, norn::Bytes state);
  // install() takes another node's snapshot. Entries after it stay if the log holds its last entry,
  // else all go. Durable when it returns.
  void install(Snapshot snapshot);

 private:
  void recover_snapshot();
  // What the records of a wal amount to.
  struct Replayed {
    std::vector<Entry> entries;
    Index first = 0;             // index of the first of them
    std::size_t good_bytes = 0;  // what comes after was not written whole
  };
  Replayed replay(const norn::Bytes& wal);
  void keep_after_snapshot(const Replayed& replayed);
  void add_state_record();
  void add_entry_record(Index index, const Entry& entry);
  void add_record(std::byte kind, std::span<const std::byte> content);
  void replace_snapshot(Snapshot snapshot, std::vector<Entry> tail);
  void rewrite_wal();

  Term term_ = 0;
  NodeId vote_ = 0;
  Snapshot snapshot_;
  std::vector<Entry> entries_;

  norn::Mutex disk_;  // held while the files are written
  std::optional<norn::File> wal_;
  norn::Bytes unwritten_;    // records that are not in the wal yet
  std::uint64_t chain_ = 0;  // checksum of the last record
};

}  // namespace raft_kv
