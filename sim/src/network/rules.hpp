// RuleTable: which rule is for a message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "faults/bite_counter.hpp"
#include "network/cuts.hpp"
#include "network/pair_table.hpp"
#include "norn/runtime/host/message.hpp"
#include "norn/sim/rule.hpp"

namespace norn::sim {

struct RuleEntry {
  std::uint32_t number = 0;          // the table's
  std::vector<host::NodeId> from{};  // empty: any
  std::vector<host::NodeId> to{};
  bool both_ways = false;
  std::uint64_t class_hash = 0;  // 0: any
  std::string content{};
  std::function<bool(std::span<const std::byte>)> predicate{};
  std::uint64_t nth = 0;
  RuleVerdict verdict = RuleVerdict::pass();
  std::uint64_t key = 0;  // for choices
  BiteCounter::Slot slot = 0;
  bool owns_slot = false;  // of a rule made by code: its bites are summed up by the table
  std::uint64_t fitted = 0;
  std::uint64_t applied = 0;
};

// Rules between single nodes are found by their pair, others by one of the two nodes or by their
// groups: a rule costs the messages that it cannot fit nothing.
class RuleTable {
 public:
  // `active` counts the rules beside what else a message must be looked at for.
  RuleTable(BiteCounter& bites, std::size_t& active) : bites_(bites), active_(active) {}

  std::uint32_t add(RuleEntry entry);
  void remove(std::uint32_t number);
  bool any() const { return !rules_.empty(); }
  std::uint64_t applied(std::uint32_t number) const;
  // judge() returns the first rule, in the order of their making, that fits; nullptr: none does.
  RuleEntry* judge(const host::Message& message);

  // Of the rules made by code: how many there were, and what they did.
  std::uint64_t made() const { return made_; }
  BiteCounts bites() const;

 private:
  // Rules kept at one place. Their common class stands beside them, so that a message of another
  // one is let by without a look at the rules themselves.
  struct Entries {
    std::vector<RuleEntry*> all{};
    std::uint64_t only_class = 0;  // 0: they differ, or one is for any

    void add(RuleEntry* entry);
    void remove(const RuleEntry* entry);
  };

  void gather(const Entries& entries, const host::Message& message);
  Entries& place_of(const RuleEntry& entry);
  static bool by_group(const RuleEntry& entry) {
    return entry.both_ways || entry.from.size() > 1 || entry.to.size() > 1;
  }
  static bool fits(RuleEntry& entry, const host::Message& message);

  BiteCounter& bites_;
  std::size_t& active_;
  std::map<std::uint32_t, RuleEntry> rules_;
  std::uint32_t next_ = 0;
  PairTable<Entries> by_pair_;        // one sender, one receiver
  std::vector<Entries> by_sender_;    // to any receiver
  std::vector<Entries> by_receiver_;  // from any sender
  Cuts by_groups_;                    // the tag is the number
  std::map<std::uint32_t, std::size_t> cut_of_;
  Entries to_all_;
  std::vector<RuleEntry*> candidates_;  // of the message that is being judged
  std::uint64_t made_ = 0;
  BiteCounts over_{};  // of code's rules that are gone
};

}  // namespace norn::sim
