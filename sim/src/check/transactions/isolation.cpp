#include "norn/check/isolation.hpp"

#include <array>
#include <span>
#include <utility>

namespace norn::check {

namespace {

using enum Anomaly;
using enum Isolation;

struct AnomalyText {
  std::string_view name;
  std::string_view meaning;
};

constexpr std::array<AnomalyText, kAnomalies> kAnomalyTexts = {{
    {"garbage-read", "a value that nobody wrote"},
    {"duplicate-elements", "an element that was appended once is there twice"},
    {"cyclic-versions", "the versions of a key have no order"},
    {"G0", "dirty write"},
    {"dirty-update", "an aborted write was updated"},
    {"incompatible-order", "reads that no order of the appends allows"},
    {"G1a", "aborted read"},
    {"G1b", "intermediate read"},
    {"future-read", "a transaction read what it wrote only later"},
    {"G1c", "circular information flow"},
    {"internal", "a transaction contradicts itself"},
    {"lost-update", "two updates of one version"},
    {"G-single", "read skew"},
    {"G-nonadjacent", "a cycle of non-adjacent read-write edges"},
    {"G2-item", "write skew"},
    {"G0-process", "dirty write, by the order of a process"},
    {"G1c-process", "circular information flow, by the order of a process"},
    {"G-single-process", "read skew, by the order of a process"},
    {"G-nonadjacent-process",
     "a cycle of non-adjacent read-write edges, by the order of a process"},
    {"G2-item-process", "write skew, by the order of a process"},
    {"G0-realtime", "dirty write, by real time"},
    {"G1c-realtime", "circular information flow, by real time"},
    {"G-single-realtime", "stale read: read skew, by real time"},
    {"G-nonadjacent-realtime", "a cycle of non-adjacent read-write edges, by real time"},
    {"G2-item-realtime", "write skew, by real time"},
}};

constexpr std::array<std::string_view, kIsolations> kIsolationNames = {
    "read-uncommitted",
    "read-committed",
    "cursor-stability",
    "consistent-view",
    "repeatable-read",
    "snapshot-isolation",
    "serializable",
    "strong-session-read-uncommitted",
    "strong-session-read-committed",
    "strong-session-snapshot-isolation",
    "strong-session-serializable",
    "strong-read-uncommitted",
    "strong-read-committed",
    "strong-snapshot-isolation",
    "strict-serializable",
};

template <class A, class B>
using Pair = std::pair<A, B>;

// The first class of cycles is a special case of the second.
constexpr Pair<Anomaly, Anomaly> kSpecialCycles[] = {
    {g0, g1c},
    {g0, g0_process},
    {g0_process, g1c_process},
    {g0_process, g0_realtime},
    {g0_realtime, g1c_realtime},
    {g1c, g1c_process},
    {g1c_process, g1c_realtime},
    {g_single, g_nonadjacent},
    {g_single, g_single_process},
    {g_single_process, g_nonadjacent_process},
    {g_single_process, g_single_realtime},
    {g_single_realtime, g_nonadjacent_realtime},
    {g_nonadjacent, g2_item},
    {g_nonadjacent, g_nonadjacent_process},
    {g_nonadjacent_process, g2_item_process},
    {g_nonadjacent_process, g_nonadjacent_realtime},
    {g_nonadjacent_realtime, g2_item_realtime},
    {g2_item, g2_item_process},
    {g2_item_process, g2_item_realtime},
};

// What has the first has the second.
constexpr Pair<Anomaly, Anomaly> kOtherCases[] = {
    {incompatible_order, g1a},
    {dirty_update, g1a},
    {future_read, g1c},
    {lost_update, g2_item},
};

// The first level promises all that the second does.
constexpr Pair<Isolation, Isolation> kStronger[] = {
    {read_committed, read_uncommitted},
    {cursor_stability, read_committed},
    {consistent_view, cursor_stability},
    {repeatable_read, consistent_view},
    {snapshot_isolation, consistent_view},
    {serializable, repeatable_read},
    {serializable, snapshot_isolation},
    {strong_session_read_uncommitted, read_uncommitted},
    {strong_session_read_committed, read_committed},
    {strong_session_read_committed, strong_session_read_uncommitted},
    {strong_session_snapshot_isolation, snapshot_isolation},
    {strong_session_snapshot_isolation, strong_session_read_committed},
    {strong_session_serializable, serializable},
    {strong_session_serializable, strong_session_snapshot_isolation},
    {strong_read_uncommitted, strong_session_read_uncommitted},
    {strong_read_committed, strong_session_read_committed},
    {strong_read_committed, strong_read_uncommitted},
    {strong_snapshot_isolation, strong_session_snapshot_isolation},
    {strong_snapshot_isolation, strong_read_committed},
    {strict_serializable, strong_session_serializable},
    {strict_serializable, strong_snapshot_isolation},
};

// What each level forbids beyond the weaker ones.
constexpr Pair<Isolation, Anomaly> kForbids[] = {
    {read_uncommitted, g0},
    {read_uncommitted, duplicate_elements},
    {read_uncommitted, cyclic_versions},
    {read_uncommitted, garbage_read},
    {read_committed, g1a},
    {read_committed, g1b},
    {read_committed, g1c},
    {cursor_stability, lost_update},
    {consistent_view, g_single},
    {repeatable_read, g2_item},
    {snapshot_isolation, internal},
    {snapshot_isolation, g_nonadjacent},
    {serializable, internal},
    {serializable, g2_item},
    {strong_session_read_uncommitted, g0_process},
    {strong_session_read_committed, g1c_process},
    {strong_session_snapshot_isolation, g_nonadjacent_process},
    {strong_session_serializable, g2_item_process},
    {strong_read_uncommitted, g0_realtime},
    {strong_read_committed, g1c_realtime},
    {strong_snapshot_isolation, g_nonadjacent_realtime},
    {strict_serializable, g2_item_realtime},
};

// Adds the second of each pair whose first is in the set, until nothing is new.
template <class Enum>
EnumSet<Enum> closed(EnumSet<Enum> set, std::span<const Pair<Enum, Enum>> pairs) {
  for (std::size_t before = 0; before != set.size();) {
    before = set.size();
    for (const auto& [from, to] : pairs) {
      if (set.contains(from)) set.insert(to);
    }
  }
  return set;
}

}  // namespace

std::string_view name(Anomaly anomaly) {
  return kAnomalyTexts.at(static_cast<std::size_t>(anomaly)).name;
}

std::string_view meaning(Anomaly anomaly) {
  return kAnomalyTexts.at(static_cast<std::size_t>(anomaly)).meaning;
}

std::string_view name(Isolation level) {
  return kIsolationNames.at(static_cast<std::size_t>(level));
}

std::optional<Isolation> isolation_of(std::string_view name) {
  for (std::size_t i = 0; i < kIsolations; ++i) {
    if (kIsolationNames.at(i) == name) return static_cast<Isolation>(i);
  }
  return std::nullopt;
}

AnomalySet implied_by(AnomalySet anomalies) {
  return closed<Anomaly>(closed<Anomaly>(anomalies, kOtherCases), kSpecialCycles);
}

AnomalySet without_general_cycles(AnomalySet anomalies) {
  AnomalySet rest;
  for (const Anomaly each : anomalies.list()) {
    AnomalySet others;
    for (const Anomaly other : anomalies.list()) {
      if (other != each) others.insert(other);
    }
    if (!closed<Anomaly>(others, kSpecialCycles).contains(each)) rest.insert(each);
  }
  return rest;
}

IsolationSet implied_by(IsolationSet levels) {
  return closed<Isolation>(levels, kStronger);
}

IsolationSet ruled_out(AnomalySet anomalies) {
  const AnomalySet all = implied_by(anomalies);
  IsolationSet out;
  for (std::size_t i = 0; i < kIsolations; ++i) {
    const IsolationSet promised = implied_by(IsolationSet{static_cast<Isolation>(i)});
    for (const auto& [level, anomaly] : kForbids) {
      if (promised.contains(level) && all.contains(anomaly)) out.insert(static_cast<Isolation>(i));
    }
  }
  return out;
}

std::vector<Isolation> strongest_without(IsolationSet ruled_out) {
  std::vector<Isolation> found;
  IsolationSet covered;
  // Stronger levels come later in the enumeration.
  for (std::size_t i = kIsolations; i-- > 0;) {
    const auto level = static_cast<Isolation>(i);
    if (ruled_out.contains(level) || covered.contains(level)) continue;
    found.push_back(level);
    covered |= implied_by(IsolationSet{level});
  }
  return found;
}

}  // namespace norn::check
