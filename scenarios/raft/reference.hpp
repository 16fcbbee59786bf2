// The key-value store as its clients may expect it: one copy on one machine, which executes each
// operation once.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "raft/kv.hpp"
#include "raft/messages.hpp"

namespace raft_kv {

enum class Promise : std::uint8_t {
  exactly_once,  // no operation is executed twice, whatever its client repeats
  same_answers,  // every node, and a plain map beside them, get the same outcome from the same log
  linearizable,  // an operation takes effect between its call and its return
};
inline constexpr std::size_t kPromises = 3;

// name() is a sentence for reports.
std::string_view name(Promise promise);

// KvReference is told what the nodes apply and what the clients see. All operations go through the
// log, so their places there are an order in which they took effect: that it fits the calls and
// returns is all that linearizability asks (Herlihy and Wing, "Linearizability: A Correctness
// Condition for Concurrent Objects", 1990).
class KvReference {
 public:
  // broken() is empty while the promise holds, else says what broke it first.
  const std::string& broken(Promise promise) const {
    return broken_.at(static_cast<std::size_t>(promise));
  }

  void applied(Index index, const Entry& entry, const KvStore::Applied& applied);
  void called(ClientId client, std::uint64_t sequence);
  // returned() is for operations that were answered; of others nothing can be said.
  void returned(ClientId client, std::uint64_t sequence, const Outcome& outcome);

 private:
  struct Operation {
    std::uint64_t sequence = 0;  // the client's present operation
    Index index = 0;             // where it took effect; 0: not yet
    Index floor = 0;             // what had returned before it was called
    Outcome outcome = {};
  };
  struct Client {
    Operation operation;
    std::uint64_t last_executed = 0;
  };

  void apply_first(Index index, const Command& command, const KvStore::Applied& applied);
  Outcome execute(const Command& command);
  void fail(Promise promise, const std::string& detail);

  std::map<std::string, std::string> values_;
  std::map<ClientId, Client> clients_;
  std::vector<std::uint64_t> results_;  // by index: a hash of what the first node to apply it got
  Index returned_ = 0;                  // the last index whose operation has returned
  std::array<std::string, kPromises> broken_;
};

}  // namespace raft_kv
