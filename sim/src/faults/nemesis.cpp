#include "norn/sim/nemesis.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

#include "faults/nemesis_draws.hpp"
#include "faults/storm_clock.hpp"
#include "norn/runtime/assert.hpp"

namespace norn {
namespace {

using sim::Aspect;
using sim::NemesisDraws;
using Indices = std::vector<std::size_t>;

// ---- the mix of a run

// The classes of faults of a swarm. The values are part of the keys: never renumber.
enum class FaultClass : std::uint64_t {
  partitions = 1,
  holds = 2,
  crashes = 3,
  loss = 4,
  duplicates = 5,
  slow = 6,
  usual_delay = 7,
  storms = 8,
};

constexpr Ratio kAbsent = {1, 6};
constexpr std::array<Ratio, 5> kPaces = {{{1, 2}, {3, 4}, {1, 1}, {3, 2}, {2, 1}}};
constexpr std::array<int, 4> kUsualTimes = {1, 5, 25, 100};
constexpr std::uint32_t kShareParts = 10'000;

class Swarm {
 public:
  explicit Swarm(const NemesisDraws& draws) : draws_(draws) {}

  void mix(NemesisOptions& options) const {
    pace(FaultClass::partitions, options.partition_every);
    pace(FaultClass::holds, options.hold_every);
    pace(FaultClass::crashes, options.crash_every);
    if (absent(FaultClass::storms)) options.storm_every = Duration::zero();
    LinkOptions& links = options.links;
    links.loss = share(FaultClass::loss, links.loss);
    links.duplicate = share(FaultClass::duplicates, links.duplicate);
    Latency& latency = links.latency;
    latency.slow = share(FaultClass::slow, latency.slow);
    const std::uint64_t times = amount(FaultClass::usual_delay, kUsualTimes.size());
    latency.usual = latency.min + (latency.usual - latency.min) * kUsualTimes[times];
    const auto slow_max = sim::between(draws_.bits(Aspect::pace, id(FaultClass::slow)),
                                       latency.slow_max / 8, latency.slow_max);
    latency.slow_max = std::max(latency.usual, slow_max - slow_max % NemesisDraws::kLeast);
  }

 private:
  static std::uint64_t id(FaultClass each) { return static_cast<std::uint64_t>(each); }

  bool absent(FaultClass each) const { return draws_.chance(Aspect::absent, id(each), kAbsent); }

  std::uint64_t amount(FaultClass each, std::uint64_t bound) const {
    return sim::below(draws_.bits(Aspect::amount, id(each)), bound);
  }

  void pace(FaultClass each, Duration& every) const {
    const Ratio pace = kPaces[sim::below(draws_.bits(Aspect::pace, id(each)), kPaces.size())];
    every = absent(each) ? Duration::zero() : every * pace.times / pace.out_of;
  }

  Ratio share(FaultClass each, Ratio at_most) const {
    const std::uint64_t parts = std::uint64_t{at_most.times} * kShareParts / at_most.out_of;
    if (parts == 0 || absent(each)) return {};
    return {static_cast<std::uint32_t>(1 + amount(each, parts)), kShareParts};
  }

  const NemesisDraws& draws_;
};

// ---- the faults of a run

// Drawing gathers the faults that begin before the calm part; all of them end at its begin.
class Drawing {
 public:
  Drawing(const NemesisOptions& options, const NemesisDraws& draws, Duration calm_begin)
      : options_(options), draws_(draws), calm_begin_(calm_begin), all_(draws.nodes().size()) {
    std::iota(all_.begin(), all_.end(), std::size_t{0});
  }

  void partitions();
  void holds();
  void crashes();

  std::vector<Fault> take() {
    std::sort(faults_.begin(), faults_.end(), [](const Fault& a, const Fault& b) {
      return std::tie(a.at, a.kind, a.side_a) < std::tie(b.at, b.kind, b.side_a);
    });
    return std::move(faults_);
  }

 private:
  // A crash that is due: of any nodes, or again of the one that came back.
  struct DueCrash {
    std::uint64_t number;
    std::size_t depth = 0;
    std::size_t node = 0;
  };
  static constexpr std::size_t kMaxDepth = 15;  // crashes one after the other of a node

  bool too_late(Duration at) const { return at > calm_begin_ - NemesisDraws::kLeast; }
  std::vector<std::string> names(Indices nodes) const;
  void add(FaultKind kind, Duration at, Duration lasts, const Indices& side_a,
           const Indices& side_b);
  void add_partition(std::uint64_t number, Duration at, Duration lasts);
  void divide_partly(std::uint64_t number, const Indices& ranked, Indices& side_a,
                     Indices& side_b) const;
  void add_hold(std::uint64_t number, Duration at, Duration lasts);
  void crash_any(Duration at, const DueCrash& crash);
  void crash_one(Duration at, const DueCrash& crash);
  Duration down_for(std::uint64_t id, std::uint64_t node_key) const;
  // draw_cuts() calls add_one for faults of which each ends when the next begins, if not before.
  void draw_cuts(Duration every, Aspect gap, Duration mean, Aspect lasts,
                 void (Drawing::*add_one)(std::uint64_t, Duration, Duration));

  const NemesisOptions& options_;
  const NemesisDraws& draws_;
  Duration calm_begin_;
  Indices all_;
  std::vector<Fault> faults_;
  std::multimap<Duration, DueCrash> due_;
  std::vector<Duration> down_until_;
};

std::vector<std::string> Drawing::names(Indices nodes) const {
  std::sort(nodes.begin(), nodes.end());
  std::vector<std::string> names;
  for (const std::size_t node : nodes) names.push_back(draws_.nodes()[node].name);
  return names;
}

void Drawing::add(FaultKind kind, Duration at, Duration lasts, const Indices& side_a,
                  const Indices& side_b) {
  faults_.push_back({.kind = kind,
                     .at = at,
                     .lasts = std::min(lasts, calm_begin_ - at),
                     .side_a = names(side_a),
                     .side_b = names(side_b)});
}

void Drawing::draw_cuts(Duration every, Aspect gap, Duration mean, Aspect lasts,
                        void (Drawing::*add_one)(std::uint64_t, Duration, Duration)) {
  if (every <= Duration::zero() || all_.size() < 2) return;
  sim::StormClock storms(options_, draws_, options_.storm_cut_factor);
  Duration quiet_time = draws_.exponential(gap, 0, every);
  Duration at = storms.real(quiet_time);
  for (std::uint64_t number = 0; !too_late(at); ++number) {
    quiet_time += draws_.exponential(gap, number + 1, every);
    const Duration next = std::max(storms.real(quiet_time), at + NemesisDraws::kLeast);
    (this->*add_one)(number, at, std::min(draws_.exponential(lasts, number, mean), next - at));
    at = next;
  }
}

void Drawing::partitions() {
  draw_cuts(options_.partition_every, Aspect::partition_gap, options_.partition_lasts,
            Aspect::partition_lasts, &Drawing::add_partition);
}

void Drawing::add_partition(std::uint64_t number, Duration at, Duration lasts) {
  const Indices ranked = draws_.ranked(Aspect::partition_node, number, all_);
  Indices side_a{ranked.front()};
  Indices side_b;
  if (ranked.size() > 2 &&
      draws_.chance(Aspect::partition_partial, number, options_.partial_share)) {
    divide_partly(number, ranked, side_a, side_b);
  } else {
    if (!draws_.chance(Aspect::partition_isolates, number, options_.isolate_share)) {
      side_a = draws_.some(Aspect::partition_side, number, ranked, 1);
      // Someone must be left for the other side: the last in rank.
      if (side_a.size() == ranked.size()) side_a.pop_back();
    }
    for (const std::size_t node : all_) {
      if (std::find(side_a.begin(), side_a.end(), node) == side_a.end()) side_b.push_back(node);
    }
  }
  if (!draws_.chance(Aspect::partition_one_way, number, options_.one_way_share)) {
    return add(FaultKind::partition, at, lasts, side_a, side_b);
  }
  if (draws_.chance(Aspect::partition_turned, number, {1, 2})) std::swap(side_a, side_b);
  add(FaultKind::partition_one_way, at, lasts, side_a, side_b);
}

// divide_partly() puts the first in rank on one side, the second on the other, and leaves the third
// as one who sees both.
void Drawing::divide_partly(std::uint64_t number, const Indices& ranked, Indices& side_a,
                            Indices& side_b) const {
  side_a = {ranked[0]};
  side_b = {ranked[1]};
  for (std::size_t i = 3; i < ranked.size(); ++i) {
    const std::uint64_t key = draws_.nodes()[ranked[i]].key;
    const std::uint64_t group = sim::below(draws_.bits(Aspect::partition_group, number, key), 3);
    if (group == 0) side_a.push_back(ranked[i]);
    if (group == 1) side_b.push_back(ranked[i]);
  }
}

void Drawing::holds() {
  draw_cuts(options_.hold_every, Aspect::hold_gap, options_.hold_lasts, Aspect::hold_lasts,
            &Drawing::add_hold);
}

void Drawing::add_hold(std::uint64_t number, Duration at, Duration lasts) {
  Indices receivers = draws_.ranked(Aspect::hold_node, number, all_);
  const std::size_t sender = receivers.front();
  receivers.erase(receivers.begin());
  add(FaultKind::hold, at, lasts, {sender}, draws_.some(Aspect::hold_side, number, receivers, 1));
}

void Drawing::crashes() {
  if (options_.crash_every <= Duration::zero() || all_.empty()) return;
  sim::StormClock storms(options_, draws_, options_.storm_crash_factor);
  Duration quiet_time{};
  for (std::uint64_t number = 0;; ++number) {
    quiet_time += draws_.exponential(Aspect::crash_gap, number, options_.crash_every);
    const Duration at = storms.real(quiet_time);
    if (too_late(at)) break;
    due_.emplace(at, DueCrash{number});
  }
  down_until_.assign(all_.size(), Duration(-1));
  while (!due_.empty()) {
    const auto first = due_.extract(due_.begin());
    if (first.mapped().depth == 0) {
      crash_any(first.key(), first.mapped());
    } else if (down_until_[first.mapped().node] < first.key()) {
      crash_one(first.key(), first.mapped());
    }
  }
}

// crash_any() crashes one of the nodes that are up, or several.
void Drawing::crash_any(Duration at, const DueCrash& crash) {
  Indices up;
  for (const std::size_t node : all_) {
    if (down_until_[node] < at) up.push_back(node);
  }
  if (up.empty()) return;
  up = draws_.ranked(Aspect::crash_node, crash.number, up);
  const bool many = draws_.chance(Aspect::crash_many, crash.number, options_.crash_many_share);
  if (!many || up.size() < 2) return crash_one(at, {crash.number, 0, up.front()});
  const Indices group = draws_.some(Aspect::crash_group, crash.number, up, 2);
  if (draws_.chance(Aspect::crash_together, crash.number, {1, 2})) {
    const Duration down = down_for(crash.number << 4, 0);
    for (const std::size_t node : group) down_until_[node] = at + down;
    return add(FaultKind::crash, at, down, group, {});
  }
  for (const std::size_t node : group) {
    const Duration down = down_for(crash.number << 4, draws_.nodes()[node].key);
    down_until_[node] = at + down;
    add(FaultKind::crash, at, down, {node}, {});
  }
}

void Drawing::crash_one(Duration at, const DueCrash& crash) {
  const std::uint64_t id = crash.number << 4 | crash.depth;
  const Duration down = down_for(id, 0);
  down_until_[crash.node] = at + down;
  add(FaultKind::crash, at, down, {crash.node}, {});
  if (crash.depth == kMaxDepth ||
      !draws_.chance(Aspect::crash_again, id, options_.crash_again_share)) {
    return;
  }
  // Soon after the restart: in the mean a quarter of the usual down time.
  const Duration again =
      at + down + draws_.exponential(Aspect::crash_again_after, id, options_.down_for / 4);
  if (!too_late(again)) due_.emplace(again, DueCrash{crash.number, crash.depth + 1, crash.node});
}

Duration Drawing::down_for(std::uint64_t id, std::uint64_t node_key) const {
  const bool bounce = draws_.chance(Aspect::crash_bounce, id, options_.bounce_share, node_key);
  return draws_.exponential(Aspect::crash_down_for, id,
                            bounce ? options_.down_for / 10 : options_.down_for, node_key);
}

}  // namespace

Duration calm_begin_of(Duration duration, Ratio calm_share) {
  __extension__ using Wide = unsigned __int128;
  NORN_ASSERT(calm_share.out_of > 0 && duration >= Duration::zero(),
              "a nemesis needs a calm_share that is a share, and a duration that is not negative");
  if (calm_share.times >= calm_share.out_of) return {};
  const Wide active = Wide{static_cast<std::uint64_t>(duration.count())} *
                      (calm_share.out_of - calm_share.times) / calm_share.out_of;
  const Duration begin(static_cast<std::int64_t>(active));
  return begin - begin % NemesisDraws::kGrain;
}

FaultPlan draw_fault_plan(const NemesisOptions& options, std::uint64_t seed,
                          const std::vector<std::string>& nodes, Duration duration) {
  const NemesisDraws draws(seed, nodes);
  NemesisOptions mixed = options;
  if (options.swarm) Swarm(draws).mix(mixed);
  const Duration calm_begin = calm_begin_of(duration, options.calm_share);
  Drawing drawing(mixed, draws, calm_begin);
  drawing.partitions();
  drawing.holds();
  drawing.crashes();
  FaultPlan plan{.links = mixed.links, .faults = drawing.take()};
  if (plan.links != LinkOptions{}) plan.links_until = calm_begin;
  return plan;
}

}  // namespace norn
