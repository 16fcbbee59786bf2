#include "model/series.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

namespace norn::viewer {
namespace {

using trace::EventKind;

// Changes of a published value between two looks at the clock.
constexpr std::size_t kChangesBlock = 4096;
constexpr Index kScanBlock = 16'384;  // a multiple of SeriesSet::kFlightBlock
// With a longer way to the next operation it is looked up instead of walked to.
constexpr std::uint64_t kLongWay = 100'000;

std::optional<double> number_of(const PublishedState& state, const StateChange& change) {
  if (change.text == 0) return static_cast<double>(change.number);
  const std::string text = state.value(change);
  double number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
    return std::nullopt;
  return number;
}

}  // namespace

SeriesSet::SeriesSet(const TraceModel& model) : model_(&model) {
  for (const Lane& lane : model.lanes().nodes()) {
    for (const StateTrack* const track : model.state().tracks_of(lane.node))
      tracks_.push_back(track);
  }
}

// Numbers that nodes publish. A key whose first value is none is no series.
bool SeriesSet::scan_states(SeriesClock::time_point deadline) {
  const PublishedState& state = model_->state();
  for (; tracks_read_ < tracks_.size(); ++tracks_read_, changes_read_ = 0) {
    const StateTrack& track = *tracks_[tracks_read_];
    if (!number_of(state, track.changes.front())) continue;
    auto& lines = states_[track.key];
    if (changes_read_ == 0)
      lines.push_back({.node = track.node, .at = {}, .value = {}, .extremes = {}});
    StateLine& line = lines.back();
    while (changes_read_ < track.changes.size()) {
      const std::size_t end = std::min(track.changes.size(), changes_read_ + kChangesBlock);
      for (; changes_read_ < end; ++changes_read_) {
        const StateChange& change = track.changes[changes_read_];
        const auto number = number_of(state, change);
        if (!number) continue;
        line.at.push_back(change.event);
        line.value.push_back(*number);
      }
      line.extremes.extend(line.value.size(), [&](std::size_t i) { return line.value[i]; });
      if (SeriesClock::now() >= deadline) return false;
    }
  }
  return true;
}

std::int64_t SeriesSet::in_flight_step(Index event) const {
  switch (model_->events().kind(event)) {
    case EventKind::send:
    case EventKind::duplicate:
      return 1;
    case EventKind::deliver:
    case EventKind::drop:
      return model_->events().cause(event) == kNone ? 0 : -1;
    default:
      return 0;
  }
}

void SeriesSet::scan_columns(Index begin, Index end) {
  const EventTable& events = model_->events();
  for (Index i = begin; i < end; ++i) {
    if (i % kFlightBlock == 0)
      flight_.push_back({.before = flight_now_, .low = flight_now_, .high = flight_now_});
    flight_now_ += in_flight_step(i);
    FlightBlock& block = flight_.back();
    block.low = std::min(block.low, flight_now_);
    block.high = std::max(block.high, flight_now_);
    switch (events.kind(i)) {
      case EventKind::send:
        sends_.at.push_back(i);
        break;
      case EventKind::drop:
        losses_.at.push_back(i);
        break;
      case EventKind::deliver: {
        const Index send = events.cause(i);
        if (send == kNone) break;
        latency_.at.push_back(i);
        latency_.value.push_back(static_cast<float>(events.time_ns(i) - events.time_ns(send)));
        break;
      }
      case EventKind::op_call:
      case EventKind::op_return:
        operation_events_.push_back(i);
        break;
      default:
        break;
    }
  }
  latency_.extremes.extend(latency_.value.size(),
                           [&](std::size_t i) { return static_cast<double>(latency_.value[i]); });
}

void SeriesSet::add_operation(const trace::Event& event) {
  const Index index = operation_events_[operations_read_++];
  if (event.kind == EventKind::op_call) {
    open_operations_[event.b] = index;
    return;
  }
  const auto call = open_operations_.find(event.b);
  if (call == open_operations_.end()) return;
  const EventTable& events = model_->events();
  operations_.at.push_back(index);
  operations_.value.push_back(
      static_cast<float>(events.time_ns(index) - events.time_ns(call->second)));
  open_operations_.erase(call);
}

// False when time is over before all operations were read.
bool SeriesSet::scan_operations(double milliseconds) {
  const auto until = SeriesClock::now() + std::chrono::duration<double, std::milli>(milliseconds);
  const EventTable& events = model_->events();
  while (operations_read_ < operation_events_.size()) {
    const std::size_t before = operations_read_;
    const auto read = model_->source().for_each_from(
        events.seq(operation_events_[operations_read_]), [&](const trace::Event& event) {
          const trace::Seq next = events.seq(operation_events_[operations_read_]);
          if (event.seq < next) return next - event.seq < kLongWay;
          add_operation(event);
          return operations_read_ < operation_events_.size() && SeriesClock::now() < until;
        });
    // A file that cannot be read any more gives no more operations.
    if (!read || operations_read_ == before) operations_read_ = operation_events_.size();
    operations_.extremes.extend(operations_.value.size(), [&](std::size_t i) {
      return static_cast<double>(operations_.value[i]);
    });
    if (SeriesClock::now() >= until) return false;
  }
  return true;
}

void SeriesSet::advance(double milliseconds) {
  const auto begin = SeriesClock::now();
  const std::chrono::duration<double, std::milli> budget(milliseconds);
  if (!scan_states(begin + std::chrono::duration_cast<SeriesClock::duration>(budget))) return;
  const Index all = model_->events().size();
  while (scanned_ < all) {
    const Index end = std::min(all, scanned_ + kScanBlock);
    scan_columns(scanned_, end);
    scanned_ = end;
    if (SeriesClock::now() - begin >= budget) return;
  }
  const std::chrono::duration<double, std::milli> left = budget - (SeriesClock::now() - begin);
  if (scan_operations(left.count())) find_passing(left.count());
}

bool SeriesSet::scanned() const {
  return tracks_read_ == tracks_.size() && scanned_ == model_->events().size() &&
         operations_read_ == operation_events_.size();
}

bool SeriesSet::done() const {
  return scanned() && (filter_ == nullptr || passing_.complete || filter_->stopped());
}

void SeriesSet::follow(const EventFilter* filter) {
  const std::uint64_t version = filter == nullptr ? 0 : filter->version();
  if (filter == filter_ && version == filter_version_) return;
  filter_ = filter;
  filter_version_ = version;
  passing_ = {};
  ++version_;
}

bool SeriesSet::is_filtered(const SeriesId& id) const {
  return filter_ != nullptr && passing_.complete && id.kind != SeriesKind::state &&
         id.kind != SeriesKind::in_flight;
}

// The ends of messages come first: they say which sends pass though they do not themselves.
void SeriesSet::look_at_points(std::size_t list, std::size_t end) {
  const Points* const all[] = {&latency_, &losses_, &sends_, &operations_};
  const Points& from = *all[list];
  Points& to = passing_.points[list];
  const EventTable& events = model_->events();
  for (std::size_t& i = passing_.looked[list]; i < end; ++i) {
    const Index event = from.at[i];
    bool passes = filter_->may_pass(event);
    if (&from == &latency_ || &from == &losses_) {
      const Index send = events.cause(event);
      if (passes && send != kNone) passing_.sends[send] = true;
      passes = passes || (send != kNone && filter_->may_pass(send));
    } else if (&from == &sends_) {
      passes = passes || passing_.sends[event];
    }
    if (!passes) continue;
    to.at.push_back(event);
    if (!from.value.empty()) to.value.push_back(from.value[i]);
  }
  to.extremes.extend(to.value.size(),
                     [&](std::size_t i) { return static_cast<double>(to.value[i]); });
}

void SeriesSet::find_passing(double milliseconds) {
  if (filter_ == nullptr || passing_.complete || !filter_->searched() || filter_->stopped()) return;
  const auto until = SeriesClock::now() + std::chrono::duration<double, std::milli>(milliseconds);
  passing_.sends.resize(model_->events().size());
  const std::size_t sizes[] = {latency_.at.size(), losses_.at.size(), sends_.at.size(),
                               operations_.at.size()};
  for (std::size_t list = 0; list < std::size(sizes); ++list) {
    while (passing_.looked[list] < sizes[list]) {
      look_at_points(list, std::min<std::size_t>(sizes[list], passing_.looked[list] + kScanBlock));
      if (SeriesClock::now() >= until) return;
    }
  }
  passing_.sends = {};
  passing_.complete = true;
  ++version_;
}

double SeriesSet::progress() const {
  const double all =
      static_cast<double>(model_->events().size()) + static_cast<double>(operation_events_.size());
  return all == 0 ? 1 : static_cast<double>(scanned_ + operations_read_) / all;
}

std::vector<SeriesId> SeriesSet::all() const {
  std::vector<SeriesId> out;
  if (!latency_.at.empty()) out.push_back({SeriesKind::message_latency});
  if (!operation_events_.empty()) out.push_back({SeriesKind::operation_latency});
  if (!sends_.at.empty()) {
    out.push_back({SeriesKind::message_rate});
    out.push_back({SeriesKind::losses});
    out.push_back({SeriesKind::in_flight});
  }
  for (const auto& [key, lines] : states_) out.push_back({SeriesKind::state, key});
  return out;
}

std::string SeriesSet::name(const SeriesId& id) const {
  switch (id.kind) {
    case SeriesKind::message_latency:
      return "message latency";
    case SeriesKind::operation_latency:
      return "operation latency";
    case SeriesKind::message_rate:
      return "messages a second";
    case SeriesKind::losses:
      return "losses a second";
    case SeriesKind::in_flight:
      return "messages in flight";
    case SeriesKind::state:
      break;
  }
  return std::string(model_->source().string(id.key));
}

bool SeriesSet::is_time(const SeriesId& id) const {
  return id.kind == SeriesKind::message_latency || id.kind == SeriesKind::operation_latency;
}

bool SeriesSet::is_rate(const SeriesId& id) const {
  return id.kind == SeriesKind::message_rate || id.kind == SeriesKind::losses;
}

const SeriesSet::Points* SeriesSet::points_of(SeriesKind kind) const {
  const bool filtered = is_filtered({kind});
  const auto chosen = [&](const Points& all, std::size_t list) {
    return filtered ? &passing_.points[list] : &all;
  };
  switch (kind) {
    case SeriesKind::message_latency:
      return chosen(latency_, 0);
    case SeriesKind::operation_latency:
      return chosen(operations_, 3);
    case SeriesKind::losses:
      return chosen(losses_, 1);
    case SeriesKind::message_rate:
    case SeriesKind::in_flight:
      return chosen(sends_, 2);
    case SeriesKind::state:
      break;
  }
  return nullptr;
}

}  // namespace norn::viewer
