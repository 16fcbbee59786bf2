// One server of the cluster: Raft, as the paper and the thesis give it, under a key-value store.
//
// Sources: D. Ongaro and J. Ousterhout, "In Search of an Understandable Consensus Algorithm",
// USENIX ATC 2014
// ("the paper"); D. Ongaro, "Consensus: Bridging Theory and Practice", Stanford 2014 ("the
// thesis").
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "norn/runtime/condition_variable.hpp"
#include "norn/runtime/message.hpp"
#include "norn/runtime/mutex.hpp"
#include "norn/runtime/task.hpp"
#include "norn/runtime/time.hpp"
#include "raft/kv.hpp"
#include "raft/log_store.hpp"
#include "raft/messages.hpp"
#include "raft/observer.hpp"

namespace raft_kv {

// Published mistakes that can be planted; README.md tells where each comes from.
enum class Mistake : std::uint8_t {
  none,
  vote_not_persisted,
  commit_older_term,
  append_truncates,
  vote_ignores_log,
  stale_vote_counted,
  ack_before_sync,
  stale_read,
  lost_session,
};

// from_name() takes the name of a variant ("vote-not-persisted"; "" is none).
bool from_name(std::string_view text, Mistake& mistake);

// Whether a mistake leaves the log as it must be: only what clients are answered shows it.
inline bool shows_to_clients_only(Mistake mistake) {
  return mistake == Mistake::stale_read || mistake == Mistake::lost_session;
}

struct RaftOptions {
  std::vector<std::string> cluster;  // names of all servers, the node itself among them
  norn::Duration election_timeout_min =
      std::chrono::milliseconds(150);  // the paper's figures, section 9.3
  norn::Duration election_timeout_max = std::chrono::milliseconds(300);
  norn::Duration heartbeat = std::chrono::milliseconds(50);
  bool pre_vote = true;
  std::size_t entries_per_append = 16;  // at most, in one message
  std::size_t snapshot_after =
      100;  // entries in the log, before a snapshot replaces those that were applied
  Mistake mistake = Mistake::none;
};

enum class Role : std::uint8_t {
  follower,
  pre_candidate,  // asks who would vote for it; its term has not changed yet
  candidate,
  leader,
};

std::string_view name(Role role);

// A RaftNode lives in the main fiber of its norn node, which calls run(). Three fibers share it:
// one serves messages, one minds the timeouts, one makes a leader's log durable while others
// already receive it. They change it only while they hold `mutex_`, and hold it across a write to
// the disk wherever what comes next has to wait for that write.
class RaftNode {
 public:
  RaftNode(const RaftOptions& options, Observer& observer);

  // run() recovers what the files hold, and serves until the node dies.
  [[noreturn]] void run();

 private:
  // What a leader knows of another server (paper, figure 2, and thesis, section 10.2.1).
  struct Peer {
    norn::Address address;
    Index next_index = 1;
    Index match_index = 0;
    bool probing = true;             // where its log meets ours is not known: one message at a time
    bool waiting = false;            // the probe is under way
    Index match_at_heartbeat = 0;    // has it made progress since?
    norn::TimePoint snapshot_due{};  // not before then another snapshot
    norn::TimePoint heard_at{};      // when it answered last
    bool answered = false;           // candidate: it has answered in this election
    bool granted = false;            // candidate: with its vote
  };

  // ---- raft_node.cpp: life, terms, clients, the state machine
  void recover();
  [[noreturn]] void serve();
  void mind_timeouts();
  void on_timeout();
  norn::TimePoint next_timeout() const;
  void write_leader_log();
  void on_client(const ClientRequest& request, norn::Address from);
  void set_role(Role role);
  void become_follower(Term term);
  void follow(norn::Address leader, Term term);
  void restart_election_timer();
  void append_entry(Entry entry);
  void cut_log(Index first);
  void advance_commit_to(Index index);
  void apply_committed();
  Peer* find_peer(norn::Address address);
  std::size_t majority() const { return (peers_.size() + 1) / 2 + 1; }

  // ---- election.cpp
  void start_election();
  void start_voting();
  void forget_votes();
  void ask_for_votes();
  bool has_majority_of_votes() const;
  void on_request_vote(const RequestVote& request, norn::Address from);
  bool would_vote_for(const RequestVote& request, norn::Address from) const;
  void on_vote(const Vote& vote, norn::Address from);
  void become_leader();

  // ---- replication.cpp
  void heartbeat();
  void replicate(Peer& peer);
  void on_append(const AppendEntries& append, norn::Address from);
  AppendReply take_entries(const AppendEntries& append);
  AppendReply conflict(Index index) const;
  void on_append_reply(const AppendReply& reply, norn::Address from);
  void back_up(Peer& peer, const AppendReply& reply);
  void advance_commit();

  // ---- snapshot.cpp
  void compact_if_long();
  void send_snapshot(Peer& peer);
  void on_install(const InstallSnapshot& install, norn::Address from);

  const RaftOptions& options_;
  Observer& observer_;
  const NodeId self_;

  norn::Mutex mutex_;
  LogStore log_;
  KvStore store_;
  std::vector<Peer> peers_;  // all servers but this one, in the order of options_.cluster

  Role role_ = Role::follower;
  NodeId vote_ = 0;    // in the present term
  NodeId leader_ = 0;  // of the present term, as far as known
  Index commit_index_ = 0;
  Index last_applied_ = 0;
  Index durable_index_ = 0;  // leader: what its own disk holds for certain

  norn::Duration election_timeout_{};
  norn::TimePoint heard_from_leader_{};
  norn::TimePoint election_due_{};
  norn::TimePoint heartbeat_due_{};  // candidate: when it asks again
  norn::ConditionVariable timeout_changed_;
  norn::ConditionVariable log_grew_;
  norn::Task<void> timer_fiber_;
  norn::Task<void> writer_fiber_;
};

}  // namespace raft_kv
