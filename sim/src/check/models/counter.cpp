// Counters, locks and fenced locks: models whose state is a number or two.
#include <algorithm>
#include <optional>

#include "check/models/ready.hpp"
#include "check/models/simple.hpp"
#include "check/models/values.hpp"

namespace norn::check {

namespace {

class CounterMachine final : public Machine {
 public:
  Result<ClassId> compile(const Operation& operation) override {
    const bool unknown = operation.outcome != Outcome::ok;
    Class made{.kind = Kind::read, .unknown = unknown};
    const std::string& function = operation.function;
    const bool reads = function == "read" || function == "get";
    const bool both = function == "add-and-get";
    if (reads || both) {
      if (!unknown && !operation.result.is_integer())
        return wrong_result(operation, "a whole number");
      if (!unknown) made.b = numbers_.number({operation.result.integer()});
      if (reads) return classes_.number(made);
    }
    std::int64_t amount = 1;
    if (operation.argument.is_integer()) {
      amount = operation.argument.integer();
    } else if (both || function == "add" || !operation.argument.is_nil()) {
      return wrong_argument(operation, "a whole number");
    }
    if (function == "dec") {
      amount = wrapped_difference(0, amount);
    } else if (!both && function != "add" && function != "inc") {
      return no_such_function(operation);
    }
    made.kind = both ? Kind::add_and_get : Kind::add;
    made.a = numbers_.number({amount});
    return classes_.number(made);
  }

  StateId initial() override { return numbers_.number({0}); }

  Effect effect(ClassId operation) const override {
    const Class& what = classes_[operation];
    if (what.kind == Kind::read) return what.unknown ? Effect::nothing : Effect::observes;
    if (what.kind == Kind::add_and_get && !what.unknown) return Effect::may_change;
    if (numbers_[what.a].value == 0) return what.unknown ? Effect::nothing : Effect::observes;
    return Effect::changes;
  }

  bool step(StateId state, ClassId operation, StateId& next) override {
    const Class& what = classes_[operation];
    next = state;
    if (what.kind == Kind::read) return what.unknown || state == what.b;
    next = numbers_.number({wrapped_sum(numbers_[state].value, numbers_[what.a].value)});
    return what.kind == Kind::add || what.unknown || next == what.b;
  }

  bool answer_varies(ClassId operation) const override {
    return classes_[operation].kind != Kind::add;
  }
  bool save(StateId state, Value& out) const override {
    out = numbers_[state].value;
    return true;
  }
  StateId restore(const Value& saved) override { return numbers_.number({saved.integer()}); }

  std::string describe(StateId state) const override {
    return std::to_string(numbers_[state].value);
  }

 private:
  enum class Kind : std::uint8_t { read, add, add_and_get };
  using Class = SimpleClass<Kind>;

  Interner<Class> classes_;
  Interner<Integer> numbers_;
};

class LockMachine final : public Machine {
 public:
  Result<ClassId> compile(const Operation& operation) override {
    Class made{.kind = Kind::acquire, .unknown = operation.outcome != Outcome::ok};
    made.a = processes_.number({operation.process}) + 1;
    if (operation.function == "release") {
      made.kind = Kind::release;
    } else if (operation.function != "acquire") {
      return no_such_function(operation);
    } else if (!made.unknown && operation.result == Value(false)) {
      made.kind = Kind::refused;
    }
    return classes_.number(made);
  }

  StateId initial() override { return 0; }

  Effect effect(ClassId operation) const override {
    return classes_[operation].kind == Kind::refused ? Effect::observes : Effect::may_change;
  }

  bool step(StateId state, ClassId operation, StateId& next) override {
    const Class& what = classes_[operation];
    next = state;
    if (what.kind == Kind::refused) return state != 0;
    const std::uint32_t wanted = what.kind == Kind::acquire ? 0 : what.a;
    if (state != wanted) return what.unknown;
    next = what.kind == Kind::acquire ? what.a : 0;
    return true;
  }

  bool save(StateId state, Value& out) const override {
    if (state != 0) out = processes_[state - 1].value;
    return true;
  }
  StateId restore(const Value& saved) override {
    return saved.is_nil() ? 0 : processes_.number({saved.integer()}) + 1;
  }

  std::string describe(StateId state) const override {
    if (state == 0) return "free";
    return "held by client " + std::to_string(processes_[state - 1].value);
  }

 private:
  enum class Kind : std::uint8_t { acquire, refused, release };
  using Class = SimpleClass<Kind>;

  Interner<Class> classes_;
  Interner<Integer> processes_;
};

class FencedLockMachine final : public Machine {
 public:
  Result<ClassId> compile(const Operation& operation) override {
    Class made{.kind = Kind::nothing, .unknown = operation.outcome != Outcome::ok};
    if (operation.function == "acquire") {
      // With an unknown token it forbids nothing that it would allow by not having happened.
      if (made.unknown) return classes_.number(made);
      if (operation.result == Value(false)) return classes_.number(made);
      if (!operation.result.is_integer()) return wrong_result(operation, "a token");
      made.kind = Kind::acquire;
      made.a = numbers_.number({operation.result.integer()});
    } else if (operation.function == "write") {
      if (!operation.argument.is_integer()) return wrong_argument(operation, "a token");
      made.kind = !made.unknown && operation.result == Value(false) ? Kind::fenced : Kind::write;
      made.a = numbers_.number({operation.argument.integer()});
    } else if (operation.function != "release") {
      return no_such_function(operation);
    }
    return classes_.number(made);
  }

  StateId initial() override { return states_.number({}); }

  Effect effect(ClassId operation) const override {
    const Class& what = classes_[operation];
    if (what.kind == Kind::nothing) return what.unknown ? Effect::nothing : Effect::observes;
    return what.kind == Kind::fenced ? Effect::observes : Effect::may_change;
  }

  bool step(StateId state, ClassId operation, StateId& next) override {
    const Class& what = classes_[operation];
    next = state;
    if (what.kind == Kind::nothing) return true;
    const Tokens now = states_[state];
    const std::int64_t token = numbers_[what.a].value;
    switch (what.kind) {
      case Kind::acquire:
        if (now.granted && token <= *now.granted) return false;
        next = states_.number({.granted = token, .seen = now.seen});
        return true;
      case Kind::fenced:
        return now.seen && token < *now.seen;
      case Kind::write:
        if (now.seen && token < *now.seen) return what.unknown;
        next = states_.number({.granted = now.granted, .seen = token});
        return true;
      case Kind::nothing:
        break;
    }
    return true;
  }

  std::string describe(StateId state) const override {
    const Tokens& now = states_[state];
    const auto text = [](std::optional<std::int64_t> token) {
      return token ? std::to_string(*token) : std::string("none");
    };
    return "last token " + text(now.granted) + ", greatest seen by the store " + text(now.seen);
  }

 private:
  enum class Kind : std::uint8_t { nothing, acquire, write, fenced };
  using Class = SimpleClass<Kind>;
  struct Tokens {
    std::optional<std::int64_t> granted;
    std::optional<std::int64_t> seen;
    std::uint64_t hash() const {
      const auto part = [](std::optional<std::int64_t> token) {
        return token ? mix_hash(static_cast<std::uint64_t>(*token)) : 0;
      };
      return mix_hash(part(granted) ^ mix_hash(part(seen)));
    }
    bool operator==(const Tokens&) const = default;
  };

  Interner<Class> classes_;
  Interner<Integer> numbers_;
  Interner<Tokens> states_;
};

}  // namespace

std::unique_ptr<Machine> make_counter() {
  return std::make_unique<CounterMachine>();
}

std::unique_ptr<Machine> make_lock() {
  return std::make_unique<LockMachine>();
}

std::unique_ptr<Machine> make_fenced_lock() {
  return std::make_unique<FencedLockMachine>();
}

}  // namespace norn::check
