// Sequential consistency and buffered durable linearizability.
#include "check/weaker_searches.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "check/linearizability_parts.hpp"
#include "check/models/tables.hpp"

namespace norn::check {

namespace {

using Words = std::vector<std::uint32_t>;

class WordSets {
 public:
  bool add(const Words& words) {  // false if it is there
    std::uint64_t hash = words.size();
    for (const std::uint32_t word : words) hash = mix_hash(hash ^ word);
    if (index_.find(hash, [&](std::uint32_t i) { return items_[i] == words; }) != kNone)
      return false;
    index_.add(hash, static_cast<std::uint32_t>(items_.size()));
    items_.push_back(words);
    return true;
  }

 private:
  std::vector<Words> items_;
  HashIndex index_;
};

// An order of all operations that keeps that of each process. A configuration is how far each
// process is, which operations of unknown outcome took effect, and the state.
class SequentialSearch {
 public:
  SequentialSearch(const History& history, Part& part, std::uint64_t budget)
      : machine_(*part.machine), input_(part.input), budget_(budget) {
    std::map<std::int64_t, std::uint32_t> processes;
    for (std::uint32_t i = 0; i < part.operations.size(); ++i) {
      const std::int64_t process = history.operation(part.operations[i]).process;
      processes.emplace(process, static_cast<std::uint32_t>(processes.size()));
    }
    lanes_.resize(processes.size());
    // In the order of calls: what a process had completed before each unknown operation.
    for (const std::uint32_t event : input_.events) {
      if ((event & 1U) != 0) continue;
      const std::uint32_t operation = event / 2;
      const std::uint32_t lane = processes[history.operation(part.operations[operation]).process];
      if (operation < input_.completed) {
        lanes_[lane].push_back(operation);
      } else {
        unknown_.push_back({.operation = operation,
                            .lane = lane,
                            .after = static_cast<std::uint32_t>(lanes_[lane].size())});
      }
    }
  }

  Verdict run() {
    Words now(lanes_.size() + unknown_.size() + 1, 0);
    now.back() = machine_.initial();
    return extend(now);
  }
  std::uint64_t steps() const { return steps_; }
  // How far it came: the operation each process stood before, in the configuration that was best.
  const std::vector<std::uint32_t>& stuck() const { return stuck_; }

 private:
  struct Unknown {
    std::uint32_t operation = 0;
    std::uint32_t lane = 0;
    std::uint32_t after = 0;  // how many of its process come before it
  };
  struct Frame {
    Words now;
    std::uint32_t next = 0;  // the candidate to try
  };

  bool try_candidate(const Words& now, std::uint32_t candidate, bool observing, Words& out) {
    const auto lanes = static_cast<std::uint32_t>(lanes_.size());
    std::uint32_t operation = 0;
    if (candidate < lanes) {
      if (now[candidate] == lanes_[candidate].size()) return false;
      operation = lanes_[candidate][now[candidate]];
    } else {
      const Unknown& unknown = unknown_[candidate - lanes];
      if (observing || now[candidate] != 0 || now[unknown.lane] < unknown.after) return false;
      operation = unknown.operation;
    }
    const ClassId each = input_.classes[operation];
    const Effect effect = machine_.effect(each);
    if ((effect == Effect::observes) != observing || effect == Effect::nothing) return false;
    ++steps_;
    StateId next = 0;
    if (!machine_.step(now.back(), each, next)) return false;
    if (candidate >= lanes && next == now.back()) return false;
    out = now;
    ++out[candidate];
    out.back() = next;
    return true;
  }

  // What only observes is taken as soon as it fits.
  void settle(Words& now) {
    Words next;
    for (bool moved = true; moved;) {
      moved = false;
      for (std::uint32_t lane = 0; lane < lanes_.size(); ++lane) {
        while (try_candidate(now, lane, true, next)) {
          now = next;
          moved = true;
        }
      }
    }
  }

  bool finished(const Words& now) const {
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
      if (now[lane] != lanes_[lane].size()) return false;
    }
    return true;
  }

  void note(const Words& now) {
    std::uint64_t done = 0;
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) done += now[lane];
    if (done < best_ || (done == best_ && !stuck_.empty())) return;
    best_ = done;
    stuck_.clear();
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
      if (now[lane] != lanes_[lane].size()) stuck_.push_back(lanes_[lane][now[lane]]);
    }
  }

  Verdict extend(Words now) {
    WordSets seen;
    std::vector<Frame> stack;
    settle(now);
    stack.push_back({.now = std::move(now)});
    note(stack.back().now);
    while (!stack.empty()) {
      if (finished(stack.back().now)) return Verdict::holds;
      if (steps_ > budget_) return Verdict::unknown;
      Frame& frame = stack.back();
      if (frame.next == lanes_.size() + unknown_.size()) {
        stack.pop_back();
        continue;
      }
      Words next;
      if (!try_candidate(frame.now, frame.next++, false, next)) continue;
      settle(next);
      note(next);
      if (seen.add(next)) stack.push_back({.now = std::move(next)});
    }
    return Verdict::violated;
  }

  Machine& machine_;
  const SearchInput& input_;
  std::uint64_t budget_;
  std::uint64_t steps_ = 0;
  std::vector<std::vector<std::uint32_t>> lanes_;
  std::vector<Unknown> unknown_;
  std::uint64_t best_ = 0;
  std::vector<std::uint32_t> stuck_;
};

// An era is what happened between two crashes.
struct Era {
  History history;
  std::vector<OperationId> originals;
};

Result<std::vector<Era>> eras_of(const History& history) {
  std::vector<Era> eras(1);
  std::vector<OperationId> numbers(history.operations().size(), kNone);
  std::vector<std::size_t> era_of(history.operations().size(), 0);
  for (const HistoryEvent& event : history.events()) {
    if (event.kind == HistoryEvent::Kind::crash) {
      eras.emplace_back();
      continue;
    }
    const Operation& operation = history.operation(event.operation);
    Era& era = eras.back();
    if (event.kind == HistoryEvent::Kind::call) {
      const auto id = era.history.call({.process = operation.process,
                                        .function = operation.function,
                                        .key = operation.key,
                                        .argument = operation.argument});
      if (!id) return id.error();
      numbers[event.operation] = *id;
      era_of[event.operation] = eras.size() - 1;
      era.originals.push_back(event.operation);
    } else if (era_of[event.operation] == eras.size() - 1) {
      const auto returned = era.history.ret(
          numbers[event.operation], {.outcome = operation.outcome, .result = operation.result});
      if (!returned) return returned.error();
    } else if (operation.outcome == Outcome::ok) {
      return Error{Errc::invalid, history.place(event.operation) +
                                      ": it was open when the system crashed, but returned later: "
                                      "that cannot be judged"};
    }
  }
  return eras;
}

// Everything that may have taken effect in an era: what is before something that has, has too.
class EraSearch {
 public:
  EraSearch(Machine& machine, const SearchInput& input, std::uint64_t& steps, std::uint64_t budget)
      : machine_(machine), input_(input), steps_(steps), budget_(budget) {
    called_.assign(input.classes.size(), 0);
    returned_.assign(input.classes.size(), kNone);
    for (std::uint32_t at = 0; at < input.events.size(); ++at)
      ((input.events[at] & 1U) != 0 ? returned_ : called_)[input.events[at] / 2] = at;
  }

  // The states that can be left of `from` are added to `left`, if all that completed can have taken
  // effect from there. False if the budget was used up.
  bool run(StateId from, Words& left) {
    WordSets seen;
    std::vector<Words> open(1, Words((input_.classes.size() + 31) / 32 + 1, 0));
    open.back().back() = from;
    seen.add(open.back());
    Words reached;
    bool whole = false;
    while (!open.empty()) {
      const Words now = std::move(open.back());
      open.pop_back();
      reached.push_back(now.back());
      std::uint32_t first_return = kNone;
      for (std::uint32_t i = 0; i < input_.completed; ++i) {
        if (!is_done(now, i)) first_return = std::min(first_return, returned_[i]);
      }
      whole = whole || first_return == kNone;
      for (std::uint32_t i = 0; i < input_.classes.size(); ++i) {
        if (is_done(now, i) || called_[i] > first_return) continue;
        if (++steps_ > budget_) return false;
        Words next = now;
        if (!machine_.step(now.back(), input_.classes[i], next.back())) continue;
        next[i / 32] |= 1U << i % 32;
        if (seen.add(next)) open.push_back(std::move(next));
      }
    }
    if (!whole) return true;
    left.insert(left.end(), reached.begin(), reached.end());
    std::sort(left.begin(), left.end());
    left.erase(std::unique(left.begin(), left.end()), left.end());
    return true;
  }

 private:
  static bool is_done(const Words& now, std::uint32_t i) {
    return (now[i / 32] >> i % 32 & 1U) != 0;
  }

  Machine& machine_;
  const SearchInput& input_;
  std::uint64_t& steps_;
  std::uint64_t budget_;
  Words called_;
  Words returned_;
};

// The operations of an era, compiled by the machine that all eras share.
Result<SearchInput> compile(const Era& era, const History& history, const Model& model,
                            Machine& machine) {
  SearchInput input;
  const std::span<const Operation> operations = era.history.operations();
  Words numbers(operations.size(), kNone);
  for (const bool completed : {true, false}) {
    for (OperationId id = 0; id < operations.size(); ++id) {
      const Outcome outcome = operations[id].outcome;
      if (outcome == Outcome::failed || (outcome == Outcome::ok) != completed) continue;
      const Result<ClassId> each = machine.compile(operations[id]);
      if (!each) {
        return Error{each.error().code, history.place(era.originals[id]) + ": " +
                                            each.error().message + " (the model " + model.name +
                                            " has " + model.functions + ")"};
      }
      numbers[id] = static_cast<std::uint32_t>(input.classes.size());
      input.classes.push_back(*each);
    }
    if (completed) input.completed = static_cast<std::uint32_t>(input.classes.size());
  }
  for (const HistoryEvent& event : era.history.events()) {
    const std::uint32_t number = numbers[event.operation];
    const bool ret = event.kind == HistoryEvent::Kind::ret;
    if (number == kNone || (ret && number >= input.completed)) continue;
    input.events.push_back(number * 2 + (ret ? 1 : 0));
  }
  return input;
}

Result<void> one_object(const History& history, const Model& model) {
  if (!model.partition || model.keys_together) return {};
  const std::span<const Operation> operations = history.operations();
  for (OperationId id = 1; id < operations.size(); ++id) {
    if (operations[id].key != operations[0].key) {
      return Error{Errc::invalid, history.place(id) +
                                      ": another key, but this needs one object, "
                                      "or the model kv or a register"};
    }
  }
  return {};
}

}  // namespace

Result<ConsistencyResult> check_sequential(const History& history, const Model& model,
                                           const ConsistencyOptions& options) {
  if (auto one = one_object(history, model); !one) return one.error();
  // Of several keys each alone may be sequentially consistent and all together not.
  auto parts = split(history, model, model.keys_together || !model.partition);
  if (!parts) return parts.error();
  ConsistencyResult result;
  for (Part& part : *parts) {
    SequentialSearch search(history, part, options.budget);
    result.verdict = search.run();
    result.steps += search.steps();
    if (result.verdict != Verdict::violated) continue;
    result.breach.emplace();
    result.breach->pattern = "no sequential order";
    result.breach->story = "no order of each client's operations fits; the longest stopped before:";
    for (const std::uint32_t each : search.stuck()) {
      const OperationId id = part.operations[each];
      result.breach->operations.push_back(id);
      result.breach->story +=
          "\n  " + describe(history.operation(id)) + " (" + history.place(id) + ")";
    }
  }
  return result;
}

Result<ConsistencyResult> check_buffered_durable(const History& history, const Model& model,
                                                 const ConsistencyOptions& options) {
  if (auto one = one_object(history, model); !one) return one.error();
  const Result<std::vector<Era>> eras = eras_of(history);
  if (!eras) return eras.error();
  const std::unique_ptr<Machine> machine = model.make(model.keys_together || !model.partition);
  ConsistencyResult result;
  Words states{machine->initial()};
  for (std::size_t i = 0; i < eras->size(); ++i) {
    const Result<SearchInput> input = compile((*eras)[i], history, model, *machine);
    if (!input) return input.error();
    Words left;
    EraSearch search(*machine, *input, result.steps, options.budget);
    for (const StateId state : states) {
      if (search.run(state, left)) continue;
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
      result.breach->operations = (*eras)[i].originals;
      return result;
    }
    states = std::move(left);
  }
  return result;
}

}  // namespace norn::check
