// Histories: what clients asked of a system and what it answered, in the order in which it
// happened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "norn/check/open_table.hpp"
#include "norn/check/value.hpp"
#include "norn/runtime/result.hpp"

namespace norn::check {

// Operations are numbered from 0 in the order of their calls.
using OperationId = std::uint32_t;

enum class Outcome : std::uint8_t {
  ok,       // it took effect between its call and its return
  failed,   // it took no effect, and never will
  unknown,  // nobody knows: it may take effect at any time after its call, or never (a timeout)
};
std::string_view name(Outcome outcome);

// No event: an operation without a return, an operation that came from no line of a file.
inline constexpr std::uint32_t kNone = UINT32_MAX;

struct Operation {
  std::int64_t process = 0;  // who called: a client that does one thing at a time
  Outcome outcome = Outcome::unknown;
  std::string function;
  std::optional<Value> key;  // what part of the system it concerns, never nil; none: all of it
  Value argument;
  Value result;
  std::int64_t call_ns = 0;
  std::int64_t return_ns = 0;  // meaningless while `return_event` is kNone
  std::uint32_t call_event = kNone;
  std::uint32_t return_event = kNone;  // the client gave up here if the outcome is unknown
  std::uint32_t call_line = kNone;     // from 1
  std::uint32_t return_line = kNone;
};

struct HistoryEvent {
  enum class Kind : std::uint8_t {
    call,
    ret,
    crash,  // the whole system lost its memory; `operation` has no meaning
  };
  Kind kind = Kind::call;
  OperationId operation = kNone;
  std::int64_t time_ns = 0;
  std::uint32_t line = kNone;
};

// What History::call() and ret() are told.
struct Call {
  std::int64_t process = 0;
  std::string function;
  std::optional<Value> key = {};
  Value argument = {};
  std::optional<std::int64_t> time_ns = {};  // none: one more than the last event's
  std::uint32_t line = kNone;
};

struct Return {
  Outcome outcome = Outcome::ok;
  Value result = {};
  std::optional<std::int64_t> time_ns = {};
  std::uint32_t line = kNone;
};

// History is a sequence of calls and returns. The order of its events is what counts: an operation
// precedes another if its return stands before the other's call. Times are for people.
//
// It is filled from the front and refuses what cannot have happened, with an Error that says why
// and an unchanged history: a process that calls while its last operation is open, a return of what
// is not open, a time before the last one. Up to 2^31 events.
class History {
 public:
  // call() begins an operation. A process may call again once the last one has returned, with
  // whatever outcome.
  Result<OperationId> call(Call call);
  Result<void> ret(OperationId operation, Return how = {});
  // crash() notes that the system crashed as a whole. Operations that are open stay so.
  Result<void> crash(std::optional<std::int64_t> time_ns = {}, std::uint32_t line = kNone);

  // The operation that a process has open; kNone if it has none.
  OperationId open(std::int64_t process) const { return open_.find(process); }

  std::span<const Operation> operations() const { return operations_; }
  std::span<const HistoryEvent> events() const { return events_; }
  const Operation& operation(OperationId id) const { return operations_[id]; }
  bool empty() const { return events_.empty(); }
  bool has_crashes() const { return crashes_; }

  // Where it came from, for messages: the name of a file, or "history".
  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }

  // "FILE:12" for an operation that was read, else "history: operation 7".
  std::string place(OperationId id) const;

 private:
  Result<std::int64_t> next_time(std::optional<std::int64_t> time_ns) const;
  std::uint32_t add(HistoryEvent::Kind kind, OperationId id, std::int64_t time_ns,
                    std::uint32_t line);

  std::string name_ = "history";
  std::vector<Operation> operations_;
  std::vector<HistoryEvent> events_;
  OpenTable open_;  // by process
  bool crashes_ = false;
};

// describe() is an operation in words: `client 3: put(x, 1) -> ok`.
std::string describe(const Operation& operation);

}  // namespace norn::check
