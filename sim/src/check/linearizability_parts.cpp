#include "check/linearizability_parts.hpp"

#include <algorithm>

namespace norn::check {

namespace {

// Which part each operation belongs to; kNone for those that failed.
struct Assignment {
  std::vector<std::uint32_t> part_of;
  std::vector<Value> keys;
};

Assignment assign(const History& history, const Model& model, bool whole) {
  Assignment assignment;
  const std::span<const Operation> operations = history.operations();
  assignment.part_of.assign(operations.size(), kNone);
  HashIndex index;
  for (OperationId id = 0; id < operations.size(); ++id) {
    if (operations[id].outcome == Outcome::failed) continue;
    Value key = whole || !model.partition ? Value() : model.partition(operations[id]);
    const std::uint64_t hash = mix_hash(key.hash());
    std::uint32_t part =
        index.find(hash, [&](std::uint32_t i) { return assignment.keys[i] == key; });
    if (part == kNone) {
      part = static_cast<std::uint32_t>(assignment.keys.size());
      index.add(hash, part);
      assignment.keys.push_back(std::move(key));
    }
    assignment.part_of[id] = part;
  }
  return assignment;
}

bool completed(const Operation& operation) {
  return operation.outcome == Outcome::ok;
}

Result<void> compile(const History& history, const Model& model, Part& part) {
  // The completed ones first, both kinds in the order of their calls.
  std::vector<OperationId> unknown;
  std::size_t kept = 0;
  for (const OperationId id : part.operations) {
    if (completed(history.operation(id))) {
      part.operations[kept++] = id;
    } else {
      unknown.push_back(id);
    }
  }
  part.input.completed = static_cast<std::uint32_t>(kept);
  std::copy(unknown.begin(), unknown.end(),
            part.operations.begin() + static_cast<std::ptrdiff_t>(kept));
  part.input.classes.reserve(part.operations.size());
  for (const OperationId id : part.operations) {
    const Result<ClassId> each = part.machine->compile(history.operation(id));
    if (!each) {
      return Error{each.error().code, history.place(id) + ": " + each.error().message +
                                          " (the model " + model.name + " has " + model.functions +
                                          ")"};
    }
    part.input.classes.push_back(*each);
    part.input.class_count = std::max(part.input.class_count, *each + 1);
  }
  part.machine->prepare();
  for (ClassId& each : part.input.classes) each = part.machine->same_as(each);
  return {};
}

}  // namespace

Result<std::vector<Part>> split(const History& history, const Model& model, bool whole) {
  whole = whole || !model.partition;
  const Assignment assignment = assign(history, model, whole);
  if (whole && model.partition && !model.keys_together) {
    if (assign(history, model, false).keys.size() > 1) {
      return Error{Errc::invalid, history.name() + ": the model " + model.name +
                                      " knows one object only: check by key"};
    }
  }
  std::vector<Part> parts(assignment.keys.size());
  const std::span<const Operation> operations = history.operations();
  std::vector<std::uint32_t> sizes(parts.size(), 0);
  for (OperationId id = 0; id < operations.size(); ++id) {
    if (assignment.part_of[id] != kNone) ++sizes[assignment.part_of[id]];
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!whole) parts[i].key = assignment.keys[i];
    parts[i].machine = model.make(whole);
    parts[i].operations.reserve(sizes[i]);
    parts[i].input.events.reserve(std::size_t{sizes[i]} * 2);
  }
  for (OperationId id = 0; id < operations.size(); ++id) {
    if (assignment.part_of[id] != kNone) parts[assignment.part_of[id]].operations.push_back(id);
  }
  std::vector<std::uint32_t> numbers(operations.size(), kNone);
  for (Part& part : parts) {
    if (auto compiled = compile(history, model, part); !compiled) return compiled.error();
    for (std::size_t i = 0; i < part.operations.size(); ++i)
      numbers[part.operations[i]] = static_cast<std::uint32_t>(i);
  }
  for (const HistoryEvent& event : history.events()) {
    if (event.kind == HistoryEvent::Kind::crash) continue;
    const std::uint32_t part = assignment.part_of[event.operation];
    if (part == kNone) continue;
    const bool ret = event.kind == HistoryEvent::Kind::ret;
    if (ret && !completed(operations[event.operation])) continue;
    parts[part].input.events.push_back(numbers[event.operation] * 2 + (ret ? 1 : 0));
  }
  return parts;
}

}  // namespace norn::check
