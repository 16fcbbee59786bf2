// What the fields of a filter mean: each is a predicate over the columns where they are enough.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "model/filter_content.hpp"
#include "model/filter_expression.hpp"
#include "model/time_text.hpp"

namespace norn::viewer {
namespace {

using trace::EventKind;
using PredicatePtr = std::unique_ptr<Predicate>;

bool is_about_message(EventKind kind) {
  return kind == EventKind::send || kind == EventKind::deliver || kind == EventKind::drop ||
         kind == EventKind::duplicate || kind == EventKind::hold;
}

// A set of small numbers (kinds, details, nodes) that pass, of the kinds of events that have them.
class SetPredicate final : public Predicate {
 public:
  using Column = std::uint32_t (*)(const TraceModel&, Index);
  SetPredicate(const TraceModel& model, Column column, std::vector<bool> passes)
      : model_(&model), column_(column), passes_(std::move(passes)) {}
  Answer test(const FilterRow& row) override {
    const std::uint32_t value = column_(*model_, row.index);
    return value < passes_.size() && passes_[value] ? Answer::yes : Answer::no;
  }

 private:
  const TraceModel* model_;
  Column column_;
  std::vector<bool> passes_;
};

// No value: the event has no such thing.
constexpr std::uint32_t kNoValue = 0xffffffffU;

std::uint32_t kind_column(const TraceModel& model, Index i) {
  return static_cast<std::uint32_t>(model.events().kind(i));
}
std::uint32_t node_column(const TraceModel& model, Index i) {
  return model.events().node(i);
}
std::uint32_t from_column(const TraceModel& model, Index i) {
  const EventTable& events = model.events();
  if (!is_about_message(events.kind(i))) return kNoValue;
  if (events.kind(i) == EventKind::send) return events.node(i);
  const Index send = events.cause(i);
  return send == kNone ? kNoValue : events.node(send);
}
std::uint32_t to_column(const TraceModel& model, Index i) {
  const EventTable& events = model.events();
  const EventKind kind = events.kind(i);
  if (!is_about_message(kind)) return kNoValue;
  if (kind == EventKind::deliver || kind == EventKind::drop) return events.node(i);
  const Index send = kind == EventKind::send ? i : events.cause(i);
  if (send == kNone || events.kind(send) != EventKind::send) return kNoValue;
  const auto found = model.messages().find(events, send, kNone);
  return found ? found.link->to : kNoValue;
}
template <EventKind... kKinds>
std::uint32_t detail_column(const TraceModel& model, Index i) {
  const EventKind kind = model.events().kind(i);
  return ((kind == kKinds) || ...) ? model.events().detail(i) : kNoValue;
}
// Files and connections have operations of their own names: those of connections come after 100.
constexpr std::uint32_t kConnectionOps = 100;
std::uint32_t op_column(const TraceModel& model, Index i) {
  const EventKind kind = model.events().kind(i);
  if (kind == EventKind::file_op) return model.events().detail(i);
  return kind == EventKind::connection ? kConnectionOps + model.events().detail(i) : kNoValue;
}

// A set is decided name by name, once. Unknown words are refused, with those that are known.
struct NamedValue {
  std::string name;
  std::uint32_t value = 0;
};

PredicatePtr make_set(const TraceModel& model, SetPredicate::Column column,
                      const std::vector<NamedValue>& names, const FieldTest& test,
                      std::string& message) {
  const TextTest text(test, message);
  if (!message.empty()) return nullptr;
  const auto named = std::find_if(names.begin(), names.end(),
                                  [&](const NamedValue& v) { return v.name == test.value; });
  const bool by_rank = test.op == FilterOp::less || test.op == FilterOp::less_equal ||
                       test.op == FilterOp::greater || test.op == FilterOp::greater_equal;
  const bool by_name = by_rank || test.op == FilterOp::equal || test.op == FilterOp::unequal;
  if (by_name && named == names.end()) {
    message = "there is no " + test.field + " '" + test.value + "' (there are:";
    constexpr std::size_t kShown = 30;
    for (std::size_t i = 0; i < names.size() && i < kShown; ++i) message += " " + names[i].name;
    message += names.size() > kShown ? " \xE2\x80\xA6)" : ")";
    return nullptr;
  }
  std::vector<bool> passes;
  for (const NamedValue& each : names) {
    if (each.value >= passes.size()) passes.resize(each.value + 1);
    passes[each.value] = by_rank ? text.ordered(each.value, named->value) : text.holds(each.name);
  }
  return std::make_unique<SetPredicate>(model, column, std::move(passes));
}

// All names up to the last enumerator.
template <class Enum>
void add_names(std::vector<NamedValue>& out, Enum last, std::uint32_t first = 0) {
  for (std::uint32_t value = 0; value <= static_cast<std::uint32_t>(last); ++value)
    out.push_back({std::string(trace::name(static_cast<Enum>(value))), first + value});
}

template <class Enum>
std::vector<NamedValue> names_up_to(Enum last) {
  std::vector<NamedValue> out;
  add_names(out, last);
  return out;
}

std::vector<NamedValue> kind_names() {
  std::vector<NamedValue> out;
  for (std::uint32_t kind = 1; kind < trace::kEventKinds; ++kind)
    out.push_back({std::string(trace::name(static_cast<EventKind>(kind))), kind});
  return out;
}

std::vector<NamedValue> node_names(const TraceModel& model) {
  std::vector<NamedValue> out;
  for (const Lane& lane : model.lanes().nodes()) out.push_back({lane.name, lane.node});
  out.push_back({"simulation", 0});
  return out;
}

// The event's own string, decided once for each different one.
class NamePredicate final : public Predicate {
 public:
  NamePredicate(const TraceModel& model, TextTest test, bool messages_only)
      : model_(&model), test_(std::move(test)), messages_only_(messages_only) {}
  Answer test(const FilterRow& row) override {
    const EventTable& events = model_->events();
    const bool message = is_about_message(events.kind(row.index));
    if (messages_only_ && !message) return Answer::no;
    trace::StringId id = events.text(row.index);
    if (id == 0 && message) {
      const Index send = events.cause(row.index);
      if (send != kNone) id = events.text(send);
    }
    if (id >= known_.size()) known_.resize(id + 1, kUnasked);
    if (known_[id] == kUnasked)
      known_[id] = test_.holds(model_->source().string(id)) ? Answer::yes : Answer::no;
    return known_[id];
  }

 private:
  static constexpr Answer kUnasked = Answer::need;
  const TraceModel* model_;
  TextTest test_;
  bool messages_only_;
  std::vector<Answer> known_;
};

// A number: of the columns, or of the decoded event when `kDecoded`.
class NumberPredicate final : public Predicate {
 public:
  using Read = std::optional<double> (*)(const TraceModel&, const FilterRow&);
  NumberPredicate(const TraceModel& model, TextTest test, Read read, bool decoded)
      : model_(&model), test_(std::move(test)), read_(read), decoded_(decoded) {}
  Answer test(const FilterRow& row) override {
    if (decoded_ && row.event == nullptr) return Answer::need;
    const auto number = read_(*model_, row);
    return number && test_.holds(*number) ? Answer::yes : Answer::no;
  }
  int cost() const override { return decoded_ ? 1 : 0; }

 private:
  const TraceModel* model_;
  TextTest test_;
  Read read_;
  bool decoded_;
};

std::optional<double> time_of(const TraceModel& model, const FilterRow& row) {
  return static_cast<double>(model.events().time_ns(row.index));
}
std::optional<double> seq_of(const TraceModel& model, const FilterRow& row) {
  return static_cast<double>(model.events().seq(row.index));
}
std::optional<double> latency_of(const TraceModel& model, const FilterRow& row) {
  const EventTable& events = model.events();
  const EventKind kind = events.kind(row.index);
  const Index send = events.cause(row.index);
  if ((kind != EventKind::deliver && kind != EventKind::drop) || send == kNone) return {};
  return static_cast<double>(events.time_ns(row.index) - events.time_ns(send));
}
std::optional<double> bytes_of(const TraceModel&, const FilterRow& row) {
  const EventKind kind = row.event->kind;
  if (kind == EventKind::send || kind == EventKind::deliver)
    return static_cast<double>(row.event->b);
  if (kind == EventKind::file_op) return static_cast<double>(row.event->c);
  return {};
}
bool is_operation(EventKind kind) {
  return kind == EventKind::op_call || kind == EventKind::op_return;
}
std::optional<double> client_of(const TraceModel&, const FilterRow& row) {
  if (!is_operation(row.event->kind)) return {};
  return static_cast<double>(row.event->a);
}
std::optional<double> operation_of(const TraceModel&, const FilterRow& row) {
  if (!is_operation(row.event->kind)) return {};
  return static_cast<double>(row.event->b);
}
std::optional<double> fiber_of(const TraceModel&, const FilterRow& row) {
  return static_cast<double>(row.event->fiber);
}
std::optional<double> incarnation_of(const TraceModel&, const FilterRow& row) {
  return static_cast<double>(row.event->incarnation);
}

struct NumberField {
  std::string_view name;
  NumberPredicate::Read read;
  bool decoded;
  bool is_time;
};
constexpr std::array<NumberField, 8> kNumberFields = {
    {{"time", time_of, false, true},
     {"event", seq_of, false, false},
     {"latency", latency_of, false, true},
     {"bytes", bytes_of, true, false},
     {"client", client_of, true, false},
     {"operation", operation_of, true, false},
     {"fiber", fiber_of, true, false},
     {"incarnation", incarnation_of, true, false}}};

PredicatePtr make_number(const TraceModel& model, const NumberField& field, FieldTest test,
                         std::string& message) {
  if (field.is_time) {
    const auto time = parse_duration(test.value);
    if (!time) message = time.error().message;
    if (time) test.value = std::to_string(*time);
  } else if (!number_in(test.value)) {
    message = "a number is expected, not '" + test.value + "'";
  }
  if (test.op == FilterOp::matches || test.op == FilterOp::contains)
    message = test.field + " is a number: compare it with = != < <= > >=";
  TextTest text(test, message);
  if (!message.empty()) return nullptr;
  return std::make_unique<NumberPredicate>(model, std::move(text), field.read, field.decoded);
}

}  // namespace

std::unique_ptr<Predicate> make_field_test(const TraceModel& model, const FieldTest& test,
                                           std::string& message, bool& about_value) {
  about_value = true;
  const std::string_view field = test.field;
  const auto set = [&](SetPredicate::Column column, const std::vector<NamedValue>& names) {
    return make_set(model, column, names, test, message);
  };
  if (field == "kind") return set(kind_column, kind_names());
  if (field == "node") return set(node_column, node_names(model));
  if (field == "from") return set(from_column, node_names(model));
  if (field == "to") return set(to_column, node_names(model));
  if (field == "reason")
    return set(detail_column<EventKind::drop>, names_up_to(trace::DropReason::filtered));
  if (field == "level")
    return set(detail_column<EventKind::log>, names_up_to(trace::LogLevel::error));
  if (field == "outcome")
    return set(detail_column<EventKind::op_return>, names_up_to(trace::OpOutcome::unknown));
  if (field == "result")
    return set(detail_column<EventKind::property>, names_up_to(trace::PropertyResult::not_judged));
  if (field == "op") {
    std::vector<NamedValue> names = names_up_to(trace::FileOp::close);
    add_names(names, trace::ConnectionOp::timeout, kConnectionOps);
    return set(op_column, names);
  }
  for (const NumberField& each : kNumberFields) {
    if (field == each.name) return make_number(model, each, test, message);
  }
  if (field == "name" || field == "class") {
    TextTest text(test, message);
    if (!message.empty()) return nullptr;
    return std::make_unique<NamePredicate>(model, std::move(text), field == "class");
  }
  return make_content_test(model, test, message, about_value);
}

std::unique_ptr<Predicate> make_kind_test(const TraceModel& model, std::string_view kind) {
  const std::vector<NamedValue> names = kind_names();
  const auto named = std::find_if(names.begin(), names.end(),
                                  [&](const NamedValue& each) { return each.name == kind; });
  if (named == names.end()) return nullptr;
  std::vector<bool> passes(named->value + 1);
  passes.back() = true;
  return std::make_unique<SetPredicate>(model, kind_column, std::move(passes));
}

}  // namespace norn::viewer
