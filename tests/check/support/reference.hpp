// Models written a second time, as plainly as possible, and a checker that tries everything: what
// the real ones are compared with.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "norn/check/history.hpp"
#include "norn/check/model.hpp"

namespace norn::check::testing {

// SplitMix64: the same draws on every machine.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }
  bool chance(std::size_t one_in) { return below(one_in) == 0; }

 private:
  std::uint64_t state_;
};

// Answer is what a system that does one thing at a time says, and its state after that.
struct Answer {
  Value next;
  Value result;
};

struct Reference {
  Model model;
  Value init;
  // What an operation without its result would do.
  std::function<Answer(const Value& state, const Operation&)> answer;
  // A random operation: function and argument.
  std::function<void(Draws&, Call&)> draw;
  // A random result of that function, likely a wrong one.
  std::function<Value(Draws&, const std::string& function)> wrong;
  // Whether the model looks at results of the function.
  std::function<bool(const std::string& function)> looks = [](const std::string&) { return true; };
  // Whether `given` is as good as `said`, where it may differ.
  std::function<bool(const Operation&, const Value& state, const Value& said)> fits = {};
  bool keyed = false;
  std::string nothing_if_unknown{};  // the function that can be left out then
};

const std::vector<Reference>& references();

// The next state of one key's object; none if the operation does not fit.
std::optional<Value> step(const Reference& reference, const Value& state,
                          const Operation& operation);

// The same for the objects of all keys, a map; at first {}.
std::optional<Value> step_among_keys(const Reference& reference, const Value& states,
                                     const Operation& operation);

// All operations of the history as one object, keys as parts of its state.
bool brute_force_linearizable(const History& history, const Reference& reference);

// Whether the order is one of all completed operations, as real time allows it, that fits.
bool is_linearization(const History& history, const Reference& reference,
                      const std::vector<OperationId>& order);

struct DrawOptions {
  std::size_t processes = 3;
  std::size_t operations = 6;
  std::size_t unknown_one_in = 6;
  std::size_t wrong_one_in = 2;  // histories with a result that was changed
};
// A history of a system that behaves, or nearly.
History draw_history(Draws& draws, const Reference& reference, const DrawOptions& options);

}  // namespace norn::check::testing
