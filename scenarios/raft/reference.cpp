#include "raft/reference.hpp"

#include <algorithm>

#include "raft/checksum.hpp"

namespace raft_kv {

namespace {

std::uint64_t hash(const KvStore::Applied& applied) {
  Fnv sum;
  sum.add(static_cast<std::uint8_t>((applied.executed ? 1 : 0) + (applied.answerable ? 2 : 0) +
                                    (applied.outcome.ok ? 4 : 0)));
  sum.add(std::string_view(applied.outcome.value));
  return sum.value;
}

std::string operation_text(ClientId client, std::uint64_t sequence) {
  return "operation " + std::to_string(sequence) + " of client " + std::to_string(client);
}

std::string text(const Outcome& outcome) {
  return (outcome.ok ? "ok \"" : "failed \"") + outcome.value + "\"";
}

}  // namespace

std::string_view name(Promise promise) {
  constexpr std::array<std::string_view, kPromises> kNames = {
      "exactly once: no client operation is executed twice",
      "same answers: every copy of the store gets the same outcome",
      "linearizable: operations take effect between call and return",
  };
  return kNames.at(static_cast<std::size_t>(promise));
}

void KvReference::fail(Promise promise, const std::string& detail) {
  std::string& broken = broken_.at(static_cast<std::size_t>(promise));
  if (broken.empty()) broken = detail;
}

void KvReference::applied(Index index, const Entry& entry, const KvStore::Applied& applied) {
  if (index > results_.size() + 1) return;  // a hole: the properties of Raft judge that
  if (index == results_.size() + 1) {
    results_.push_back(hash(applied));
    apply_first(index, entry.command, applied);
  } else if (results_[index - 1] != hash(applied)) {
    fail(Promise::same_answers, operation_text(entry.command.client, entry.command.sequence) +
                                    " gave " + text(applied.outcome) + " at index " +
                                    std::to_string(index) + ", and something else on another node");
  }
}

void KvReference::apply_first(Index index, const Command& command,
                              const KvStore::Applied& applied) {
  if (!applied.executed) return;
  Client& client = clients_[command.client];
  if (command.sequence <= client.last_executed) {
    fail(Promise::exactly_once, operation_text(command.client, command.sequence) +
                                    " is executed at index " + std::to_string(index) +
                                    ", after operation " + std::to_string(client.last_executed));
  }
  client.last_executed = std::max(client.last_executed, command.sequence);
  const Outcome expected = execute(command);
  if (expected != applied.outcome) {
    fail(Promise::same_answers, operation_text(command.client, command.sequence) + " gave " +
                                    text(applied.outcome) + " at index " + std::to_string(index) +
                                    ", where a plain map gives " + text(expected));
  }
  if (client.operation.sequence != command.sequence) return;
  client.operation.index = index;
  client.operation.outcome = expected;
}

Outcome KvReference::execute(const Command& command) {
  const auto found = values_.find(command.key);
  const std::string before = found == values_.end() ? "" : found->second;
  if (command.op == Op::get) return {.ok = found != values_.end(), .value = before};
  if (command.op == Op::cas && before != command.expected) return {.ok = false, .value = before};
  const std::string after = command.op == Op::append ? before + command.value : command.value;
  values_[command.key] = after;
  return {.ok = true, .value = after};
}

void KvReference::called(ClientId client, std::uint64_t sequence) {
  clients_[client].operation = {.sequence = sequence, .floor = returned_};
}

void KvReference::returned(ClientId client, std::uint64_t sequence, const Outcome& outcome) {
  const Operation& operation = clients_[client].operation;
  const std::string who = operation_text(client, sequence);
  if (operation.sequence != sequence || operation.index == 0) {
    fail(Promise::linearizable, who + " was answered and never took effect");
  } else if (operation.outcome != outcome) {
    fail(Promise::linearizable, who + " was answered " + text(outcome) + " where its effect was " +
                                    text(operation.outcome));
  } else if (operation.index <= operation.floor) {
    fail(Promise::linearizable, who + " took effect at index " + std::to_string(operation.index) +
                                    ", before one at index " + std::to_string(operation.floor) +
                                    " that had returned before it was called");
  }
  returned_ = std::max(returned_, operation.index);
}

}  // namespace raft_kv
