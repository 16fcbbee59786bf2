#include "model/series.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>

#include "model/axis.hpp"

namespace norn::viewer {
namespace {

using trace::EventKind;
using SeriesClock = std::chrono::steady_clock;

constexpr Index kFlightBlock = 256;
constexpr Index kScanBlock = 64 * kFlightBlock;
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

std::size_t first_from(const std::vector<Index>& at, Index event) {
  return static_cast<std::size_t>(std::lower_bound(at.begin(), at.end(), event) - at.begin());
}

}  // namespace

SeriesSet::SeriesSet(const TraceModel& model) : model_(&model) {
  find_states();
}

// The keys under which some node publishes numbers.
void SeriesSet::find_states() {
  const PublishedState& state = model_->state();
  for (const Lane& lane : model_->lanes().nodes()) {
    for (const StateTrack* track : state.tracks_of(lane.node)) {
      StateLine line{.node = lane.node, .at = {}, .value = {}, .extremes = {}};
      if (!number_of(state, track->changes.front())) continue;
      for (const StateChange& change : track->changes) {
        const auto number = number_of(state, change);
        if (!number) continue;
        line.at.push_back(change.event);
        line.value.push_back(*number);
      }
      line.extremes.extend(line.value.size(), [&](std::size_t i) { return line.value[i]; });
      states_[track->key].push_back(std::move(line));
    }
  }
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
  return scanned_ == model_->events().size() && operations_read_ == operation_events_.size();
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

std::vector<Index> SeriesSet::edges_of(const PlotQuery& query) const {
  std::vector<Index> edges(query.columns + 1);
  const auto columns = static_cast<double>(query.columns);
  for (std::size_t i = 0; query.steps && i <= query.columns; ++i) {
    const double share = static_cast<double>(i) / columns;
    const double step = query.steps->from + share * (query.steps->to - query.steps->from);
    edges[i] = static_cast<Index>(
        std::clamp(std::ceil(step), 0.0, static_cast<double>(model_->events().size())));
  }
  if (query.steps) return edges;
  const double step = (query.end_ns - query.begin_ns) / columns;
  for (std::size_t i = 0; i <= query.columns; ++i)
    edges[i] = model_->events().first_at(query.begin_ns + static_cast<double>(i) * step);
  return edges;
}

PlotLine SeriesSet::plot_points(const Points& points, const std::vector<Index>& edges) const {
  PlotLine line;
  line.columns.resize(edges.size() - 1);
  std::vector<float> sample;
  const auto value = [&](std::size_t i) { return static_cast<double>(points.value[i]); };
  std::size_t from = first_from(points.at, edges.front());
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    const std::size_t to = first_from(points.at, edges[i + 1]);
    if (from < to) {
      PlotColumn& column = line.columns[i];
      column.count = static_cast<std::uint32_t>(to - from);
      const Extremes extremes = points.extremes.range(from, to, value);
      column.low = extremes.low;
      column.high = extremes.high;
      sample.clear();
      const std::size_t stride = (to - from + kPlotSample - 1) / kPlotSample;
      for (std::size_t at = from; at < to; at += stride) sample.push_back(points.value[at]);
      const auto ranked = [&](double share) {
        const auto rank = static_cast<std::size_t>(share * static_cast<double>(sample.size() - 1));
        const auto nth = sample.begin() + static_cast<std::ptrdiff_t>(rank);
        std::nth_element(sample.begin(), nth, sample.end());
        return static_cast<double>(*nth);
      };
      column.median = ranked(0.5);
      column.percentile_95 = ranked(0.95);
    }
    from = to;
  }
  return line;
}

// The values within the mean time of a column, around the moment in the middle of column i.
std::pair<std::size_t, std::size_t> SeriesSet::around_step(const Points& points,
                                                           const PlotQuery& query,
                                                           std::size_t i) const {
  const auto columns = static_cast<double>(query.columns);
  const double share = (static_cast<double>(i) + 0.5) / columns;
  const double middle = OrdinalAxis(*model_).time_at(query.steps->from +
                                                     share * (query.steps->to - query.steps->from));
  const double half = (query.end_ns - query.begin_ns) / columns / 2;
  const EventTable& events = model_->events();
  return {first_from(points.at, events.first_at(middle - half)),
          first_from(points.at, events.first_at(middle + half))};
}

PlotLine SeriesSet::plot_rate(const Points& points, const std::vector<Index>& edges,
                              const PlotQuery& query) const {
  PlotLine line;
  line.columns.resize(edges.size() - 1);
  // All that is shown may be of one moment.
  const double seconds =
      std::max((query.end_ns - query.begin_ns) / static_cast<double>(query.columns), 1.0) / 1e9;
  std::size_t from = first_from(points.at, edges.front());
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    std::size_t to = first_from(points.at, edges[i + 1]);
    if (query.steps) std::tie(from, to) = around_step(points, query, i);
    PlotColumn& column = line.columns[i];
    column.count = static_cast<std::uint32_t>(to - from);
    column.high = static_cast<double>(to - from) / seconds;
    column.median = column.high;
    from = to;
  }
  return line;
}

PlotLine SeriesSet::plot_in_flight(const std::vector<Index>& edges) const {
  PlotLine line;
  line.columns.resize(edges.size() - 1);
  const auto up_to = [&](Index event) {
    if (flight_.empty()) return std::int64_t{0};
    const Index block = std::min(event / kFlightBlock, static_cast<Index>(flight_.size() - 1));
    std::int64_t now = flight_[block].before;
    for (Index i = block * kFlightBlock; i < std::min(event, scanned_); ++i)
      now += in_flight_step(i);
    return now;
  };
  std::int64_t now = up_to(edges.front());
  for (std::size_t column = 0; column + 1 < edges.size(); ++column) {
    std::int64_t low = now;
    std::int64_t high = now;
    const Index end = std::min(edges[column + 1], scanned_);
    for (Index i = edges[column]; i < end;) {
      const std::size_t block = i / kFlightBlock;
      if (i % kFlightBlock == 0 && i + kFlightBlock <= end && block + 1 < flight_.size()) {
        low = std::min(low, flight_[block].low);
        high = std::max(high, flight_[block].high);
        now = flight_[block + 1].before;
        i += kFlightBlock;
        continue;
      }
      now += in_flight_step(i++);
      low = std::min(low, now);
      high = std::max(high, now);
    }
    line.columns[column] = {.count = 1,
                            .low = static_cast<double>(low),
                            .high = static_cast<double>(high),
                            .median = static_cast<double>(now)};
  }
  return line;
}

// A state holds its value until the next change.
PlotLine SeriesSet::plot_state(const StateLine& state, const std::vector<Index>& edges) {
  PlotLine line{.node = state.node, .columns = {}};
  line.columns.resize(edges.size() - 1);
  const auto value = [&](std::size_t i) { return state.value[i]; };
  std::size_t from = first_from(state.at, edges.front());
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    const std::size_t to = first_from(state.at, edges[i + 1]);
    const std::size_t first = from > 0 ? from - 1 : from;
    if (first < to) {
      const Extremes extremes = state.extremes.range(first, to, value);
      line.columns[i] = {.count = static_cast<std::uint32_t>(to - from) + 1,
                         .low = extremes.low,
                         .high = extremes.high,
                         .median = state.value[to - 1]};
    }
    from = to;
  }
  return line;
}

Plot SeriesSet::plot(const SeriesId& id, const PlotQuery& query) {
  Plot out;
  if (query.columns == 0 || !(query.end_ns > query.begin_ns)) return out;
  const std::vector<Index> edges = edges_of(query);
  if (id.kind == SeriesKind::state) {
    const auto found = states_.find(id.key);
    if (found == states_.end()) return out;
    for (const StateLine& line : found->second) out.lines.push_back(plot_state(line, edges));
  } else if (id.kind == SeriesKind::in_flight) {
    out.lines.push_back(plot_in_flight(edges));
  } else if (is_rate(id)) {
    out.lines.push_back(plot_rate(*points_of(id.kind), edges, query));
  } else {
    out.lines.push_back(plot_points(*points_of(id.kind), edges));
  }
  double low = std::numeric_limits<double>::max();
  double high = std::numeric_limits<double>::lowest();
  for (const PlotLine& line : out.lines) {
    for (const PlotColumn& column : line.columns) {
      if (column.count == 0) continue;
      low = std::min(low, column.low);
      high = std::max(high, column.high);
    }
  }
  if (low <= high) {
    out.low = low;
    out.high = high;
  }
  return out;
}

Index SeriesSet::event_near(const SeriesId& id, double t_ns, trace::NodeId node) const {
  const std::vector<Index>* at = nullptr;
  if (const Points* points = points_of(id.kind)) at = &points->at;
  const auto states = states_.find(id.key);
  if (id.kind == SeriesKind::state && states != states_.end()) {
    for (const StateLine& line : states->second) {
      if (line.node == node) at = &line.at;
    }
  }
  if (at == nullptr || at->empty()) return kNone;
  const std::size_t found = nearest(model_->events(), *at, t_ns);
  return found < at->size() ? (*at)[found] : kNone;
}

}  // namespace norn::viewer
