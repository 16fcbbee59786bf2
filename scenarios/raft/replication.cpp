// Log replication and the commit rule: paper, sections 5.3 and 5.4.2.
#include <algorithm>

#include "norn/runtime/log.hpp"
#include "raft/raft_node.hpp"

namespace raft_kv {

void RaftNode::heartbeat() {
  const norn::TimePoint now = norn::now();
  // A leader that does not hear from a majority any more makes room for another (thesis,
  // section 6.2).
  const auto heard = std::ranges::count_if(peers_, [&](const Peer& peer) {
    return now - peer.heard_at < options_.election_timeout_max;
  });
  if (static_cast<std::size_t>(heard) + 1 < majority()) return become_follower(log_.term());
  heartbeat_due_ = now + options_.heartbeat;
  for (Peer& peer : peers_) {
    const bool lost = !peer.probing && peer.match_index + 1 < peer.next_index &&
                      peer.match_index == peer.match_at_heartbeat;
    if (lost) {
      peer.probing = true;
      peer.next_index = peer.match_index + 1;
    }
    peer.match_at_heartbeat = peer.match_index;
    if (peer.next_index <= log_.base_index() && now < peer.snapshot_due) {
      // A snapshot is under way; an empty append before the first entry fits every log and says who
      // leads.
      norn::send(peer.address, AppendEntries{.term = log_.term()});
    } else {
      replicate(peer);
    }
  }
}

// Sends what the peer lacks, or nothing but the heartbeat. Entries are taken as received until the
// contrary is known (pipelining; thesis, section 10.2.2), but not while the place where the logs
// meet is still looked for.
void RaftNode::replicate(Peer& peer) {
  if (peer.next_index <= log_.base_index()) return send_snapshot(peer);
  const Index previous = peer.next_index - 1;
  AppendEntries append{.term = log_.term(),
                       .prev_log_index = previous,
                       .prev_log_term = log_.term_at(previous),
                       .leader_commit = commit_index_,
                       .entries = log_.entries(peer.next_index, options_.entries_per_append)};
  norn::send(peer.address, append);
  peer.waiting = peer.probing;
  if (!peer.probing) peer.next_index += append.entries.size();
}

void RaftNode::on_append(const AppendEntries& append, norn::Address from) {
  if (append.term < log_.term()) {
    norn::send(from, AppendReply{.term = log_.term()});
    return;
  }
  follow(from, append.term);
  const AppendReply reply = take_entries(append);
  // planted: ack-before-sync answers before the entries are durable.
  if (options_.mistake == Mistake::ack_before_sync) norn::send(from, reply);
  log_.flush();
  if (options_.mistake != Mistake::ack_before_sync) norn::send(from, reply);
  if (reply.success) advance_commit_to(std::min(append.leader_commit, reply.match_index));
}

// The consistency check, then the entries that are new. An entry that is there already stays, with
// all behind it: this append may be an old one.
AppendReply RaftNode::take_entries(const AppendEntries& append) {
  const Index previous = append.prev_log_index;
  if (previous > log_.last_index()) return conflict(previous);
  // What a snapshot covers is committed, so it agrees with any leader's log.
  if (previous >= log_.base_index() && log_.term_at(previous) != append.prev_log_term)
    return conflict(previous);
  Index index = previous;
  for (const Entry& entry : append.entries) {
    if (++index <= log_.base_index()) continue;
    if (index <= log_.last_index()) {
      if (log_.term_at(index) == entry.term) continue;
      cut_log(index);
    }
    append_entry(entry);
  }
  // planted: append-truncates takes the end of the message for the end of the log.
  const bool cut_rest = options_.mistake == Mistake::append_truncates && index < log_.last_index();
  if (cut_rest) cut_log(std::max(index, log_.base_index()) + 1);
  return {.term = log_.term(), .success = true, .match_index = index};
}

// Says where the leader should try next: where the term that conflicts begins, so that it passes
// over a whole term at a time (paper, end of section 5.3).
AppendReply RaftNode::conflict(Index index) const {
  AppendReply reply{.term = log_.term(), .conflict_index = log_.last_index() + 1};
  if (index > log_.last_index()) return reply;
  reply.conflict_term = log_.term_at(index);
  while (index > log_.base_index() && log_.term_at(index) == reply.conflict_term) --index;
  reply.conflict_index = index + 1;
  return reply;
}

void RaftNode::on_append_reply(const AppendReply& reply, norn::Address from) {
  if (reply.term > log_.term()) return become_follower(reply.term);
  Peer* const peer = find_peer(from);
  if (peer == nullptr || role_ != Role::leader || reply.term < log_.term()) return;
  peer->heard_at = norn::now();
  if (!reply.success) return back_up(*peer, reply);
  peer->match_index = std::max(peer->match_index, reply.match_index);
  if (peer->match_index + 1 >= peer->next_index) {
    peer->next_index = peer->match_index + 1;
    peer->probing = peer->waiting = false;
  }
  advance_commit();
  if (role_ == Role::leader && !peer->waiting && peer->next_index <= log_.last_index())
    replicate(*peer);
}

void RaftNode::back_up(Peer& peer, const AppendReply& reply) {
  // An answer to an append before the last: we know better by now.
  if (reply.conflict_index <= peer.match_index || reply.conflict_index >= peer.next_index) return;
  Index next = reply.conflict_index;
  if (reply.conflict_term != 0 && peer.next_index > log_.base_index() + 1) {
    // If the leader has entries of that term, the logs may meet at the last of them.
    Index last = std::min(peer.next_index - 1, log_.last_index());
    while (last > std::max(next, log_.base_index()) && log_.term_at(last) > reply.conflict_term)
      --last;
    if (last > log_.base_index() && log_.term_at(last) == reply.conflict_term &&
        last + 1 < peer.next_index) {
      next = last + 1;
    }
  }
  peer.next_index = std::max(next, peer.match_index + 1);
  peer.probing = true;
  replicate(peer);
}

void RaftNode::advance_commit() {
  Index best = 0;
  const auto holders = [this](Index index) {
    const auto others =
        std::ranges::count_if(peers_, [&](const Peer& peer) { return peer.match_index >= index; });
    return static_cast<std::size_t>(others) + (durable_index_ >= index ? 1 : 0);
  };
  if (holders(durable_index_) >= majority()) best = durable_index_;
  for (const Peer& peer : peers_) {
    if (peer.match_index > best && holders(peer.match_index) >= majority()) best = peer.match_index;
  }
  if (best <= commit_index_) return;
  // planted: commit-older-term commits entries of earlier terms by counting replicas (paper, figure
  // 8).
  if (log_.term_at(best) != log_.term() && options_.mistake != Mistake::commit_older_term) return;
  advance_commit_to(best);
}

}  // namespace raft_kv
