// The order of the appends to each list, as the reads show it.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "check/transactions/findings.hpp"
#include "check/transactions/index.hpp"

namespace norn::check::txn {

struct ListKey {
  // The longest read, up to where another read differs from it: what all reads agree upon.
  std::span<const std::int64_t> order{};
  std::vector<std::uint32_t> writes{};  // of each element; kNone for one that nobody wrote
  // Writes of committed transactions that are not in `order`: they come somewhere behind it.
  std::vector<std::uint32_t> behind{};
};

struct ListRead {
  std::span<const std::int64_t> list{};  // without repetitions
  bool agrees = false;                   // it is the beginning of the key's order
};

// ListVersions proves unknown transactions whose appends were read, and finds what is wrong with
// single reads: garbage, duplicates, aborted, intermediate and incompatible ones; and dirty
// updates.
class ListVersions {
 public:
  ListVersions(Index& index, Findings& findings);

  const ListKey& key(std::uint32_t key) const { return keys_[key]; }
  // read() is about an op that is in index.reads_of().
  const ListRead& read(std::uint32_t op) const { return reads_[op]; }
  // position() is a write's place in its key's order, or kNone.
  std::uint32_t position(std::uint32_t write) const { return position_[write]; }
  // contains() is whether the read saw the write of the same key.
  bool contains(std::uint32_t op, std::uint32_t write) const;

 private:
  void order_key(std::uint32_t key);
  bool remove_repetitions(std::uint32_t op);
  void prove_writers(std::uint32_t key);
  void judge_reads(std::uint32_t key);
  void judge_read(std::uint32_t op);
  void judge_last(std::uint32_t op);
  void find_dirty_updates(std::uint32_t key);
  void report_element(Anomaly anomaly, std::uint32_t op, std::int64_t element,
                      std::uint32_t writer);

  Index& index_;
  Findings& findings_;
  std::vector<ListKey> keys_;
  std::vector<ListRead> reads_;  // by op
  std::vector<std::uint32_t> position_;
  std::deque<std::vector<std::int64_t>> shortened_;  // lists whose repetitions were taken out
};

}  // namespace norn::check::txn
