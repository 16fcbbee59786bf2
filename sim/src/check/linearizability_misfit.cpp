// Which answer of a part that is not linearizable is the first that fits nowhere.
#include <algorithm>
#include <optional>

#include "check/linearizability_parts.hpp"
#include "norn/check/linearizability.hpp"

namespace norn::check {

namespace {

constexpr std::size_t kMostOperations = 200'000;
constexpr std::uint64_t kMostSteps = 5'000'000;  // for each beginning
constexpr std::uint64_t kStepsForStates = 200'000;
constexpr std::size_t kMostStates = 8;
constexpr std::size_t kMostOrders = 64;

// A beginning of a part as a history of its own.
struct Beginning {
  History history;
  std::vector<OperationId> originals;  // by operation of `history`
};

// The state at the end of an order, in words. The machine of the search may take states together
// that nobody can tell apart; this one, which knows nothing beforehand, does not.
std::string end_of(const History& history, const Model& model, const Part& part,
                   const std::vector<OperationId>& order) {
  const std::unique_ptr<Machine> machine = model.make(!part.key.has_value());
  StateId state = machine->initial();
  for (const OperationId id : order) {
    const Result<ClassId> each = machine->compile(history.operation(id));
    StateId next = state;
    if (each && machine->step(state, *each, next)) state = next;
  }
  return machine->describe(state);
}

class Blame {
 public:
  Blame(const History& history, const Model& model, const Part& part)
      : history_(history), model_(model), part_(part) {}

  // The misfit, looked for from event `stuck` of the part on; nothing if that is too hard.
  std::optional<Misfit> find(std::uint32_t stuck) {
    const std::vector<std::uint32_t>& events = part_.input.events;
    std::vector<std::uint32_t> returns;
    for (std::uint32_t at = stuck; at < events.size(); ++at) {
      if ((events[at] & 1U) != 0) returns.push_back(at);
    }
    // All before `good` are fine; `bad` is not: in steps that double, then by halves.
    std::size_t good = 0;
    std::size_t bad = 0;
    for (std::size_t step = 1;; step *= 2) {
      bad = std::min(good + step, returns.size()) - 1;
      const std::optional<bool> fits = fits_until(returns[bad]);
      if (!fits) return std::nullopt;
      if (!*fits) break;
      good = bad + 1;
      if (good == returns.size()) return std::nullopt;
    }
    while (good < bad) {
      const std::size_t middle = good + (bad - good) / 2;
      const std::optional<bool> fits = fits_until(returns[middle]);
      if (!fits) return std::nullopt;
      if (*fits) {
        good = middle + 1;
      } else {
        bad = middle;
      }
    }
    return misfit_at(returns[bad]);
  }

 private:
  // What was called up to event `last` of the part, with the answers that were given until then.
  // Without operation `left_out`, a number of the part.
  Beginning beginning(std::uint32_t last, std::uint32_t left_out) const {
    Beginning made;
    std::vector<OperationId> numbers(part_.operations.size(), kNone);
    for (std::uint32_t at = 0; at <= last; ++at) {
      const std::uint32_t number = part_.input.events[at] >> 1U;
      if (number == left_out) continue;
      const Operation& operation = history_.operation(part_.operations[number]);
      if ((part_.input.events[at] & 1U) != 0) {
        must(made.history.ret(numbers[number],
                              {.outcome = Outcome::ok, .result = operation.result}));
        continue;
      }
      const auto id = made.history.call({.process = operation.process,
                                         .function = operation.function,
                                         .key = operation.key,
                                         .argument = operation.argument});
      NORN_ASSERT(id.ok(), "a beginning of a history is no history");
      numbers[number] = *id;
      made.originals.push_back(part_.operations[number]);
      // It stays open for ever, but its client goes on.
      if (number >= part_.input.completed)
        must(made.history.ret(*id, {.outcome = Outcome::unknown}));
    }
    return made;
  }

  static void must(const Result<void>& result) {
    NORN_ASSERT(result.ok(), "a beginning of a history is no history");
  }

  std::optional<bool> fits_until(std::uint32_t last) const {
    const Beginning made = beginning(last, kNone);
    const auto parts = parts_of(made);
    if (parts.empty()) return true;
    Search search(*parts[0].machine, parts[0].input);
    const Search::Status status = search.run(kMostSteps);
    if (status == Search::Status::paused) return std::nullopt;
    return status == Search::Status::linearizable;
  }

  // One part, with a machine of the kind that was used.
  std::vector<Part> parts_of(const Beginning& made) const {
    auto parts = split(made.history, model_, !part_.key.has_value());
    NORN_ASSERT(parts.ok() && parts->size() <= 1, "a beginning of a part is no part");
    return std::move(*parts);
  }

  std::optional<Misfit> misfit_at(std::uint32_t last) const {
    const std::uint32_t number = part_.input.events[last] >> 1U;
    Misfit misfit;
    misfit.part = part_.key;
    misfit.operation = part_.operations[number];
    const Beginning made = beginning(last, number);
    const auto parts = parts_of(made);
    if (parts.empty()) {
      misfit.states.push_back(part_.machine->describe(part_.machine->initial()));
      return misfit;
    }
    Search search(*parts[0].machine, parts[0].input);
    if (search.run(kMostSteps) != Search::Status::linearizable) return std::nullopt;
    std::size_t tries = 0;
    do {
      std::vector<OperationId> order;
      for (const std::uint32_t each : search.order()) order.push_back(parts[0].operations[each]);
      std::string state = end_of(made.history, model_, part_, order);
      if (misfit.order.empty()) {
        for (const OperationId id : order) misfit.order.push_back(made.originals[id]);
      }
      if (std::find(misfit.states.begin(), misfit.states.end(), state) == misfit.states.end())
        misfit.states.push_back(std::move(state));
    } while (misfit.states.size() < kMostStates && ++tries < kMostOrders &&
             search.run_on(kStepsForStates) == Search::Status::linearizable);
    return misfit;
  }

  const History& history_;
  const Model& model_;
  const Part& part_;
};

}  // namespace

Misfit misfit_of(const History& history, const Model& model, const Part& part, const Search& search,
                 bool explain) {
  if (explain && part.operations.size() <= kMostOperations) {
    if (auto found = Blame(history, model, part).find(search.stuck_at())) return *found;
  }
  Misfit misfit;
  misfit.part = part.key;
  for (const std::uint32_t number : search.best_order())
    misfit.order.push_back(part.operations[number]);
  misfit.operation = part.operations[search.stuck()];
  misfit.states.push_back(end_of(history, model, part, misfit.order));
  return misfit;
}

}  // namespace norn::check
