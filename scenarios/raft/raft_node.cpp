#include "raft/raft_node.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

#include "norn/runtime/assert.hpp"
#include "norn/runtime/log.hpp"
#include "norn/runtime/random.hpp"

namespace raft_kv {

namespace {

constexpr std::array<std::string_view, 9> kMistakeNames = {"",
                                                           "vote-not-persisted",
                                                           "commit-older-term",
                                                           "append-truncates",
                                                           "vote-ignores-log",
                                                           "stale-vote-counted",
                                                           "ack-before-sync",
                                                           "stale-read",
                                                           "lost-session"};

EntryMark mark(const Entry& entry) {
  return {entry.term, checksum(entry.command)};
}

}  // namespace

bool from_name(std::string_view text, Mistake& mistake) {
  for (std::size_t i = 0; i < kMistakeNames.size(); ++i) {
    if (kMistakeNames.at(i) != text) continue;
    mistake = static_cast<Mistake>(i);
    return true;
  }
  return false;
}

std::string_view name(Role role) {
  constexpr std::array<std::string_view, 4> kNames = {"follower", "pre-candidate", "candidate",
                                                      "leader"};
  return kNames.at(static_cast<std::size_t>(role));
}

RaftNode::RaftNode(const RaftOptions& options, Observer& observer)
    : options_(options), observer_(observer), self_(norn::self().id()) {
  for (const std::string& server : options_.cluster) {
    const norn::Address address(server);
    NORN_ASSERT(address.known(),
                "RaftOptions::cluster names a node that does not exist: " + server);
    if (address.id() != self_) peers_.push_back({.address = address});
  }
}

void RaftNode::run() {
  recover();
  timer_fiber_ = norn::spawn("timeouts", [this] { mind_timeouts(); });
  writer_fiber_ = norn::spawn("leader's log", [this] { write_leader_log(); });
  serve();
}

void RaftNode::recover() {
  log_.recover();
  vote_ = log_.vote();
  const Snapshot& snapshot = log_.snapshot();
  if (log_.base_index() > 0) store_.restore(snapshot.state);
  commit_index_ = last_applied_ = log_.base_index();
  std::vector<EntryMark> marks;
  for (Index i = log_.base_index() + 1; i <= log_.last_index(); ++i)
    marks.push_back(mark(log_.entry(i)));
  observer_.recovered(self_, log_.base_index(), snapshot.last_included_term, marks);
  norn::publish("role", name(role_));
  norn::publish("term", log_.term());
  restart_election_timer();
}

void RaftNode::serve() {
  const auto locked = [this]<class M>(void (RaftNode::*handler)(const M&, norn::Address)) {
    return [this, handler](const M& message, norn::Address from) {
      const std::lock_guard lock(mutex_);
      (this->*handler)(message, from);
    };
  };
  norn::serve(locked(&RaftNode::on_append), locked(&RaftNode::on_append_reply),
              locked(&RaftNode::on_client), locked(&RaftNode::on_request_vote),
              locked(&RaftNode::on_vote), locked(&RaftNode::on_install));
}

void RaftNode::mind_timeouts() {
  for (;;) {
    const norn::TimePoint due = next_timeout();
    if (norn::now() < due) {
      timeout_changed_.wait_until(due);
      continue;
    }
    const std::lock_guard lock(mutex_);
    if (norn::now() >= next_timeout()) on_timeout();
  }
}

norn::TimePoint RaftNode::next_timeout() const {
  switch (role_) {
    case Role::follower:
      return election_due_;
    case Role::leader:
      return heartbeat_due_;
    case Role::pre_candidate:
    case Role::candidate:
      break;
  }
  return std::min(election_due_, heartbeat_due_);
}

void RaftNode::on_timeout() {
  if (role_ == Role::leader) {
    heartbeat();
  } else if (norn::now() >= election_due_) {
    start_election();
  } else {
    ask_for_votes();
  }
}

// A leader sends entries while its own disk still writes them, and counts itself when that is done
// (thesis, section 10.2.1).
void RaftNode::write_leader_log() {
  for (;;) {
    log_grew_.wait_until_true(
        [this] { return role_ == Role::leader && durable_index_ < log_.last_index(); });
    const Term term = log_.term();
    const Index last = log_.last_index();
    log_.flush();
    const std::lock_guard lock(mutex_);
    if (role_ != Role::leader || log_.term() != term) continue;
    durable_index_ = std::max(durable_index_, last);
    advance_commit();
  }
}

// Reads go through the log as well: slower than thesis, section 6.4, and linearizable without
// further thought.
void RaftNode::on_client(const ClientRequest& request, norn::Address from) {
  if (role_ != Role::leader) {
    norn::send(from, ClientReply{.sequence = request.command.sequence,
                                 .attempt = request.attempt,
                                 .leader_hint = leader_});
    return;
  }
  if (request.command.op == Op::get && options_.mistake == Mistake::stale_read) {
    // planted: stale-read
    const Outcome outcome = store_.read(request.command.key);
    norn::send(from, ClientReply{.sequence = request.command.sequence,
                                 .done = true,
                                 .ok = outcome.ok,
                                 .value = outcome.value});
    return;
  }
  append_entry({log_.term(), request.command});
  for (Peer& peer : peers_) {
    if (!peer.waiting) replicate(peer);
  }
}

void RaftNode::set_role(Role role) {
  if (role_ == role) return;
  if (role_ == Role::leader) observer_.stepped_down(self_);
  role_ = role;
  norn::publish("role", name(role));
  timeout_changed_.notify_one();
}

void RaftNode::become_follower(Term term) {
  if (term > log_.term()) {
    vote_ = 0;
    leader_ = 0;
    log_.set_term_and_vote(term, vote_);
    norn::publish("term", term);
  }
  if (role_ == Role::leader) restart_election_timer();
  set_role(Role::follower);
}

void RaftNode::follow(norn::Address leader, Term term) {
  if (term > log_.term() || role_ != Role::follower) become_follower(term);
  leader_ = leader.id();
  heard_from_leader_ = norn::now();
  election_due_ = heard_from_leader_ + election_timeout_;
}

void RaftNode::restart_election_timer() {
  election_timeout_ = norn::random("election timeout")
                          .between(options_.election_timeout_min, options_.election_timeout_max);
  election_due_ = norn::now() + election_timeout_;
}

void RaftNode::append_entry(Entry entry) {
  observer_.appended(self_, log_.last_index() + 1, mark(entry));
  log_.append(std::move(entry));
  if (role_ == Role::leader) log_grew_.notify_one();
}

void RaftNode::cut_log(Index first) {
  log_.cut_from(first);
  observer_.cut(self_, first);
}

void RaftNode::advance_commit_to(Index index) {
  if (index <= commit_index_) return;
  commit_index_ = index;
  if (role_ == Role::leader) observer_.committed(self_, log_.term(), index);
  norn::publish("commit", index);
  apply_committed();
  compact_if_long();
}

void RaftNode::apply_committed() {
  while (last_applied_ < commit_index_) {
    const Entry& entry = log_.entry(++last_applied_);
    const KvStore::Applied applied = store_.apply(entry.command);
    observer_.applied(self_, last_applied_, entry, applied);
    if (role_ != Role::leader || !applied.answerable) continue;
    norn::send(norn::Address::from_id(entry.command.client),
               ClientReply{.sequence = entry.command.sequence,
                           .done = true,
                           .ok = applied.outcome.ok,
                           .value = applied.outcome.value});
  }
}

RaftNode::Peer* RaftNode::find_peer(norn::Address address) {
  const auto found = std::ranges::find(peers_, address, &Peer::address);
  return found == peers_.end() ? nullptr : &*found;
}

}  // namespace raft_kv
