#include "raft/watcher.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "norn/sim/exhaustive.hpp"

namespace raft_kv {

using namespace std::chrono_literals;

namespace {

norn::check::Call call_of(const Command& command) {
  norn::check::Call call{
      .process = command.client, .function = std::string(name(command.op)), .key = command.key};
  if (command.op == Op::put || command.op == Op::append) call.argument = command.value;
  if (command.op == Op::cas)
    call.argument = norn::check::Value::List{command.expected, command.value};
  return call;
}

// What the answer says of the store. A put and an append say nothing but that they are done.
norn::check::Value result_of(const Command& command, const ClientReply& reply) {
  if (command.op == Op::cas) return reply.ok;
  if (command.op == Op::get && reply.ok) return reply.value;
  return {};
}

}  // namespace

void Watcher::judge(bool inside) {
  for (std::size_t i = 0; i < kSafetyProperties; ++i) {
    const auto property = static_cast<Safety>(i);
    const std::string& broken = raft_.broken(property);
    sim_.always(
        std::string(name(property)), [&broken] { return broken.empty(); },
        [&broken] { return broken; });
  }
  for (std::size_t i = 0; inside && i < kPromises; ++i) {
    const auto promise = static_cast<Promise>(i);
    const std::string& broken = reference_.broken(promise);
    sim_.always(
        std::string(name(promise)), [&broken] { return broken.empty(); },
        [&broken] { return broken; });
  }
  sim_.sometimes("a leader is elected", [this] { return elections_ > 0; });
  sim_.sometimes("another leader is elected", [this] { return elections_ > 1; });
  sim_.sometimes("a snapshot is installed", [this] { return snapshots_installed_ > 0; });
  sim_.sometimes("a client tries again", [this] { return retries_ > 0; });

  // These are asked only once nothing fails any more; the first answer notes what there was to
  // catch up with.
  sim_.eventually("a leader leads", [this] { return someone_leads(); }, {.within = 3s});
  sim_.eventually("a client's operation completes",
                  [this, before = std::optional<std::uint64_t>()]() mutable {
                    if (!before) before = completed_;
                    return completed_ > *before;
                  },
                  {.within = 5s});
  sim_.eventually("every node catches up",
                  [this, goal = std::optional<Index>()]() mutable {
                    if (!goal) goal = raft_.commit_index();
                    return all_have_applied(*goal);
                  },
                  {.within = 5s});
}

void Watcher::add_server(norn::Address address, std::string name) {
  raft_.add_node(address.id(), std::move(name));
  leads_[address.id()] = 0;
}

bool Watcher::someone_leads() const {
  return std::ranges::any_of(leads_, [this](const auto& item) {
    return item.second != 0 && item.second == raft_.latest_term();
  });
}

bool Watcher::all_have_applied(Index index) const {
  return std::ranges::all_of(
      leads_, [&](const auto& item) { return raft_.applied_index(item.first) >= index; });
}

// A log that loses entries is judged by what the others have by then. The other properties say the
// same whichever of two things on different servers they are told of first.
void Watcher::recovered(NodeId node, Index base, Term base_term,
                        std::span<const EntryMark> entries) {
  if (has_log_.contains(node)) norn::order_matters(sim_, norn::Shared::judged);
  leads_[node] = 0;
  raft_.recovered(node, base, base_term, entries);
}

void Watcher::appended(NodeId node, Index index, const EntryMark& entry) {
  norn::order_matters(sim_, norn::Shared::told);
  has_log_.insert(node);
  raft_.appended(node, index, entry);
}

void Watcher::cut(NodeId node, Index first) {
  norn::order_matters(sim_, norn::Shared::judged);
  raft_.cut(node, first);
}

void Watcher::installed(NodeId node, Index last, Term last_term, bool keeps_tail) {
  norn::order_matters(sim_, norn::Shared::judged);
  ++snapshots_installed_;
  raft_.installed(node, last, last_term, keeps_tail);
}

void Watcher::became_leader(NodeId node, Term term) {
  ++elections_;
  leads_[node] = term;
  raft_.became_leader(node, term);
}

void Watcher::stepped_down(NodeId node) {
  leads_[node] = 0;
  raft_.stepped_down(node);
}

void Watcher::committed(NodeId node, Term term, Index index) {
  raft_.committed(node, term, index);
}

void Watcher::applied(NodeId node, Index index, const Entry& entry,
                      const KvStore::Applied& applied) {
  raft_.applied(node, index, {entry.term, checksum(entry.command)});
  reference_.applied(index, entry, applied);
}

void Watcher::called(const Command& command) {
  history_.call(call_of(command));
  reference_.called(command.client, command.sequence);
}

void Watcher::tried_again(const Command&) {
  ++retries_;
}

void Watcher::returned(const Command& command, const std::optional<ClientReply>& reply) {
  const norn::check::OperationId operation = history_.open(command.client);
  if (!reply) return history_.unknown(operation);
  ++completed_;
  history_.ok(operation, result_of(command, *reply));
  reference_.returned(command.client, command.sequence, {reply->ok, reply->value});
}

}  // namespace raft_kv
