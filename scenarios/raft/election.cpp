// Elections: paper, sections 5.2 and 5.4.1; pre-vote: thesis, section 9.6.
#include <algorithm>

#include "norn/runtime/log.hpp"
#include "raft/raft_node.hpp"

namespace raft_kv {

void RaftNode::start_election() {
  restart_election_timer();
  leader_ = 0;
  if (!options_.pre_vote) return start_voting();
  set_role(Role::pre_candidate);
  forget_votes();
  ask_for_votes();
}

void RaftNode::start_voting() {
  set_role(Role::candidate);
  vote_ = self_;
  leader_ = 0;
  log_.set_term_and_vote(log_.term() + 1, vote_);
  norn::publish("term", log_.term());
  log_.flush();
  forget_votes();
  ask_for_votes();
}

void RaftNode::forget_votes() {
  for (Peer& peer : peers_) peer.answered = peer.granted = false;
}

void RaftNode::ask_for_votes() {
  heartbeat_due_ = norn::now() + options_.heartbeat;
  timeout_changed_.notify_one();
  RequestVote request{
      .term = log_.term(), .last_log_index = log_.last_index(), .last_log_term = log_.last_term()};
  if (role_ == Role::pre_candidate) {
    request.pre_vote = true;
    ++request.term;
  }
  for (const Peer& peer : peers_) {
    if (!peer.answered) norn::send(peer.address, request);
  }
}

bool RaftNode::would_vote_for(const RequestVote& request, norn::Address from) const {
  // Who has more: the later term of the last entry, then the longer log.
  const bool up_to_date =
      request.last_log_term > log_.last_term() ||
      (request.last_log_term == log_.last_term() && request.last_log_index >= log_.last_index());
  // planted: vote-ignores-log votes for a candidate whose log is behind.
  if (!up_to_date && options_.mistake != Mistake::vote_ignores_log) return false;
  if (!request.pre_vote) return request.term == log_.term() && (vote_ == 0 || vote_ == from.id());
  const bool has_leader =
      role_ == Role::leader ||
      (leader_ != 0 && norn::now() < heard_from_leader_ + options_.election_timeout_min);
  return request.term > log_.term() && !has_leader;
}

void RaftNode::on_request_vote(const RequestVote& request, norn::Address from) {
  if (request.pre_vote) {
    const bool granted = would_vote_for(request, from);
    norn::send(
        from,
        Vote{.term = granted ? request.term : log_.term(), .granted = granted, .pre_vote = true});
    return;
  }
  if (request.term > log_.term()) become_follower(request.term);
  const bool granted = would_vote_for(request, from);
  if (granted) {
    vote_ = from.id();
    restart_election_timer();
    // planted: vote-not-persisted keeps the vote in memory only.
    if (options_.mistake != Mistake::vote_not_persisted) log_.set_term_and_vote(log_.term(), vote_);
  }
  log_.flush();
  norn::send(from, Vote{.term = log_.term(), .granted = granted});
}

void RaftNode::on_vote(const Vote& vote, norn::Address from) {
  Peer* const peer = find_peer(from);
  if (peer == nullptr) return;
  const bool may_go_on =
      vote.pre_vote && vote.granted;  // its term is the one that this node asked about
  if (vote.term > log_.term() && !may_go_on) return become_follower(vote.term);
  if (vote.pre_vote) {
    if (role_ != Role::pre_candidate || (vote.granted && vote.term != log_.term() + 1)) return;
  } else {
    if (role_ != Role::candidate) return;
    // planted: stale-vote-counted takes a vote of an earlier term for one of this term.
    if (vote.term != log_.term() && options_.mistake != Mistake::stale_vote_counted) return;
  }
  peer->answered = true;
  peer->granted = peer->granted || vote.granted;
  if (!has_majority_of_votes()) return;
  if (role_ == Role::candidate) {
    become_leader();
  } else {
    start_voting();
  }
}

bool RaftNode::has_majority_of_votes() const {
  const auto granted = std::ranges::count_if(peers_, &Peer::granted);
  return static_cast<std::size_t>(granted) + 1 >= majority();  // its own is one of them
}

void RaftNode::become_leader() {
  set_role(Role::leader);
  leader_ = self_;
  durable_index_ = 0;
  for (Peer& peer : peers_) {
    peer = {.address = peer.address, .next_index = log_.last_index() + 1, .heard_at = norn::now()};
  }
  observer_.became_leader(self_, log_.term());
  // Entries of earlier terms are committed by committing one of this term (paper, sections 5.4.2
  // and 8).
  append_entry({log_.term(), Command{}});
  heartbeat();
}

}  // namespace raft_kv
