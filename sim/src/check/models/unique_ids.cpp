// Unique ids: a model whose state is all that was given out.
#include <algorithm>

#include "check/models/ready.hpp"
#include "check/models/simple.hpp"
#include "check/models/values.hpp"

namespace norn::check {

namespace {

constexpr std::uint32_t kMostIds = 1U << 24U;
constexpr std::size_t kMostShown = 12;

// Which id an operation gives is not said by the state, and nothing but its own answer ever shows
// that it took effect. So one without an answer takes none: an operation takes effect when it
// returns, which is as good as any earlier time, as ids that differ do not concern each other.
class UniqueIdMachine final : public Machine {
 public:
  Result<ClassId> compile(const Operation& operation) override {
    if (operation.function != "generate") return no_such_function(operation);
    Class made{.kind = Kind::generate, .unknown = operation.outcome != Outcome::ok};
    if (made.unknown) return classes_.number(made);
    if (operation.result.is_nil()) return wrong_result(operation, "an id");
    made.a = ids_.number(operation.result);
    if (made.a >= kMostIds) return Error{Errc::too_large, "more than 16,777,216 ids"};
    return classes_.number(made);
  }

  void prepare() override { prepared_ = true; }
  StateId initial() override { return 0; }
  Effect effect(ClassId operation) const override {
    return classes_[operation].unknown ? Effect::nothing : Effect::may_change;
  }

  bool step(StateId state, ClassId operation, StateId& next) override {
    const Class& what = classes_[operation];
    if (what.unknown || given_.has(state, what.a)) return false;
    next = given_.add(state, what.a);
    return true;
  }

  // What was given out stays so.
  bool viable(StateId, ClassId, std::span<const std::uint32_t>) override { return !prepared_; }

  std::string describe(StateId state) const override {
    const std::vector<std::uint32_t> ids = given_.items(state);
    const std::size_t shown = std::min(ids.size(), kMostShown);
    std::string text = "given out: ";
    for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? "" : ", ") + ids_.describe(ids[i]);
    if (ids.size() > shown) text += ", … " + std::to_string(ids.size()) + " in all";
    return ids.empty() ? text + "nothing" : text;
  }

 private:
  enum class Kind : std::uint8_t { generate };
  using Class = SimpleClass<Kind>;

  Interner<Class> classes_;
  ValueTable ids_{false};
  NumberSets given_{kMostIds};
  bool prepared_ = false;
};

// The operation that was given the same id before.
OperationId given_before(const History& history, OperationId operation) {
  const Operation& later = history.operation(operation);
  for (OperationId id = 0; id < history.operations().size(); ++id) {
    const Operation& each = history.operation(id);
    if (id != operation && each.outcome == Outcome::ok && each.key == later.key &&
        each.result == later.result)
      return id;
  }
  return kNone;
}

}  // namespace

Model unique_id_model() {
  Model model;
  model.name = "unique-ids";
  model.functions = "generate";
  model.partition = [](const Operation& operation) { return operation.key.value_or(Value()); };
  model.make = [](bool) { return std::make_unique<UniqueIdMachine>(); };
  model.rival = given_before;
  return model;
}

}  // namespace norn::check
