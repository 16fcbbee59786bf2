#include "norn/check/streaming.hpp"

#include <map>
#include <unordered_map>

#include "check/streaming_part.hpp"

namespace norn::check {

struct StreamingChecker::State {
  struct Where {
    StreamPart* part = nullptr;
    const Value* key = nullptr;
    std::uint32_t slot = 0;
    std::int64_t process = 0;
  };

  Model model;
  StreamingOptions options;
  std::map<Value, StreamPart> parts;
  // Nodes that were taken out are used again: an operation makes and ends one in each.
  template <class Map>
  struct Reused {
    void set(typename Map::key_type key, typename Map::mapped_type value) {
      if (spare.empty()) {
        map[key] = std::move(value);
        return;
      }
      spare.back().key() = key;
      spare.back().mapped() = std::move(value);
      map.insert(std::move(spare.back()));
      spare.pop_back();
    }
    void erase(typename Map::key_type key) { spare.push_back(map.extract(key)); }

    Map map{};
    std::vector<typename Map::node_type> spare{};
  };
  Reused<std::unordered_map<OperationId, Where>> open;
  Reused<std::unordered_map<std::int64_t, OperationId>> open_of;  // by process
  OperationId next = 0;
  std::optional<StreamingMisfit> misfit;

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
}

StreamingChecker::~StreamingChecker() = default;
StreamingChecker::StreamingChecker(StreamingChecker&&) noexcept = default;
StreamingChecker& StreamingChecker::operator=(StreamingChecker&&) noexcept = default;

Result<OperationId> StreamingChecker::call(Call call) {
  State& state = *state_;
  if (call.function.empty()) return Error{Errc::invalid, "an operation without a function"};
  if (state.open_of.map.contains(call.process)) {
    return Error{Errc::invalid, "process " + std::to_string(call.process) + " calls " +
                                    call.function + " while its last operation is open"};
  }
  const OperationId id = state.next;
  const std::int64_t process = call.process;
  Operation operation;
  operation.process = process;
  operation.function = std::move(call.function);
  operation.key = std::move(call.key);
  operation.argument = std::move(call.argument);
  const Value key = state.whole() ? Value() : state.model.partition(operation);
  if (state.whole() && state.model.partition && !state.model.keys_together && operation.key)
    return Error{Errc::invalid, "the model " + state.model.name + " knows one object only"};
  auto part = state.parts.find(key);
  if (part == state.parts.end())
    part = state.parts.try_emplace(key, state.model, state.options).first;
  const Result<std::uint32_t> slot = part->second.call(id, std::move(operation));
  if (!slot) return slot.error();
  ++state.next;
  state.open_of.set(process, id);
  state.open.set(id,
                 {.part = &part->second, .key = &part->first, .slot = *slot, .process = process});
  return id;
}

Result<std::optional<StreamingMisfit>> StreamingChecker::ret(OperationId operation, Return how) {
  State& state = *state_;
  const auto found = state.open.map.find(operation);
  if (found == state.open.map.end()) {
    return Error{Errc::invalid,
                 "operation " + std::to_string(operation) + " returns, but is not open"};
  }
  const State::Where where = found->second;
  if (!state.misfit) {
    auto misfit = where.part->ret(where.slot, how.outcome, std::move(how.result));
    if (!misfit) return misfit.error();
    if (*misfit) state.note(std::move(**misfit), *where.key);
    state.open.erase(operation);
    state.open_of.erase(where.process);
    return state.misfit;
  }
  state.open.erase(operation);
  state.open_of.erase(where.process);
  return std::optional<StreamingMisfit>();
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
