#include "model/trace_model.hpp"

#include <optional>
#include <utility>

#include "norn/trace/happens_before.hpp"

namespace norn::viewer {
namespace {

std::string text_of(const trace::Event& event) {
  return {reinterpret_cast<const char*>(event.payload.data()), event.payload.size()};
}

class NoEvents final : public EventSource {
 public:
  RunFacts facts() const override { return {}; }
  std::uint64_t event_count() const override { return 0; }
  std::uint32_t node_count() const override { return 0; }
  std::string node_name(trace::NodeId) const override { return {}; }
  std::string fiber_name(trace::FiberId) const override { return {}; }
  std::string_view string(trace::StringId) const override { return {}; }
  Result<void> for_each(const Visitor&) const override { return {}; }
  bool with_event(trace::Seq, const Visitor&) const override { return false; }
};

// So many events are read between two looks at the clock that others watch.
constexpr Index kTellEvery = 16'384;

}  // namespace

Result<TraceModel> TraceModel::build(std::unique_ptr<EventSource> source, BuildOptions options) {
  TraceModel model;
  model.source_ = std::move(source);
  model.facts_ = model.source_->facts();
  const std::uint64_t count = model.source_->event_count();
  model.events_.reserve(std::min(count, options.most_events));
  model.lanes_.begin(*model.source_);
  std::optional<Error> error;
  const auto read = model.source_->for_each_until([&](const trace::Event& event) {
    const Index at = model.events_.size();
    if (at >= options.most_events) {
      model.partial_ = true;
      return false;
    }
    if (auto added = model.add(event); !added) error = added.error();
    if (at % kTellEvery == 0) {
      if (options.done != nullptr) options.done->store(at, std::memory_order_relaxed);
      if (options.cancel != nullptr && options.cancel->load(std::memory_order_relaxed))
        error = Error{Errc::cancelled, "the reading was ended"};
    }
    return !error;
  });
  if (!read) return read.error();
  if (error) return *error;
  model.messages_.finish(model.events_);
  model.faults_.finish(*model.source_, model.events_, model.messages_);
  model.operations_.finish();
  model.clocks_ = ClockTracks(model.faults_.all(), model.events_, model.lanes_.node_count());
  model.lanes_.shrink();
  model.events_.shrink();
  return model;
}

TraceModel TraceModel::nothing() {
  TraceModel model;
  model.source_ = std::make_unique<NoEvents>();
  model.lanes_.begin(*model.source_);
  model.messages_.finish(model.events_);
  model.faults_.finish(*model.source_, model.events_, model.messages_);
  return model;
}

Result<void> TraceModel::add(const trace::Event& event) {
  using trace::EventKind;
  trace::Event fixed = event;
  if (fixed.cause == 0 && (event.kind == EventKind::deliver || event.kind == EventKind::drop)) {
    fixed.cause = event.a;
  }
  // A send to a name that no node has goes nowhere; it is drawn as such.
  if (event.kind == EventKind::send && event.a > lanes_.node_count()) fixed.a = 0;
  const auto added = events_.add(fixed);
  if (!added) return added.error();
  const Index index = *added;
  if (auto laned = lanes_.add(index, fixed); !laned) return laned;
  messages_.add(events_, index, fixed);
  fibers_.add(index, fixed);
  switch (event.kind) {
    case EventKind::state:
      state_.add(index, event);
      if (role_key_ == 0 && source_->string(event.text) == "role") role_key_ = event.text;
      if (term_key_ == 0 && source_->string(event.text) == "term") term_key_ = event.text;
      break;
    case EventKind::fault_begin:
    case EventKind::fault_end:
      faults_.add(*source_, index, event);
      break;
    case EventKind::op_call:
    case EventKind::op_return:
      operations_.add(index, event);
      break;
    case EventKind::violation:
      violations_.push_back({.event = index,
                             .property = std::string(source_->string(event.text)),
                             .detail = text_of(event)});
      break;
    case EventKind::run_end:
      run_end_ = index;
      break;
    default:
      break;
  }
  return {};
}

MessageIndex::Found TraceModel::message_of(Index event) const {
  using trace::EventKind;
  const EventKind kind = events_.kind(event);
  if (kind == EventKind::send) return messages_.find(events_, event, kNone);
  if (kind != EventKind::deliver && kind != EventKind::drop) return {};
  Index send = events_.cause(event);
  if (send == kNone || events_.kind(send) != EventKind::send) {
    source_->with_event(events_.seq(event),
                        [&](const trace::Event& e) { send = events_.index_of(e.a); });
  }
  if (send == kNone || events_.kind(send) != EventKind::send) return {};
  return messages_.find(events_, send, event);
}

Index TraceModel::cause_of(Index event) const {
  const Index cause = events_.cause(event);
  return cause == kNone ? found_after(event) : cause;
}

Index TraceModel::found_after(Index event) const {
  if (events_.kind(event) != trace::EventKind::violation || events_.node(event) != 0 ||
      events_.cause(event) != kNone) {
    return kNone;
  }
  for (Index i = event; i-- > 0 && events_.time_ns(i) == events_.time_ns(event);) {
    if (events_.node(i) != 0 && trace::ordered_by_node(events_.kind(i))) return i;
  }
  return kNone;
}

Index TraceModel::effect_of(Index event) const {
  for (Index i = event + 1; i < events_.size(); ++i) {
    if (events_.cause(i) == event) return i;
  }
  return kNone;
}

TraceModel::Chain TraceModel::chain_of(Index event, std::size_t limit) const {
  Chain chain;
  for (Index at = event; at != kNone; at = cause_of(at)) {
    chain.root = at;
    if (chain.events.size() < limit) {
      chain.events.push_back(at);
    } else {
      ++chain.omitted;
    }
  }
  if (chain.omitted > 0) --chain.omitted;
  return chain;
}

std::size_t TraceModel::bytes() const {
  return events_.bytes() + lanes_.bytes() + messages_.bytes() + state_.bytes() + fibers_.bytes() +
         operations_.bytes() + clocks_.bytes();
}

}  // namespace norn::viewer
