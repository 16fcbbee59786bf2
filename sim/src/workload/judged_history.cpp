#include "norn/sim/judged_history.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "engine/engine.hpp"
#include "norn/check/linearizability.hpp"
#include "norn/runtime/assert.hpp"
#include "workload/operation_log.hpp"
#include "workload/operation_record.hpp"

namespace norn {
namespace {

using check::Outcome;
using check::Value;

// As `norn check` reads it from a trace: the key, if there is one, and the argument.
void write_arguments(std::string& list, const check::Call& call) {
  list = '[';
  if (call.key) check::append_json(list, *call.key);
  if (!call.argument.is_nil()) {
    if (call.key) list += ',';
    check::append_json(list, call.argument);
  }
  list += ']';
}

// One part of a history, as if there were no others.
check::History part_of(const check::History& history, const check::Model& model,
                       const std::optional<Value>& part) {
  check::History some;
  some.set_name("event");
  std::vector<check::OperationId> new_id(history.operations().size(), check::kNone);
  for (const check::HistoryEvent& event : history.events()) {
    const check::Operation& operation = history.operation(event.operation);
    if (part && model.partition && model.partition(operation) != *part) continue;
    if (event.kind == check::HistoryEvent::Kind::call) {
      new_id[event.operation] = some.call({.process = operation.process,
                                           .function = operation.function,
                                           .key = operation.key,
                                           .argument = operation.argument,
                                           .time_ns = event.time_ns,
                                           .line = event.line})
                                    .value();
    } else {
      some.ret(new_id[event.operation], {.outcome = operation.outcome,
                                         .result = operation.result,
                                         .time_ns = event.time_ns,
                                         .line = event.line})
          .value();
    }
  }
  return some;
}

}  // namespace

JudgedHistory::JudgedHistory(Simulation& sim, std::string property, check::Model model,
                             check::StreamingOptions options)
    : sim_(sim),
      property_(std::move(property)),
      model_(std::move(model)),
      options_(options),
      checker_(model_, options_),
      log_(std::make_unique<sim::OperationLog>()) {}

JudgedHistory::~JudgedHistory() = default;

const check::History& JudgedHistory::history() const {
  return log_->history();
}

check::OperationId JudgedHistory::call(check::Call&& call) {
  const std::uint32_t life = sim::caller_life(sim_.engine());
  const check::OperationId left = checker_.open(call.process);
  if (left != check::kNone && (*log_)[left].life != life)
    unknown(left);  // its client died meanwhile
  call.time_ns = sim_.now().time_since_epoch().count();
  write_arguments(json_, call);
  sim::OperationLog::Function& function = log_->function(call.function);
  const sim::RecordedCall recorded =
      sim::record_call(sim_.engine(), call, function.in_trace, json_);
  call.line = recorded.line;
  const check::OperationId id = log_->call(
      call, function, {.process = call.process, .number = recorded.number, .life = life});
  const auto followed = checker_.call(std::move(call));
  NORN_ASSERT(followed.ok(), "JudgedHistory::call(): " + followed.error().message);
  return id;
}

void JudgedHistory::ok(check::OperationId operation, Value result) {
  ret(operation, Outcome::ok, std::move(result));
}

void JudgedHistory::failed(check::OperationId operation) {
  ret(operation, Outcome::failed, {});
}

void JudgedHistory::unknown(check::OperationId operation) {
  ret(operation, Outcome::unknown, {});
}

void JudgedHistory::ret(check::OperationId operation, Outcome outcome, Value&& result) {
  NORN_ASSERT(operation < log_->size(), "JudgedHistory: there is no such operation");
  const sim::OperationLog::Where& where = (*log_)[operation];
  json_.clear();
  check::append_json(json_, result);
  const std::uint32_t line =
      sim::record_return(sim_.engine(), where.process, where.number, outcome, json_);
  check::Return how{.outcome = outcome,
                    .result = std::move(result),
                    .time_ns = sim_.now().time_since_epoch().count(),
                    .line = line};
  log_->ret(operation, how);
  const auto misfit = checker_.ret(operation, std::move(how));
  NORN_ASSERT(misfit.ok(), "JudgedHistory: " + misfit.error().message);
  if (*misfit) violate(**misfit);
}

// The search says more than the frontier knows: what took effect before, and in which order.
void JudgedHistory::violate(const check::StreamingMisfit& misfit) {
  const check::OperationId rival =
      model_.rival ? model_.rival(history(), misfit.operation) : check::kNone;
  if (rival != check::kNone) {
    const auto told = [this](check::OperationId id) {
      return check::describe(history().operation(id)) + " (" + history().place(id) + ")";
    };
    return sim_.violation(property_, told(misfit.operation) + " fits nowhere after " + told(rival));
  }
  const check::History some = part_of(history(), model_, misfit.part);
  const auto judged = check::check_linearizability(
      some, model_, {.budget = options_.budget, .whole = options_.whole});
  std::string text = misfit.text + " fits nowhere";
  if (judged.ok() && judged->misfit) text = check::explain(some, *judged->misfit);
  sim_.violation(property_, text);
}

bool JudgedHistory::judge() {
  if (sim_.violated()) return true;
  const check::Verdict verdict = checker_.finish();
  if (checker_.misfit()) violate(*checker_.misfit());
  if (verdict != check::Verdict::unknown) return true;
  sim_.engine().give_up("\"" + property_ +
                        "\" could not be decided: its history has too many possible orders");
  return false;
}

}  // namespace norn
