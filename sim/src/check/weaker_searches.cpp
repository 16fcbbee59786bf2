// Sequential consistency.
#include "check/weaker_searches.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "check/linearizability_parts.hpp"
#include "check/models/tables.hpp"

namespace norn::check {

namespace {

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

}  // namespace

Result<void> one_object(const History& history, const Model& model) {
  if (!model.partition || model.keys_together) return {};
  const Operation* first = nullptr;
  for (OperationId id = 0; id < history.operations().size(); ++id) {
    const Operation& operation = history.operation(id);
    if (operation.outcome == Outcome::failed) continue;
    if (first == nullptr) first = &operation;
    if (operation.key != first->key) {
      return Error{Errc::invalid, history.place(id) +
                                      ": another key, but this needs one object, "
                                      "or the model kv or a register"};
    }
  }
  return {};
}

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

}  // namespace norn::check
