#include "norn/check/streaming.hpp"

#include <map>
#include <vector>

#include "check/models/tables.hpp"
#include "check/streaming_part.hpp"
#include "norn/check/open_table.hpp"

namespace norn::check {

struct StreamingChecker::State {
  struct Keyed {
    const Value* key = nullptr;
    StreamPart* part = nullptr;
  };
  struct Where {
    OperationId operation = kNone;
    std::uint32_t part = 0;
    std::uint32_t slot = 0;
    std::int64_t process = 0;
  };

  Model model;
  StreamingOptions options;
  std::map<Value, StreamPart> parts;
  std::vector<Keyed> keyed;  // the same, as they came
  HashIndex index;           // of those, by key
  std::vector<Where> open;
  std::vector<std::uint32_t> unused;  // of those
  OpenTable by_process;
  OpenTable by_operation;
  OperationId next = 0;
  std::optional<StreamingMisfit> misfit;
  bool parted_by_key = false;

  std::uint32_t part_of(Call& call) {
    static const Value kAll;
    if (whole()) return part_of(kAll);
    if (parted_by_key) return part_of(call.key ? *call.key : kAll);
    Operation operation;
    operation.process = call.process;
    operation.function = std::move(call.function);
    operation.key = std::move(call.key);
    operation.argument = std::move(call.argument);
    const Value key = model.partition(operation);
    call.function = std::move(operation.function);
    call.key = std::move(operation.key);
    call.argument = std::move(operation.argument);
    return part_of(key);
  }
  std::uint32_t part_of(const Value& key) {
    const std::uint64_t hash = mix_hash(key.hash());
    const auto same = [&](std::uint32_t i) { return *keyed[i].key == key; };
    const std::uint32_t found = index.find(hash, same);
    if (found != kNone) return found;
    auto& [kept, part] = *parts.try_emplace(key, model, options).first;
    index.add(hash, static_cast<std::uint32_t>(keyed.size()));
    keyed.push_back({.key = &kept, .part = &part});
    return static_cast<std::uint32_t>(keyed.size() - 1);
  }
  void add(const Where& where) {
    std::uint32_t number = 0;
    if (unused.empty()) {
      number = static_cast<std::uint32_t>(open.size());
      open.push_back(where);
    } else {
      number = unused.back();
      unused.pop_back();
      open[number] = where;
    }
    by_process.add(where.process, number);
    by_operation.add(where.operation, number);
  }
  void remove(std::uint32_t number) {
    by_process.remove(open[number].process);
    by_operation.remove(open[number].operation);
    unused.push_back(number);
  }
  bool whole() const { return options.whole || !model.partition; }
  void note(StreamingMisfit found, const Value& key) {
    if (!whole()) found.part = key;
    misfit = std::move(found);
  }
};

StreamingChecker::StreamingChecker(Model model, const StreamingOptions& options)
    : state_(std::make_unique<State>()) {
  state_->model = std::move(model);
  state_->options = options;
  using Function = Value (*)(const Operation&);
  const Function* const partition = state_->model.partition.target<Function>();
  state_->parted_by_key = partition != nullptr && *partition == by_key;
}

StreamingChecker::~StreamingChecker() = default;
StreamingChecker::StreamingChecker(StreamingChecker&&) noexcept = default;
StreamingChecker& StreamingChecker::operator=(StreamingChecker&&) noexcept = default;

Result<OperationId> StreamingChecker::call(Call&& call) {
  State& state = *state_;
  if (call.function.empty()) return Error{Errc::invalid, "an operation without a function"};
  if (state.by_process.find(call.process) != kNone) {
    return Error{Errc::invalid, "process " + std::to_string(call.process) + " calls " +
                                    call.function + " while its last operation is open"};
  }
  const OperationId id = state.next;
  const std::int64_t process = call.process;
  if (state.whole() && state.model.partition && !state.model.keys_together && call.key)
    return Error{Errc::invalid, "the model " + state.model.name + " knows one object only"};
  const std::uint32_t part = state.part_of(call);
  const Result<std::uint32_t> slot = state.keyed[part].part->call(id, std::move(call));
  if (!slot) return slot.error();
  ++state.next;
  state.add({.operation = id, .part = part, .slot = *slot, .process = process});
  return id;
}

Result<std::optional<StreamingMisfit>> StreamingChecker::ret(OperationId operation, Return how) {
  State& state = *state_;
  const std::uint32_t number = state.by_operation.find(operation);
  if (number == kNone) {
    return Error{Errc::invalid,
                 "operation " + std::to_string(operation) + " returns, but is not open"};
  }
  if (state.misfit) {
    state.remove(number);
    return std::optional<StreamingMisfit>();
  }
  const State::Where where = state.open[number];
  const State::Keyed& keyed = state.keyed[where.part];
  const Result<bool> fits = keyed.part->ret(where.slot, how.outcome, std::move(how.result));
  if (!fits) return fits.error();
  if (!*fits) state.note(*keyed.part->take_misfit(), *keyed.key);
  state.remove(number);
  return state.misfit;
}

OperationId StreamingChecker::open(std::int64_t process) const {
  const std::uint32_t number = state_->by_process.find(process);
  return number == kNone ? kNone : state_->open[number].operation;
}

Verdict StreamingChecker::finish() {
  State& state = *state_;
  if (state.misfit) return Verdict::violated;
  Verdict verdict = Verdict::holds;
  for (auto& [key, part] : state.parts) {
    const Verdict of_part = part.finish();
    if (of_part == Verdict::violated) {
      state.note(*part.take_misfit(), key);
      return Verdict::violated;
    }
    if (of_part == Verdict::unknown) verdict = Verdict::unknown;
  }
  return verdict;
}

const std::optional<StreamingMisfit>& StreamingChecker::misfit() const {
  return state_->misfit;
}

std::size_t StreamingChecker::configurations() const {
  std::size_t count = 0;
  for (const auto& [key, part] : state_->parts) count += part.configurations();
  return count;
}

}  // namespace norn::check
