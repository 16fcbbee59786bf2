// A filter in words: which events a person wants to see.
//
//   filter  = side { "or" side }
//   side    = part { ["and"] part }                     two parts side by side: both must hold
//   part    = "not" part
//           | simple [ "preceded by" simple [ "within" TIME ] [ "on the same node" ] ]
//   simple  = "(" filter ")" | FIELD op VALUE | KIND | WORD | "any text" | /regular expression/[i]
//   op      = "=" | "!=" | "<" | "<=" | ">" | ">=" | ":" (contains) | "~" (regular expression)
//
// KIND is the name of a kind of event (send, drop, state, fault_begin, …). A WORD, a quoted text or
// a regular expression is looked for in the words of the event and in its decoded payload, in each
// for itself; words and texts with no regard to the case of letters. VALUE is a number, a TIME
// (50ms, 1.5s), a word, a "text", or after "~" a /regular expression/. `<` and its like compare
// numbers and times; `=` and `!=` compare numbers as numbers and all else as text.
//
//   FIELD            of which events       what
//   node             all                   where it happened; "simulation" for none
//   kind             all                   send, deliver, drop, …
//   name             all                   message class, function, key, path, property, fault kind
//   class, from, to  messages              also of deliveries and losses
//   bytes            messages, file_op     size
//   latency          deliver, drop         time since its send
//   reason           drop                  loss, partition, dead_peer, …
//   level            log                   debug, info, warning, error (in this order for <)
//   op               file_op, connection   write, sync, accept, reset, …
//   outcome          op_return             ok, failed, unknown
//   client, operation  op_call, op_return  numbers
//   result           property              held, violated, seen, never_seen, not_judged
//   time             all                   since the start of the run
//   event            all                   its number
//   fiber, incarnation  all                numbers
//   text             all                   the words and the decoded payload, as a bare WORD
//   state.KEY        of a node             the state that the node had published by then
//   payload.PATH     with JSON or CBOR     a member, "entries.0.term" goes deeper
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/event_table.hpp"
#include "model/trace_model.hpp"
#include "norn/trace/event.hpp"

namespace norn::viewer {

// What a predicate says of an event. `need`: it can only tell from the decoded event.
enum class Answer : std::uint8_t { no, yes, need };

// One event as it is asked about: its columns, and the decoded event where there is one, with the
// way to others.
struct FilterRow {
  Index index = kNone;
  const trace::Event* event = nullptr;
  EventSource::Lookup* lookup = nullptr;  // never null beside a decoded event
};

// Predicate is a node of the compiled expression. Predicates keep memory of names they looked up
// and of the last match of a "preceded by": they belong to one thread, and events are asked in
// order.
class Predicate {
 public:
  virtual ~Predicate() = default;
  virtual Answer test(const FilterRow& row) = 0;
  // cost() orders what is asked first: 0 columns, 1 the decoded event, 2 its text.
  virtual int cost() const { return 0; }
};

// Precedence remembers when its condition held last. It is told of every event, in order.
class Precedence : public Predicate {
 public:
  // prepare() is asked first: whether the decoded event is needed to know.
  virtual Answer prepare(const FilterRow& row) = 0;
  // note() and then commit() take the event into account for those that come after it.
  virtual void note(const FilterRow& row) = 0;
  virtual void commit(const FilterRow& row) = 0;
};

// Where a text is wrong: at this byte, and why.
struct FilterProblem {
  std::size_t at = 0;
  std::string message;
};

// FilterExpression is a text made ready for one trace.
struct FilterExpression {
  std::unique_ptr<Predicate> root;      // null: everything passes
  std::vector<Precedence*> precedence;  // inner ones first; owned by the root
};

// parse_filter() reads a text; an empty one lets everything pass. With a problem the expression is
// to be thrown away. The model must outlive the expression.
FilterExpression parse_filter(std::string_view text, const TraceModel& model,
                              FilterProblem& problem, bool& ok);

// ---- for the parser: what a field test is made of

enum class FilterOp : std::uint8_t {
  equal,
  unequal,
  less,
  less_equal,
  greater,
  greater_equal,
  contains,
  matches
};

struct FieldTest {
  std::string field;  // "state.term"
  FilterOp op = FilterOp::equal;
  std::string value;          // as it was written, without quotes
  bool is_pattern = false;    // it stood between slashes
  bool ignores_case = false;  // …/i
};

// make_field_test() makes a predicate; on failure it is null, and `message` says what is wrong (of
// the value when `about_value`, else of the field).
std::unique_ptr<Predicate> make_field_test(const TraceModel& model, const FieldTest& test,
                                           std::string& message, bool& about_value);
// make_kind_test() is null for what is no kind's name.
std::unique_ptr<Predicate> make_kind_test(const TraceModel& model, std::string_view kind);

}  // namespace norn::viewer
