#include <algorithm>
#include <map>
#include <utility>

#include "check/support/weaker_reference.hpp"
#include "norn/runtime/assert.hpp"

namespace norn::check::testing {

namespace {

OperationId called(History& history, Call call) {
  const auto id = history.call(std::move(call));
  NORN_ASSERT(id.ok(), "a drawn call was refused");
  return *id;
}

void returned(History& history, OperationId id, Outcome outcome, Value result = {}) {
  const auto ret = history.ret(id, {.outcome = outcome, .result = std::move(result)});
  NORN_ASSERT(ret.ok(), "a drawn return was refused");
}

Outcome draw_outcome(Draws& draws) {
  if (draws.chance(10)) return Outcome::unknown;
  return draws.chance(20) ? Outcome::failed : Outcome::ok;
}

// Clients of one replica, or of one each to which writes come later, in order or not.
class Replicas {
 public:
  Replicas(Draws& draws, std::size_t clients)
      : draws_(draws),
        shared_(draws.chance(3)),
        in_order_(draws.chance(2)),
        wandering_(draws.chance(3)),
        now_(clients),
        under_way_(clients) {}

  void write(std::size_t client, const Value& key, const Value& value) {
    for (std::size_t i = 0; i < now_.size(); ++i) {
      if (i == client || shared_) {
        now_[i][key] = value;
      } else {
        under_way_[i].push_back({.from = client, .key = key, .value = value});
      }
    }
  }
  Value read(std::size_t client, const Value& key) {
    if (wandering_ && draws_.chance(3)) client = draws_.below(now_.size());
    return now_[client][key];
  }
  void deliver() {
    const std::size_t to = draws_.below(now_.size());
    auto& waiting = under_way_[to];
    if (waiting.empty()) return;
    auto which = waiting.begin() + static_cast<std::ptrdiff_t>(draws_.below(waiting.size()));
    const auto of_same = [&](const Write& other) { return other.from == which->from; };
    if (in_order_) which = std::find_if(waiting.begin(), waiting.end(), of_same);
    now_[to][which->key] = which->value;
    waiting.erase(which);
  }

 private:
  struct Write {
    std::size_t from = 0;
    Value key;
    Value value;
  };

  Draws& draws_;
  bool shared_;
  bool in_order_;  // writes of one client
  bool wandering_;
  std::vector<std::map<Value, Value>> now_;
  std::vector<std::vector<Write>> under_way_;
};

// Any value that was written to the key, or will be, or nothing.
Value odd_value(Draws& draws, const std::vector<Value>& written, std::int64_t next) {
  const std::size_t which = draws.below(written.size() + 1);
  if (which < written.size()) return written[which];
  return draws.chance(3) ? Value(next + static_cast<std::int64_t>(draws.below(2))) : Value();
}

// A system with clients that each do one thing at a time, and that may crash.
class Crashing {
 public:
  Crashing(Draws& draws, const Reference& reference, Crashes crashes)
      : draws_(draws), reference_(reference), crashes_(crashes), clients_(2 + draws.below(2)) {}

  History draw() {
    const std::size_t count = 3 + draws_.below(4);
    const bool wrong = draws_.chance(2);  // some answers are
    std::size_t calls = 0;
    std::size_t crashed = 0;
    while (calls < count || open_ > 0) {
      if (!late_.empty() && draws_.chance(4)) apply(std::exchange(late_, {}).front());
      if (calls > 0 && crashed < 2 && draws_.chance(6)) {
        ++crashed;
        crash();
        continue;
      }
      Client& client = clients_[draws_.below(clients_.size())];
      if (client.open == kNone && calls < count) {
        call(client);
        ++calls;
      } else if (client.open != kNone && !client.applied) {
        client.result = apply(client.open);
        client.applied = true;
      } else if (client.open != kNone) {
        Value result = client.result;
        if (wrong && draws_.chance(2))
          result = reference_.wrong(draws_, history_.operation(client.open).function);
        ret(client, draws_.chance(8) ? Outcome::unknown : Outcome::ok, std::move(result));
      }
    }
    return std::move(history_);
  }

 private:
  struct Client {
    OperationId open = kNone;
    bool applied = false;
    Value result;
  };

  Value state_of(const Operation& operation) const {
    const auto found = states_.find(key_of(operation));
    return found != states_.end() ? found->second : reference_.init;
  }
  static Value key_of(const Operation& operation) { return operation.key.value_or(Value()); }

  Value apply(OperationId id) {
    const Operation& operation = history_.operation(id);
    Answer said = reference_.answer(state_of(operation), operation);
    states_[key_of(operation)] = std::move(said.next);
    past_.push_back(states_);
    return std::move(said.result);
  }

  void call(Client& client) {
    Call call{.process = &client - clients_.data(), .function = ""};
    if (reference_.keyed) call.key = draws_.chance(2) ? "a" : "b";
    reference_.draw(draws_, call);
    client = {.open = called(history_, std::move(call)), .applied = false, .result = {}};
    ++open_;
  }

  void ret(Client& client, Outcome outcome, Value result) {
    returned(history_, client.open, outcome, std::move(result));
    client.open = kNone;
    --open_;
  }

  void crash() {
    const auto happened = history_.crash();
    NORN_ASSERT(happened.ok(), "a drawn crash was refused");
    for (Client& client : clients_) {
      if (client.open == kNone || (crashes_ == Crashes::keep_all && draws_.chance(3))) continue;
      if (!client.applied && draws_.chance(2)) late_.push_back(client.open);
      ret(client, draws_.chance(5) ? Outcome::failed : Outcome::unknown, {});
    }
    if (crashes_ == Crashes::lose_ends) states_ = past_[draws_.below(past_.size())];
    past_ = {states_};
  }

  Draws& draws_;
  const Reference& reference_;
  Crashes crashes_;
  std::vector<Client> clients_;
  std::size_t open_ = 0;
  std::map<Value, Value> states_;
  std::vector<std::map<Value, Value>> past_{{}};  // of this era
  std::vector<OperationId> late_;  // under way when it crashed: they may arrive after it
  History history_;
};

}  // namespace

History draw_accesses(Draws& draws, std::size_t odd_one_in) {
  History history;
  const std::size_t clients = draws.chance(4) ? 2 : 3;
  const std::size_t keys = 1 + draws.below(2);
  const std::size_t count = 6 + draws.below(4);
  Replicas replicas(draws, clients);
  std::map<Value, std::vector<Value>> written;
  const bool sure = draws.chance(2);
  std::int64_t next = 1;
  std::size_t calls = 0;
  while (true) {
    replicas.deliver();
    const std::size_t client = draws.below(clients);
    const auto process = static_cast<std::int64_t>(client);
    const OperationId open = history.open(process);
    if (open == kNone) {
      if (calls++ == count) return history;  // some never return
      const bool write = next < 6 && draws.chance(calls < 4 ? 2 : 4);
      const Value key = draws.below(keys) == 0 ? "x" : "y";
      called(history, {.process = process,
                       .function = write ? "write" : "read",
                       .key = key,
                       .argument = write ? Value(next) : Value()});
      if (!write) continue;
      written[key].emplace_back(next);
      if (draws.chance(2)) replicas.write(client, key, next);
      ++next;
      continue;
    }
    const Operation& operation = history.operation(open);
    const Outcome outcome = sure ? Outcome::ok : draw_outcome(draws);
    if (operation.function == "read") {
      Value seen = replicas.read(client, *operation.key);
      if (draws.chance(odd_one_in)) seen = odd_value(draws, written[*operation.key], next);
      returned(history, open, outcome, std::move(seen));
      continue;
    }
    if (outcome == Outcome::ok) replicas.write(client, *operation.key, operation.argument);
    returned(history, open, outcome);
  }
}

History draw_shifted(Draws& draws, const Reference& reference) {
  const History straight = draw_history(draws, reference, {});
  std::map<std::int64_t, std::vector<OperationId>> clients;
  for (OperationId id = 0; id < straight.operations().size(); ++id)
    clients[straight.operation(id).process].push_back(id);
  History history;
  while (!clients.empty()) {
    const auto client =
        std::next(clients.begin(), static_cast<std::ptrdiff_t>(draws.below(clients.size())));
    const Operation& operation = straight.operation(client->second.front());
    const OperationId id = called(history, {.process = operation.process,
                                            .function = operation.function,
                                            .key = operation.key,
                                            .argument = operation.argument});
    returned(history, id, operation.outcome, operation.result);
    client->second.erase(client->second.begin());
    if (client->second.empty()) clients.erase(client);
  }
  return history;
}

History draw_crashing(Draws& draws, const Reference& reference, Crashes crashes) {
  return Crashing(draws, reference, crashes).draw();
}

}  // namespace norn::check::testing
