#include "model/clock_tracks.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace norn::viewer {
namespace {

constexpr double kMillion = 1e6;
constexpr double kSlowest = -0.999;  // what a clock loses at most, of true time
// A trace that is made of faults is opened in little time and memory, too.
constexpr std::size_t kMostPoints = 1'000'000;

// Clocks count nanoseconds: what is less is left of a computation.
bool is_wrong(double ahead_ns) {
  return std::abs(ahead_ns) >= 0.5;
}

// What changes at one moment for all nodes of a fault.
struct Change {
  double time_ns = 0;
  const Fault* fault = nullptr;
  bool ends = false;
};

// One node's clock, while its changes are gone through.
class Clock {
 public:
  std::vector<ClockPoint> points;

  void change(const Change& change) {
    const double now = change.time_ns;
    finish_slews(now);
    const Fault& fault = *change.fault;
    if (fault.kind == "clock_skew") {
      step(now, change.ends ? -fault.by_ns : fault.by_ns);
    } else if (fault.kind == "clock_jump") {
      if (!change.ends) step(now, fault.by_ns);
    } else if (fault.kind == "clock_drift") {
      turn(now, (change.ends ? -fault.ppm : fault.ppm) / kMillion);
    } else if (fault.kind == "clock_slew") {
      change.ends ? end_slew(now, fault) : begin_slew(now, fault);
    } else if (fault.kind == "leap_second") {
      leap(now, change);
    }
  }

  // A slew that comes to its end before `now` sets the clock right.
  void finish_slews(double now) {
    if (!slew_ || slew_->done_ns > now) return;
    const Slew slew = *std::exchange(slew_, std::nullopt);
    turn(slew.done_ns, -slew.slope);
    step(slew.done_ns, -ahead(slew.done_ns));
  }

 private:
  // Two slews of one node never overlap: plans refuse it.
  struct Slew {
    const Fault* fault = nullptr;
    double done_ns = 0;
    double slope = 0;
  };

  double ahead(double now) const { return points.empty() ? 0 : points.back().at(now); }

  void put(double now, double ahead_ns) {
    const double slope = std::max(rate_, kSlowest);
    if (!points.empty() && points.back().time_ns == now) {
      points.back().ahead_ns = ahead_ns;
      points.back().slope = slope;
    } else {
      points.push_back({.time_ns = now, .ahead_ns = ahead_ns, .slope = slope});
    }
  }
  void step(double now, double by_ns) { put(now, ahead(now) + by_ns); }
  void turn(double now, double by) {
    const double before = ahead(now);
    rate_ += by;
    // What is left of rates that were added and taken away again is no drift.
    if (std::abs(rate_) < 1e-12) rate_ = 0;
    put(now, before);
  }

  void begin_slew(double now, const Fault& fault) {
    const double wrong = ahead(now);
    const double rate = fault.ppm / kMillion;
    if (!is_wrong(wrong) || !(rate > 0) || slew_) return;
    slew_ = Slew{.fault = &fault,
                 .done_ns = now + std::abs(wrong) / rate,
                 .slope = wrong > 0 ? -rate : rate};
    turn(now, slew_->slope);
  }
  void end_slew(double now, const Fault& fault) {
    if (!slew_ || slew_->fault != &fault) return;
    turn(now, -std::exchange(slew_, std::nullopt)->slope);
  }
  void leap(double now, const Change& change) {
    const Fault& fault = *change.fault;
    if (!fault.smears) {
      if (change.ends) step(now, -fault.by_ns);
      return;
    }
    const double window = std::max(1.0, static_cast<double>(fault.lasts_ns.value_or(1)));
    const double slope = -fault.by_ns / window;
    turn(now, change.ends ? -slope : slope);
  }

  double rate_ = 0;
  std::optional<Slew> slew_;
};

std::vector<Change> changes_of(const std::vector<Fault>& faults, const EventTable& events) {
  std::vector<std::pair<Index, Change>> found;
  for (const Fault& fault : faults) {
    if (fault.form != FaultForm::clock) continue;
    const auto add = [&](Index event, bool ends) {
      found.push_back({event, Change{.time_ns = static_cast<double>(events.time_ns(event)),
                                     .fault = &fault,
                                     .ends = ends}});
    };
    add(fault.begin, false);
    if (fault.end != kNone) add(fault.end, true);
  }
  std::sort(found.begin(), found.end(),
            [](const auto& x, const auto& y) { return x.first < y.first; });
  std::vector<Change> changes;
  changes.reserve(found.size());
  for (const auto& [event, change] : found) changes.push_back(change);
  return changes;
}

}  // namespace

ClockTracks::ClockTracks(const std::vector<Fault>& faults, const EventTable& events,
                         std::size_t nodes) {
  const std::vector<Change> changes = changes_of(faults, events);
  if (changes.empty()) return;
  std::vector<Clock> clocks(nodes + 1);
  std::size_t points = 0;
  for (const Change& change : changes) {
    for (const trace::NodeId node : change.fault->nodes) {
      if (++points > kMostPoints) break;
      clocks[node].change(change);
    }
  }
  by_node_.resize(nodes + 1);
  for (std::size_t node = 1; node <= nodes; ++node) {
    clocks[node].finish_slews(static_cast<double>(events.end_ns()));
    by_node_[node] = std::move(clocks[node].points);
  }
}

const std::vector<ClockPoint>& ClockTracks::of(trace::NodeId node) const {
  static const std::vector<ClockPoint> kRight;
  return node < by_node_.size() ? by_node_[node] : kRight;
}

double ClockTracks::ahead_ns(trace::NodeId node, double t_ns) const {
  const auto& points = of(node);
  const auto after =
      std::upper_bound(points.begin(), points.end(), t_ns,
                       [](double t, const ClockPoint& point) { return t < point.time_ns; });
  return after == points.begin() ? 0 : std::prev(after)->at(t_ns);
}

std::vector<ClockStretch> ClockTracks::within(trace::NodeId node, double begin_ns,
                                              double end_ns) const {
  std::vector<ClockStretch> out;
  const auto& points = of(node);
  auto at = std::upper_bound(points.begin(), points.end(), begin_ns,
                             [](double t, const ClockPoint& point) { return t < point.time_ns; });
  if (at != points.begin()) --at;
  for (; at != points.end() && at->time_ns <= end_ns; ++at) {
    const double from = std::max(begin_ns, at->time_ns);
    const double to = std::next(at) == points.end() ? end_ns : std::next(at)->time_ns;
    const ClockStretch stretch{.begin_ns = from,
                               .end_ns = std::min(end_ns, to),
                               .begin_ahead_ns = at->at(from),
                               .end_ahead_ns = at->at(std::min(end_ns, to))};
    if (stretch.end_ns < stretch.begin_ns) continue;
    if (is_wrong(stretch.begin_ahead_ns) || is_wrong(stretch.end_ahead_ns)) out.push_back(stretch);
  }
  return out;
}

std::size_t ClockTracks::bytes() const {
  std::size_t sum = by_node_.capacity() * sizeof(std::vector<ClockPoint>);
  for (const auto& points : by_node_) sum += points.capacity() * sizeof(ClockPoint);
  return sum;
}

}  // namespace norn::viewer
