// The lines that a plot shows of a series, from what series.cpp collected.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

#include "model/axis.hpp"
#include "model/series.hpp"

namespace norn::viewer {
namespace {

std::size_t first_from(const std::vector<Index>& at, Index event) {
  return static_cast<std::size_t>(std::lower_bound(at.begin(), at.end(), event) - at.begin());
}

}  // namespace

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
