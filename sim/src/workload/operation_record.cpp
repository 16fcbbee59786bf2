#include "workload/operation_record.hpp"

#include "engine/engine.hpp"

namespace norn::sim {

namespace {

static_assert(static_cast<int>(check::Outcome::unknown) ==
              static_cast<int>(trace::OpOutcome::unknown));

// The place of an operation is its event in the trace.
std::uint32_t line_of(trace::Seq seq) {
  return seq < check::kNone ? static_cast<std::uint32_t>(seq) : check::kNone;
}

}  // namespace

RecordedCall record_call(Engine& engine, const check::Call& call, trace::StringId& function,
                         const std::string& arguments) {
  trace::Event event;
  event.kind = trace::EventKind::op_call;
  event.a = static_cast<std::uint64_t>(call.process);
  event.b = engine.next_operation();
  event.text = function;
  const trace::Seq seq = engine.record_operation(event, call.function, arguments);
  function = event.text;
  return {.number = event.b, .line = line_of(seq)};
}

std::uint32_t record_return(Engine& engine, std::int64_t process, std::uint64_t number,
                            check::Outcome outcome, const std::string& result) {
  trace::Event event;
  event.kind = trace::EventKind::op_return;
  event.a = static_cast<std::uint64_t>(process);
  event.b = number;
  event.c = static_cast<std::uint64_t>(outcome);
  return line_of(engine.record_operation(event, {}, result));
}

std::uint32_t caller_life(Engine& engine) {
  const host::Fiber* const fiber = engine.scheduler().running();
  return fiber == nullptr ? 0 : fiber->process->incarnation();
}

}  // namespace norn::sim
