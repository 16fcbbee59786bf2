#include <algorithm>

#include "check/support/reference.hpp"

namespace norn::check::testing {

namespace {

Value small(Draws& draws, std::size_t bound = 3) {
  return Value(static_cast<std::int64_t>(draws.below(bound)));
}

Value small_or_nil(Draws& draws) {
  return draws.chance(4) ? Value() : small(draws);
}

Value list_with(const Value& list, const Value& item) {
  Value::List items = list.list();
  items.push_back(item);
  return Value(std::move(items));
}

Value small_list(Draws& draws) {
  Value::List items;
  while (!draws.chance(3)) items.push_back(small(draws));
  return Value(std::move(items));
}

const char* one_of(Draws& draws, std::initializer_list<const char*> words) {
  return words.begin()[draws.below(words.size())];
}

bool only_reads(const std::string& function) {
  return function != "write" && function != "append" && function != "put" && function != "delete" &&
         function != "add" && function != "enqueue" && function != "remove" &&
         function != "release" && function != "inc" && function != "dec";
}

Reference register_reference(bool compare_and_set) {
  Reference reference;
  reference.model = compare_and_set ? cas_register_model() : register_model();
  reference.keyed = compare_and_set;
  reference.looks = only_reads;
  reference.answer = [](const Value& state, const Operation& op) -> Answer {
    if (op.function == "write") return {.next = op.argument, .result = {}};
    if (op.function == "read") return {.next = state, .result = state};
    const bool equal = state == op.argument.list()[0];
    return {.next = equal ? op.argument.list()[1] : state, .result = equal};
  };
  reference.draw = [compare_and_set](Draws& draws, Call& call) {
    call.function = one_of(draws, {"read", "write", compare_and_set ? "cas" : "read"});
    if (call.function == "write") call.argument = small(draws);
    if (call.function == "cas") call.argument = Value::List{small_or_nil(draws), small(draws)};
  };
  reference.wrong = [](Draws& draws, const std::string& function) {
    return function == "cas" ? Value(draws.chance(2)) : small_or_nil(draws);
  };
  return reference;
}

Reference key_value_reference() {
  Reference reference;
  reference.model = key_value_model();
  reference.keyed = true;
  reference.init = "";
  reference.looks = only_reads;
  reference.answer = [](const Value& state, const Operation& op) -> Answer {
    if (op.function == "put") return {.next = op.argument, .result = {}};
    if (op.function == "delete") return {.next = "", .result = {}};
    if (op.function == "append")
      return {.next = state.string() + op.argument.string(), .result = {}};
    if (op.function == "get") return {.next = state, .result = state};
    const bool equal = state == op.argument.list()[0];
    return {.next = equal ? op.argument.list()[1] : state, .result = equal};
  };
  const auto text = [](Draws& draws) { return Value(one_of(draws, {"", "x", "y", "xy"})); };
  reference.draw = [text](Draws& draws, Call& call) {
    call.function = one_of(draws, {"get", "get", "put", "append", "append", "delete", "cas"});
    if (call.function == "put" || call.function == "append") call.argument = text(draws);
    if (call.function == "cas") call.argument = Value::List{text(draws), text(draws)};
  };
  reference.wrong = [](Draws& draws, const std::string& function) {
    if (function == "cas") return Value(draws.chance(2));
    return Value(one_of(draws, {"", "x", "y", "xy", "xx", "yx", "xyx"}));
  };
  return reference;
}

Reference counter_reference() {
  Reference reference;
  reference.model = counter_model();
  reference.init = 0;
  reference.looks = only_reads;
  reference.answer = [](const Value& state, const Operation& op) -> Answer {
    const std::int64_t now = state.integer();
    if (op.function == "read") return {.next = state, .result = state};
    std::int64_t amount = op.argument.is_nil() ? 1 : op.argument.integer();
    if (op.function == "dec") amount = -amount;
    return {.next = now + amount, .result = now + amount};
  };
  reference.draw = [](Draws& draws, Call& call) {
    call.function = one_of(draws, {"read", "read", "add", "inc", "dec", "add-and-get"});
    if (call.function == "add" || call.function == "add-and-get" || draws.chance(4))
      call.argument = small(draws);
    if (call.function == "read") call.argument = Value();
  };
  reference.wrong = [](Draws& draws, const std::string&) { return small(draws, 5); };
  return reference;
}

Reference set_reference() {
  Reference reference;
  reference.model = set_model();
  reference.init = Value::List{};
  reference.looks = only_reads;
  reference.answer = [](const Value& state, const Operation& op) -> Answer {
    Value::List items = state.list();
    const auto found = std::find(items.begin(), items.end(), op.argument);
    const bool in = found != items.end();
    if (op.function == "read") return {.next = state, .result = state};
    if (op.function == "contains") return {.next = state, .result = in};
    if (op.function == "remove" && in) items.erase(found);
    if (op.function == "add" && !in) items.push_back(op.argument);
    std::sort(items.begin(), items.end());
    return {.next = Value(std::move(items)), .result = {}};
  };
  reference.draw = [](Draws& draws, Call& call) {
    call.function =
        one_of(draws, {"read", "add", "add", "contains", draws.chance(3) ? "remove" : "add"});
    if (call.function != "read") call.argument = small(draws);
  };
  reference.wrong = [](Draws& draws, const std::string& function) {
    return function == "contains" ? Value(draws.chance(2)) : small_list(draws);
  };
  reference.fits = [](const Operation& op, const Value&, const Value& said) {
    if (op.function != "read") return op.result == said;
    Value::List items = op.result.list();
    std::sort(items.begin(), items.end());
    return Value(std::move(items)) == said;
  };
  return reference;
}

Reference queue_reference() {
  Reference reference;
  reference.model = queue_model();
  reference.init = Value::List{};
  reference.looks = only_reads;
  reference.answer = [](const Value& state, const Operation& op) -> Answer {
    if (op.function == "enqueue") return {.next = list_with(state, op.argument), .result = {}};
    if (state.list().empty()) return {.next = state, .result = {}};
    Value::List items = state.list();
    Value first = items.front();
    items.erase(items.begin());
    return {.next = Value(std::move(items)), .result = std::move(first)};
  };
  reference.draw = [](Draws& draws, Call& call) {
    call.function = one_of(draws, {"enqueue", "dequeue"});
    if (call.function == "enqueue") call.argument = small(draws);
  };
  reference.wrong = [](Draws& draws, const std::string&) { return small_or_nil(draws); };
  return reference;
}

Reference log_reference() {
  Reference reference;
  reference.model = log_model();
  reference.init = Value::List{};
  reference.looks = only_reads;
  reference.answer = [](const Value& state, const Operation& op) -> Answer {
    if (op.function == "read") return {.next = state, .result = state};
    return {.next = list_with(state, op.argument), .result = {}};
  };
  reference.draw = [](Draws& draws, Call& call) {
    call.function = one_of(draws, {"append", "read"});
    if (call.function == "append") call.argument = small(draws);
  };
  reference.wrong = [](Draws& draws, const std::string&) { return small_list(draws); };
  return reference;
}

Reference lock_reference() {
  Reference reference;
  reference.model = lock_model();
  reference.init = -1;
  reference.answer = [](const Value& state, const Operation& op) -> Answer {
    if (op.function == "acquire") {
      if (state != Value(-1)) return {.next = state, .result = false};
      return {.next = op.process, .result = true};
    }
    if (state != Value(op.process)) return {.next = state, .result = "not held"};
    return {.next = -1, .result = true};
  };
  reference.draw = [](Draws& draws, Call& call) {
    call.function = one_of(draws, {"acquire", "release"});
  };
  reference.wrong = [](Draws& draws, const std::string&) { return Value(draws.chance(2)); };
  // A release says nothing: it must have been held.
  reference.fits = [](const Operation& op, const Value&, const Value& said) {
    if (op.function == "release") return said == Value(true);
    return (op.result == Value(false)) == (said == Value(false));
  };
  return reference;
}

Reference fenced_lock_reference() {
  Reference reference;
  reference.model = fenced_lock_model();
  reference.init = Value::List{-1, -1};  // granted, seen
  reference.answer = [](const Value& state, const Operation& op) -> Answer {
    const std::int64_t granted = state.list()[0].integer();
    const std::int64_t seen = state.list()[1].integer();
    if (op.function == "release") return {.next = state, .result = {}};
    if (op.function == "acquire") {
      const std::int64_t token = op.result.is_integer() ? op.result.integer() : granted + 1;
      return {.next = Value::List{token, seen}, .result = token};
    }
    const std::int64_t token = op.argument.integer();
    if (token < seen) return {.next = state, .result = false};
    return {.next = Value::List{granted, token}, .result = true};
  };
  reference.draw = [](Draws& draws, Call& call) {
    call.function = one_of(draws, {"acquire", "write", "write", "release"});
    if (call.function == "write") call.argument = small(draws);
  };
  reference.wrong = [](Draws& draws, const std::string& function) {
    return function == "write" ? Value(draws.chance(2)) : small(draws);
  };
  reference.fits = [](const Operation& op, const Value& state, const Value& said) {
    if (op.function == "release") return true;
    if (op.function == "acquire") return op.result.integer() > state.list()[0].integer();
    return (op.result == Value(false)) == (said == Value(false));
  };
  // Nobody knows the token.
  reference.nothing_if_unknown = "acquire";
  return reference;
}

Reference bank_reference() {
  Reference reference;
  const Value initial(Value::Map{{.key = "a", .value = 2}, {.key = "b", .value = 1}});
  reference.model = bank_model({.initial = initial, .may_be_negative = false});
  reference.init = initial;
  reference.answer = [](const Value& state, const Operation& op) -> Answer {
    if (op.function == "read") return {.next = state, .result = state};
    Value::Map entries = state.map();
    const Value::List& what = op.argument.list();
    const auto at = [&](const Value& name) -> Value& {
      return name == Value("a") ? entries[0].value : entries[1].value;
    };
    const std::int64_t amount = what[2].integer();
    if (at(what[0]).integer() < amount) return {.next = state, .result = false};
    at(what[0]) = at(what[0]).integer() - amount;
    at(what[1]) = at(what[1]).integer() + amount;
    return {.next = Value(std::move(entries)), .result = true};
  };
  reference.draw = [](Draws& draws, Call& call) {
    call.function = one_of(draws, {"read", "transfer"});
    if (call.function == "transfer") {
      call.argument =
          Value::List{one_of(draws, {"a", "b"}), one_of(draws, {"a", "b"}), small(draws)};
    }
  };
  reference.wrong = [](Draws& draws, const std::string& function) -> Value {
    if (function == "transfer") return draws.chance(2);
    const std::int64_t a = static_cast<std::int64_t>(draws.below(4));
    return Value(Value::Map{{.key = "a", .value = a}, {.key = "b", .value = 3 - a}});
  };
  return reference;
}

}  // namespace

const std::vector<Reference>& references() {
  static const std::vector<Reference> kAll = {register_reference(false), register_reference(true),
                                              key_value_reference(),     counter_reference(),
                                              set_reference(),           queue_reference(),
                                              log_reference(),           lock_reference(),
                                              fenced_lock_reference(),   bank_reference()};
  return kAll;
}

}  // namespace norn::check::testing
