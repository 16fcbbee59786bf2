#include "norn/check/history.hpp"

#include "check/value_scanner.hpp"

namespace norn::check {

namespace {

constexpr std::size_t kMostEvents = std::size_t{1} << 31U;

// A string stands without its quotes where that cannot be mistaken.
std::string plain(const Value& value) {
  if (value.is_string() && !value.string().empty() &&
      value.string().find_first_of("\",()[]{}\\\n\t ") == std::string::npos) {
    return value.string();
  }
  return value.is_nil() ? "nil" : to_json(value);
}

}  // namespace

std::string_view name(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok:
      return "ok";
    case Outcome::failed:
      return "failed";
    case Outcome::unknown:
      return "unknown";
  }
  return "?";
}

Result<std::int64_t> History::next_time(std::optional<std::int64_t> time_ns) const {
  if (events_.size() >= kMostEvents) return Error{Errc::too_large, "more than 2^31 events"};
  if (events_.empty()) return time_ns.value_or(0);
  const std::int64_t last = events_.back().time_ns;
  if (!time_ns) return last == INT64_MAX ? last : last + 1;
  if (*time_ns < last) {
    return Error{Errc::invalid, "the time " + std::to_string(*time_ns) +
                                    " is before that of the last event, " + std::to_string(last) +
                                    ": events must stand in the order in which they happened"};
  }
  return *time_ns;
}

std::uint32_t History::add(HistoryEvent::Kind kind, OperationId id, std::int64_t time_ns,
                           std::uint32_t line) {
  events_.push_back({.kind = kind, .operation = id, .time_ns = time_ns, .line = line});
  return static_cast<std::uint32_t>(events_.size() - 1);
}

Result<OperationId> History::call(Call call) {
  if (call.function.empty()) return Error{Errc::invalid, "an operation without a function"};
  if (const OperationId before = open(call.process); before != kNone) {
    return Error{Errc::invalid, "process " + std::to_string(call.process) + " calls " +
                                    quoted(call.function) + " while its " +
                                    quoted(operations_[before].function) + " (" + place(before) +
                                    ") has not returned"};
  }
  const Result<std::int64_t> time = next_time(call.time_ns);
  if (!time) return time.error();
  const auto id = static_cast<OperationId>(operations_.size());
  Operation& operation = operations_.emplace_back();
  operation.process = call.process;
  operation.function = std::move(call.function);
  if (call.key && !call.key->is_nil()) operation.key = std::move(call.key);
  operation.argument = std::move(call.argument);
  operation.call_ns = *time;
  operation.call_line = call.line;
  operation.call_event = add(HistoryEvent::Kind::call, id, *time, call.line);
  open_.add(operation.process, id);
  return id;
}

Result<void> History::ret(OperationId operation, Return how) {
  if (operation >= operations_.size()) {
    return Error{Errc::invalid,
                 "a return of operation " + std::to_string(operation) + ", which was never called"};
  }
  Operation& returned = operations_[operation];
  if (open_.find(returned.process) != operation)
    return Error{Errc::invalid, "a second return of " + quoted(returned.function)};
  const Result<std::int64_t> time = next_time(how.time_ns);
  if (!time) return time.error();
  returned.outcome = how.outcome;
  returned.result = std::move(how.result);
  returned.return_ns = *time;
  returned.return_line = how.line;
  returned.return_event = add(HistoryEvent::Kind::ret, operation, *time, how.line);
  open_.remove(returned.process);
  return {};
}

Result<void> History::crash(std::optional<std::int64_t> time_ns, std::uint32_t line) {
  const Result<std::int64_t> time = next_time(time_ns);
  if (!time) return time.error();
  add(HistoryEvent::Kind::crash, kNone, *time, line);
  crashes_ = true;
  return {};
}

std::string History::place(OperationId id) const {
  const std::uint32_t line = operations_[id].call_line;
  if (line != kNone) return name_ + ":" + std::to_string(line);
  return name_ + ": operation " + std::to_string(id);
}

std::string describe(const Operation& operation) {
  std::string text =
      "client " + std::to_string(operation.process) + ": " + plain(Value(operation.function));
  text += '(';
  if (operation.key) text += plain(*operation.key);
  if (!operation.argument.is_nil()) text += (operation.key ? ", " : "") + plain(operation.argument);
  text += ") -> ";
  if (operation.return_event == kNone) return text + "never returned";
  if (operation.outcome != Outcome::ok) return text + std::string(name(operation.outcome));
  return text + (operation.result.is_nil() ? "ok" : plain(operation.result));
}

}  // namespace norn::check
