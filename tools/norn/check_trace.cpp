#include <map>

#include "check_history.hpp"
#include "norn/trace/reader.hpp"

namespace norn::command {

namespace {

using check::History;
using check::OperationId;
using check::Outcome;
using check::Value;

class TraceHistory {
 public:
  explicit TraceHistory(bool keyed) : keyed_(keyed) {}

  Result<void> add(const trace::Reader& reader, const trace::Event& event) {
    const std::string_view text(reinterpret_cast<const char*>(event.payload.data()),
                                event.payload.size());
    const auto line = static_cast<std::uint32_t>(event.seq);
    Value value;
    if (!text.empty()) {
      auto parsed = check::parse_json(text);
      if (!parsed) return parsed.error();
      value = std::move(*parsed);
    }
    if (event.kind == trace::EventKind::op_call) {
      check::Call call{.process = static_cast<std::int64_t>(event.a),
                       .function = std::string(reader.string(event.text)),
                       .time_ns = event.time_ns,
                       .line = line};
      take_apart(std::move(value), call);
      const auto id = history.call(std::move(call));
      if (!id) return id.error();
      numbers_[event.b] = *id;
      return {};
    }
    const auto found = numbers_.find(event.b);
    if (found == numbers_.end()) {
      return Error{Errc::invalid,
                   "operation " + std::to_string(event.b) + " returns, but was not called"};
    }
    return history.ret(found->second, {.outcome = static_cast<Outcome>(event.c),
                                       .result = std::move(value),
                                       .time_ns = event.time_ns,
                                       .line = line});
  }

  History history;

 private:
  void take_apart(Value value, check::Call& call) const {
    if (!value.is_list()) {
      call.argument = std::move(value);
      return;
    }
    Value::List items = value.list();
    if (keyed_ && !items.empty()) {
      call.key = std::move(items.front());
      items.erase(items.begin());
    }
    if (items.size() == 1) {
      call.argument = std::move(items.front());
    } else if (!items.empty()) {
      call.argument = Value(std::move(items));
    }
  }

  bool keyed_;
  std::map<std::uint64_t, OperationId> numbers_;
};

}  // namespace

bool is_trace(const std::string& path) {
  return path.ends_with(".norn") || path.ends_with(".partial");
}

Result<History> history_of_trace(const std::string& path, bool keyed, bool& incomplete) {
  auto reader = trace::Reader::open(path);
  if (!reader) return reader.error();
  if (reader->events() > UINT32_MAX) return Error{Errc::too_large, path + ": too many events"};
  TraceHistory made(keyed);
  made.history.set_name(path);
  Result<void> added;
  const auto walked = reader->for_each([&](const trace::Event& event) {
    if (event.kind != trace::EventKind::op_call && event.kind != trace::EventKind::op_return)
      return true;
    added = made.add(*reader, event);
    if (!added) {
      added = Error{added.error().code,
                    path + ": event " + std::to_string(event.seq) + ": " + added.error().message};
    }
    return added.ok();
  });
  if (!walked) return walked.error();
  if (!added) return added.error();
  incomplete = !reader->complete();
  if (made.history.empty())
    return Error{Errc::invalid, path + ": the trace has no client operations"};
  return std::move(made.history);
}

}  // namespace norn::command
