#include "check/transactions/list_edges.hpp"

#include <algorithm>

namespace norn::check::txn {

namespace {

class KeyEdges {
 public:
  KeyEdges(const Index& index, const ListVersions& versions, std::uint32_t key, EdgeList& edges)
      : index_(index), versions_(versions), key_(key), edges_(edges) {}

  void add() {
    find_committed();
    for (std::size_t i = 0; i + 1 < committed_.size(); ++i)
      edges_.add(committed_[i].transaction, committed_[i + 1].transaction, kWw, key_);
    std::vector<std::uint32_t> behind;
    for (const std::uint32_t write : versions_.key(key_).behind) {
      const std::uint32_t writer = index_.writes()[write].transaction;
      if (behind.empty() || behind.back() != writer) behind.push_back(writer);
    }
    if (!committed_.empty()) {
      for (const std::uint32_t writer : behind)
        edges_.add(committed_.back().transaction, writer, kWw, key_);
    }
    std::vector<std::uint32_t> readers_of_last;
    for (const std::uint32_t op : index_.reads_of(key_)) {
      if (!versions_.read(op).agrees) {
        add_off_order(op);
      } else if (add_read(op)) {
        const std::uint32_t reader = index_.all_ops()[op].transaction;
        if (readers_of_last.empty() || readers_of_last.back() != reader)
          readers_of_last.push_back(reader);
      }
    }
    edges_.add_product(readers_of_last, behind, kRw, key_);
  }

 private:
  struct Version {
    std::uint32_t position = 0;
    std::uint32_t transaction = 0;
  };

  void find_committed() {
    const auto& writes = versions_.key(key_).writes;
    for (std::uint32_t i = 0; i < writes.size(); ++i) {
      if (writes[i] == kNone) continue;
      const std::uint32_t writer = index_.writes()[writes[i]].transaction;
      if (index_.committed(writer)) committed_.push_back({i, writer});
    }
  }

  // Returns whether no committed version of the order follows the one that was read.
  bool add_read(std::uint32_t op) {
    const std::uint32_t reader = index_.all_ops()[op].transaction;
    const auto next = std::partition_point(
        committed_.begin(), committed_.end(),
        [&](const Version& version) { return version.position < versions_.read(op).list.size(); });
    if (next != committed_.begin()) edges_.add((next - 1)->transaction, reader, kWr, key_);
    if (next == committed_.end()) return true;
    edges_.add(reader, next->transaction, kRw, key_);
    return false;
  }

  // A read that contradicts others still saw the writes that are in it.
  void add_off_order(std::uint32_t op) {
    const auto list = versions_.read(op).list;
    const std::uint32_t reader = index_.all_ops()[op].transaction;
    for (std::size_t i = list.size(); i-- > 0;) {
      const std::uint32_t write = index_.find_write(key_, list[i]);
      if (write == kNone) continue;
      const std::uint32_t writer = index_.writes()[write].transaction;
      if (!index_.committed(writer) || writer == reader) continue;
      edges_.add(writer, reader, kWr, key_);
      return;
    }
  }

  const Index& index_;
  const ListVersions& versions_;
  std::uint32_t key_;
  EdgeList& edges_;
  std::vector<Version> committed_;  // of the order
};

}  // namespace

void add_list_edges(const Index& index, const ListVersions& versions, EdgeList& edges) {
  for (std::uint32_t key = 0; key < index.keys(); ++key)
    KeyEdges(index, versions, key, edges).add();
}

}  // namespace norn::check::txn
