// Numbers over time: latencies, rates, what is under way, and published state.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/event_filter.hpp"
#include "model/event_table.hpp"
#include "model/trace_model.hpp"

namespace norn::viewer {

enum class SeriesKind : std::uint8_t {
  message_latency,    // from send to delivery, at the time of the delivery
  operation_latency,  // from call to return of client operations, at the time of the return
  message_rate,       // messages sent a second
  losses,             // messages lost a second
  in_flight,          // copies of messages that are under way
  state,              // a published number of each node
};

struct SeriesId {
  SeriesKind kind = SeriesKind::message_latency;
  trace::StringId key = 0;  // of a state
  auto operator<=>(const SeriesId&) const = default;
};

// What is drawn of a few pixels of time.
struct PlotColumn {
  std::uint32_t count = 0;  // of values that stand here; 0: nothing to draw
  double low = 0;
  double high = 0;
  double median = 0;  // of latencies; of up to kPlotSample evenly chosen values
  double percentile_95 = 0;
};
inline constexpr std::size_t kPlotSample = 256;

// One line of a plot: a state has one for each node that published it.
struct PlotLine {
  trace::NodeId node = 0;
  std::vector<PlotColumn> columns;
};

struct Plot {
  std::vector<PlotLine> lines;
  double low = 0;
  double high = 0;
};

struct PlotQuery {
  double begin_ns = 0;
  double end_ns = 0;
  std::size_t columns = 1;
  // On an axis of steps: the columns are of as many steps each. A rate is then that of the moment
  // in their middle, over the mean time of a column.
  struct Steps {
    double from = 0;
    double to = 0;
    bool operator==(const Steps&) const = default;
  };
  std::optional<Steps> steps = std::nullopt;
  bool operator==(const PlotQuery&) const = default;
};

struct Extremes {
  double low = 0;
  double high = 0;
};

// BlockExtremes answers "least and most of values i to j" in O(block + n / block) for values that a
// function gives.
class BlockExtremes {
 public:
  static constexpr std::size_t kBlock = 256;

  template <class Value>
  void extend(std::size_t values, const Value& value) {
    for (std::size_t from = blocks_.size() * kBlock; from + kBlock <= values; from += kBlock)
      blocks_.push_back(scan(from, from + kBlock, value));
  }
  // range() wants from < to.
  template <class Value>
  Extremes range(std::size_t from, std::size_t to, const Value& value) const {
    const std::size_t first = (from + kBlock - 1) / kBlock;
    const std::size_t last = std::min(to / kBlock, blocks_.size());
    if (first >= last) return scan(from, to, value);
    Extremes out = blocks_[first];
    for (std::size_t block = first + 1; block < last; ++block) join(out, blocks_[block]);
    if (from < first * kBlock) join(out, scan(from, first * kBlock, value));
    if (last * kBlock < to) join(out, scan(last * kBlock, to, value));
    return out;
  }

 private:
  static void join(Extremes& out, const Extremes& more) {
    out.low = std::min(out.low, more.low);
    out.high = std::max(out.high, more.high);
  }
  template <class Value>
  static Extremes scan(std::size_t from, std::size_t to, const Value& value) {
    const double first = value(from);
    Extremes out{first, first};
    for (std::size_t i = from + 1; i < to; ++i) {
      const double each = value(i);
      join(out, {each, each});
    }
    return out;
  }

  std::vector<Extremes> blocks_;
};

// SeriesSet makes the indexes that plots are drawn from, a slice at a time; a plot then costs
// O(columns · log n), and what a few thousand values of a column cost at most.
class SeriesSet {
 public:
  explicit SeriesSet(const TraceModel& model);

  // follow() makes plots of latencies and rates show what passes the filter only, as soon as that
  // is known; null: all. A message counts when its sending or its end passes, an operation when its
  // return does. The filter must outlive the next call.
  void follow(const EventFilter* filter);
  bool is_filtered(const SeriesId& id) const;
  // version() changes whenever plots have to be made anew.
  std::uint64_t version() const { return version_; }

  // advance() goes on for about so long; plots show what is there so far.
  void advance(double milliseconds);
  bool done() const;
  double progress() const;

  // all() are the series that this trace has something of, in the order to offer them.
  std::vector<SeriesId> all() const;
  std::string name(const SeriesId& id) const;
  bool is_time(const SeriesId& id) const;  // values are nanoseconds
  bool is_rate(const SeriesId& id) const;  // values are counts a second

  Plot plot(const SeriesId& id, const PlotQuery& query);
  // event_near() is the event of the series (of that node, when it has lines of nodes) that is
  // nearest to a time; kNone when there is none.
  Index event_near(const SeriesId& id, double t_ns, trace::NodeId node) const;

 private:
  using SeriesClock = std::chrono::steady_clock;
  // Values at events, in order of time.
  struct Points {
    std::vector<Index> at;
    std::vector<float> value;  // empty for mere counts
    BlockExtremes extremes;
  };
  // What of the points passes the filter, and how far each list has been looked at.
  struct Passing {
    Points points[4];
    std::size_t looked[4] = {};
    std::vector<bool> sends;  // by event: their messages pass at their ends
    bool complete = false;
  };
  struct StateLine {
    trace::NodeId node = 0;
    std::vector<Index> at;
    std::vector<double> value;
    BlockExtremes extremes;
  };

  bool scanned() const;
  void find_passing(double milliseconds);
  void look_at_points(std::size_t list, std::size_t end);
  void scan_columns(Index begin, Index end);
  bool scan_operations(double milliseconds);
  void add_operation(const trace::Event& event);
  bool scan_states(SeriesClock::time_point deadline);
  std::int64_t in_flight_step(Index event) const;
  const Points* points_of(SeriesKind kind) const;
  std::vector<Index> edges_of(const PlotQuery& query) const;
  PlotLine plot_points(const Points& points, const std::vector<Index>& edges) const;
  std::pair<std::size_t, std::size_t> around_step(const Points& points, const PlotQuery& query,
                                                  std::size_t i) const;
  PlotLine plot_rate(const Points& points, const std::vector<Index>& edges,
                     const PlotQuery& query) const;
  PlotLine plot_in_flight(const std::vector<Index>& edges) const;
  static PlotLine plot_state(const StateLine& line, const std::vector<Index>& edges);

  const TraceModel* model_;
  Index scanned_ = 0;
  const EventFilter* filter_ = nullptr;
  std::uint64_t filter_version_ = 0;
  std::uint64_t version_ = 0;
  Passing passing_;
  Points latency_;
  Points sends_;
  Points losses_;
  Points operations_;
  std::vector<Index> operation_events_;
  std::size_t operations_read_ = 0;
  std::unordered_map<std::uint64_t, Index> open_operations_;  // by number
  // How much is under way before each block of events, and the extremes within it.
  static constexpr Index kFlightBlock = 256;  // events in one
  struct FlightBlock {
    std::int64_t before = 0;
    std::int64_t low = 0;
    std::int64_t high = 0;
  };
  std::vector<FlightBlock> flight_;
  std::int64_t flight_now_ = 0;
  std::map<trace::StringId, std::vector<StateLine>> states_;
  std::vector<const StateTrack*> tracks_;
  std::size_t tracks_read_ = 0;
  std::size_t changes_read_ = 0;  // of the track that is being read
};

}  // namespace norn::viewer
