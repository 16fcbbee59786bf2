// What a machine does that knows nothing more than its steps.
#include "norn/check/model.hpp"

namespace norn::check {

Result<ClassId> Machine::compile_answered(const Operation& operation, ClassId) {
  return compile(operation);
}

bool Machine::viable(StateId, ClassId, std::span<const std::uint32_t>) {
  return true;
}

bool Machine::may_leave(StateId, ClassId, std::span<const std::uint32_t>) {
  return true;
}

ClassId Machine::maker_of(ClassId) const {
  return kNone;
}

bool Machine::answer_varies(ClassId) const {
  return true;
}

bool Machine::own_values() {
  return false;
}

bool Machine::start_anew() {
  return false;
}

bool Machine::resets(ClassId, StateId&) const {
  return false;
}

ClassId Machine::setter(StateId) {
  NORN_ASSERT(false, "setter() of a machine in which nothing resets");
  return 0;
}

ClassId Machine::same_as(ClassId operation) const {
  return operation;
}

bool Machine::save(StateId, Value&) const {
  return false;
}

StateId Machine::restore(const Value&) {
  NORN_ASSERT(false, "restore() of a machine that cannot save()");
  return 0;
}

}  // namespace norn::check
