// Log compaction: paper, section 7; thesis, section 5.1. A snapshot is taken and sent whole,
// because the state is small.
#include <utility>

#include "norn/runtime/log.hpp"
#include "raft/raft_node.hpp"

namespace raft_kv {

void RaftNode::compact_if_long() {
  if (last_applied_ - log_.base_index() < options_.snapshot_after) return;
  log_.take_snapshot(last_applied_, store_.snapshot(options_.mistake != Mistake::lost_session));
}

void RaftNode::send_snapshot(Peer& peer) {
  if (norn::now() < peer.snapshot_due) return;
  peer.snapshot_due = norn::now() + options_.election_timeout_max;  // time to write it
  peer.probing = true;
  norn::send(peer.address, InstallSnapshot{.term = log_.term(), .snapshot = log_.snapshot()});
}

void RaftNode::on_install(const InstallSnapshot& install, norn::Address from) {
  if (install.term < log_.term()) {
    norn::send(from, AppendReply{.term = log_.term()});
    return;
  }
  follow(from, install.term);
  const Index last = install.snapshot.last_included_index;
  const Term last_term = install.snapshot.last_included_term;
  if (last > commit_index_) {
    const bool keeps_tail = last <= log_.last_index() && log_.term_at(last) == last_term;
    log_.install(install.snapshot);
    store_.restore(install.snapshot.state);
    commit_index_ = last_applied_ = last;
    observer_.installed(self_, last, last_term, keeps_tail);
    norn::publish("commit", commit_index_);
    election_due_ = norn::now() + election_timeout_;
  }
  log_.flush();
  norn::send(from, AppendReply{.term = log_.term(), .success = true, .match_index = last});
}

}  // namespace raft_kv
