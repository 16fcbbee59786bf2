// What is known of the order of the versions of registers.
#pragma once

#include <cstdint>
#include <vector>

#include "check/transactions/findings.hpp"
#include "check/transactions/index.hpp"

namespace norn::check::txn {

// One version of a key came before another one of the same key. A version is the number of a write,
// or RegisterVersions::nothing(key): the state before any.
struct VersionOrder {
  std::uint32_t before = 0;
  std::uint32_t after = 0;
  friend bool operator==(const VersionOrder&, const VersionOrder&) = default;
  friend auto operator<=>(const VersionOrder&, const VersionOrder&) = default;
};

// RegisterVersions proves unknown transactions whose writes were read, finds what is wrong with
// single reads (garbage, aborted and intermediate ones), orders versions as far as the options
// allow, and reports keys whose order would go in a circle; of these no order is known then.
class RegisterVersions {
 public:
  RegisterVersions(Index& index, const TransactionOptions& options, Findings& findings);

  std::uint32_t nothing(std::uint32_t key) const {
    return static_cast<std::uint32_t>(index_.writes().size()) + key;
  }
  // version_read() is what an op that is in index.reads_of() saw; kNone for garbage.
  std::uint32_t version_read(std::uint32_t op) const { return version_read_[op]; }
  // Ascending, none twice.
  const std::vector<VersionOrder>& orders() const { return orders_; }

 private:
  void judge_read(std::uint32_t op);
  void follow_initial(std::uint32_t key);
  void follow_reads(std::uint32_t transaction, std::vector<std::uint32_t>& first);
  void follow_time(std::uint32_t key);
  // Versions that other transactions can see: the last of its transaction, which is committed.
  bool counts(std::uint32_t version) const;
  std::uint32_t key_of(std::uint32_t version) const;
  void add(std::uint32_t before, std::uint32_t after);
  void drop_circles();

  struct Touch {
    std::uint32_t transaction = 0;
    std::uint32_t first = 0;  // version that it read, or wrote without reading
    std::uint32_t last = 0;
  };
  std::vector<Touch> touches_of(std::uint32_t key) const;

  Index& index_;
  Findings& findings_;
  std::vector<std::uint32_t> version_read_;  // by op
  std::vector<VersionOrder> orders_;
};

// add_register_edges() adds kWr from the writer of a version to who read it, and for each order of
// two versions kWw from writer to writer and kRw from who read the first to the writer of the
// second.
void add_register_edges(const Index& index, const RegisterVersions& versions, EdgeList& edges);

}  // namespace norn::check::txn
