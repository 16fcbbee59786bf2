// Buffered durable linearizability: what crashes may have left explains what comes after them.
#include <algorithm>
#include <memory>
#include <vector>

#include "check/weaker_searches.hpp"

namespace norn::check {

namespace {

struct Action {
  ClassId each = 0;
  std::uint32_t called = 0;        // the events of the history
  std::uint32_t returned = kNone;  // of what completed
};

// An era is what happened between two crashes.
struct Era {
  std::vector<Action> completed;
  std::size_t unknown = 0;              // how many of unknown outcome were called until its end
  std::vector<OperationId> operations;  // that were called in it, without those that failed
};

struct Eras {
  std::vector<Era> eras;
  std::vector<Action> unknown;             // in the order of their calls
  std::vector<std::uint32_t> same_before;  // the last one before each of its class; kNone
};

Result<Action> compile(const History& history, OperationId id, const Model& model,
                       Machine& machine) {
  const Operation& operation = history.operation(id);
  const Result<ClassId> each = machine.compile(operation);
  if (!each) {
    return Error{each.error().code, history.place(id) + ": " + each.error().message +
                                        " (the model " + model.name + " has " + model.functions +
                                        ")"};
  }
  const bool completed = operation.outcome == Outcome::ok;
  return Action{.each = *each,
                .called = operation.call_event,
                .returned = completed ? operation.return_event : kNone};
}

Result<Eras> eras_of(const History& history, const Model& model, Machine& machine) {
  Eras made;
  made.eras.emplace_back();
  std::vector<std::size_t> era_of(history.operations().size(), 0);
  for (const HistoryEvent& event : history.events()) {
    if (event.kind == HistoryEvent::Kind::crash) {
      made.eras.emplace_back();
      continue;
    }
    const Operation& operation = history.operation(event.operation);
    if (operation.outcome == Outcome::failed) continue;
    if (event.kind == HistoryEvent::Kind::call) {
      era_of[event.operation] = made.eras.size() - 1;
      made.eras.back().operations.push_back(event.operation);
    } else if (operation.outcome == Outcome::ok && era_of[event.operation] + 1 < made.eras.size()) {
      return Error{Errc::invalid, history.place(event.operation) +
                                      ": it was open when the system crashed, but returned later: "
                                      "that cannot be judged"};
    }
  }
  // As for every part of a history: what completed is compiled first.
  for (const bool completed : {true, false}) {
    for (Era& era : made.eras) {
      for (const OperationId id : era.operations) {
        if ((history.operation(id).outcome == Outcome::ok) != completed) continue;
        const Result<Action> action = compile(history, id, model, machine);
        if (!action) return action.error();
        (completed ? era.completed : made.unknown).push_back(*action);
      }
      if (!completed) era.unknown = made.unknown.size();
    }
  }
  machine.prepare();
  made.same_before.assign(made.unknown.size(), kNone);
  for (std::uint32_t i = 0; i < made.unknown.size(); ++i) {
    for (std::uint32_t before = 0; before < i; ++before) {
      if (made.unknown[before].each == made.unknown[i].each) made.same_before[i] = before;
    }
  }
  return made;
}

// What a crash may leave: a bit for each operation of unknown outcome that took effect and was
// kept, and the state.
using Remains = Words;

// All that may have taken effect in an era, in any order: what is before something that has, has
// too.
class EraSearch {
 public:
  EraSearch(Machine& machine, const Eras& eras, const Era& era, ConsistencyResult& result,
            std::uint64_t budget)
      : machine_(machine),
        eras_(eras),
        era_(era),
        first_unknown_((era.completed.size() + 31) / 32 * 32),
        result_(result),
        budget_(budget) {}

  // What can be left of `from` is added to `left`, if all that completed can have taken effect from
  // there. False if the budget was used up.
  bool run(const Remains& from, std::vector<Remains>& left) {
    Words first(first_unknown_ / 32, 0);
    first.insert(first.end(), from.begin(), from.end());
    seen_.add(first);
    open_.push_back(std::move(first));
    bool whole = false;
    std::vector<Remains> reached;
    while (!open_.empty()) {
      const Words now = std::move(open_.back());
      open_.pop_back();
      const auto remains = now.begin() + static_cast<std::ptrdiff_t>(first_unknown_ / 32);
      reached.emplace_back(remains, now.end());
      std::uint32_t first_return = kNone;
      for (std::size_t i = 0; i < era_.completed.size(); ++i) {
        if (!is_done(now, i)) first_return = std::min(first_return, era_.completed[i].returned);
      }
      whole = whole || first_return == kNone;
      if (!extend(now, first_return)) return false;
    }
    if (whole) left.insert(left.end(), reached.begin(), reached.end());
    return true;
  }

 private:
  static bool is_done(const Words& now, std::size_t i) { return (now[i / 32] >> i % 32 & 1U) != 0; }

  bool extend(const Words& now, std::uint32_t first_return) {
    for (std::size_t i = 0; i < era_.completed.size(); ++i) {
      if (!is_done(now, i) && !lift(now, i, era_.completed[i], first_return)) return false;
    }
    for (std::size_t i = 0; i < era_.unknown; ++i) {
      // Of the same ones the first may as well be first.
      const std::uint32_t same = eras_.same_before[i];
      if (is_done(now, first_unknown_ + i)) continue;
      if (same != kNone && !is_done(now, first_unknown_ + same)) continue;
      if (machine_.effect(eras_.unknown[i].each) == Effect::nothing) continue;
      if (!lift(now, first_unknown_ + i, eras_.unknown[i], first_return)) return false;
    }
    return true;
  }

  bool lift(const Words& now, std::size_t index, const Action& action, std::uint32_t first_return) {
    if (action.called > first_return) return true;
    if (++result_.steps > budget_) return false;
    Words next = now;
    if (!machine_.step(now.back(), action.each, next.back())) return true;
    // Without a change it only takes away the chance to do so later.
    if (action.returned == kNone && next.back() == now.back()) return true;
    next[index / 32] |= 1U << index % 32;
    if (seen_.add(next)) open_.push_back(std::move(next));
    return true;
  }

  Machine& machine_;
  const Eras& eras_;
  const Era& era_;
  std::size_t first_unknown_;  // its bit
  ConsistencyResult& result_;
  std::uint64_t budget_;
  WordSets seen_;
  std::vector<Words> open_;
};

// Of those with the same state, who has used up less can do whatever the others can.
void keep_best(std::vector<Remains>& all) {
  const auto by_state = [](const Remains& a, const Remains& b) {
    if (a.back() != b.back()) return a.back() < b.back();
    return a < b;  // a subset is never greater
  };
  std::sort(all.begin(), all.end(), by_state);
  std::vector<Remains> kept;
  std::size_t same = 0;  // the first kept one with the state of the last
  for (Remains& each : all) {
    if (!kept.empty() && kept.back().back() != each.back()) same = kept.size();
    const auto covers = [&](const Remains& other) {
      for (std::size_t i = 0; i + 1 < each.size(); ++i) {
        if ((other[i] & ~each[i]) != 0) return false;
      }
      return true;
    };
    const auto first = kept.begin() + static_cast<std::ptrdiff_t>(same);
    if (std::none_of(first, kept.end(), covers)) kept.push_back(std::move(each));
  }
  all = std::move(kept);
}

}  // namespace

Result<ConsistencyResult> check_buffered_durable(const History& history, const Model& model,
                                                 const ConsistencyOptions& options) {
  if (auto one = one_object(history, model); !one) return one.error();
  const std::unique_ptr<Machine> machine = model.make(model.keys_together || !model.partition);
  const Result<Eras> eras = eras_of(history, model, *machine);
  if (!eras) return eras.error();
  ConsistencyResult result;
  std::vector<Remains> states(1, Remains((eras->unknown.size() + 31) / 32 + 1, 0));
  states.back().back() = machine->initial();
  for (std::size_t i = 0; i < eras->eras.size(); ++i) {
    const Era& era = eras->eras[i];
    std::vector<Remains> left;
    for (const Remains& state : states) {
      if (EraSearch(*machine, *eras, era, result, options.budget).run(state, left)) continue;
      result.verdict = Verdict::unknown;
      return result;
    }
    if (left.empty()) {
      result.verdict = Verdict::violated;
      result.breach.emplace();
      result.breach->pattern = "lost more than the end";
      result.breach->story = "what was answered after crash " + std::to_string(i) +
                             " fits nothing that the crash may have left";
      if (i == 0) result.breach->story = "what was answered before the first crash fits nothing";
      result.breach->operations = era.operations;
      return result;
    }
    keep_best(left);
    states = std::move(left);
  }
  return result;
}

}  // namespace norn::check
