// The replicated state machine: a key-value store that remembers what it has already done for whom.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "norn/runtime/codec.hpp"

namespace raft_kv {

using NodeId = std::uint32_t;  // the number in a norn::Address; 0 is nobody
using ClientId = NodeId;       // clients are nodes too

enum class Op : std::uint8_t {
  none,    // what a new leader writes first
  put,     // key := value
  append,  // key := key + value
  get,
  cas,  // key := value, if it was `expected`
};

std::string_view name(Op op);
bool from_name(std::string_view text, Op& op);

// What a client asks for. A client has one operation under way at a time and numbers them from 1.
struct Command {
  ClientId client = 0;
  std::uint64_t sequence = 0;
  Op op = Op::none;
  std::string key = {};
  std::string value = {};
  std::string expected = {};

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("client", self.client);
    visit("sequence", self.sequence);
    visit("op", self.op);
    visit("key", self.key);
    visit("value", self.value);
    visit("expected", self.expected);
  }
};

// checksum() tells commands apart (64-bit FNV-1a over all fields).
std::uint64_t checksum(const Command& command);

// What an operation gave: the value of the key after it; `ok` is false for a get of a missing key
// and for a cas that found another value.
struct Outcome {
  bool ok = false;
  std::string value = {};
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// A map from keys to values, and one session for each client with the last operation done for it
// and its outcome: a command that is committed twice (the client asked again) is executed once.
// Client sessions of the thesis, section 6.3, without registration and expiry. The sessions are
// part of the state and so of every snapshot.
class KvStore {
 public:
  struct Applied {
    bool executed = false;    // false: done before, or no operation at all
    bool answerable = false;  // false: the client has gone on to a later operation
    Outcome outcome = {};
  };

  Applied apply(const Command& command);
  // read() is what a get gives now.
  Outcome read(const std::string& key) const;

  // snapshot() and restore() are exact inverses, unless the sessions are left out. restore()
  // asserts that the bytes are a snapshot: whoever stores them keeps a checksum beside them.
  norn::Bytes snapshot(bool with_sessions = true) const;
  void restore(const norn::Bytes& bytes);

 private:
  struct Session {
    std::uint64_t sequence = 0;
    Outcome outcome = {};
  };

  Outcome execute(const Command& command);

  std::map<std::string, std::string> values_;
  std::map<ClientId, Session> sessions_;
};

}  // namespace raft_kv
