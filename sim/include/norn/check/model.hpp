// Models: what a system is allowed to answer when it does one thing at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "norn/check/history.hpp"
#include "norn/check/value.hpp"
#include "norn/runtime/result.hpp"

namespace norn::check {

// States of a model are numbered: two states are equal if and only if their numbers are.
using StateId = std::uint32_t;
// Operations that can do the same and have to fit the same answer are of one class.
using ClassId = std::uint32_t;

// What an operation of some class can do to a state.
enum class Effect : std::uint8_t {
  observes,    // leaves it as it is, always
  changes,     // it fits every state, and leaves a different one
  may_change,  // depends
  nothing,     // an operation of unknown outcome that may as well be left out
};

// Machine is a model at work on one partition of a history: it compiles the operations first, then
// steps from state to state. It is not shared between threads.
class Machine {
 public:
  Machine() = default;
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  virtual ~Machine() = default;

  // compile() gives the class of an operation: of a completed one with its result, of one whose
  // outcome is unknown with whatever result. An Error says what about it makes no sense. The
  // operation must stay where it is while the machine lives.
  virtual Result<ClassId> compile(const Operation& operation) = 0;
  // The same of an operation that completed and was compiled before, with its outcome unknown, as
  // `unanswered`. Only for machines that are never prepared.
  virtual Result<ClassId> compile_answered(const Operation& operation, ClassId unanswered);
  // prepare() is called once, when all operations are compiled that will ever be. Without it,
  // effect() may not be `nothing` and viable() is always true.
  virtual void prepare() {}

  virtual StateId initial() = 0;
  virtual Effect effect(ClassId operation) const = 0;
  // step() is false if the operation, with its result, does not fit the state.
  virtual bool step(StateId state, ClassId operation, StateId& next) = 0;
  // viable() is false if the operation, which does not fit `state`, can never fit again, whatever
  // comes between. `left` is how many operations of each class have not taken effect.
  virtual bool viable(StateId state, ClassId operation, std::span<const std::uint32_t> left);

  // may_leave() is false if an operation that has not taken effect fits `state` alone, and `state`
  // cannot come again: then `operation`, which changes it, must wait.
  virtual bool may_leave(StateId state, ClassId operation, std::span<const std::uint32_t> left);
  // The one class that can make what `reader` has to see; kNone if there is none, or several. Only
  // a hint for what to try first.
  virtual ClassId maker_of(ClassId reader) const;

  // answer_varies() is false if what an operation of the class answers does not depend on the
  // state, or is not looked at.
  virtual bool answer_varies(ClassId operation) const;
  // own_values() is false if the machine refers to what it compiles; else it keeps copies of what
  // it needs from now on, so that an operation may change once it is compiled.
  virtual bool own_values();
  // start_anew() makes the machine as good as a new one of its model; false if it cannot, or was
  // prepared.
  virtual bool start_anew();
  // resets() tells of an operation that fits every state, leaves the same one whatever was before,
  // and answers nothing that depends on it; `state` is the one it leaves.
  virtual bool resets(ClassId operation, StateId& state) const;
  // setter() is the class of an operation that completed and resets to `state`. Only for machines
  // with operations that reset.
  virtual ClassId setter(StateId state);
  // After prepare(): one class for all that can no longer be told apart from `operation`.
  virtual ClassId same_as(ClassId operation) const;
  // save() turns a state into a value that restore() of another machine of the model turns back;
  // false if the model cannot. The value given to restore() must stay where it is.
  virtual bool save(StateId state, Value& out) const;
  virtual StateId restore(const Value& saved);

  virtual std::string describe(StateId state) const = 0;
};

// Model makes machines, and says how a history falls into parts that do not concern each other.
struct Model {
  std::string name;
  // A machine for one part of the history, or for all of it (`whole`).
  std::function<std::unique_ptr<Machine>(bool whole)> make;
  // The part an operation belongs to, nil for those without; empty: all are one part. See by_key().
  std::function<Value(const Operation&)> partition;
  // Whether a machine for the whole history tells keys apart.
  bool keys_together = false;
  // Which functions there are, for messages and for people.
  std::string functions;
  // A transition depends on the state and the argument alone, and fixes the answer.
  bool deterministic = true;
  // Where one operation is enough to rule out another one: the one that does so for an operation
  // that fits nowhere, or kNone. May be empty.
  std::function<OperationId(const History&, OperationId)> rival = {};
};

// by_key() is the partition of most models: the key of an operation, nil if it has none.
Value by_key(const Operation& operation);

// ---- ready models. Each key of a history is a part of its own. Results of what only changes are
// not looked at: systems echo their arguments. Registers and key-value stores can also be checked
// as a whole, all keys together.

// read -> value, write(value). Also called get and put. At first nil.
Model register_model();
// The same with cas([old, new]) -> true or false; anything else than false means true.
Model cas_register_model();
// get -> value, put(value), append(text), cas([old, new]), delete, each of a key. What is not there
// reads as nil or "".
Model key_value_model();
// read -> sum, add(n), inc, dec (by n or 1), add-and-get(n) -> sum. At first 0.
Model counter_model();
// add(x), remove(x), contains(x) -> bool, read -> list of all, in any order.
Model set_model();
// enqueue(x), dequeue -> x, or nil when it is empty. First in, first out.
Model queue_model();
// acquire and release by one process at a time. acquire -> false: it was held.
Model lock_model();
// A lock on a lease, with fencing tokens (Kleppmann, How to do distributed locking, 2016):
// acquire -> a token greater than all before, or false; write(token) -> true if the store has seen
// no greater token, else false; release. Holding is not exclusive: leases run out.
Model fenced_lock_model();
// append(x), read -> list of all, in order.
Model log_model();

// generate -> an id, of any kind, that no other one was given.
Model unique_id_model();

struct BankOptions {
  Value initial = Value(Value::Map{});  // account -> balance; 0 for the others
  bool may_be_negative = true;          // else transfer -> false when there is too little
};
// transfer({from, to, amount}) or transfer([from, to, amount]), read -> map of balances, where
// accounts with 0 may be missing.
Model bank_model(BankOptions options = {});

// The ready model of that name: register, cas-register, kv, counter, set, queue, lock, fenced-lock,
// log, bank, unique-ids.
std::optional<Model> find_model(std::string_view name);
std::string model_names();  // "register, cas-register, …"

// ---- models of your own

// ModelFunctions is a model as plain functions over states of any type.
template <class State>
struct ModelFunctions {
  std::string name = "model";
  State init{};
  // The next state; none if the operation, with its result, does not fit. If its outcome is unknown
  // the result means nothing. Must not depend on anything else.
  std::function<std::optional<State>(const State&, const Operation&)> step;
  std::function<bool(const State&, const State&)> equal = [](const State& a, const State& b) {
    return a == b;
  };
  std::function<std::uint64_t(const State&)> hash;
  std::function<std::string(const State&)> describe;
  std::function<Value(const Operation&)> partition = {};  // may be empty
  // Whether an operation never changes any state; may be empty. Says what need not be tried.
  std::function<bool(const Operation&)> observes = {};
  bool deterministic = true;  // false: the next state depends on the result
};

template <class State>
Model function_model(ModelFunctions<State> functions);

// ---- bodies

// FunctionMachine numbers states in the order in which they are met.
template <class State>
class FunctionMachine final : public Machine {
 public:
  explicit FunctionMachine(const ModelFunctions<State>& functions) : functions_(functions) {}

  Result<ClassId> compile(const Operation& operation) override {
    operations_.push_back(&operation);
    return static_cast<ClassId>(operations_.size() - 1);
  }
  StateId initial() override { return number(functions_.init); }
  Effect effect(ClassId operation) const override {
    const Operation& what = *operations_[operation];
    if (!functions_.observes || !functions_.observes(what)) return Effect::may_change;
    return what.outcome == Outcome::ok ? Effect::observes : Effect::nothing;
  }
  bool step(StateId state, ClassId operation, StateId& next) override {
    auto reached = functions_.step(states_[state], *operations_[operation]);
    if (!reached) return false;
    next = number(std::move(*reached));
    return true;
  }
  std::string describe(StateId state) const override {
    return functions_.describe ? functions_.describe(states_[state])
                               : "state " + std::to_string(state);
  }

 private:
  StateId number(State state) {
    std::vector<StateId>& same = by_hash_[functions_.hash(state)];
    for (const StateId each : same) {
      if (functions_.equal(states_[each], state)) return each;
    }
    states_.push_back(std::move(state));
    same.push_back(static_cast<StateId>(states_.size() - 1));
    return same.back();
  }

  ModelFunctions<State> functions_;
  std::vector<const Operation*> operations_;
  std::deque<State> states_;
  std::unordered_map<std::uint64_t, std::vector<StateId>> by_hash_;
};

template <class State>
Model function_model(ModelFunctions<State> functions) {
  NORN_ASSERT(functions.step != nullptr && functions.hash != nullptr,
              "function_model() needs at least `step` and `hash`");
  Model model;
  model.name = functions.name;
  model.partition = functions.partition;
  model.deterministic = functions.deterministic;
  model.make = [functions = std::move(functions)](bool) {
    return std::make_unique<FunctionMachine<State>>(functions);
  };
  return model;
}

}  // namespace norn::check
