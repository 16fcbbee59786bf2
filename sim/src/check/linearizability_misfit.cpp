// Which answer of a part that is not linearizable is the first that fits nowhere.
#include <algorithm>
#include <memory>
#include <optional>

#include "check/linearizability_parts.hpp"
#include "norn/check/linearizability.hpp"

namespace norn::check {

namespace {

constexpr std::size_t kMostOperations = 200'000;
constexpr std::uint64_t kMostSteps = 5'000'000;  // for each beginning
// What a beginning that fits takes at least; the others take far more, until all is tried.
constexpr std::uint64_t kLeastSteps = 1'000;
constexpr std::uint64_t kStepsForStates = 200'000;
constexpr std::size_t kMostStates = 8;
constexpr std::size_t kMostOrders = 64;

// The state at the end of an order, in words. The machine of the search may take states together
// that nobody can tell apart; this one, which knows nothing beforehand, does not.
std::string end_of(const std::vector<const Operation*>& order, const Model& model, bool whole) {
  const std::unique_ptr<Machine> machine = model.make(whole);
  StateId state = machine->initial();
  for (const Operation* const operation : order) {
    const Result<ClassId> each = machine->compile(*operation);
    StateId next = state;
    if (each && machine->step(state, *each, next)) state = next;
  }
  return machine->describe(state);
}

class Blame {
 public:
  Blame(const History& history, const Model& model, const Part& part);

  // The misfit, looked for from event `stuck` of the part on; nothing if that is too hard.
  std::optional<Misfit> find(std::uint32_t stuck);

 private:
  // A beginning of the part: what was called up to some event, with the answers that were given
  // until then.
  struct Beginning {
    std::unique_ptr<Machine> machine;
    SearchInput input;
    std::vector<std::uint32_t> numbers;  // in the part, by number in `input`
    std::unique_ptr<Search> search;
    Search::Status status = Search::Status::paused;

    void run(std::uint64_t steps) {
      if (status == Search::Status::paused) status = search->run(steps);
    }
  };

  // Up to event `last` of the part, without operation `left_out`.
  std::unique_ptr<Beginning> beginning(std::uint32_t last, std::uint32_t left_out) const;
  // The first beginning, of those up to each of the returns from `good` on, that does not fit
  // within some steps; `good` is then its place. None if all fit.
  std::unique_ptr<Beginning> first_slow(std::size_t& good);
  bool fits_soon(Beginning& tried);
  std::optional<Misfit> misfit_at(std::uint32_t last) const;
  const Operation& operation_of(std::uint32_t number, bool answered) const {
    return answered ? history_.operation(part_.operations[number]) : unanswered_[number];
  }

  const History& history_;
  const Model& model_;
  const Part& part_;
  bool whole_;
  std::vector<Operation> unanswered_;  // by number in the part
  std::vector<std::uint32_t> returns_;
  std::uint64_t enough_ = kLeastSteps;
};

Blame::Blame(const History& history, const Model& model, const Part& part)
    : history_(history), model_(model), part_(part), whole_(!part.key.has_value()) {
  unanswered_.reserve(part.operations.size());
  for (const OperationId id : part.operations) {
    const Operation& operation = history.operation(id);
    Operation& copy = unanswered_.emplace_back();
    copy.process = operation.process;
    copy.function = operation.function;
    copy.key = operation.key;
    copy.argument = operation.argument;
  }
}

std::unique_ptr<Blame::Beginning> Blame::beginning(std::uint32_t last,
                                                   std::uint32_t left_out) const {
  constexpr std::uint8_t kCalled = 1;
  constexpr std::uint8_t kAnswered = 2;
  auto made = std::make_unique<Beginning>();
  std::vector<std::uint8_t> met(part_.operations.size(), 0);
  for (std::uint32_t at = 0; at <= last; ++at) {
    const std::uint32_t event = part_.input.events[at];
    met[event >> 1U] = (event & 1U) != 0 ? kAnswered : kCalled;
  }
  if (left_out != kNone) met[left_out] = 0;
  // Numbers are given in the order of calls, first to what was answered.
  std::vector<std::uint32_t> renamed(met.size(), kNone);
  made->machine = model_.make(whole_);
  for (const std::uint8_t kind : {kAnswered, kCalled}) {
    for (std::uint32_t at = 0; at <= last; ++at) {
      const std::uint32_t number = part_.input.events[at] >> 1U;
      if ((part_.input.events[at] & 1U) != 0 || met[number] != kind) continue;
      const Result<ClassId> each = made->machine->compile(operation_of(number, kind == kAnswered));
      NORN_ASSERT(each.ok(), "what was compiled once was refused");
      renamed[number] = static_cast<std::uint32_t>(made->numbers.size());
      made->numbers.push_back(number);
      made->input.classes.push_back(*each);
      made->input.class_count = std::max(made->input.class_count, *each + 1);
    }
    if (kind == kAnswered) made->input.completed = static_cast<std::uint32_t>(made->numbers.size());
  }
  made->machine->prepare();
  for (ClassId& each : made->input.classes) each = made->machine->same_as(each);
  for (std::uint32_t at = 0; at <= last; ++at) {
    const std::uint32_t event = part_.input.events[at];
    if (renamed[event >> 1U] != kNone)
      made->input.events.push_back(renamed[event >> 1U] * 2 + (event & 1U));
  }
  made->search = std::make_unique<Search>(*made->machine, made->input);
  return made;
}

bool Blame::fits_soon(Beginning& tried) {
  tried.run(enough_);
  if (tried.status != Search::Status::linearizable) return false;
  enough_ = std::max(enough_, tried.search->steps() * 2);
  return true;
}

// In steps that double, then by halves.
std::unique_ptr<Blame::Beginning> Blame::first_slow(std::size_t& good) {
  std::unique_ptr<Beginning> slow;
  std::size_t bad = good;
  for (std::size_t step = 1; good != returns_.size(); step *= 2) {
    bad = std::min(good + step, returns_.size()) - 1;
    slow = beginning(returns_[bad], kNone);
    if (!fits_soon(*slow)) break;
    slow.reset();
    good = bad + 1;
  }
  while (good < bad) {
    const std::size_t middle = good + (bad - good) / 2;
    auto tried = beginning(returns_[middle], kNone);
    if (fits_soon(*tried)) {
      good = middle + 1;
    } else {
      bad = middle;
      slow = std::move(tried);
    }
  }
  return slow;
}

// To find an order takes few steps, to find out that there is none takes many. So beginnings that
// take long are taken for such that do not fit, until the first of them is looked at thoroughly.
std::optional<Misfit> Blame::find(std::uint32_t stuck) {
  const std::vector<std::uint32_t>& events = part_.input.events;
  for (std::uint32_t at = stuck; at < events.size(); ++at) {
    if ((events[at] & 1U) != 0) returns_.push_back(at);
  }
  std::size_t good = 0;
  while (auto slow = first_slow(good)) {
    slow->run(kMostSteps);
    if (slow->status == Search::Status::paused) return std::nullopt;
    if (slow->status == Search::Status::violation) return misfit_at(returns_[good]);
    enough_ = std::max(enough_, slow->search->steps() * 2);
    ++good;
  }
  return std::nullopt;
}

std::optional<Misfit> Blame::misfit_at(std::uint32_t last) const {
  const std::uint32_t number = part_.input.events[last] >> 1U;
  Misfit misfit;
  misfit.part = part_.key;
  misfit.operation = part_.operations[number];
  auto made = beginning(last, number);
  made->run(kMostSteps);
  // Others may have seen it before it was answered.
  if (made->status == Search::Status::violation) {
    made = beginning(last - 1, kNone);
    made->run(kMostSteps);
  }
  if (made->status != Search::Status::linearizable) return std::nullopt;
  Search& search = *made->search;
  std::size_t tries = 0;
  do {
    std::vector<const Operation*> order;
    for (const std::uint32_t each : search.order()) {
      const std::uint32_t ordered = made->numbers[each];
      if (ordered == number) break;
      order.push_back(&operation_of(ordered, each < made->input.completed));
      if (tries == 0) misfit.order.push_back(part_.operations[ordered]);
    }
    std::string state = end_of(order, model_, whole_);
    if (std::find(misfit.states.begin(), misfit.states.end(), state) == misfit.states.end())
      misfit.states.push_back(std::move(state));
  } while (misfit.states.size() < kMostStates && ++tries < kMostOrders &&
           search.run_on(kStepsForStates) == Search::Status::linearizable);
  return misfit;
}

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
  std::vector<const Operation*> order;
  for (const OperationId id : misfit.order) order.push_back(&history.operation(id));
  misfit.states.push_back(end_of(order, model, !part.key.has_value()));
  return misfit;
}

}  // namespace norn::check
