#include "engine/client_operations.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <utility>

namespace norn::sim {

namespace {

// How often a client that makes nothing any more may ask before it has to wait, and for how long.
constexpr std::uint64_t kAtOnce = 1000;
constexpr Duration kThenWaits = std::chrono::seconds(1);

std::uint64_t key_of(const host::Fiber& fiber) {
  return mix(fiber.process->key() + fiber.process->incarnation(), fiber.key);
}

}  // namespace

void ClientOperations::forget_ended(const host::Process& process) {
  std::set<std::uint64_t> there;
  for (const host::Fiber* fiber = process.first_fiber; fiber != nullptr;
       fiber = fiber->next_in_process)
    there.insert(key_of(*fiber));
  std::erase_if(clients_, [&](const auto& client) {
    return client.second.who.node == process.name() && !there.contains(client.first);
  });
}

ClientOperations::Client& ClientOperations::client_of(const host::Fiber& fiber) {
  const auto known = clients_.find(key_of(fiber));
  if (known != clients_.end()) return known->second;
  if (clients_.size() >= forget_above_) {
    forget_ended(*fiber.process);
    forget_above_ = std::max(kFewClients, 2 * clients_.size());
  }
  const std::string name(fiber.name_view());
  const std::uint32_t life = fiber.process->incarnation();
  Namesakes& namesakes = namesakes_[{fiber.process->id(), name}];
  if (std::exchange(namesakes.life, life) != life) namesakes.count = 0;
  ++namesakes.count;
  Client& client = clients_[key_of(fiber)];
  client.who = {.node = fiber.process->name(), .life = life, .fiber = name};
  if (namesakes.count > 1) client.who.fiber += " (" + std::to_string(namesakes.count) + ")";
  return client;
}

// The range that the client's present operation is in, or null. One without an end is over when its
// time is.
const LeftOutOperations* ClientOperations::range_of(Client& client) const {
  for (const LeftOutOperations& range : options_.left_out_operations) {
    if (range.first <= client.asked && client.asked <= range.last.value_or(client.asked) &&
        range.client == client.who) {
      if (range.last) return &range;
      if (client.nothing_since_ns < 0) client.nothing_since_ns = core_.now_ns;
      const bool over = range.lasts > Duration::zero() &&
                        core_.now_ns >= client.nothing_since_ns + range.lasts.count();
      if (over) client.after_last = 0;
      return over ? nullptr : &range;
    }
  }
  return nullptr;
}

void ClientOperations::note(const Client& client, const host::Fiber& fiber, bool left_out) {
  if (!options_.note_operations) return;
  made_.push_back({.client = client.who,
                   .number = client.asked,
                   .left_out = left_out,
                   .at = TimePoint(Duration(core_.now_ns)),
                   .draws = fiber.process->draws()});
  made_.back().draws[0] = fiber.draws;
}

host::OperationTurn ClientOperations::leave_out(Client& client, host::Fiber& fiber,
                                                const LeftOutOperations* range) {
  if (range == nullptr) return {.wanted = false};
  if (!range->last)
    return {.wanted = false,
            .stands_still = ++client.after_last > kAtOnce ? kThenWaits : Duration{}};
  if (client.asked != range->first) return {.wanted = false};
  for (const auto& [label, count] : range->draws) {
    if (label == 0) {
      fiber.draws += static_cast<std::uint32_t>(count);
    } else {
      fiber.process->pass_over_draws(label, count);
    }
  }
  return {.wanted = false, .stands_still = range->lasts};
}

host::OperationTurn ClientOperations::next(host::Fiber& fiber) {
  Client& client = client_of(fiber);
  ++client.asked;
  const LeftOutOperations* const range = range_of(client);
  const std::int64_t usual = range == nullptr ? 1 : 0;
  const bool wanted = core_.choices.choose(ChoiceKind::workload, key_of(fiber), client.asked, 2,
                                           usual, [usual](std::uint64_t) { return usual; }) != 0;
  if (client.after_last == 0) note(client, fiber, !wanted);
  if (!wanted) return leave_out(client, fiber, range);
  ++count_;
  return {};
}

}  // namespace norn::sim
