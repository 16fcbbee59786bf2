#include "explore/trace_difference.hpp"

#include <algorithm>
#include <string>

#include "explore/event_text.hpp"
#include "norn/sim/fault_plan.hpp"

namespace norn::explore {

namespace {

using trace::Event;

bool same(const trace::Reader& first, const Event& a, const trace::Reader& second, const Event& b) {
  return a.kind == b.kind && a.time_ns == b.time_ns && a.node == b.node &&
         a.incarnation == b.incarnation && a.fiber == b.fiber && a.cause == b.cause && a.a == b.a &&
         a.b == b.b && a.c == b.c && a.d == b.d && first.string(a.text) == second.string(b.text) &&
         std::ranges::equal(a.payload, b.payload);
}

// Walks over the events of a trace, one at a time. An event is valid until the next call of next().
class Walk {
 public:
  explicit Walk(const trace::Reader& reader) : cursor_(reader) {}

  // next() returns null at the end.
  Result<const Event*> next() {
    if (at_ == batch_.size()) {
      const auto more = cursor_.next();
      if (!more) return more.error();
      batch_ = *more;
      at_ = 0;
      if (batch_.empty()) return nullptr;
    }
    return &batch_[at_++];
  }

 private:
  trace::Cursor cursor_;
  std::span<const Event> batch_;
  std::size_t at_ = 0;
};

std::string place_and_text(const trace::Reader& reader, const Event* event) {
  if (event == nullptr) return "(the recording ends)";
  const std::string node = event->node == 0 ? "the simulation" : reader.node_name(event->node);
  return "at " + format_duration(Duration(event->time_ns)) + " " + node + ": " +
         event_text(reader, *event);
}

// What words do not show: for two events that read alike.
std::string hidden_fields(const Event* event) {
  if (event == nullptr) return {};
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  return " [incarnation " + number(event->incarnation) + ", fiber " + number(event->fiber) +
         ", cause #" + number(event->cause) + ", a " + number(event->a) + ", b " +
         number(event->b) + ", c " + number(event->c) + ", d " + number(event->d) + ", " +
         number(event->payload.size()) + " bytes of payload]";
}

FirstDifference describe(const trace::Reader& first, const Event* a, const trace::Reader& second,
                         const Event* b) {
  FirstDifference difference;
  const Event& known = a != nullptr ? *a : *b;
  const trace::Reader& reader = a != nullptr ? first : second;
  difference.event = known.seq;
  difference.at = TimePoint(Duration(known.time_ns));
  difference.node = known.node == 0 ? "" : reader.node_name(known.node);
  difference.first = place_and_text(first, a);
  difference.second = place_and_text(second, b);
  if (difference.first != difference.second) return difference;
  difference.first += hidden_fields(a);
  difference.second += hidden_fields(b);
  if (difference.first != difference.second) return difference;
  const auto where = std::ranges::mismatch(a->payload, b->payload).in1 - a->payload.begin();
  difference.second += " (other payload from byte " + std::to_string(where) + " on)";
  return difference;
}

}  // namespace

Result<std::optional<FirstDifference>> first_difference(const trace::Reader& first,
                                                        const trace::Reader& second) {
  Walk first_walk(first);
  Walk second_walk(second);
  for (;;) {
    const Result<const Event*> a = first_walk.next();
    if (!a) return a.error();
    const Result<const Event*> b = second_walk.next();
    if (!b) return b.error();
    if (*a == nullptr && *b == nullptr) return std::optional<FirstDifference>();
    if (*a != nullptr && *b != nullptr && same(first, **a, second, **b)) continue;
    return std::optional(describe(first, *a, second, *b));
  }
}

}  // namespace norn::explore
