// What tests of the nemesis ask of drawn plans.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/choice_hash.hpp"
#include "norn/sim/nemesis.hpp"
#include "support/catch.hpp"

namespace norn::plans {

using namespace std::chrono_literals;

inline std::vector<std::string> node_names(int count) {
  std::vector<std::string> names;
  for (int i = 1; i <= count; ++i) names.push_back("n" + std::to_string(i));
  return names;
}

inline NemesisOptions level(std::string_view name) {
  return nemesis_level(name).value();
}

inline double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

inline Duration end(const Fault& fault) {
  return fault.at + fault.lasts.value();
}

inline bool is_partition(const Fault& fault) {
  return fault.kind == FaultKind::partition || fault.kind == FaultKind::partition_one_way;
}

// How many nodes are down at `when`.
inline std::size_t down_at(const FaultPlan& plan, Duration when) {
  std::size_t down = 0;
  for (const Fault& fault : plan.faults) {
    if (fault.kind == FaultKind::crash && fault.at <= when && when < end(fault)) {
      down += fault.side_a.size();
    }
  }
  return down;
}

// One number for a plan.
inline std::uint64_t fingerprint(const FaultPlan& plan) {
  return sim::text_key(to_json(plan).dump());
}

// Sums over many seeds.
struct Counts {
  double plans = 0;
  double partitions = 0;
  double one_way = 0;
  double holds = 0;
  double crashes = 0;
  double crash_groups = 0;
  double partition_seconds = 0;
  double down_seconds = 0;
  double moments = 0;
  double no_majority = 0;
  double all_down = 0;

  void add(const FaultPlan& plan, std::size_t nodes, Duration active) {
    ++plans;
    for (const Fault& fault : plan.faults) {
      partitions += is_partition(fault) ? 1 : 0;
      one_way += fault.kind == FaultKind::partition_one_way ? 1 : 0;
      holds += fault.kind == FaultKind::hold ? 1 : 0;
      crashes += fault.kind == FaultKind::crash ? 1 : 0;
      crash_groups += fault.kind == FaultKind::crash && fault.side_a.size() > 1 ? 1 : 0;
      if (is_partition(fault)) partition_seconds += seconds(*fault.lasts);
      if (fault.kind == FaultKind::crash) {
        down_seconds += seconds(*fault.lasts) * static_cast<double>(fault.side_a.size());
      }
    }
    for (Duration when{}; when < active; when += 250ms) {
      const std::size_t down = down_at(plan, when);
      ++moments;
      no_majority += 2 * down >= nodes ? 1 : 0;
      all_down += down == nodes ? 1 : 0;
    }
  }
};

inline Counts count(const NemesisOptions& options, int nodes, Duration duration, int seeds) {
  Counts counts;
  for (int seed = 1; seed <= seeds; ++seed) {
    counts.add(
        draw_fault_plan(options, static_cast<std::uint64_t>(seed), node_names(nodes), duration),
        static_cast<std::size_t>(nodes), duration * 3 / 4);
  }
  return counts;
}

inline bool within(double value, double low, double high) {
  INFO(value << " in " << low << ".." << high);
  CHECK(value >= low);
  CHECK(value <= high);
  return value >= low && value <= high;
}

// All that must hold of every plan drawn.
inline void expect_sound(const FaultPlan& plan, const std::vector<std::string>& nodes,
                         Duration calm_begin) {
  Duration last{};
  Duration partition_end{};
  Duration hold_end{};
  std::vector<Duration> up_at(nodes.size());
  for (const Fault& fault : plan.faults) {
    REQUIRE(fault.at >= last);
    last = fault.at;
    REQUIRE(fault.lasts.has_value());
    REQUIRE(*fault.lasts >= 1ms);
    REQUIRE(end(fault) <= calm_begin);
    REQUIRE(fault.at % 1us == 0ns);
    REQUIRE_FALSE(fault.side_a.empty());
    REQUIRE(fault.side_b.empty() == (fault.kind == FaultKind::crash));
    std::set<std::string> named(fault.side_a.begin(), fault.side_a.end());
    named.insert(fault.side_b.begin(), fault.side_b.end());
    REQUIRE(named.size() == fault.side_a.size() + fault.side_b.size());
    for (const std::string& name : named) {
      REQUIRE(std::find(nodes.begin(), nodes.end(), name) != nodes.end());
    }
    if (is_partition(fault)) {
      REQUIRE(named.size() >= 2);
      REQUIRE(fault.at >= partition_end);
      partition_end = end(fault);
    }
    if (fault.kind == FaultKind::hold) {
      REQUIRE(fault.at >= hold_end);
      hold_end = end(fault);
    }
    if (fault.kind == FaultKind::crash) {
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (!named.contains(nodes[i])) continue;
        REQUIRE((fault.at > up_at[i] || up_at[i] == Duration::zero()));
        up_at[i] = end(fault);
      }
    }
  }
}

// How many leading faults of two plans are the same, but for an end cut off by the calm part.
inline std::size_t common_begin(const FaultPlan& a, const FaultPlan& b) {
  std::size_t count = 0;
  while (count < std::min(a.faults.size(), b.faults.size())) {
    const Fault& x = a.faults[count];
    const Fault& y = b.faults[count];
    if (x.kind != y.kind || x.at != y.at || x.side_a != y.side_a || x.side_b != y.side_b) break;
    ++count;
  }
  return count;
}

}  // namespace norn::plans
