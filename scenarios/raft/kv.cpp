#include "raft/kv.hpp"

#include <array>
#include <utility>
#include <vector>

#include "norn/runtime/assert.hpp"
#include "raft/cbor.hpp"
#include "raft/checksum.hpp"

namespace raft_kv {

namespace {

constexpr std::array<std::string_view, 5> kOpNames = {"none", "put", "append", "get", "cas"};

// The form of a snapshot.
struct SavedValue {
  std::string key;
  std::string value;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("key", self.key);
    visit("value", self.value);
  }
};

struct SavedSession {
  ClientId client = 0;
  std::uint64_t sequence = 0;
  bool ok = false;
  std::string value;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("client", self.client);
    visit("sequence", self.sequence);
    visit("ok", self.ok);
    visit("value", self.value);
  }
};

struct SavedStore {
  std::vector<SavedValue> values;
  std::vector<SavedSession> sessions;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("values", self.values);
    visit("sessions", self.sessions);
  }
};

}  // namespace

std::string_view name(Op op) {
  return kOpNames.at(static_cast<std::size_t>(op));
}

bool from_name(std::string_view text, Op& op) {
  for (std::size_t i = 0; i < kOpNames.size(); ++i) {
    if (kOpNames.at(i) != text) continue;
    op = static_cast<Op>(i);
    return true;
  }
  return false;
}

std::uint64_t checksum(const Command& command) {
  Fnv sum;
  sum.add(std::uint64_t{command.client});
  sum.add(command.sequence);
  sum.add(static_cast<std::uint8_t>(command.op));
  sum.add(std::string_view(command.key));
  sum.add(std::string_view(command.value));
  sum.add(std::string_view(command.expected));
  return sum.value;
}

KvStore::Applied KvStore::apply(const Command& command) {
  if (command.op == Op::none) return {};
  Session& session = sessions_[command.client];
  if (command.sequence > session.sequence) {
    session.sequence = command.sequence;
    session.outcome = execute(command);
    return {.executed = true, .answerable = true, .outcome = session.outcome};
  }
  if (command.sequence < session.sequence) return {};
  return {.executed = false, .answerable = true, .outcome = session.outcome};
}

Outcome KvStore::read(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? Outcome{} : Outcome{true, found->second};
}

Outcome KvStore::execute(const Command& command) {
  if (command.op == Op::get) return read(command.key);
  const auto found = values_.find(command.key);
  const bool exists = found != values_.end();
  if (command.op == Op::cas && (exists ? found->second : "") != command.expected) {
    return {.ok = false, .value = exists ? found->second : ""};
  }
  std::string& value = values_[command.key];
  if (command.op == Op::append) {
    value += command.value;
  } else {
    value = command.value;
  }
  return {.ok = true, .value = value};
}

norn::Bytes KvStore::snapshot(bool with_sessions) const {
  SavedStore saved;
  for (const auto& [key, value] : values_) saved.values.push_back({key, value});
  for (const auto& [client, session] : sessions_) {
    if (!with_sessions) break;  // planted: lost-session
    saved.sessions.push_back({client, session.sequence, session.outcome.ok, session.outcome.value});
  }
  return encode(saved);
}

void KvStore::restore(const norn::Bytes& bytes) {
  auto saved = decode<SavedStore>(bytes);
  NORN_ASSERT(saved.ok(),
              "KvStore::restore() of bytes that are no snapshot: check their checksum before");
  values_.clear();
  sessions_.clear();
  for (auto& [key, value] : saved->values) values_.emplace(std::move(key), std::move(value));
  for (auto& session : saved->sessions) {
    sessions_[session.client] = {session.sequence, {session.ok, std::move(session.value)}};
  }
}

}  // namespace raft_kv
