#include <ostream>

#include "norn/check/history_file.hpp"

namespace norn::check {

namespace {

// The first value of an operation that is not UTF-8 makes a file that nobody could read again.
bool is_text(const Value& value) {
  if (value.is_string()) return find_invalid_utf8(value.string()) == std::string::npos;
  if (value.is_list()) {
    for (const Value& item : value.list()) {
      if (!is_text(item)) return false;
    }
  }
  if (value.is_map()) {
    for (const Value::Entry& entry : value.map()) {
      if (find_invalid_utf8(entry.key) != std::string::npos || !is_text(entry.value)) return false;
    }
  }
  return true;
}

bool is_text(const Operation& operation) {
  return find_invalid_utf8(operation.function) == std::string::npos &&
         (!operation.key || is_text(*operation.key)) && is_text(operation.argument) &&
         is_text(operation.result);
}

void append_json_call(std::string& line, const Operation& operation) {
  line += "{\"process\":" + std::to_string(operation.process) + ",\"type\":\"call\",\"function\":";
  append_json(line, Value(operation.function));
  if (operation.key) {
    line += ",\"key\":";
    append_json(line, *operation.key);
  }
  if (!operation.argument.is_nil()) {
    line += ",\"argument\":";
    append_json(line, operation.argument);
  }
}

void append_json_return(std::string& line, const Operation& operation) {
  line += "{\"process\":" + std::to_string(operation.process) +
          ",\"type\":\"return\",\"outcome\":\"" + std::string(name(operation.outcome)) + "\"";
  if (!operation.result.is_nil()) {
    line += ",\"result\":";
    append_json(line, operation.result);
  }
}

void append_json_event(std::string& line, const History& history, const HistoryEvent& event) {
  switch (event.kind) {
    case HistoryEvent::Kind::call:
      append_json_call(line, history.operation(event.operation));
      break;
    case HistoryEvent::Kind::ret:
      append_json_return(line, history.operation(event.operation));
      break;
    case HistoryEvent::Kind::crash:
      line += "{\"type\":\"crash\"";
      break;
  }
  line += ",\"time\":" + std::to_string(event.time_ns) + "}\n";
}

std::string_view edn_type(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok:
      return "ok";
    case Outcome::failed:
      return "fail";
    case Outcome::unknown:
      return "info";
  }
  return "?";
}

// Names of functions are keywords in EDN; not every string can be one.
bool is_keyword(std::string_view word) {
  static constexpr std::string_view kKnown =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.*+!?=<>";
  return !word.empty() && word.find_first_not_of(kKnown) == std::string_view::npos;
}

void append_edn_event(std::string& line, const History& history, const HistoryEvent& event,
                      std::size_t index) {
  if (event.kind == HistoryEvent::Kind::crash) {
    line += "{:process :nemesis, :type :info, :f :crash, :value nil";
  } else {
    const Operation& operation = history.operation(event.operation);
    const bool call = event.kind == HistoryEvent::Kind::call;
    line += "{:process " + std::to_string(operation.process) + ", :type :";
    line += call ? "invoke" : edn_type(operation.outcome);
    line += ", :f :" + operation.function;
    if (operation.key) {
      line += ", :key ";
      append_edn(line, *operation.key);
    }
    line += ", :value ";
    append_edn(line, call ? operation.argument : operation.result);
  }
  line += ", :time " + std::to_string(event.time_ns) + ", :index " + std::to_string(index) + "}\n";
}

}  // namespace

Result<void> write_history(const History& history, HistoryFormat format, std::ostream& out) {
  NORN_ASSERT(format != HistoryFormat::detect, "write_history() must be told the format");
  const std::span<const Operation> operations = history.operations();
  for (OperationId id = 0; id < operations.size(); ++id) {
    if (!is_text(operations[id]))
      return Error{Errc::invalid, history.place(id) + ": what it carries is not UTF-8"};
    if (format == HistoryFormat::edn && !is_keyword(operations[id].function)) {
      return Error{Errc::invalid, history.place(id) + ": '" + operations[id].function +
                                      "' cannot be a keyword of EDN"};
    }
  }
  const bool json = format == HistoryFormat::json_lines;
  if (json) out << "{\"norn_history\":1}\n";
  std::string line;
  std::size_t index = 0;
  for (const HistoryEvent& event : history.events()) {
    line.clear();
    if (json) {
      append_json_event(line, history, event);
    } else {
      append_edn_event(line, history, event, index);
    }
    ++index;
    out << line;
  }
  if (json) out << "{\"events\":" << history.events().size() << "}\n";
  if (!out) return Error{Errc::io_error, "the history cannot be written"};
  return {};
}

}  // namespace norn::check
