// Isolation levels, the anomalies that rule them out, and how both imply each other.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

namespace norn::check {

// What transactions can do to each other. Names and definitions are Adya's ("Weak Consistency: A
// Generalized Theory and Optimistic Implementations for Distributed Transactions", 1999), with
// those that Kingsbury and Alvaro add ("Elle: Inferring Isolation Anomalies from Experimental
// Observations", VLDB 2020). A "process" anomaly needs the order in which each process did its
// transactions, a "realtime" one that a transaction had returned before another one was called.
enum class Anomaly : std::uint8_t {
  garbage_read,        // a value that nobody wrote
  duplicate_elements,  // a list has an element twice that was appended once
  cyclic_versions,     // the versions of a key cannot be put in an order
  g0,                  // dirty write: a cycle of write-write edges
  dirty_update,        // a committed transaction went on from what an aborted one wrote
  incompatible_order,  // two reads of a list, neither of which is the beginning of the other
  g1a,                 // aborted read
  g1b,                 // intermediate read: the writer wrote the key again
  future_read,         // a transaction read what it wrote only later
  g1c,                 // a cycle of write-write and write-read edges
  internal,            // a read does not fit what its own transaction read or wrote before
  lost_update,         // two transactions read one version of a key, and both wrote the next
  g_single,            // read skew: a cycle with one read-write edge
  g_nonadjacent,       // a cycle of several read-write edges, no two next to each other
  g2_item,             // write skew: a cycle with read-write edges, two of them adjacent
  g0_process,
  g1c_process,
  g_single_process,
  g_nonadjacent_process,
  g2_item_process,
  g0_realtime,
  g1c_realtime,
  g_single_realtime,
  g_nonadjacent_realtime,
  g2_item_realtime,
};
inline constexpr std::size_t kAnomalies = 25;

// What a database may promise. "Strong session" adds that each process sees its own earlier
// transactions (Daudjee and Salem, "Lazy Database Replication with Snapshot Isolation", VLDB 2006),
// "strong" that everybody sees what was over before it began; strict serializable is both strong
// and serializable.
enum class Isolation : std::uint8_t {
  read_uncommitted,    // Adya's PL-1
  read_committed,      // PL-2
  cursor_stability,    // PL-CS
  consistent_view,     // PL-2+
  repeatable_read,     // PL-2.99
  snapshot_isolation,  // PL-SI
  serializable,        // PL-3
  strong_session_read_uncommitted,
  strong_session_read_committed,
  strong_session_snapshot_isolation,
  strong_session_serializable,
  strong_read_uncommitted,
  strong_read_committed,
  strong_snapshot_isolation,
  strict_serializable,  // PL-SS
};
inline constexpr std::size_t kIsolations = 15;

// A set of enumerators, in their order.
template <class Enum>
class EnumSet {
 public:
  EnumSet() = default;
  EnumSet(std::initializer_list<Enum> all) {
    for (const Enum each : all) insert(each);
  }
  void insert(Enum each) { bits_ |= bit(each); }
  bool contains(Enum each) const { return (bits_ & bit(each)) != 0; }
  bool empty() const { return bits_ == 0; }
  std::size_t size() const { return static_cast<std::size_t>(std::popcount(bits_)); }
  std::vector<Enum> list() const {
    std::vector<Enum> all;
    for (std::uint32_t rest = bits_; rest != 0; rest &= rest - 1)
      all.push_back(static_cast<Enum>(std::countr_zero(rest)));
    return all;
  }
  EnumSet& operator|=(EnumSet other) {
    bits_ |= other.bits_;
    return *this;
  }
  friend EnumSet operator|(EnumSet a, EnumSet b) { return a |= b; }
  friend bool operator==(EnumSet, EnumSet) = default;

 private:
  static std::uint32_t bit(Enum each) { return std::uint32_t{1} << static_cast<unsigned>(each); }
  std::uint32_t bits_ = 0;
};
using AnomalySet = EnumSet<Anomaly>;
using IsolationSet = EnumSet<Isolation>;

// name() is what the papers and Jepsen write: "G-single-process", "snapshot-isolation". meaning()
// is a few words for people.
std::string_view name(Anomaly anomaly);
std::string_view meaning(Anomaly anomaly);
std::string_view name(Isolation level);
std::optional<Isolation> isolation_of(std::string_view name);

// implied_by() adds to the anomalies those that they are special cases of.
AnomalySet implied_by(AnomalySet anomalies);
// without_general_cycles() leaves out classes of cycles of which the set has a special case: a
// G2-item beside a G-single.
AnomalySet without_general_cycles(AnomalySet anomalies);
// implied_by() adds to the levels all weaker ones.
IsolationSet implied_by(IsolationSet levels);

// ruled_out() is the levels that forbid one of the anomalies, and all that are stronger. The table
// is that of Elle (elle.consistency-model), without the levels that have no anomaly of their own
// there. Where transactions read and write keys one by one, as here, each G-single is a G2-item
// too (Elle's "-item" anomalies), so that repeatable read includes consistent view. Elle has no
// garbage reads; as no history of Adya's contains one, they rule out everything.
IsolationSet ruled_out(AnomalySet anomalies);
// strongest_without() is those of all other levels that no other one of them implies.
std::vector<Isolation> strongest_without(IsolationSet ruled_out);

}  // namespace norn::check
