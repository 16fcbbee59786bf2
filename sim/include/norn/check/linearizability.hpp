// Linearizability (Herlihy and Wing, Linearizability: a correctness condition for concurrent
// objects, 1990): is there an order of all operations, each between its call and its return, in
// which a system that does one thing at a time would have answered the same?
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "norn/check/history.hpp"
#include "norn/check/model.hpp"
#include "norn/runtime/result.hpp"

namespace norn::check {

enum class Verdict : std::uint8_t {
  holds,
  violated,
  unknown,  // the budget was used up
};
std::string_view name(Verdict verdict);

struct LinearizabilityOptions {
  // Steps of the model and of the search, over all parts: some hundred nanoseconds each. The same
  // budget gives the same verdict on every machine.
  std::uint64_t budget = 200'000'000;
  // All of the history as one part, also where the model knows parts.
  bool whole = false;
  // Whether to look for the first answer that fits nowhere when the verdict is clear. That may cost
  // many times what the verdict costs; without it, Misfit tells where the search got stuck.
  bool explain = true;
};

// Why a history is not linearizable.
struct Misfit {
  std::optional<Value> part;  // its key; none if all is one part
  // The longest order that was found. All that returned before `operation` did has taken effect in
  // it, perhaps also some that returned later. If some of those had already seen the operation take
  // effect, only what is before it.
  std::vector<OperationId> order;
  // The operation whose answer fits nowhere after that.
  OperationId operation = kNone;
  std::vector<std::string> states;  // that were possible there, in words; the first few
};

struct LinearizabilityResult {
  Verdict verdict = Verdict::holds;
  std::uint64_t steps = 0;
  std::uint64_t configurations = 0;  // that were remembered
  std::size_t parts = 0;
  std::size_t undecided = 0;     // parts for which the budget did not last
  std::optional<Misfit> misfit;  // if violated
  // If it holds, for each part an order in which its operations may have taken effect.
  std::vector<std::vector<OperationId>> orders;
};

// check_linearizability() looks for such an order in each part, all parts in turns. Operations that
// failed are left out; operations of unknown outcome may have taken effect at any time after their
// call, or never. An Error (Errc::invalid) is for operations that the model does not know.
Result<LinearizabilityResult> check_linearizability(const History& history, const Model& model,
                                                    const LinearizabilityOptions& options = {});

// In words, some lines.
std::string explain(const History& history, const Misfit& misfit);

}  // namespace norn::check
