// What a node shows of itself to whoever watches. A node that nobody watches has an Observer of
// this class.
#pragma once

#include <cstdint>
#include <span>

#include "raft/messages.hpp"

namespace raft_kv {

// An entry as far as the properties of Raft are concerned.
struct EntryMark {
  Term term = 0;
  std::uint64_t checksum = 0;  // of its command
  friend bool operator==(const EntryMark&, const EntryMark&) = default;
};

// Each call tells what has just become true on a node.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  // The node has started; its files held a snapshot up to `base` (0: none) and these entries after
  // it.
  virtual void recovered(NodeId, Index /*base*/, Term /*base_term*/, std::span<const EntryMark>) {}
  virtual void appended(NodeId, Index, const EntryMark&) {}
  // The entries from `first` on are gone, to make room for a leader's.
  virtual void cut(NodeId, Index /*first*/) {}
  // The node took over a leader's snapshot; its log keeps the entries behind it or (keeps_tail
  // false) loses all.
  virtual void installed(NodeId, Index /*last*/, Term /*last_term*/, bool /*keeps_tail*/) {}
  virtual void became_leader(NodeId, Term) {}
  virtual void stepped_down(NodeId) {}
  // The leader of `term` knows its entries up to `index` to be committed.
  virtual void committed(NodeId, Term, Index) {}
  // The node gave the entry to its state machine, which did this.
  virtual void applied(NodeId, Index, const Entry&, const KvStore::Applied&) {}
};

}  // namespace raft_kv
