#include "check/history_lines.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "check/value_scanner.hpp"

namespace norn::check {

namespace {

Error wrong(std::string what) {
  return {Errc::invalid, std::move(what)};
}

Result<std::int64_t> integer_at(const Value& object, const char* key) {
  const Value* const found = object.at(key);
  if (found == nullptr) return wrong(std::string("'") + key + "' is missing");
  if (!found->is_integer()) return wrong(std::string("'") + key + "' is not a whole number");
  return found->integer();
}

Result<std::string> string_at(const Value& object, const char* key) {
  const Value* const found = object.at(key);
  if (found == nullptr) return wrong(std::string("'") + key + "' is missing");
  if (!found->is_string()) return wrong(std::string("'") + key + "' is not a string");
  return found->string();
}

Result<std::optional<std::int64_t>> time_at(const Value& object) {
  if (object.at("time") == nullptr) return std::optional<std::int64_t>();
  const Result<std::int64_t> time = integer_at(object, "time");
  if (!time) return time.error();
  return std::optional(*time);
}

Value value_at(const Value& object, const char* key) {
  const Value* const found = object.at(key);
  return found == nullptr ? Value() : *found;
}

std::optional<Value> key_at(const Value& object) {
  const Value* const found = object.at("key");
  return found == nullptr || found->is_nil() ? std::nullopt : std::optional(*found);
}

Result<void> only(const Value& object, std::initializer_list<std::string_view> known) {
  for (const Value::Entry& entry : object.map()) {
    if (std::find(known.begin(), known.end(), entry.key) == known.end())
      return wrong(quoted(entry.key) + " has no meaning here");
  }
  return {};
}

Result<Outcome> outcome_of(const std::string& word) {
  for (const Outcome each : {Outcome::ok, Outcome::failed, Outcome::unknown}) {
    if (word == name(each)) return each;
  }
  return wrong("'outcome' is " + quoted(word) + ": ok, failed or unknown was expected");
}

}  // namespace

Result<void> LineReader::read(std::string_view line, std::uint32_t number) {
  if (format_ == HistoryFormat::json_lines) {
    Result<Value> object = parse_json(line);
    if (!object) return object.error();
    if (!object->is_map()) return wrong("a JSON object was expected");
    return read_json(*object, number);
  }
  if (line[line.find_first_not_of(" \t")] == ';') return {};
  Result<Value> object = parse_edn(line);
  if (!object) return object.error();
  if (!object->is_map()) return wrong("a map was expected");
  return read_edn(*object, number);
}

Result<void> LineReader::read_json(const Value& object, std::uint32_t number) {
  if (ended_) return wrong("a line after the end, which is {\"events\":N}");
  if (object.at("norn_history") != nullptr || object.at("events") != nullptr)
    return read_json_frame(object);
  any_line_ = true;
  return read_json_event(object, number);
}

Result<void> LineReader::read_json_frame(const Value& object) {
  if (object.at("events") != nullptr) {
    if (auto known = only(object, {"events"}); !known) return known;
    const Result<std::int64_t> events = integer_at(object, "events");
    if (!events) return events.error();
    const auto read = static_cast<std::int64_t>(history_.events().size());
    if (*events != read) {
      return wrong("there should be " + std::to_string(*events) + " events, but there are " +
                   std::to_string(read));
    }
    ended_ = true;
    return {};
  }
  if (auto known = only(object, {"norn_history"}); !known) return known;
  const Result<std::int64_t> version = integer_at(object, "norn_history");
  if (!version) return version.error();
  if (*version != 1) return wrong("version " + std::to_string(*version) + " is not known: only 1");
  if (begun_ || any_line_) return wrong("'norn_history' stands in the first line only");
  begun_ = true;
  return {};
}

Result<void> LineReader::read_json_event(const Value& object, std::uint32_t number) {
  const Result<std::string> type = string_at(object, "type");
  if (!type) return type.error();
  const auto time = time_at(object);
  if (!time) return time.error();
  if (*type == "crash") {
    if (auto known = only(object, {"type", "time"}); !known) return known;
    return history_.crash(*time, number);
  }
  const Result<std::int64_t> process = integer_at(object, "process");
  if (!process) return process.error();
  if (*type == "call") {
    if (auto known = only(object, {"type", "time", "process", "function", "key", "argument"});
        !known) {
      return known;
    }
    Result<std::string> function = string_at(object, "function");
    if (!function) return function.error();
    const auto called = history_.call({.process = *process,
                                       .function = std::move(*function),
                                       .key = key_at(object),
                                       .argument = value_at(object, "argument"),
                                       .time_ns = *time,
                                       .line = number});
    return called ? Result<void>() : called.error();
  }
  if (*type != "return")
    return wrong("'type' is " + quoted(*type) + ": call, return or crash expected");
  if (auto known = only(object, {"type", "time", "process", "outcome", "result"}); !known)
    return known;
  const Result<std::string> word = string_at(object, "outcome");
  if (!word) return word.error();
  const Result<Outcome> outcome = outcome_of(*word);
  if (!outcome) return outcome.error();
  const OperationId open = history_.open(*process);
  if (open == kNone) return wrong("process " + std::to_string(*process) + " has nothing open");
  return history_.ret(open, {.outcome = *outcome,
                             .result = value_at(object, "result"),
                             .time_ns = *time,
                             .line = number});
}

Result<void> LineReader::read_edn(const Value& object, std::uint32_t number) {
  const Value* const process = object.at("process");
  if (process == nullptr) return wrong("':process' is missing");
  if (*process != Value("nemesis")) return read_edn_event(object, number);
  if (value_at(object, "f") != Value("crash")) return {};
  const auto time = edn_time(object);
  if (!time) return time.error();
  return history_.crash(*time, number);
}

Result<std::optional<std::int64_t>> LineReader::edn_time(const Value& object) {
  if (object.at("index") == nullptr) {
    if (last_index_) return wrong("':index' is missing, but other lines have it");
    return time_at(object);
  }
  const Result<std::int64_t> index = integer_at(object, "index");
  if (!index) return index.error();
  if (!last_index_ && !history_.empty())
    return wrong("':index' is there, but other lines do not have it");
  if (last_index_ && *index <= *last_index_) {
    return wrong("':index' " + std::to_string(*index) + " comes after " +
                 std::to_string(*last_index_));
  }
  last_index_ = *index;
  auto time = time_at(object);
  if (!time || !*time || history_.empty()) return time;
  return std::optional(std::max(**time, history_.events().back().time_ns));
}

Result<void> LineReader::take_key(std::optional<Value>& key, Value& value) const {
  if (!keys_in_values_ || value.is_nil()) return {};
  if (!value.is_list() || value.list().size() != 2)
    return wrong("':value' is not [key value], as values were said to be");
  Value::List pair = value.list();
  key = std::move(pair[0]);
  value = std::move(pair[1]);
  return {};
}

Result<void> LineReader::read_edn_event(const Value& object, std::uint32_t number) {
  const Result<std::int64_t> process = integer_at(object, "process");
  if (!process) return process.error();
  const Result<std::string> type = string_at(object, "type");
  if (!type) return type.error();
  Result<std::string> function = string_at(object, "f");
  if (!function) return function.error();
  std::optional<Value> key = key_at(object);
  Value value = value_at(object, "value");
  if (auto taken = take_key(key, value); !taken) return taken;
  const auto time = edn_time(object);
  if (!time) return time.error();
  if (*type == "invoke") {
    const auto called = history_.call({.process = *process,
                                       .function = std::move(*function),
                                       .key = std::move(key),
                                       .argument = std::move(value),
                                       .time_ns = *time,
                                       .line = number});
    return called ? Result<void>() : called.error();
  }
  Outcome outcome = Outcome::ok;
  if (*type == "fail") {
    outcome = Outcome::failed;
  } else if (*type == "info") {
    outcome = Outcome::unknown;
  } else if (*type != "ok") {
    return wrong("':type' is " + quoted(*type) + ": :invoke, :ok, :fail or :info was expected");
  }
  const OperationId open = history_.open(*process);
  if (open == kNone) return wrong("process " + std::to_string(*process) + " has nothing open");
  const Operation& called = history_.operation(open);
  if (called.function != *function) {
    return wrong("process " + std::to_string(*process) + " returns from " + quoted(*function) +
                 ", but it had called " + quoted(called.function));
  }
  if (key && called.key && *key != *called.key) {
    return wrong("process " + std::to_string(*process) + " returns for the key " + to_edn(*key) +
                 ", but it had called for " + to_edn(*called.key));
  }
  return history_.ret(
      open, {.outcome = outcome, .result = std::move(value), .time_ns = *time, .line = number});
}

Result<void> LineReader::finish() const {
  if (begun_ && !ended_) return wrong("the file is cut: its last line is not {\"events\":N}");
  return {};
}

}  // namespace norn::check
