// What the nodes of the cluster and its clients say to each other.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "raft/cbor.hpp"
#include "raft/kv.hpp"

namespace raft_kv {

using Term = std::uint64_t;   // from 1; 0 is before any election
using Index = std::uint64_t;  // of an entry in the log, from 1; 0 is before the first

struct Entry {
  Term term = 0;
  Command command;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("term", self.term);
    visit("command", self.command);
  }
};

// The names of messages and fields are the paper's (figures 2 and 13) where it has one. The paper's
// RPCs are datagrams here: requests and answers may be lost, doubled and late, so answers carry
// what they answer.

struct RequestVote {
  Term term = 0;  // the candidate's; with `pre_vote`, the one that it would have
  Index last_log_index = 0;
  Term last_log_term = 0;
  bool pre_vote = false;  // thesis, section 9.6: would you vote for me?

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("term", self.term);
    visit("last_log_index", self.last_log_index);
    visit("last_log_term", self.last_log_term);
    visit("pre_vote", self.pre_vote);
  }
};

struct Vote {
  Term term = 0;  // the voter's; of a granted pre-vote, the term that was asked for
  bool granted = false;
  bool pre_vote = false;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("term", self.term);
    visit("granted", self.granted);
    visit("pre_vote", self.pre_vote);
  }
};

struct AppendEntries {
  Term term = 0;
  Index prev_log_index = 0;
  Term prev_log_term = 0;
  Index leader_commit = 0;
  std::vector<Entry> entries = {};  // empty: a heartbeat

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("term", self.term);
    visit("prev_log_index", self.prev_log_index);
    visit("prev_log_term", self.prev_log_term);
    visit("leader_commit", self.leader_commit);
    visit("entries", self.entries);
  }
};

// Answers AppendEntries and InstallSnapshot.
struct AppendReply {
  Term term = 0;
  bool success = false;
  Index match_index = 0;     // success: up to here the follower's log is the leader's
  Index conflict_index = 0;  // failure: where to try next (paper, end of section 5.3)
  Term conflict_term =
      0;  // failure: the term that the follower has at prev_log_index; 0: its log is shorter

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("term", self.term);
    visit("success", self.success);
    visit("match_index", self.match_index);
    visit("conflict_index", self.conflict_index);
    visit("conflict_term", self.conflict_term);
  }
};

// The state machine after the entries up to last_included_index. One message: the state is small.
struct Snapshot {
  Index last_included_index = 0;
  Term last_included_term = 0;
  norn::Bytes state = {};

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("last_included_index", self.last_included_index);
    visit("last_included_term", self.last_included_term);
    visit("state", self.state);
  }
};

struct InstallSnapshot {
  Term term = 0;
  Snapshot snapshot;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("term", self.term);
    visit("snapshot", self.snapshot);
  }
};

struct ClientRequest {
  Command command;
  std::uint64_t attempt = 0;  // counts how often the client has asked, for anything

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("command", self.command);
    visit("attempt", self.attempt);
  }
};

struct ClientReply {
  std::uint64_t sequence = 0;
  bool done = false;          // false: ask somebody else
  std::uint64_t attempt = 0;  // not done: which one this node turned down
  NodeId leader_hint = 0;     // not done: who leads, as far as it knows; 0: nobody known
  bool ok = false;
  std::string value = {};

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("sequence", self.sequence);
    visit("done", self.done);
    visit("attempt", self.attempt);
    visit("leader_hint", self.leader_hint);
    visit("ok", self.ok);
    visit("value", self.value);
  }
};

}  // namespace raft_kv
