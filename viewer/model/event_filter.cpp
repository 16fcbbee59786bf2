#include "model/event_filter.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace norn::viewer {
namespace {

using trace::EventKind;

constexpr Index kFilterBlock = 4096;
// With fewer events to decode in a block, each is asked for alone.
constexpr std::size_t kFewToDecode = 4;

}  // namespace

std::string_view name(KindGroup group) {
  static constexpr std::array<std::string_view, kKindGroups> kNames = {
      "messages", "losses",     "timers", "fibers",  "files",     "state",
      "log",      "operations", "faults", "choices", "properties"};
  return kNames.at(static_cast<std::size_t>(group));
}

KindGroup group_of(EventKind kind) {
  switch (kind) {
    case EventKind::send:
    case EventKind::deliver:
    case EventKind::connection:
      return KindGroup::messages;
    case EventKind::drop:
    case EventKind::duplicate:
    case EventKind::hold:
    case EventKind::disk_loss:
      return KindGroup::losses;
    case EventKind::timer:
      return KindGroup::timers;
    case EventKind::fiber_start:
    case EventKind::fiber_end:
    case EventKind::fiber_block:
      return KindGroup::fibers;
    case EventKind::file_op:
      return KindGroup::files;
    case EventKind::state:
      return KindGroup::state;
    case EventKind::log:
      return KindGroup::log;
    case EventKind::op_call:
    case EventKind::op_return:
      return KindGroup::operations;
    case EventKind::choice:
      return KindGroup::choices;
    case EventKind::property:
    case EventKind::violation:
    case EventKind::run_end:
      return KindGroup::properties;
    default:
      return KindGroup::faults;
  }
}

void FilterSpec::hide_node(trace::NodeId node, bool hidden) {
  if (node >= hidden_nodes.size()) hidden_nodes.resize(node + 1);
  hidden_nodes[node] = hidden;
}

bool FilterSpec::shows_all_chips() const {
  return std::none_of(hidden_groups.begin(), hidden_groups.end(), [](bool b) { return b; }) &&
         std::none_of(hidden_nodes.begin(), hidden_nodes.end(), [](bool b) { return b; });
}

EventFilter::EventFilter(const TraceModel& model) : model_(&model) {}

bool EventFilter::set(const FilterSpec& spec) {
  if (spec == spec_) return !problem_.has_value();
  spec_ = spec;
  FilterProblem problem;
  bool ok = false;
  FilterExpression expression = parse_filter(spec.text, *model_, problem, ok);
  if (!ok) {
    problem_ = std::move(problem);
    return false;
  }
  problem_.reset();
  expression_ = std::move(expression);
  chips_ = !spec.shows_all_chips();
  active_ = chips_ || expression_.root != nullptr;
  stopped_ = false;
  next_ = active_ ? 0 : model_->events().size();
  found_ = {};
  bits_.assign(active_ ? model_->events().size() / 64 + 1 : 0, 0);
  return true;
}

double EventFilter::progress() const {
  const Index all = model_->events().size();
  return !active_ || all == 0 ? 1 : static_cast<double>(next_) / static_cast<double>(all);
}

bool EventFilter::chips_pass(Index event) const {
  return !spec_.hides_group(group_of(model_->events().kind(event))) &&
         !spec_.hides_node(model_->events().node(event));
}

void EventFilter::take(Index event, const trace::Event* decoded) {
  const bool shown = !chips_ || chips_pass(event);
  if (!shown && expression_.precedence.empty()) return;
  const FilterRow row{event, decoded};
  Answer answer = expression_.root == nullptr ? Answer::yes : expression_.root->test(row);
  if (answer == Answer::need) {
    // A "preceded by" that did not hold when the block began does so now.
    model_->source().with_event(model_->events().seq(event), [&](const trace::Event& asked) {
      answer = expression_.root->test({event, &asked});
    });
  }
  for (Precedence* each : expression_.precedence) each->note(row);
  for (Precedence* each : expression_.precedence) each->commit(row);
  if (answer != Answer::yes || !shown) return;
  found_.push_back(event);
  bits_[event / 64] |= std::uint64_t{1} << (event % 64);
}

void EventFilter::look_at_block(Index begin, Index end) {
  needed_.clear();
  if (expression_.root != nullptr) {
    for (Index event = begin; event < end; ++event) {
      // What is switched off need not be decoded, unless it counts for what follows it.
      if (chips_ && expression_.precedence.empty() && !chips_pass(event)) continue;
      const FilterRow row{event, nullptr};
      bool needs = expression_.root->test(row) == Answer::need;
      for (Precedence* each : expression_.precedence)
        needs = needs || each->prepare(row) == Answer::need;
      if (needs) needed_.push_back(event);
    }
  }
  const EventTable& events = model_->events();
  Index at = begin;
  std::size_t next_needed = 0;
  const auto take_decoded = [&](const trace::Event& decoded) {
    const Index event = needed_[next_needed++];
    for (; at < event; ++at) take(at, nullptr);
    take(event, &decoded);
    ++at;
  };
  if (needed_.size() <= kFewToDecode) {
    for (const Index event : std::vector<Index>(needed_))
      model_->source().with_event(events.seq(event), take_decoded);
  } else {
    const auto walked = model_->source().for_each_from(
        events.seq(needed_.front()), [&](const trace::Event& decoded) {
          if (decoded.seq == events.seq(needed_[next_needed])) take_decoded(decoded);
          return next_needed < needed_.size();
        });
    if (!walked) stopped_ = true;  // the file has changed under us
  }
  for (; at < end; ++at) take(at, nullptr);
}

void EventFilter::advance(double milliseconds) {
  if (!active_) return;
  const auto begin = std::chrono::steady_clock::now();
  const std::chrono::duration<double, std::milli> budget(milliseconds);
  while (!done()) {
    const Index end = std::min(model_->events().size(), next_ + kFilterBlock);
    look_at_block(next_, end);
    next_ = end;
    if (std::chrono::steady_clock::now() - begin >= budget) return;
  }
}

void EventFilter::run() {
  while (!done()) advance(1000);
}

Index EventFilter::position_of(Index event) const {
  if (!active_) return std::min(event, model_->events().size());
  return static_cast<Index>(std::lower_bound(found_.begin(), found_.end(), event) - found_.begin());
}

}  // namespace norn::viewer
