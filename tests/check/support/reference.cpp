#include "check/support/reference.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace norn::check::testing {

std::uint64_t Draws::next() {
  state_ += 0x9E3779B97F4A7C15U;
  std::uint64_t x = state_;
  x = (x ^ x >> 30U) * 0xBF58476D1CE4E5B9U;
  x = (x ^ x >> 27U) * 0x94D049BB133111EBU;
  return x ^ x >> 31U;
}

namespace {

const Value& sub_state(const Reference& reference, const Value& states,
                       const Operation& operation) {
  const std::string key = operation.key ? to_json(*operation.key) : "";
  const Value* const found = states.at(key);
  return found != nullptr ? *found : reference.init;
}

Value with_sub_state(const Value& states, const Operation& operation, Value sub) {
  const std::string key = operation.key ? to_json(*operation.key) : "";
  Value::Map entries = states.map();
  for (Value::Entry& entry : entries) {
    if (entry.key != key) continue;
    entry.value = std::move(sub);
    return Value(std::move(entries));
  }
  entries.push_back({.key = key, .value = std::move(sub)});
  return Value(std::move(entries));
}

// Recursion over what may be next: all that were called before the first return of what is left.
class BruteForce {
 public:
  BruteForce(const History& history, const Reference& reference)
      : history_(history), reference_(reference), done_(history.operations().size(), false) {}

  bool run() { return extend(Value(Value::Map{})); }

 private:
  bool extend(const Value& states) {
    std::uint32_t first_return = kNone;
    bool all = true;
    for (OperationId id = 0; id < done_.size(); ++id) {
      const Operation& operation = history_.operation(id);
      if (done_[id] || operation.outcome != Outcome::ok) continue;
      all = false;
      first_return = std::min(first_return, operation.return_event);
    }
    if (all) return true;
    if (!seen_.insert({done_, to_json(states)}).second) return false;
    for (OperationId id = 0; id < done_.size(); ++id) {
      const Operation& operation = history_.operation(id);
      if (done_[id] || operation.outcome == Outcome::failed) continue;
      if (operation.call_event > first_return) continue;
      auto next = step(reference_, sub_state(reference_, states, operation), operation);
      if (!next) continue;
      done_[id] = true;
      if (extend(with_sub_state(states, operation, std::move(*next)))) return true;
      done_[id] = false;
    }
    return false;
  }

  const History& history_;
  const Reference& reference_;
  std::vector<bool> done_;
  std::set<std::pair<std::vector<bool>, std::string>> seen_;
};

}  // namespace

std::optional<Value> step(const Reference& reference, const Value& state,
                          const Operation& operation) {
  if (operation.outcome != Outcome::ok && operation.function == reference.nothing_if_unknown)
    return state;
  Answer said = reference.answer(state, operation);
  if (operation.outcome != Outcome::ok || !reference.looks(operation.function)) return said.next;
  if (reference.fits) {
    if (!reference.fits(operation, state, said.result)) return std::nullopt;
    return said.next;
  }
  if (operation.result != said.result) return std::nullopt;
  return said.next;
}

std::optional<Value> step_among_keys(const Reference& reference, const Value& states,
                                     const Operation& operation) {
  auto next = step(reference, sub_state(reference, states, operation), operation);
  if (!next) return std::nullopt;
  return with_sub_state(states, operation, std::move(*next));
}

bool brute_force_linearizable(const History& history, const Reference& reference) {
  return BruteForce(history, reference).run();
}

bool is_linearization(const History& history, const Reference& reference,
                      const std::vector<OperationId>& order) {
  Value states(Value::Map{});
  std::set<OperationId> left;
  for (OperationId id = 0; id < history.operations().size(); ++id) {
    if (history.operation(id).outcome == Outcome::ok) left.insert(id);
  }
  std::set<OperationId> taken;
  for (const OperationId id : order) {
    const Operation& operation = history.operation(id);
    if (operation.outcome == Outcome::failed || !taken.insert(id).second) return false;
    for (const OperationId other : left) {
      if (history.operation(other).return_event < operation.call_event) return false;
    }
    left.erase(id);
    auto next = step(reference, sub_state(reference, states, operation), operation);
    if (!next) return false;
    states = with_sub_state(states, operation, std::move(*next));
  }
  return left.empty();
}

History draw_history(Draws& draws, const Reference& reference, const DrawOptions& options) {
  struct Client {
    OperationId open = kNone;
    bool applied = false;
    Value result;
  };
  History history;
  Value states(Value::Map{});
  std::vector<Client> clients(1 + draws.below(options.processes));
  const std::size_t count = 1 + draws.below(options.operations);
  const std::size_t wrong =
      draws.chance(options.wrong_one_in) ? draws.below(count) : count;  // whose result is changed
  std::size_t calls = 0;
  std::size_t open = 0;
  while (calls < count || open > 0) {
    const std::size_t which = draws.below(clients.size());
    Client& client = clients[which];
    if (client.open == kNone) {
      if (calls == count) continue;
      Call call{.process = static_cast<std::int64_t>(which), .function = ""};
      if (reference.keyed) call.key = draws.chance(2) ? "a" : "b";
      reference.draw(draws, call);
      client.open = *history.call(std::move(call));
      client.applied = false;
      ++calls;
      ++open;
      continue;
    }
    const Operation& operation = history.operation(client.open);
    if (!client.applied) {
      Answer said = reference.answer(sub_state(reference, states, operation), operation);
      client.applied = true;
      // Some that time out never took effect.
      if (!draws.chance(12)) states = with_sub_state(states, operation, std::move(said.next));
      client.result = std::move(said.result);
      continue;
    }
    Return how{.outcome = Outcome::ok, .result = client.result};
    if (client.open == wrong) how.result = reference.wrong(draws, operation.function);
    if (draws.chance(options.unknown_one_in)) how = {.outcome = Outcome::unknown};
    if (draws.chance(40)) how.outcome = Outcome::failed;
    static_cast<void>(history.ret(client.open, std::move(how)));
    client.open = kNone;
    --open;
    if (draws.chance(60)) break;  // some never return
  }
  return history;
}

}  // namespace norn::check::testing
